/** Stories and runs on a learner's chapter, in a copy of the tree. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chapterOf, ROOT } from "../../tools/course/chapters.ts";
import { readAlternatives, readSolution } from "../../tools/course/files.ts";
import { stubsOf } from "../../tools/course/stubs.ts";
import { captureNode } from "../../tools/run/capture.ts";
import { Scratch } from "../../tools/verify/scratch.ts";

/** Each simulates a cluster. */
const TIMEOUT_MS = 240_000;
const REPLICATION = chapterOf("06-replication");
const GROUPS = chapterOf("07-groups");

let tree: Scratch;
beforeAll(() => void (tree = new Scratch(ROOT)), TIMEOUT_MS);
afterAll(() => tree.remove(), TIMEOUT_MS);

function run(root: string, ...args: string[]): ReturnType<typeof captureNode> {
  return captureNode(root, ["tools/katafka.cjs", ...args]);
}

describe("a story on the learner's code", { timeout: TIMEOUT_MS }, () => {
  test.each([["3", REPLICATION], ["11", GROUPS]])("story %s comes to the same on another right solution", async (
    story, chapter,
  ) => {
    const [other] = readAlternatives(ROOT, chapter).values();
    tree.writeChapter(chapter, new Map([...readSolution(ROOT, chapter), ...other!]));
    const reference = await run(ROOT, "demo", "story", story);
    expect(reference.stdout).toContain(`npm run demo story ${story} -- --mine `);
    expect(await run(tree.root, "demo", "story", story, "--mine", String(chapter.number))).toEqual(reference);
  });

  test("ends at an exercise that isn't written, and says which", async () => {
    const isUnwritten = (title: string): boolean => title.startsWith("6.3 ");
    tree.writeChapter(REPLICATION, stubsOf(readSolution(ROOT, REPLICATION), isUnwritten));
    const { code, stdout, stderr } = await run(tree.root, "demo", "story", "1", "--mine", "6");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toMatch(/\n○ 6\.3 \S+ is yours to write; then this demo goes on\.\n {2}Next: npm test 6\.3\n$/);
  });
});

describe("npm run simulate -- --plant … --mine 6", { timeout: TIMEOUT_MS }, () => {
  const plant = (): ReturnType<typeof run> => {
    return run(tree.root, "simulate", "--plant", "goes on in the old epoch", "--seed", "1", "--mine", "6");
  };

  test("plants the mistake into the learner's file, and names the command with --mine", async () => {
    tree.writeChapter(REPLICATION, readSolution(ROOT, REPLICATION));
    const { code, stdout } = await plant();
    expect(stdout).toContain("is planted in a copy of the tree: chapters/06-replication/leader-election.ts\n");
    expect(stdout).toMatch(/\nSeed 1 of replication violates: .+\nAs a picture: .+ --seed 1 --mine 6 --ui\n$/);
    expect(code).toBe(1);
  });

  test("refuses, before anything runs, when the learner's file hasn't the text that is changed", async () => {
    const files = Array.from(readSolution(ROOT, REPLICATION), ([name, text]): [string, string] => {
      return [name, text.replaceAll("leaderEpoch + 1", "1 + leaderEpoch")];
    });
    tree.writeChapter(REPLICATION, new Map(files));
    const { code, stdout, stderr } = await plant();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^Not planted\. .+ occurs 0 times in chapters\/06-replication\/leader-election\.ts, .+\n$/);
  });

  test("says which exercise isn't written, and that nothing was found", async () => {
    tree.writeChapter(REPLICATION, stubsOf(readSolution(ROOT, REPLICATION)));
    const { code, stderr } = await plant();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^No violation was found:\n○ 6\.\d \S+ is yours to write; then this run goes on\.\n/);
  });
});
