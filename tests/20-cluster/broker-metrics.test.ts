import { describe, expect, test } from "vitest";
import { metricsOf } from "#cluster/broker-metrics";
import { createTopic } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";

/** More than a picture shows. */
const MANY = 310;

describe("/metrics", () => {
  test("counts every partition, also where a picture shows the first of them only", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders", {}, MANY));
    const { text } = (await sim.run(metricsOf(sim.broker)))!;
    expect(text).toContain(`kafka_server_replicamanager_partitioncount ${MANY}\n`);
    expect(text).toContain(`kafka_server_replicamanager_leadercount ${MANY}\n`);
    expect(text.match(/^kafka_log_log_logendoffset\{/gm)).toHaveLength(MANY);
    expect(sim.broker.state()).toMatchObject({ omittedPartitions: MANY - 300 });
  });
});
