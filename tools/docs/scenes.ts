/**
 * The scenes of lessons: where a paragraph names `npm run demo story 2`, its page has that story below, to be opened.
 *
 * @module
 */
import { escapeHtml } from "./escape-html.ts";

/** The number of the story that is run by that command; null: it runs none. */
export function sceneOf(command: string): number | null {
  const number = /^npm run demo story (\d+)$/.exec(command)?.[1];
  return number === undefined ? null : Number(number);
}

/** The scenes that a Markdown text asks for: numbers of stories, in order. */
export function scenesIn(markdown: string): number[] {
  return [...markdown.matchAll(/`([^`\n]+)`/g)].flatMap(([, code]) => sceneOf(code!) ?? []);
}

/**
 * A frame that is empty until it is opened: a page of five scenes loads none of them.
 *
 * @param story - what is said of it
 * @param cluster - the address of the page in which all stories are
 */
export function sceneFrame(
  number: number,
  story: { readonly title: string; readonly question: string },
  cluster: string,
): string {
  const [title, question] = [escapeHtml(story.title), escapeHtml(story.question)];
  const address = `${cluster}#story=${number}`;
  return `<details class="scene">
<summary><b>${title}</b> <a href="${address}" target="_blank">open large</a><br>${question}</summary>
<iframe title="Story ${number}: ${title}" data-src="${address}"></iframe>
</details>
`;
}
