/**
 * The docs site: lessons, guides and the API, by typedoc. `node --import tsx tools/docs/site.ts ROOT OUT [FILE…]`; with
 * files, of the code only these.
 *
 * typedoc makes the pages; what it lacks is added here: titles and order of lessons and guides, diagrams, scenes, and
 * pages of the source files, which its links "Defined in" lead to.
 *
 * @module
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import {
  Application,
  Converter,
  DeclarationReflection,
  DefaultTheme,
  type DocumentReflection,
  JSX,
  type NavigationElement,
  PageEvent,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
  TSConfigReader,
  TypeDocReader,
} from "typedoc";
import { escapeHtml } from "./escape-html.ts";
import { guides, lessons, type Page } from "./pages.ts";
import { sceneFrame, sceneOf } from "./scenes.ts";
import { sourcePage } from "./source-page.ts";
import { STORIES } from "../ui/stories/all.ts";

/** What stands for a source file in typedoc's links, until it is known from which page they lead. */
const SOURCE_LINK = "katafka-source:";
/** The same for what is named in a comment. */
const NAME_LINK = "katafka-name:";
/** The same for the page of the cluster in a tab. */
const CLUSTER_LINK = "katafka-cluster:";
const DIAGRAMS = "mermaid.js";
const SCENES = "scenes.js";
/** The cluster in a tab: one file that needs no server, so it works beside the pages, too. */
const CLUSTER = "cluster.html";
const SEE_IT_WORK: readonly NavigationElement[] = [
  { text: "Twelve stories", path: `${CLUSTER}#story=1` },
  { text: "A cluster in this tab", path: CLUSTER },
];

const [root = ".", out = "docs/api", ...entryPoints] = process.argv.slice(2);
process.exitCode = await build(root, out);

/** @returns the exit code */
async function build(root: string, out: string): Promise<number> {
  const sections: Section[] = [
    { text: "Lessons", pages: lessons(root) },
    { text: "Guides", pages: guides(root) },
  ];
  const pages = sections.flatMap((section) => section.pages);
  const app = await Application.bootstrapWithPlugins(
    {
      options: join(root, "tools/docs/typedoc.json"),
      out,
      ...(entryPoints.length > 0 && { entryPoints }),
      projectDocuments: pages.map(({ path }) => join(root, path)),
      sourceLinkTemplate: `${SOURCE_LINK}{path}#L{line}`,
      customCss: join(root, "tools/docs/site.css"),
      markdownItLoader: extendMarkdown,
    },
    [new TypeDocReader(), new TSConfigReader()],
  );
  nameDocuments(app, pages);
  arrange(app, sections);
  linkByName(app);
  const sources = linkSources(app);
  leadToCluster(app);
  for (const script of [DIAGRAMS, SCENES]) {
    app.renderer.hooks.on("body.end", (context) =>
      JSX.createElement("script", { src: context.relativeURL(`assets/${script}`), defer: true }),
    );
  }
  const project = await app.convert();
  if (project === undefined) return 1;
  app.validate(project);
  await app.generateOutputs(project);
  writeDiagramScript(root, join(out, "assets", DIAGRAMS));
  copyFileSync(join(root, "tools/docs/scenes.js"), join(out, "assets", SCENES));
  copyFileSync(join(root, "tools/ui/dist/simulated.html"), join(out, CLUSTER));
  for (const path of sources) writeSourcePage(root, out, path);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) {
    console.log(`${app.logger.errorCount} errors, ${app.logger.warningCount} warnings`);
  }
  return app.logger.hasErrors() ? 1 : 0;
}

interface Section {
  readonly text: string;
  readonly pages: readonly Page[];
}

/** Documents are called by their first heading, not by their file: all lessons are a README.md. */
function nameDocuments(app: Application, pages: readonly Page[]): void {
  const titles = new Map(pages.map(({ path, title }) => [path, title]));
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context: unknown, document: DocumentReflection) => {
    const file = document.project.files.getReflectionPath(document);
    const path = file === undefined ? undefined : relative(root, file).replaceAll("\\", "/");
    document.name = (path === undefined ? undefined : titles.get(path)) ?? document.name;
  });
}

/** The navigation: lessons, guides, and then the code by its folders. */
function arrange(app: Application, sections: readonly Section[]): void {
  class Theme extends DefaultTheme {
    override buildNavigation(project: ProjectReflection): NavigationElement[] {
      const all = super.buildNavigation(project);
      const found = new Map(all.map((element) => [element.text, element]));
      const titles = new Set(sections.flatMap(({ pages }) => pages.map(({ title }) => title)));
      return [
        ...sections.map(({ text, pages }) => ({
          text,
          children: pages.flatMap(({ title }) => found.get(title) ?? []),
        })),
        { text: "See it work", children: [...SEE_IT_WORK] },
        { text: "The code", children: all.filter(({ text }) => !titles.has(text)) },
      ];
    }
  }
  app.renderer.defineTheme("katafka", Theme);
  app.options.setValue("theme", "katafka");
}

