/**
 * The processes of the brokers that `npm start` has started.
 *
 * @module
 */
import { ask } from "#cluster/main-cluster-control";

/** Process ids, by broker id, of those that live. @param data the folder that was given as `--data` */
export async function brokerPids(data: string): Promise<Map<number, number>> {
  const status = await ask(data, "status");
  const lines = status.matchAll(/^broker (\d+): .* process (\d+)$/gm);
  return new Map(Array.from(lines, ([, id, pid]) => [Number(id), Number(pid)]));
}
