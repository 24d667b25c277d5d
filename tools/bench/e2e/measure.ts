/**
 * One run of the end-to-end bench: a writer and a reader, each a process.
 *
 * @module
 */
import { runTask } from "../start-brokers.ts";
import { type EndToEndTask, type Latencies } from "./task.ts";

const PROGRAM = "tools/bench/e2e/run-client.ts";
/** In this time a group comes together, and what has piled up is read. */
const WARM_UP_S = 8;

/** What is to be measured, for how long. The topic is there, and empty. */
export type EndToEndLoad = Omit<EndToEndTask, "half" | "warmUp" | "records"> & { readonly seconds: number };

/** How long records are on their way. */
export async function measureEndToEnd({ seconds, ...load }: EndToEndLoad): Promise<Latencies> {
  const { recordsPerSecond: rate } = load;
  const task = { ...load, warmUp: rate * WARM_UP_S, records: rate * seconds };
  const over = new AbortController();
  const run = <R>(half: EndToEndTask["half"]): Promise<R> => runTask<R>(PROGRAM, { ...task, half }, [], over.signal);
  try {
    const [latencies] = await Promise.all([run<Latencies>("read"), run<null>("write")]);
    return latencies;
  } finally {
    // When one half fails, the other would wait for ever.
    over.abort();
  }
}
