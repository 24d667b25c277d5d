import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// The chapters that run on the learner's own code ("1,5"); the reference stands in for all others.
const mine = new Set((process.env["KATAFKA_MINE"] ?? "").split(",").filter(Boolean).map(Number));
const conditions = Array.from({ length: 19 }, (_, i) => i + 1)
  .filter((chapter) => !mine.has(chapter))
  .map((chapter) => `solution-${String(chapter).padStart(2, "0")}`);

export default defineConfig({
  ssr: { resolve: { conditions: [...conditions, ...defaultServerConditions] } },
  test: { include: ["tests/**/*.test.ts"], pool: "forks", isolate: false },
});