/** A comment may link to what its file doesn't import: it is looked for by its name, as `LogSegment.read`. */
function linkByName(app: Application): void {
  const names = new Map<string, DeclarationReflection>();
  app.converter.addUnknownSymbolResolver((reference, from) => {
    if (names.size === 0) {
      for (const one of from.project.getReflectionsByKind(ReflectionKind.All)) {
        if (one instanceof DeclarationReflection && !one.kindOf(ReflectionKind.SomeModule)) names.set(nameOf(one), one);
      }
    }
    const name = (reference.symbolReference?.path ?? []).map(({ path }) => path).join(".");
    return names.has(name) ? `${NAME_LINK}${name}` : undefined;
  });
  app.renderer.on(PageEvent.END, (page: PageEvent) => {
    page.contents = page.contents?.replaceAll(/katafka-name:([^"#]+)/g, (_, name: string) => {
      return `${up(page)}${app.renderer.router!.getFullUrl(names.get(name)!)}`;
    });
  });
}

/** Its name below its module. */
function nameOf(reflection: Reflection): string {
  const { parent } = reflection;
  const isInside = parent instanceof DeclarationReflection && !parent.kindOf(ReflectionKind.SomeModule);
  return isInside ? `${nameOf(parent)}.${reflection.name}` : reflection.name;
}

/** Leads links to sources to their pages. @returns the files that are linked to, once the pages have been made */
function linkSources(app: Application): ReadonlySet<string> {
  const sources = new Set<string>();
  app.renderer.on(PageEvent.END, (page: PageEvent) => {
    page.contents = page.contents?.replaceAll(/katafka-source:([^"#]+)/g, (_, path: string) => {
      sources.add(path);
      return `${up(page)}sources/${path}.html`;
    });
  });
  return sources;
}

/** Leads scenes to the one page in which they are. */
function leadToCluster(app: Application): void {
  app.renderer.on(PageEvent.END, (page: PageEvent) => {
    page.contents = page.contents?.replaceAll(CLUSTER_LINK, `${up(page)}${CLUSTER}`);
  });
}

/** The way from a page to the folder of all pages. */
function up(page: PageEvent): string {
  return "../".repeat(page.url.split("/").length - 1);
}

function writeSourcePage(root: string, out: string, path: string): void {
  const to = join(out, "sources", `${path}.html`);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, sourcePage(path, readFileSync(join(root, path), "utf8")));
}

function extendMarkdown(parser: MarkdownParser): void {
  drawDiagrams(parser);
  showScenes(parser);
}

/** A fence of Mermaid becomes an element that the script finds; typedoc would show its text. */
function drawDiagrams({ renderer: { rules } }: MarkdownParser): void {
  const { fence } = rules;
  rules.fence = (tokens, at, ...rest) => {
    const { info, content } = tokens[at]!;
    if (info.trim() !== "mermaid") return fence!(tokens, at, ...rest);
    return `<pre class="mermaid">${escapeHtml(content)}</pre>\n`;
  };
}

/** Below a paragraph that names the command of a story there is that story. */
function showScenes({ renderer }: MarkdownParser): void {
  renderer.rules.paragraph_close = (tokens, at, options) => {
    const inside = tokens[at - 1]?.children ?? [];
    const scenes = inside.flatMap(({ type, content }) => (type === "code_inline" ? (sceneOf(content) ?? []) : []));
    const frames = scenes.flatMap((number) => {
      const story = STORIES[number - 1];
      return story === undefined ? [] : sceneFrame(number, story, CLUSTER_LINK);
    });
    return `${renderer.renderToken(tokens, at, options)}${frames.join("")}`;
  };
}

/** What of markdown-it is used here; its types are no dependency. */
interface MarkdownParser {
  readonly renderer: {
    readonly rules: { fence?: Rule; paragraph_close?: Rule };
    renderToken(tokens: readonly Token[], at: number, options: unknown): string;
  };
}

interface Token {
  readonly type: string;
  readonly info: string;
  readonly content: string;
  readonly children: readonly Token[] | null;
}

type Rule = (tokens: readonly Token[], at: number, options: unknown, ...rest: unknown[]) => string;

/** One script: the package's, and the lines that run it. A page without diagrams doesn't load it. */
function writeDiagramScript(root: string, to: string): void {
  copyFileSync(join(root, "node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"), join(dirname(to), "mermaid.tiny.js"));
  copyFileSync(join(root, "tools/docs/diagrams.js"), to);
}
