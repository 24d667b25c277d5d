/**
 * The scenes of lessons: where a paragraph names `npm run demo story 2`, its page has that story below, to be opened.
 *
 * @module
 */
import { STORIES } from "../ui/stories/all.ts";

/** A story's command, as a lesson names it. */
const COMMAND = /^npm run demo story (\d+)$/;

/** The number of the story that is run by that command; null: it runs none. */
export function sceneOf(command: string): number | null {
  const number = Number(COMMAND.exec(command)?.[1]);
  return STORIES[number - 1] === undefined ? null : number;
}

/**
 * A frame that is empty until it is opened: a page of five scenes loads none of them.
 *
 * @param cluster - the address of the page in which all stories are
 */
export function sceneFrame(number: number, cluster: string): string {
  const { title, question } = STORIES[number - 1]!;
  const address = `${cluster}#story=${number}`;
  return `<details class="scene">
<summary><b>${escape(title)}</b> <a href="${address}" target="_blank">open large</a><br>${escape(question)}</summary>
<iframe title="Story ${number}: ${escape(title)}" data-src="${address}"></iframe>
</details>
`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
