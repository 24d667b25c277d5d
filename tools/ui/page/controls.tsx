/**
 * The clients that this page runs: a producer, members of a group, one record that is followed.
 *
 * @module
 */
import { useState } from "preact/hooks";
import { type LoadSettings, type Picture } from "../picture.ts";
import { type Act } from "./act.ts";
import { Producer } from "./producer.tsx";

const FIRST: LoadSettings = {
  topic: "orders", recordsPerSecond: 200, valueBytes: 100, skew: 0.2, acks: "all", lingerMs: 5, batchSize: 16_384,
};

export function Controls({ picture, act }: { readonly picture: Picture; readonly act: Act }) {
  const [settings, setSettings] = useState(FIRST);
  const [isCooperative, setCooperative] = useState(true);
  const [minInsync, setMinInsync] = useState(2);
  const { producer } = picture;
  const { topic, recordsPerSecond } = settings;
  const perfTest = `kafka-producer-perf-test --topic ${topic} --throughput ${recordsPerSecond}`;
  const does = (wish: object, how: string) => ({ title: how, onClick: () => void act(wish, how) });
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
          void act({ do: "produce", settings }, perfTest);
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
        <button type="submit" title={perfTest}>
          {producer === null ? "produce" : "change"}
        </button>
        {producer !== null && (
          <button type="button" onClick={() => void act({ do: "stop-producing" })}>
            stop producing
          </button>
        )}
      </form>
      <div class="row">
        <button {...does({ do: "add-member", topic, isCooperative }, `kafka-console-consumer --topic ${topic} --group page`)}>
          add a member
        </button>
        <label title="partition.assignment.strategy">
          <input type="checkbox" checked={isCooperative} onChange={() => setCooperative(!isCooperative)} /> cooperative
        </label>
        <button {...does({ do: "follow", topic }, `kafka-console-producer --topic ${topic}`)}>follow a record</button>
      </div>
      <div class="row">
        <label>
          min.insync.replicas{" "}
          <input
            type="number" min={1} max={9} value={minInsync}
            onInput={(event) => setMinInsync(Number(event.currentTarget.value))}
          />
        </label>
        <button
          {...does(
            { do: "configure", topic, minInsyncReplicas: minInsync },
            `kafka-configs --alter --topic ${topic} --add-config min.insync.replicas=${minInsync}`,
          )}
        >
          set
        </button>
      </div>
      {producer !== null && <Producer producer={producer} />}
    </section>
  );
}
