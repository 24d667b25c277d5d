/**
 * A story beside its cluster: the text, the question, what was measured. `→` goes on, a number chooses.
 *
 * @module
 */
import { useEffect } from "preact/hooks";
import { type Asked, type Shown, type StoryState } from "../stories/steps.ts";
import "./story.css";

/** What the page asks of a story. */
export interface StoryDeeds {
  next(): void;
  choose(choice: number): void;
}

/** The number of the story that the address names; null: none. */
export function storyOf(hash: string): number | null {
  const found = /^#story=(\d+)$/.exec(hash);
  return found === null ? null : Number(found[1]);
}

export function StoryPanel({ story, deeds }: { readonly story: StoryState; readonly deeds: StoryDeeds }) {
  const { number, titles, step, isBusy, isOver, failure } = story;
  const isAsking = step?.kind === "prediction";
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) return;
      // Enter on a button or a link is that one's.
      const isOwn = event.target instanceof HTMLButtonElement || event.target instanceof HTMLAnchorElement;
      if (event.key === "ArrowRight" || (event.key === "Enter" && !isOwn)) deeds.next();
      else if (/^[1-4]$/.test(event.key)) deeds.choose(Number(event.key) - 1);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [deeds]);
  return (
    <section class="story">
      <div class="row">
        <select value={number} onChange={(event) => (location.hash = `#story=${event.currentTarget.value}`)}>
          {titles.map((title, i) => (
            <option key={title} value={i + 1}>
              {i + 1}. {title}
            </option>
          ))}
        </select>
        <a href="#">leave the story</a>
      </div>
      {step === null && <p>{story.question}</p>}
      {step?.kind === "text" && <p>{step.text}</p>}
      {isAsking && <Question asked={step} chosen={story.chosen} choose={deeds.choose} />}
      {step?.kind === "outcome" && <Outcome shown={step} chosen={story.chosen} />}
      {isOver && failure === null && <Exercises {...story} />}
      {failure !== null && <p class="missing">{failure}</p>}
      {!isOver && (
        <button class="next" disabled={isBusy || isAsking} onClick={deeds.next}>
          {isBusy ? "it happens …" : isAsking ? "What do you think?" : "→ next"}
        </button>
      )}
    </section>
  );
}

function Question({ asked, chosen, choose }: {
  readonly asked: Asked; readonly chosen: number | null; readonly choose: (choice: number) => void;
}) {
  return (
    <>
      <p>{asked.question}</p>
      <ol class="choices">
        {asked.choices.map((choice, i) => (
          <li key={choice}>
            <button disabled={chosen !== null} class={chosen === i ? "chosen" : ""} onClick={() => choose(i)}>
              <b>{i + 1}</b> {choice}
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

function Outcome({ shown, chosen }: { readonly shown: Shown; readonly chosen: number | null }) {
  const columns = Object.keys(shown.table[0] ?? {});
  return (
    <div class="outcome">
      <p>
        <b>{chosen === shown.right ? "✓ As you said" : `✗ You said ${(chosen ?? 0) + 1}`}: it is {shown.right + 1}.</b>{" "}
        {shown.text}
      </p>
      <table>
        <thead>
          <tr>{columns.map((column) => <th key={column}>{column}</th>)}</tr>
        </thead>
        <tbody>
          {shown.table.map((row, i) => (
            <tr key={i}>{columns.map((column) => <td key={column}>{row[column]}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Exercises({ number, exercises }: StoryState) {
  return (
    <p>
      You build it in {exercises.join(", ")}. On a terminal: <code>npm run demo story {number}</code>
    </p>
  );
}
