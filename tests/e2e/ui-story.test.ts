import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleSimulated } from "../../tools/ui/simulated/bundle.ts";
import { temporaryFolder } from "./broker-process.ts";
import { HAS_CHROMIUM, isWithoutServer, launch, openPage } from "./chromium.ts";

const LIMIT = { timeout: 240_000 };
const PATIENCE_MS = 90_000;

describe.skipIf(!HAS_CHROMIUM)("a story in the browser", LIMIT, () => {
  let browser: Browser;
  let folder: ReturnType<typeof temporaryFolder>;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = temporaryFolder();
    const path = join(folder.path, "page.html");
    writeFileSync(path, await bundleSimulated());
    browser = await launch();
    page = await openPage(browser, PATIENCE_MS, complaints, isWithoutServer);
    await page.goto(`${pathToFileURL(path).href}#story=12`);
  }, PATIENCE_MS);

  afterAll(async () => {
    await browser?.close();
    folder?.remove();
  });

  test("is told by keys: it stops for a prediction, and shows what its cluster has come to", async () => {
    const next = page.getByRole("button", { name: "→ next" });
    await next.waitFor();
    await page.keyboard.press("ArrowRight");
    await page.locator("th.broker.down", { hasText: "broker 2" }).waitFor();
    await next.waitFor();
    await page.keyboard.press("ArrowRight");
    await page.locator(".choices").waitFor();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator(".choices li").count()).toBe(3);
    await page.keyboard.press("1");
    await page.getByText("✗ You said 1: it is 3.").waitFor();
    expect(await page.locator(".outcome tbody tr").allInnerTexts()).toEqual([
      "orders\t15\toffline\t15\t0", "clicks\t15\tled by 2\t10\t5",
    ]);
    await page.keyboard.press("ArrowRight");
    await page.getByText("You build it in 6.6 electLeader").waitFor();
    expect(await page.evaluate("document.documentElement.scrollHeight <= innerHeight")).toBe(true);
    // A link is followed by enter, though enter goes on elsewhere.
    await page.getByRole("link", { name: "leave the story" }).focus();
    await page.keyboard.press("Enter");
    await page.locator("th.broker.up").nth(2).waitFor();
    expect(await page.locator(".story").count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
