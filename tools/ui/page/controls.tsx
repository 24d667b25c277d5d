/**
 * The clients that this page runs: a producer, members of a group, one record that is followed.
 *
 * @module
 */
import { useState } from "preact/hooks";
import { type LoadSettings, type Picture } from "../picture.ts";
import { type Act } from "./act.ts";
import { bytes, count } from "./format.ts";

const FIRST: LoadSettings = {
  topic: "orders", recordsPerSecond: 200, valueBytes: 100, skew: 0.2, acks: "all", lingerMs: 5, batchSize: 16_384,
};

export function Controls({ picture, act }: { readonly picture: Picture; readonly act: Act }) {
  const [settings, setSettings] = useState(FIRST);
  const [isCooperative, setCooperative] = useState(true);
  const { producer } = picture;
  const set = (change: Partial<LoadSettings>) => setSettings({ ...settings, ...change });
  const number = (key: "recordsPerSecond" | "valueBytes" | "skew" | "lingerMs" | "batchSize", step: number) => ({
    type: "number" as const,
    step,
    min: 0,
    value: settings[key],
    onInput: (event: { currentTarget: HTMLInputElement }) => set({ [key]: Number(event.currentTarget.value) }),
  });
  return (
    <section class="controls">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void act({ do: "produce", settings });
        }}
      >
        <label>
          topic
          <input value={settings.topic} onInput={(event) => set({ topic: event.currentTarget.value })} />
        </label>
        <label>
          records/s <input {...number("recordsPerSecond", 100)} />
        </label>
        <label title="the share of one busy key">
          skew <input {...number("skew", 0.1)} />
        </label>
        <label>
          acks
          <select
            value={settings.acks}
            onChange={(event) => set({ acks: event.currentTarget.value as LoadSettings["acks"] })}
          >
            <option>all</option>
            <option>1</option>
            <option>0</option>
          </select>
        </label>
        <label>
          linger.ms <input {...number("lingerMs", 5)} />
        </label>
        <label>
          batch.size <input {...number("batchSize", 1_024)} />
        </label>
        <button type="submit">{producer === null ? "produce" : "change"}</button>
        {producer !== null && (
          <button type="button" onClick={() => void act({ do: "stop-producing" })}>
            stop producing
          </button>
        )}
      </form>
      <div class="row">
        <button onClick={() => void act({ do: "add-member", topic: settings.topic, isCooperative })}>add a member</button>
        <label title="partition.assignment.strategy">
          <input type="checkbox" checked={isCooperative} onChange={() => setCooperative(!isCooperative)} /> cooperative
        </label>
        <button onClick={() => void act({ do: "follow", topic: settings.topic })}>follow a record</button>
      </div>
      {producer !== null && (
        <p class="figures">
          sent {count(producer.sent)}, acknowledged {count(producer.acknowledged)}
          {producer.failed > 0 && <b class="missing">, failed {count(producer.failed)}</b>}; in the open{" "}
          {count(producer.sent - producer.acknowledged - producer.failed)}; batches of{" "}
          {bytes(producer.metrics["batch-size-avg"] ?? 0)}, retried {count(producer.metrics["record-retry-total"] ?? 0)};
          p50 {producer.p50Ms.toFixed(1)} ms, p99 {producer.p99Ms.toFixed(1)} ms
          {producer.lastError !== null && <span class="missing"> — {producer.lastError}</span>}
        </p>
      )}
    </section>
  );
}
