/**
 * The page of one source file, with a place to link to at each line.
 *
 * @module
 */
import { escapeHtml } from "./escape-html.ts";

/** The page of the file at `path` (from the root, with slashes), two folders below `sources/` or deeper. */
export function sourcePage(path: string, text: string): string {
  const up = "../".repeat(path.split("/").length);
  const lines = text.replace(/\n$/, "").split("\n").map(lineOf).join("\n");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${path} | katafka</title>
<link rel="stylesheet" href="${up}assets/style.css">
<link rel="stylesheet" href="${up}assets/custom.css">
<script>document.documentElement.dataset.theme = localStorage.getItem("tsd-theme") || "os"</script>
</head>
<body class="source">
<p><a href="${up}index.html">katafka</a> · ${path}</p>
<pre><code>${lines}
</code></pre>
</body>
</html>
`;
}

function lineOf(line: string, at: number): string {
  const escaped = escapeHtml(line);
  const shown = /^\s*(\/\/|\/\*\*?|\*)/.test(line) ? `<span class="hl-comment">${escaped}</span>` : escaped;
  return `<span id="L${at + 1}" class="line"><span class="number">${at + 1}</span>${shown}</span>`;
}
