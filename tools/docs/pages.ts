/**
 * Which Markdown files are pages of the docs, and in which order.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder } from "../course/chapters.ts";

/** One page of the navigation. */
export interface Page {
  /** From the root of the tree, with slashes. */
  readonly path: string;
  /** Its first heading. */
  readonly title: string;
}

/** In the order in which one reads them. What isn't named here comes after. */
const GUIDES = [
  "why-kafka",
  "clients",
  "tuning",
  "kafka-mapping",
  "notes-errata",
  "glossary",
  "configuration",
  "operations",
  "performance",
  "teaching",
  "architecture",
  "contributing",
];

/** The lessons of the tree at `root`, in order. */
export function lessons(root: string): Page[] {
  return readdirSync(join(root, "chapters"))
    .sort()
    .map((name) => `chapters/${name}/README.md`)
    .filter((path) => existsSync(join(root, path)))
    .map((path) => page(root, path));
}

/** The guides of the tree at `root`, in order. */
export function guides(root: string): Page[] {
  const place = (name: string): number => (GUIDES.includes(name) ? GUIDES.indexOf(name) : GUIDES.length);
  return filesUnder(join(root, "docs"), ".md")
    .filter((name) => !name.includes("/"))
    .map((name) => name.slice(0, -".md".length))
    .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
    .map((name) => page(root, `docs/${name}.md`));
}

function page(root: string, path: string): Page {
  return { path, title: /^# (.+)$/m.exec(readFileSync(join(root, path), "utf8"))?.[1] ?? path };
}
