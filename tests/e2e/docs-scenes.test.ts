import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";
import { buildDocs } from "../../tools/docs/build-docs.ts";
import { scenesMissing } from "../../tools/docs/site-faults.ts";
import { temporaryFolder } from "./broker-process.ts";
import { HAS_CHROMIUM, isWithoutServer, launch, openPage } from "./chromium.ts";

const PATIENCE_MS = 90_000;
const LIMIT = { timeout: 240_000 };
/** The code isn't looked at here: a small part of it is enough. */
const SOME_CODE = ["chapters/00-ground/events.ts", "solutions/01-serialization/byte-serializers.ts"];
/** `KATAFKA_LOOK=FOLDER`: what the browser shows is kept there, to be looked at. */
const LOOK = process.env["KATAFKA_LOOK"];

let folder: ReturnType<typeof temporaryFolder>;

beforeAll(async () => {
  folder = temporaryFolder();
  const { ok, output } = await buildDocs(ROOT, folder.path, SOME_CODE);
  expect(ok, output).toBe(true);
}, LIMIT.timeout);

afterAll(() => folder?.remove());

test("each lesson's page has the stories that the lesson names", () => {
  expect(scenesMissing(ROOT, folder.path)).toEqual([]);
});

describe.skipIf(!HAS_CHROMIUM)("a lesson of the docs, from a file", LIMIT, () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await launch();
    page = await openPage(browser, PATIENCE_MS, complaints, isWithoutServer);
    await page.goto(pathToFileURL(join(folder.path, "documents/06_replication.html")).href);
  }, PATIENCE_MS);

  afterAll(() => browser?.close());

  test("its story runs where the text speaks of it, in the page's colours, and only while it is open", async () => {
    const scene = page.locator("details.scene", { hasText: "The high watermark, and a slow follower" });
    const running = (): number => page.frames().filter((one) => one.url().includes("#story")).length;
    expect(running()).toBe(0);
    await scene.locator("summary b").click();
    const inside = scene.frameLocator("iframe");
    const next = inside.getByRole("button", { name: "→ next" });
    await next.click();
    await inside.locator("th.broker.up", { hasText: "broker 1" }).waitFor();
    await next.waitFor();
    await scene.evaluate("(element) => element.scrollIntoView()");
    for (const theme of ["light", "dark"]) {
      await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
      await inside.locator(`html[data-theme="${theme}"]`).waitFor();
      if (LOOK !== undefined) await page.screenshot({ path: join(LOOK, `scene-${theme}.png`) });
    }
    await scene.locator("summary b").click();
    await expect.poll(running).toBe(0);
    expect(await scene.getByRole("link", { name: "open large" }).getAttribute("href")).toBe("../cluster.html#story=2");
    // typedoc's icons are copied into a page that comes from a file; that it can't link to them, too, isn't ours.
    expect(complaints.filter((text) => !text.includes("/assets/icons.svg#"))).toEqual([]);
  });
});
