/**
 * From a line to a record: `h1:v1,h2:v2 ⇥ key ⇥ value`.
 * Source: `org.apache.kafka.tools.LineMessageReader` of Kafka 4.0.
 *
 * @module
 */

/** What a line says. */
export interface LineRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[];
}

/** Reads lines as properties of Kafka's console producer say. */
export class LineReader {
  readonly #hasKey: boolean;
  readonly #hasHeaders: boolean;
  readonly #keySeparator: string;
  readonly #headersDelimiter: string;
  readonly #headersSeparator: string;
  readonly #headerKeySeparator: string;
  readonly #nullMarker: string | undefined;
  readonly #ignoresErrors: boolean;
  #lineNumber = 0;

  /** @throws Error when two of the separators are the same */
  constructor(properties: Readonly<Record<string, string>>) {
    this.#hasKey = properties["parse.key"]?.trim().toLowerCase() === "true";
    this.#hasHeaders = properties["parse.headers"]?.trim().toLowerCase() === "true";
    this.#keySeparator = properties["key.separator"] ?? "\t";
    this.#headersDelimiter = properties["headers.delimiter"] ?? "\t";
    this.#headersSeparator = properties["headers.separator"] ?? ",";
    this.#headerKeySeparator = properties["headers.key.separator"] ?? ":";
    this.#nullMarker = properties["null.marker"];
    this.#ignoresErrors = properties["ignore.error"]?.trim().toLowerCase() === "true";
    if (!this.#hasHeaders) return;
    refuseEqual("headers.delimiter", this.#headersDelimiter, "headers.separator", this.#headersSeparator);
    refuseEqual("headers.delimiter", this.#headersDelimiter, "headers.key.separator", this.#headerKeySeparator);
    refuseEqual("headers.separator", this.#headersSeparator, "headers.key.separator", this.#headerKeySeparator);
  }

  /** @throws Error when a separator is missing, unless `ignore.error` is set: then what is left is the value */
  read(line: string): LineRecord {
    this.#lineNumber++;
    const [headerText, afterHeaders] = this.#split(this.#hasHeaders, line, this.#headersDelimiter, "headers delimiter");
    const [key, value] = this.#split(this.#hasKey, afterHeaders, this.#keySeparator, "key separator");
    const headers = headerText === null || headerText === this.#nullMarker ? [] : this.#headers(headerText);
    return { key: this.#orNull(key), value: this.#orNull(value), headers };
  }

  #split(isThere: boolean, text: string, separator: string, what: string): readonly [string | null, string] {
    if (!isThere) return [null, text];
    const at = text.indexOf(separator);
    if (at >= 0) return [text.slice(0, at), text.slice(at + separator.length)];
    if (this.#ignoresErrors) return [null, text];
    throw new Error(`No ${what} found on line number ${this.#lineNumber}: '${text}'`);
  }

  #headers(text: string): LineRecord["headers"] {
    return text.split(this.#headersSeparator).map((pair) => {
      const at = pair.indexOf(this.#headerKeySeparator);
      if (at < 0) {
        if (this.#ignoresErrors) return { key: pair, value: null };
        throw new Error(`No header key separator found in pair '${pair}' on line number ${this.#lineNumber}`);
      }
      const value = this.#orNull(pair.slice(at + this.#headerKeySeparator.length));
      return { key: pair.slice(0, at), value: value === null ? null : Buffer.from(value, "utf8") };
    });
  }

  #orNull(text: string | null): string | null {
    return text === this.#nullMarker ? null : text;
  }
}

function refuseEqual(nameA: string, a: string, nameB: string, b: string): void {
  if (a === b) throw new Error(`${nameA} and ${nameB} may not be equal`);
}
