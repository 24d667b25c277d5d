/**
 * Looks on while real code runs: methods are wrapped for a while, and each call that is of interest is noted, with the
 * file that the method is from. So what is shown is what has happened, and not what somebody remembers.
 *
 * @module
 */
import { Session } from "node:inspector";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../course/chapters.ts";

type Method = (...args: never[]) => unknown;
type Fn<T> = Extract<T, Method>;

/**
 * What one call shows: who makes it, and what is to be seen, which may need the result (of a promise: what it resolves
 * to, and then). Null: nothing of interest.
 */
export type Seen<Result> = readonly [who: string, what: string | ((result: Awaited<Result>) => string | null)] | null;

/** A call that was of interest. */
export interface Passed {
  readonly part: string;
  /** Since the trace began. */
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  /** Relative to the root. */
  readonly file: string;
  readonly method: string;
}

interface Station {
  readonly part: string;
  readonly file: string;
  readonly method: string;
  isPassed: boolean;
}

/** Notes calls. */
export class Trace {
  readonly #now: () => number;
  readonly #passed: (Passed | null)[] = [];
  readonly #stations: Station[] = [];
  /** What a wrapper stands for: one may look at a method twice. */
  readonly #real = new Map<Method, Method>();
  readonly #undo: (() => void)[] = [];
  #begunMs = Infinity;

  /** @param now - in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** From now on calls are noted. */
  begin(): void {
    this.#begunMs = this.#now();
  }

  /**
   * Looks at the calls of a method.
   *
   * @param part - of the story, to which it belongs
   * @param owner - a class's prototype, or an object
   * @param look - is asked before the call
   */
  watch<Owner extends object, Name extends keyof Owner & string>(
    part: string,
    owner: Owner,
    name: Name,
    look: (self: Owner, args: Parameters<Fn<Owner[Name]>>) => Seen<ReturnType<Fn<Owner[Name]>>>,
  ): void {
    const original = owner[name] as Method;
    const real = this.#real.get(original) ?? original;
    const station = { part, file: fileOf(real), method: name, isPassed: false };
    this.#stations.push(station);
    const call = (self: Owner, args: never[]): unknown => {
      const seen = this.#begunMs === Infinity ? null : look(self, args as Parameters<Fn<Owner[Name]>>);
      const run = (): unknown => original.apply(self, args);
      return seen === null ? run() : this.#note(station, seen as NonNullable<Seen<unknown>>, run);
    };
    const watched = function (this: Owner, ...args: never[]): unknown {
      return call(this, args);
    };
    this.#real.set(watched, real);
    owner[name] = watched as Owner[Name];
    this.#undo.unshift(() => (owner[name] = original as Owner[Name]));
  }

  #note(station: Station, [who, what]: NonNullable<Seen<unknown>>, run: () => unknown): unknown {
    const note = (at: number, text: string | null): void => {
      if (text === null) return;
      station.isPassed = true;
      const { part, file, method } = station;
      this.#passed[at] = { part, atMs: this.#now() - this.#begunMs, who, what: text, file, method };
    };
    // Its place is before that of the calls inside it.
    const place = this.#passed.push(null) - 1;
    if (typeof what === "string") note(place, what);
    const result = run();
    if (typeof what === "string") return result;
    if (!(result instanceof Promise)) note(place, what(result));
    else void result.then((value) => note(this.#passed.push(null) - 1, what(value)), () => {});
    return result;
  }

  /**
   * Looks no longer.
   *
   * @returns what was noted, in order; of calls that show the same, the first
   * @throws Error when nobody came by somewhere
   */
  end(): Passed[] {
    this.#begunMs = Infinity;
    for (const undo of this.#undo) undo();
    const missed = this.#stations.filter(({ isPassed }) => !isPassed).map(({ file, method }) => `${file}: ${method}`);
    if (missed.length > 0) throw new Error(`The record did not come by ${missed.join(", ")}.`);
    const known = new Set<string>();
    return this.#passed.filter((one) => one !== null).filter(({ who, what, file, method }) => {
      const text = [who, what, file, method].join("\n");
      return !known.has(text) && known.add(text);
    });
  }
}

/** Under this name the inspector finds what it is asked about. */
const ASKED = Symbol.for("katafka.asked");

/** In which file a function is, as V8 knows it. */
function fileOf(method: Method): string {
  const session = new Session();
  session.connect();
  const urls = new Map<string, string>();
  session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
  const asked = globalThis as { [ASKED]?: Method };
  asked[ASKED] = method;
  let file = "";
  session.post("Debugger.enable");
  session.post("Runtime.evaluate", { expression: 'globalThis[Symbol.for("katafka.asked")]' }, (_, { result }) => {
    session.post("Runtime.getProperties", { objectId: result.objectId! }, (__, { internalProperties = [] }) => {
      const place = internalProperties.find(({ name }) => name === "[[FunctionLocation]]");
      const { scriptId } = (place?.value?.value ?? {}) as { scriptId?: string };
      file = relative(ROOT, fileURLToPath(urls.get(scriptId ?? "") ?? "file:///unknown"));
    });
  });
  session.disconnect();
  delete asked[ASKED];
  return file;
}
