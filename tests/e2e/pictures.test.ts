import { Buffer } from "node:buffer";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";
import { lessons } from "../../tools/docs/pages.ts";
import { bundleSimulated } from "../../tools/ui/simulated/bundle.ts";
import { temporaryFolder } from "./broker-process.ts";
import { HAS_CHROMIUM, launch } from "./chromium.ts";
import { type PictureScene, SCENES } from "./picture-scenes.ts";

/** `npm run pictures`: they are made anew. */
const IS_MAKING = process.env["KATAFKA_PICTURES"] !== undefined;
const IMAGES = join(ROOT, "docs/images");
const SCHEMES = ["light", "dark"] as const;
const MOST_BYTES = 100_000;
const LIMIT = { timeout: 240_000 };
/** In place of the worker: the page is told by us what a run came to, so it shows the same each time. */
const TOLD_BY_US = `
  globalThis.Worker = class {
    addEventListener(_, listen) { globalThis.tell = (messages) => messages.forEach((data) => listen({ data })); }
    postMessage() {}
  };
`;

let browser: Browser;
let folder: ReturnType<typeof temporaryFolder>;
let page: Page;
const complaints: string[] = [];

describe.skipIf(!HAS_CHROMIUM)("the pictures of README and lessons", LIMIT, () => {
  beforeAll(async () => {
    folder = temporaryFolder();
    writeFileSync(join(folder.path, "page.html"), await bundleSimulated());
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 1280, height: 720 }, timezoneId: "UTC" });
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.addInitScript(TOLD_BY_US);
  }, LIMIT.timeout);

  afterAll(async () => {
    await browser?.close();
    folder?.remove();
  });

  test.each(SCENES)("$name: the scene shows what its picture shows", LIMIT, async (scene) => {
    await page.goto(pathToFileURL(join(folder.path, "page.html")).href);
    await page.evaluate(`tell(${JSON.stringify(await scene.messages())})`);
    for (const text of scene.shows) await page.getByText(text).first().waitFor({ timeout: 10_000 });
    expect(complaints).toEqual([]);
    if (IS_MAKING) for (const scheme of SCHEMES) await shoot(scene, scheme);
  });
});

test("each picture is there, light and dark, and small enough", () => {
  const wanted = SCENES.flatMap(({ name }) => SCHEMES.map((scheme) => `${name}-${scheme}.webp`));
  expect(readdirSync(IMAGES).sort()).toEqual(wanted.sort());
  for (const name of wanted) expect(statSync(join(IMAGES, name)).size, name).toBeLessThan(MOST_BYTES);
});

test("each picture has a place, in README or a lesson, and says in words what it shows", () => {
  const shown = ["README.md", ...lessons(ROOT).map(({ path }) => path)].flatMap((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    return [...text.matchAll(/srcset="([^"]+)-dark.webp" \/>\n +<img src="\1-light.webp" alt="[^"]{40,}" \/>/g)].map(
      ([, name]) => join(ROOT, path, "..", name!),
    );
  });
  for (const path of shown) expect(existsSync(`${path}-light.webp`), path).toBe(true);
  expect([...new Set(shown)].sort()).toEqual(SCENES.map(({ name }) => join(IMAGES, name)).sort());
});

async function shoot({ name }: PictureScene, colorScheme: (typeof SCHEMES)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme });
  const drawn = "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))";
  // The charts are drawn anew: while they aren't there, all has room, and nothing scrolls.
  await page.evaluate(drawn);
  // What there is to say of a group stands below the controls.
  await page.evaluate("document.querySelector('aside')?.scrollTo(0, 10_000)");
  await page.evaluate(drawn);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 80 });
  await session.detach();
  writeFileSync(join(IMAGES, `${name}-${colorScheme}.webp`), Buffer.from(data, "base64"));
}
