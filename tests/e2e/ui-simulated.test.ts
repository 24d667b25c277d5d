import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";
import { bundleSimulated } from "../../tools/ui/simulated/bundle.ts";
import { FIRST_SCENARIO, linkOf, type Scenario, scenarioOf } from "../../tools/ui/simulated/scenario.ts";
import { SimulatedRun } from "../../tools/ui/simulated/simulated-run.ts";
import { temporaryFolder } from "./broker-process.ts";
import { addressIn, HAS_CHROMIUM, isWithoutServer, launch, openPage } from "./chromium.ts";

const LIMIT = { timeout: 240_000 };
const PATIENCE_MS = 90_000;
const SETTINGS = {
  topic: "orders", recordsPerSecond: 50, valueBytes: 10, skew: 0, acks: "all", lingerMs: 0, batchSize: 1_000,
} as const;
const SCENARIO: Scenario = {
  seed: 7,
  settings: { ...FIRST_SCENARIO.settings, partitions: 1, lagTimeMaxMs: 1_000 },
  actions: [
    { atMs: 100, wish: { do: "produce", settings: SETTINGS } },
    { atMs: 600, wish: { do: "kill", broker: 2 } },
  ],
};

let browser: Browser;
let folder: ReturnType<typeof temporaryFolder>;
let page: Page;
/** What the page complained of, and whom it asked. */
const complaints: string[] = [];

async function open(chapters: readonly number[], link: string): Promise<void> {
  const path = join(folder.path, `page-${chapters.join("-")}.html`);
  if (!existsSync(path)) writeFileSync(path, await bundleSimulated(chapters));
  page = await openPage(browser, PATIENCE_MS, complaints, isWithoutServer);
  await page.goto(`${pathToFileURL(path).href}#${link}`);
}

function button(name: string): ReturnType<Page["locator"]> {
  return page.getByRole("button", { name, exact: true });
}

describe.skipIf(!HAS_CHROMIUM)("the cluster in a browser's tab, from a file", LIMIT, () => {
  beforeAll(async () => {
    folder = temporaryFolder();
    browser = await launch();
  }, PATIENCE_MS);

  afterEach(async () => {
    await page?.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    folder?.remove();
  });

  test("a record is followed to a consumer; a broker is killed by click, and the ISR shrinks and grows", async () => {
    await open([], "1,3,1,2,1000");
    for (const id of [1, 2, 3]) await page.locator("th.broker.up", { hasText: `broker ${id}` }).waitFor();
    await button("produce").click();
    await page.getByText("ISR 1 2 3").waitFor();
    await button("add a member").click();
    await page.getByText(/read [1-9]/).waitFor();
    await button("follow a record").click();
    await page.getByText("poll() of member-1 has returned it").waitFor();
    await button("kill -9").nth(1).click();
    await page.locator("th.broker.down", { hasText: "broker 2" }).waitFor();
    await page.getByText("out 2").waitFor();
    // The event line is filtered, and stopped.
    const [deaths, others] = [page.locator(".broker-event", { hasText: "down" }), page.locator(".isr-event")];
    await others.first().waitFor();
    await page.getByRole("checkbox", { name: "broker", exact: true }).focus();
    await page.keyboard.press("Space");
    await expect.poll(() => deaths.count()).toBe(0);
    expect(await others.count()).toBeGreaterThan(0);
    await page.keyboard.press("Space");
    await deaths.first().waitFor();
    await button("stop the line").click();
    const stopped = await page.locator(".event").count();
    await button("start").click();
    await page.getByText("ISR 1 2 3").waitFor();
    expect(await page.locator(".event").count()).toBe(stopped);
    await button("go on").click();
    await page.locator(".broker-event", { hasText: "up" }).first().waitFor();
    expect(await page.evaluate("document.documentElement.scrollHeight <= innerHeight")).toBe(true);
  });

  test("pauses, steps, and a link is the same run as in Node, by the hash of its trace", async () => {
    await open([], linkOf(SCENARIO));
    await page.locator("th.broker.down", { hasText: "broker 2" }).waitFor();
    await button("❚❚ pause").click();
    await button("▶ go on").waitFor();
    const clock = await page.locator(".clock").innerText();
    const [, seconds, hash] = /^([\d.]+) s, trace ([0-9a-f]+)$/.exec(clock)!;
    const run = new SimulatedRun(SCENARIO);
    await run.advance(Number(seconds) * 1_000);
    expect(hash).toBe(run.world.traceHash.toString(16).padStart(8, "0"));
    const events = await page.locator(".clock").getAttribute("title");
    await button("step").click();
    await expect.poll(() => page.locator(".clock").getAttribute("title"), { timeout: PATIENCE_MS }).not.toBe(events);
    await button("link to this run").click();
    expect(scenarioOf(new URL(page.url()).hash)).toEqual(SCENARIO);
  });

  test("an exercise that isn't written is shown at the broker that has met it", async () => {
    await open([6], "1,3,1,2,1000");
    await page.getByText(/^6\.\d .* is yours to write$/).first().waitFor();
    expect(await page.locator(".simulation pre").allInnerTexts()).toEqual([]);
  });

  test("a link shows what it has cut off and slowed down as cut off and slow", async () => {
    const actions = [
      { atMs: 100, wish: { do: "cut", broker: 3 } }, { atMs: 200, wish: { do: "slow", broker: 1, other: 300 } },
    ] as const;
    await open([], linkOf({ ...SCENARIO, actions }));
    const broker = (id: number): ReturnType<Page["locator"]> => page.locator("th.broker", { hasText: `broker ${id}` });
    await broker(1).getByRole("button", { name: "quick again", pressed: true }).waitFor();
    await broker(3).getByRole("button", { name: "mend", pressed: true }).click();
    await broker(3).getByRole("button", { name: "cut off", pressed: false }).waitFor();
    expect(await button("quick again").count()).toBe(1);
  });

  test("a story on unwritten code says what is yours to write, at the broker and in its text", async () => {
    await open([6], "story=1");
    await page.getByRole("button", { name: "→ next" }).click();
    await page.getByText(/^6\.\d .* is yours to write; then this story goes on\. Next: npm test 6\.\d$/).waitFor();
    await page.locator("th.broker .missing", { hasText: /^6\.\d .* is yours to write$/ }).first().waitFor();
  });

  test.each([
    ["", (): Promise<void> => page.locator("th.broker.up").nth(2).waitFor()],
    ["--mine 6", (): Promise<void> => {
      return page.locator("th.broker .missing", { hasText: /^6\.\d .* is yours to write$/ }).first().waitFor();
    }],
  ])("npm run ui -- --simulated %s: the page at the address that is printed", async (flags, isSeen) => {
    const args = ["tools/katafka.cjs", "ui", "--simulated", "--ui-port", "0", ...flags.split(" ").filter(Boolean)];
    const command = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const address = await addressIn(command.stdout);
      page = await openPage(browser, PATIENCE_MS, complaints, (url) => url === address || isWithoutServer(url));
      await page.goto(address);
      await isSeen();
    } finally {
      command.kill();
    }
  });
});
