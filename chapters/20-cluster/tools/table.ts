/**
 * Columns of text, as Kafka's tools print them: each padded on the right, with a blank between them.
 *
 * @module
 */

/** A column: its heading, the least width, and the cell of a row. The width 0 means: it isn't padded. */
export interface Column<Row> {
  readonly heading: string;
  readonly width: number;
  readonly cell: (row: Row) => string | number | null;
}

/** A heading and rows. A cell of null is shown as `-`. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const texts = rows.map((row) => columns.map(({ cell }) => String(cell(row) ?? "-")));
  const widths = columns.map(({ width }, i) => {
    return width === 0 ? 0 : Math.max(width, ...texts.map((cells) => cells[i]!.length));
  });
  const line = (cells: readonly string[]): string => `${cells.map((text, i) => text.padEnd(widths[i]!)).join(" ")}\n`;
  return line(columns.map(({ heading }) => heading)) + texts.map(line).join("");
}
