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
