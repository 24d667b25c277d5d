/**
 * The browser that pages are looked at with.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const PATH = PATHS.find(existsSync);
if (PATH === undefined) console.warn("SKIPPED: chromium is not installed (apt-get install chromium).");

/** Whether there is one. */
export const HAS_CHROMIUM = PATH !== undefined;

/** Starts it. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: PATH!, args: ["--no-sandbox"] });
}

/**
 * Opens an empty page, as a projector shows it.
 *
 * @param complaints - gets what the page complains of, and each address that it asks for and `mayAsk` refuses
 */
export async function openPage(
  browser: Browser,
  patienceMs: number,
  complaints: string[],
  mayAsk: (url: string) => boolean,
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  page.setDefaultTimeout(patienceMs);
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!mayAsk(request.url())) complaints.push(`asked ${request.url()}`);
  });
  return page;
}

/** What a page that came from a file may ask for: nobody. */
export function isWithoutServer(url: string): boolean {
  return /^(file|blob|data):/.test(url);
}

/** The address that a command prints when its page is served. */
export async function addressIn(stdout: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const chunk of stdout) {
    text += String(chunk);
    const found = /^see: (\S+)$/m.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`It has ended, and printed no address:\n${text}`);
}
