import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import { conditions, ROOT } from "./tools/course/chapters.ts";

// The chapters that run on the learner's own code ("1,5"); the reference stands in for all others.
const mine = (process.env["KATAFKA_MINE"] ?? "").split(",").filter(Boolean).map(Number);

// What works in Node must work in a browser's tab: the same tests, on the tab's `node:buffer`.
const isBrowser = process.env["KATAFKA_BUFFER"] === "browser";
const browsersBuffer = join(ROOT, "tools/ui/simulated/browser/buffer.ts");

/** Not so in a folder that is only to be read. */
function canWrite(folder: string): boolean {
  try {
    mkdirSync(join(ROOT, folder), { recursive: true });
    accessSync(join(ROOT, folder), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export default defineConfig({
  ssr: { resolve: { conditions: [...conditions(ROOT, mine), ...defaultServerConditions] } },
  resolve: { alias: isBrowser ? [{ find: /^node:buffer$/, replacement: browsersBuffer }] : [] },
  test: {
    include: ["tests/**/*.test.ts"],
    runner: "./tests/support/course-runner.ts",
    // On a busy machine nothing fails for lack of time alone; a learner's run has a shorter limit of its own.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    setupFiles: ["tests/support/stub-recorder.ts"],
    // What a message says at its end is often what matters; the reporter cuts what is too long.
    chaiConfig: { truncateThreshold: 400 },
    pool: "forks",
    // One process for all files of a run: ten times faster. So no test may leave anything behind.
    isolate: false,
    maxWorkers: 1,
    // An endless loop that allocates ends soon, and before the machine swaps.
    execArgv: ["--max-old-space-size=1024"],
    cache: false,
    // What hasn't changed since the last run isn't compiled again: that is most of a run's time.
    experimental: { fsModuleCache: !isBrowser && canWrite(".cache/compiled"), fsModuleCachePath: ".cache/compiled" },
  },
});
