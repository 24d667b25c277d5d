import { expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";
import { captureNode } from "../../tools/run/capture.ts";

/** Each is a process, and simulates a cluster. */
const TIMEOUT_MS = 240_000;

/** What a demo prints. It has ended by itself, in order, and fits the terminal. */
async function play(name: string): Promise<string> {
  const { code, stdout, stderr } = await captureNode(ROOT, ["tools/katafka.cjs", "demo", name]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  return stdout.replace(/\s+/g, " ");
}

test("demo 20: a record comes by every station, and is shown to nobody before it is committed", {
  timeout: TIMEOUT_MS,
}, async () => {
  const shown = await play("20");
  const stations = [
    /kafka-producer\.ts send/, /partition-chooser\.ts choose/, /record-accumulator\.ts append/,
    /sender\.ts sendRequest/, /request-dispatcher\.ts dispatch/, /unified-log\.ts append/, /log-segment\.ts append/,
    /replica-fetcher\.ts processFetched/,
    /broker 3 has it: high watermark 3 → 4/, /delayed-produce\.ts tryComplete/, /batch-result\.ts complete/,
    /read from 3 on, below the high watermark 4/, /fetch-buffer\.ts collect/, /kafka-consumer\.ts poll/,
    /__consumer_offsets-0 gets it/,
  ];
  const places = stations.map((station) => shown.search(station));
  expect(places).toEqual(places.filter((place) => place >= 0).toSorted((a, b) => a - b));
});

test("demo peak: the log takes in what a receiver refuses", { timeout: TIMEOUT_MS }, async () => {
  const shown = await play("peak");
  expect(shown).toMatch(/written to a topic 1700 1700 0 called for each 1700 1000 700/);
});

test("demo replay: the wrong bills are found by a group of their own, and made anew from their time on", {
  timeout: TIMEOUT_MS,
}, async () => {
  const shown = await play("replay");
  expect(shown).toContain("wrong are the bills of 5 6 7 8 9");
  expect(shown).toMatch(/billing goes on at 10 .* billing goes on at 5 .* bill 12 24 36 48 60 72 84 96 108 120/);
});

test("demo orders: each order's events keep their order, also when the program is killed", {
  timeout: TIMEOUT_MS,
}, async () => {
  const shown = await play("orders");
  expect(shown).toContain("second has the partition, and reads in the table: A1 A2 A3");
  expect(shown).toContain("A A1 A2 A3 B B1 B2 B3 C C1 C2");
});

test("demo why: what is called while the receiver is away fails, and what is written doesn't", {
  timeout: TIMEOUT_MS,
}, async () => {
  const shown = await play("why");
  expect(shown).toMatch(/a connection per call 600 20 \d+ [1-9]\d* /);
  expect(shown).toMatch(/a connection kept \d+ 10 \d+ [1-9]\d* /);
  expect(shown).toMatch(/a topic between \d 1\d \d+ 0 0 600/);
});

test("demo clicks: are counted by page, in windows of a second", { timeout: TIMEOUT_MS }, async () => {
  const shown = await play("clicks");
  const windows = [...shown.matchAll(/(?<= )[0-3] (\d+) (\d+) (\d+)(?= |$)/g)];
  const counted = windows.slice(-4).flatMap(([, ...counts]) => counts.map(Number));
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(900);
});
