/**
 * Which exercises each test reaches. A wrong answer differs from the reference only inside the body of its exercise: a
 * test that on the reference never enters that body runs in just the same way on the wrong answer, and its outcome is
 * the reference's. So it needn't run again. What runs is fixed: simulated clocks, fixed seeds.
 *
 * @module
 */
import { type Files } from "../course/files.ts";
import { applySplices } from "../course/splice.ts";
import { type IsStub } from "../course/stubs.ts";
import { findTags } from "../course/tagged.ts";
import { type TestReport } from "../run/events.ts";
import { type OnlyTests } from "../run/test-server.ts";

/** The reference, in which every exercise says that it has been entered. `tests/support/stub-recorder.ts` listens. */
export function traced(solution: Files): Files {
  return new Map([...solution].map(([file, source]) => [file, tracedFile(file, source)]));
}

function tracedFile(file: string, source: string): string {
  const { exercises } = findTags(file, source);
  const splices = exercises.flatMap(({ title, body }) => {
    if (body === null) return [];
    const at = body.getStart() + 1;
    const text = ` globalThis[Symbol.for("katafka.reached")]?.(${JSON.stringify(title)});`;
    return [{ start: at, end: at, text }];
  });
  return applySplices(source, splices);
}

/** Whether a test shall run. */
export type IsWanted = (test: TestReport) => boolean;

/** What a run on the traced reference has shown. */
export class Reach {
  readonly #tests: readonly TestReport[];
  /** Entered outside of any test, such as while a file is loaded: whom that concerns nobody knows. */
  readonly #outside: ReadonlySet<string>;

  /** @param tests - all of the chapter, green */
  constructor(tests: readonly TestReport[]) {
    this.#tests = tests;
    this.#outside = new Set(tests.flatMap(({ reached }) => reached?.outside ?? []));
  }

  /**
   * The tests whose outcome may be another one when the bodies of these exercises are; by file.
   *
   * @param isWanted - of those, the ones that shall run
   */
  testsOf(isChanged: IsStub, isWanted: IsWanted = () => true): OnlyTests[] {
    const titles = new Map<string, string[]>();
    for (const test of this.#tests.filter((one) => this.#reaches(one, isChanged) && isWanted(one))) {
      titles.set(test.file, [...(titles.get(test.file) ?? []), test.title]);
    }
    return [...titles].map(([file, own]) => ({ file, titles: own }));
  }

  /** A whole run, from one of {@link testsOf} alone: the reference's outcome for all other tests. */
  whole(ran: readonly TestReport[], isChanged: IsStub, isWanted: IsWanted = () => true): TestReport[] {
    const others = this.#tests.filter((test) => !this.#reaches(test, isChanged) || !isWanted(test));
    const placeOf = ({ file, index }: TestReport): string => `${index} ${file}`;
    const known = new Set(others.map(placeOf));
    return [...others.map(withoutReach), ...ran.filter((test) => !known.has(placeOf(test)))];
  }

  #reaches({ reached }: TestReport, isChanged: IsStub): boolean {
    if ([...this.#outside].some(isChanged)) return true;
    return reached?.exercises.some(isChanged) ?? false;
  }
}

function withoutReach({ reached: _, ...test }: TestReport): TestReport {
  return test;
}
