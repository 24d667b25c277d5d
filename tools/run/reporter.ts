/**
 * The reporter that vitest loads: it prints nothing and sends every event to the runner, which decides what a
 * learner gets to see.
 *
 * @module
 */
import { inspect } from "node:util";
import {
  type Reporter,
  type SerializedError,
  type TestCase,
  type TestModule,
  type TestSpecification,
  type TestSuite,
  type Vitest,
} from "vitest/node";
import { type Failure, type Frame, type RunEvent, type TestReport } from "./events.ts";

/** Sends {@link RunEvent}s over the channel to the parent process. */
export default class EventReporter implements Reporter {
  readonly #indexes = new Map<string, number>();

  #vitest: Vitest | undefined;

  constructor() {
    // The runner is gone: nobody wants these results.
    process.on("disconnect", () => process.exit(1));
    // The channel alone shall not keep this process from ending.
    process.channel?.unref();
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    send({ kind: "start", files: specifications.map(({ moduleId }) => moduleId) });
  }

  onTestModuleCollected(module: TestModule): void {
    let tests = 0;
    let index = 0;
    for (const test of module.children.allTests()) {
      this.#indexes.set(test.id, index++);
      if (test.options.mode !== "skip") tests += 1;
    }
    send({ kind: "collected", tests });
  }

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === "pending") return;
    const { stubs = [], reached, events } = test.meta() as Partial<Pick<TestReport, "stubs" | "reached" | "events">>;
    send({
      kind: "test",
      report: {
        file: test.module.moduleId,
        title: test.name,
        index: this.#indexes.get(test.id) ?? 0,
        state: result.state,
        stubs,
        ...(reached !== undefined && { reached }),
        ...(events !== undefined && { events }),
        failures: (result.errors ?? []).map(failureOf),
        durationMs: test.diagnostic()?.duration ?? 0,
      },
    });
  }

  onTestModuleEnd(module: TestModule): void {
    const failures = module.errors().map(failureOf);
    if (failures.length > 0) send({ kind: "file-failed", file: module.moduleId, failures });
  }

  onTestSuiteResult(suite: TestSuite): void {
    const failures = suite.errors().map(failureOf);
    if (failures.length > 0) send({ kind: "file-failed", file: suite.module.moduleId, failures });
  }

  onUserConsoleLog(log: { content: string; taskId?: string }): void {
    const task = log.taskId === undefined ? undefined : this.#vitest?.state.idMap.get(log.taskId);
    send({ kind: "log", title: task?.type === "test" ? task.name : null, text: log.content });
  }

  onTestRunEnd(_modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    send({ kind: "end", failures: unhandled.map(failureOf) });
  }

}

function send(event: RunEvent): void {
  process.send?.(event);
}

function failureOf(error: SerializedError): Failure {
  const { actual, expected, diff } = error as { actual?: unknown; expected?: unknown; diff?: unknown };
  return {
    name: error.name ?? "Error",
    message: messageOf(error),
    ...(typeof actual === "string" && { actual }),
    ...(typeof expected === "string" && { expected }),
    ...(typeof diff === "string" && { diff }),
    frames: (error.stacks ?? framesIn(error.stack ?? "")).map(({ file, line, column }) => ({ file, line, column })),
  };
}

/** Anything can be thrown; what is no error has no message, but perhaps properties that tell what it is. */
function messageOf(error: SerializedError): string {
  const { message } = error as { message?: unknown };
  if (message !== undefined) return String(message);
  const isItsOwn = ([name]: [string, unknown]): boolean => !/^(stacks?|type|VITEST_.*)$/.test(name);
  const thrown = Object.fromEntries(Object.entries(error).filter(isItsOwn));
  return `What was thrown is no Error: ${inspect(thrown)}`;
}

/** Vitest reads the stacks of errors in tests, and leaves those of others as they are: `at f (/a/b.ts:1:2)`. */
function framesIn(stack: string): Frame[] {
  return [...stack.matchAll(/^ +at .*?\(?(\/[^():]+):(\d+):(\d+)\)?$/gm)].map(([, file, line, column]) => ({
    file: file!,
    line: Number(line),
    column: Number(column),
  }));
}
