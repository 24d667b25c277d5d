/**
 * What is wrong with a docs site that has been built: links that lead nowhere, pages that the navigation lacks, lessons
 * without their scenes.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { inflateSync } from "node:zlib";
import { guides, lessons } from "./pages.ts";
import { scenesIn } from "./scenes.ts";

/** One sentence for each fault of the site at `out`, made of the tree at `root`. */
export function siteFaults(root: string, out: string): string[] {
  return [...deadLinks(out), ...notInNavigation(root, out), ...scenesMissing(root, out)];
}

interface Html {
  readonly links: readonly string[];
  readonly ids: ReadonlySet<string>;
}

function deadLinks(out: string): string[] {
  const pages = new Map<string, Html>();
  for (const path of readdirSync(out, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith(".html")) pages.set(path.replaceAll("\\", "/"), read(readFileSync(join(out, path), "utf8")));
  }
  const faults: string[] = [];
  for (const [from, { links }] of pages) {
    for (const link of new Set(links)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path, anchor] = link.split("#") as [string, string?];
      const to = path === "" ? from : posix.join(dirname(from), decodeURIComponent(path));
      if (!pages.has(to) && !existsSync(join(out, to))) faults.push(`${from}: ${link} leads nowhere`);
      else if (anchor && !/^story=\d+$/.test(anchor) && pages.get(to)?.ids.has(decodeURIComponent(anchor)) === false) {
        faults.push(`${from}: ${link}: there is no such place on that page`);
      }
    }
  }
  return faults;
}

/** Links and places of a page; what is in comments and scripts is none of either. */
function read(html: string): Html {
  const values = (pattern: RegExp): string[] => [...html.matchAll(pattern)].map(([, value]) => value!);
  const plain = (text: string): string => text.replaceAll("&amp;", "&").replaceAll("&#39;", "'");
  return {
    links: values(/<[a-z][^>]* (?:href|src)="([^"]*)"/g).map(plain),
    ids: new Set(values(/<[a-z][^>]* id="([^"]*)"/g).map(plain)),
  };
}

interface Element {
  readonly text: string;
  readonly path?: string;
  readonly children?: readonly Element[];
}

function notInNavigation(root: string, out: string): string[] {
  const script = readFileSync(join(out, "assets/navigation.js"), "utf8");
  const packed = /"(.*)"/.exec(script)?.[1] ?? "";
  const navigation = JSON.parse(inflateSync(Buffer.from(packed, "base64")).toString()) as readonly Element[];
  const faults: string[] = [];
  for (const [section, pages] of [["Lessons", lessons(root)], ["Guides", guides(root)]] as const) {
    const shown = navigation.find(({ text }) => text === section)?.children?.map(({ text }) => text) ?? [];
    const wanted = pages.map(({ title }) => title);
    if (shown.join("\n") !== wanted.join("\n")) {
      faults.push(`the navigation has under ${section}: ${shown.join(", ")}; expected: ${wanted.join(", ")}`);
    }
  }
  return faults;
}

/** What lessons of the tree at `root` name, against what their pages at `out` have: a sentence for each difference. */
export function scenesMissing(root: string, out: string): string[] {
  return lessons(root).flatMap(({ path, title }) => {
    const page = join(out, "documents", `${title.replaceAll(" ", "_")}.html`);
    const html = existsSync(page) ? readFileSync(page, "utf8") : "";
    const shown = [...html.matchAll(/<iframe [^>]*data-src="[^"]*#story=(\d+)"/g)].map(([, number]) => Number(number));
    const wanted = scenesIn(readFileSync(join(root, path), "utf8"));
    if (shown.join() === wanted.join()) return [];
    return [`${path} names the stories ${wanted.join(", ")}; its page shows: ${shown.join(", ")}`];
  });
}
