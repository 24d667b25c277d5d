/**
 * A story that is told to somebody who looks at its cluster meanwhile: step by step, as the readers want it.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type Picture } from "../picture.ts";
import { UiSession } from "../server/ui-session.ts";
import { SimulatedSource } from "../simulated/simulated-source.ts";
import { STORIES } from "./all.ts";
import { type Step, type StoryState } from "./steps.ts";
import { type Steps, type Story } from "./story.ts";
import { type Pass, StoryWorld } from "./story-world.ts";

/** See above. */
export class StoryRun {
  readonly #number: number;
  readonly #story: Story;
  readonly #pass: Pass;
  #world: StoryWorld | null = null;
  #source: SimulatedSource | null = null;
  #session: UiSession | null = null;
  #steps: Steps | null = null;
  #step: Step | null = null;
  #chosen: number | null = null;
  #isBusy = false;
  #isOver = false;
  #failure: string | null = null;

  /**
   * @param number - from 1 on
   * @param pass - lets time pass so that one can look on
   */
  constructor(number: number, pass?: Pass) {
    this.#number = number;
    this.#story = STORIES[number - 1]!;
    this.#pass = pass ?? ((world, forMs) => world.run(forMs));
  }

  /** How far it is told. */
  get state(): StoryState {
    return {
      number: this.#number,
      titles: STORIES.map(({ title }) => title),
      question: this.#story.question,
      step: this.#step,
      chosen: this.#chosen,
      isBusy: this.#isBusy,
      isOver: this.#isOver,
      exercises: this.#story.exercises,
      failure: this.#failure,
    };
  }

  /** The story's cluster at this moment; null while there is none. */
  look(): Promise<Picture> | null {
    return this.#session?.look() ?? null;
  }

  /** An exercise was met that isn't written: it is shown at the broker whose turn it was, and the story ends. */
  metStub(stub: NotImplementedError): void {
    this.#source?.metStub(stub);
    this.#world?.metStub(stub);
  }

  /** Something went wrong that nobody waits for. */
  fail(error: unknown): void {
    this.#failure ??= wordsOf(error);
    this.#isOver = true;
  }

  /** Goes on to the next step, unless one is to choose first. Resolves when it has come to it. */
  async next(): Promise<void> {
    if (this.#isBusy || this.#isOver || this.#step?.kind === "prediction") return;
    await this.#goOn();
  }

  /** Chooses, and sees what comes of it. */
  async choose(choice: number): Promise<void> {
    if (this.#isBusy || this.#step?.kind !== "prediction" || this.#step.choices[choice] === undefined) return;
    this.#chosen = choice;
    await this.#goOn();
  }

  async #goOn(): Promise<void> {
    this.#isBusy = true;
    try {
      this.#steps ??= this.#story.steps(await this.#open());
      const { value, done } = await this.#steps.next();
      if (done === true) this.#isOver = true;
      else this.#step = value;
      if (value?.kind === "prediction") this.#chosen = null;
    } catch (error) {
      this.fail(error);
    } finally {
      this.#isBusy = false;
    }
  }

  async #open(): Promise<StoryWorld> {
    const world = new StoryWorld(this.#story, this.#pass);
    const { cluster } = world;
    this.#world = world;
    this.#source = new SimulatedSource(cluster);
    this.#session = new UiSession(this.#source, (client) => cluster.world.node(client).runtime, null);
    await world.start();
    return world;
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof NotImplementedError) {
    return `${error.message}; then this story goes on. Next: npm test ${error.exercise.split(" ")[0]}`;
  }
  return error instanceof Error ? error.message : String(error);
}
