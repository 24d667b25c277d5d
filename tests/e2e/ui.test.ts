import { spawn } from "node:child_process";
import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "#cluster/main-cluster-control";
import { ROOT } from "../../tools/course/chapters.ts";
import { ForeignCluster } from "../../tools/ui/server/foreign-cluster.ts";
import { BrokerProcess, temporaryFolder } from "./broker-process.ts";
import { addressIn, HAS_CHROMIUM, launch, openPage } from "./chromium.ts";

const LIMIT = { timeout: 120_000 };
const PATIENCE_MS = 60_000;

let cluster: BrokerProcess;
let data: ReturnType<typeof temporaryFolder>;
let browser: Browser;
let page: Page;
let address: string;
/** What the page complained of, and whom it asked besides us. */
const complaints: string[] = [];

describe.skipIf(!HAS_CHROMIUM)("the picture in the browser", () => {
  beforeAll(async () => {
    data = temporaryFolder();
    cluster = new BrokerProcess(["--port", "0", "--data", data.path, "--ui-port", "0"]);
    await cluster.ready();
    address = await seen(() => /^see: (\S+)$/m.exec(cluster.stdout)?.[1] ?? null);
    browser = await launch();
    page = await openPage(browser, PATIENCE_MS, complaints, (url) => new URL(url).host === new URL(address).host);
    await page.goto(address);
  }, PATIENCE_MS * 2);

  afterAll(async () => {
    await browser?.close();
    await cluster?.stop();
    data?.remove();
  });

  test("shows three brokers, and that there is no topic yet", LIMIT, async () => {
    for (const id of [1, 2, 3]) await page.locator("th.broker.up", { hasText: `broker ${id}` }).waitFor();
    await page.getByText("There is no topic yet.").waitFor();
  });

  test("produces, and shows each partition with its leader and two followers", LIMIT, async () => {
    await page.getByRole("button", { name: "produce", exact: true }).click();
    await page.getByText("orders-3").first().waitFor();
    await page.getByText(/acknowledged [1-9]/).waitFor();
    await seen(async () => ((await page.locator("td.replica.leader").count()) === 4 ? true : null));
    await seen(async () => ((await page.locator("td.replica.in-sync").count()) === 8 ? true : null));
  });

  test("a group shares the partitions out, and again when a member comes", LIMIT, async () => {
    const add = page.getByRole("button", { name: "add a member" });
    await add.click();
    await page.getByText("member-1", { exact: true }).waitFor();
    await seen(async () => ((await page.locator(".reads .read").count()) === 4 ? true : null));
    await add.click();
    await page.getByText("member-2", { exact: true }).waitFor();
    await page.locator(".group-event", { hasText: "PreparingRebalance" }).first().waitFor();
    await seen(async () => ((await page.locator(".groups li .read").count()) === 4 ? true : null));
  });

  test("follows one record from send() to the commit of who has read it", LIMIT, async () => {
    await page.getByRole("button", { name: "follow a record" }).click();
    for (const text of ["acknowledged: offset", "the leader", "the follower", "high watermark", "has committed"]) {
      await page.locator(".followed-record li", { hasText: text }).first().waitFor();
    }
    expect(await page.locator(".log .followed").count()).toBeGreaterThan(0);
  });

  test("any other cluster is seen through the protocol: the same partitions, leaders, groups", LIMIT, async () => {
    const foreign = new ForeignCluster(cluster.address);
    try {
      const { brokers, partitions, groups } = await foreign.look();
      expect(brokers.map(({ id }) => id).sort()).toEqual([1, 2, 3]);
      expect(partitions.map(({ topic, index }) => `${topic}-${index}`)).toEqual([0, 1, 2, 3].map((i) => `orders-${i}`));
      expect(partitions.every(({ isr, replicas }) => isr.length === 3 && replicas.length === 3)).toBe(true);
      expect(groups).toMatchObject([{ groupId: "page", state: "Stable" }]);
      expect(groups[0]!.members).toHaveLength(2);
      expect(groups[0]!.reads).toHaveLength(4);
    } finally {
      foreign.close();
    }
  });

  test("npm run ui beside any cluster shows what the protocol tells, and has nothing to kill with", LIMIT, async () => {
    const args = ["tools/katafka.cjs", "ui", "--bootstrap-server", cluster.address, "--ui-port", "0"];
    const command = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const beside = await addressIn(command.stdout);
      const mayAsk = (url: string): boolean => new URL(url).host === new URL(beside).host;
      const stranger = await openPage(browser, PATIENCE_MS, complaints, mayAsk);
      await stranger.goto(beside);
      await stranger.getByText("through the protocol").waitFor();
      for (const id of [1, 2, 3]) await stranger.locator("th.broker.up", { hasText: `broker ${id}` }).waitFor();
      await stranger.locator("td.replica.leader").nth(3).waitFor();
      await stranger.getByText("group page").waitFor();
      expect(await stranger.locator("th.broker button").count()).toBe(0);
      await stranger.close();
    } finally {
      command.kill();
    }
  });

  test("a member that is stuck loses its partitions, and gets some again", LIMIT, async () => {
    const member = page.locator(".member", { hasText: "member-1" });
    await member.getByRole("button", { name: "make it stuck" }).click();
    await member.getByText("is in no group now").waitFor();
    await member.getByRole("button", { name: "unstick" }).click();
    await seen(async () => ((await page.locator(".groups li .read").count()) === 4 ? true : null));
    await page.locator(".groups li", { hasText: "member-1" }).locator(".read").first().waitFor();
  });

  test("a broker is killed by a click: others lead, the ISR shrinks; started again, it is back", LIMIT, async () => {
    await page.locator("th.broker", { hasText: "broker 2" }).getByRole("button", { name: "kill -9" }).click();
    await page.locator("th.broker.down", { hasText: "broker 2" }).waitFor();
    expect(await ask(data.path, "status")).toContain("broker 2: down (SIGKILL)");
    const out = page.locator("th.partition .missing");
    await seen(async () => ((await out.count()) === 4 ? true : null));
    expect(new Set(await out.allTextContents())).toEqual(new Set([" out 2"]));
    await page.locator(".leader-event").first().waitFor();
    await page.locator("th.broker", { hasText: "broker 2" }).getByRole("button", { name: "start" }).click();
    await page.locator("th.broker.up", { hasText: "broker 2" }).waitFor();
    await seen(async () => ((await out.count()) === 0 ? true : null));
  });

  test("a frozen broker is shown as one, and goes on", LIMIT, async () => {
    const head = page.locator("th.broker", { hasText: "broker 3" });
    await head.getByRole("button", { name: "freeze" }).click();
    await page.locator("th.broker.frozen", { hasText: "broker 3" }).waitFor();
    await head.getByRole("button", { name: "resume" }).click();
    await page.locator("th.broker.up", { hasText: "broker 3" }).waitFor();
  });

  test("without the end of the address it shows all and changes nothing", LIMIT, async () => {
    const stranger = await browser.newPage();
    await stranger.goto(address.replace(/#.*/, ""));
    await stranger.getByRole("button", { name: "kill -9" }).first().click();
    await stranger.getByText("Open the whole address that was printed").waitFor();
    expect(await ask(data.path, "status")).not.toContain("down");
    await stranger.close();
  });

  test("has complained of nothing, and asked nobody else", () => {
    expect(complaints).toEqual([]);
  });
});

/** Asks again and again until there is an answer. */
async function seen<T>(look: () => T | null | Promise<T | null>): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Not seen within ${PATIENCE_MS / 1_000} s:\n${await page?.locator("body").innerText()}`);
}
