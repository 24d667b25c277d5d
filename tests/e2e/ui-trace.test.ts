import { spawn } from "node:child_process";
import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClusterEvent, EVENTS_VERSION } from "#ground/events";
import { ROOT } from "../../tools/course/chapters.ts";
import { TraceServer } from "../../tools/ui/trace/trace-server.ts";
import { addressIn, HAS_CHROMIUM, launch, openPage } from "./chromium.ts";

const LIMIT = { timeout: 300_000 };
const PATIENCE_MS = 60_000;
const MISTAKE = "acks=all is answered when the leader has the record";

let browser: Browser;
let page: Page;
/** What the page complained of, and whom it asked besides us. */
const complaints: string[] = [];

describe.skipIf(!HAS_CHROMIUM)("a run, step by step in the browser", LIMIT, () => {
  beforeAll(async () => {
    browser = await launch();
    page = await openPage(browser, PATIENCE_MS, complaints, (url) => new URL(url).hostname === "127.0.0.1");
  }, PATIENCE_MS);

  afterAll(() => browser?.close());

  test("a planted mistake is stepped to: the record that was acknowledged is in no follower", async () => {
    const args = ["tools/katafka.cjs", "simulate", "--plant", MISTAKE, "--ui", "--ui-port", "0"];
    const command = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const address = await addressIn(command.stdout);
      await page.goto(address);
      await page.locator(".verdict.violated", { hasText: "CommittedNeverLost" }).waitFor();
      await page.keyboard.press("Home");
      await page.locator(".place", { hasText: "step 1 of" }).waitFor();
      const forward = page.getByRole("button", { name: "forward" });
      for (let steps = 0; (await page.locator(".violated").count()) === 0; steps++) {
        expect(steps).toBeLessThan(1_000);
        await forward.click();
      }
      await page.locator(".steps .now .violation-words", { hasText: "is acknowledged at" }).waitFor();
      // The leader alone has it: what isn't committed is hatched.
      await page.locator("td.replica.leader", { hasText: "end 2, HW 0" }).waitFor();
      await page.getByRole("checkbox", { name: "skip appends" }).uncheck();
      const appended = page.locator("td.replica.leader.changed", { hasText: "end 2, HW 0" });
      for (let steps = 1; (await appended.count()) === 0; steps++) {
        await page.keyboard.press("ArrowLeft");
        await page.locator(".verdict", { hasText: `${steps} step` }).waitFor();
        expect(steps).toBeLessThan(20);
      }
      await page.locator(".verdict", { hasText: "before the violation" }).waitFor();
      await page.getByRole("button", { name: "fault before" }).click();
      await page.locator(".steps .now .fault-words").waitFor();
      await page.locator("th.broker.down.changed").waitFor();
      expect(await isWithoutScrolling()).toBe(true);
    } finally {
      command.kill();
    }
  });

  test("the timeline of a test is gone through, and the state that changed is marked", async () => {
    const deed = (node: string, subject: string, before: string, after: string): ClusterEvent => {
      return { timeMs: 0, node, kind: "deed", subject, before, after };
    };
    const events = [
      deed("producer", "append a b, acks=all", "", "HW 0, log end 2"),
      deed("broker 2", "fetches from 2", "HW 0, log end 2", "HW 2, log end 2"),
    ];
    const server = new TraceServer({
      eventsVersion: EVENTS_VERSION, title: "6.3 advance: waits for the ISR", command: "npm run ui", about: "",
      violation: "high watermark: expected 2 to be 0", first: null, omitted: 0,
      steps: events.map((event) => ({ events: [event], change: null })),
    });
    try {
      await page.goto(`${await server.listen("127.0.0.1", 0)}#1`);
      await page.locator(".deeds tr.now", { hasText: "fetches from 2" }).waitFor();
      expect(await page.locator(".state-box .changed").allTextContents()).toEqual(["HW 0", "HW 2"]);
      await page.keyboard.press("ArrowLeft");
      await page.locator(".deeds tr.now", { hasText: "append a b" }).waitFor();
    } finally {
      server.close();
    }
  });

  test("has complained of nothing, and asked nobody else", () => {
    expect(complaints).toEqual([]);
  });
});

async function isWithoutScrolling(): Promise<boolean> {
  // As text: a test knows nothing of the browser's names.
  const fits = (what: string): Promise<boolean> => page.evaluate(`${what}.scrollHeight <= ${what}.clientHeight`);
  return (await fits("document.documentElement")) && fits("document.querySelector('main')");
}
