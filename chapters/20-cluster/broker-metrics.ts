/**
 * A broker's metrics in Prometheus' text format, under the names that Kafka's have behind its JMX exporter.
 *
 * @module
 */
import { Counter, Gauge, Registry } from "prom-client";
import { type Broker } from "./broker.ts";
import { type BrokerState, WHOLE } from "./broker-state.ts";

const OF_PARTITION = ["topic", "partition"] as const;

/** What a server answers: who reads it must know how it is written. */
export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/** The metrics of a broker at this moment; null while it doesn't serve. */
export async function metricsOf(broker: Pick<Broker, "state">): Promise<MetricsText | null> {
  const state = broker.state(WHOLE);
  if (state === null) return null;
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, value: number): void => {
    new Gauge({ name, help, registers }).set(value);
  };
  const { partitions, brokerId, controllerId } = state;
  const led = partitions.filter(({ role }) => role === "leader");
  const under = led.filter(({ isr, replicas }) => isr.length < replicas.length);
  gauge("kafka_server_replicamanager_partitioncount", "Replicas at this broker", partitions.length);
  gauge("kafka_server_replicamanager_leadercount", "Partitions that it leads", led.length);
  gauge("kafka_server_replicamanager_underreplicatedpartitions", "Of these, with a smaller ISR", under.length);
  const isController = Number(controllerId === brokerId);
  gauge("kafka_controller_kafkacontroller_activecontrollercount", "1 at the controller", isController);
  const offset = (name: string, help: string, read: (one: BrokerState["partitions"][number]) => number): void => {
    const metric = new Gauge({ name, help, labelNames: OF_PARTITION, registers });
    for (const one of partitions) metric.set({ topic: one.topic, partition: one.partition }, read(one));
  };
  offset("kafka_log_log_logstartoffset", "The first offset of the log", (one) => one.logStartOffset);
  offset("kafka_log_log_logendoffset", "The offset that the next record gets", (one) => one.logEndOffset);
  offset("kafka_log_log_numlogsegments", "Segments of the log", (one) => one.segments.length);
  offset("kafka_log_log_size", "Bytes of the log", ({ segments }) => segments.reduce((sum, one) => sum + one.bytes, 0));
  const appended = new Counter({
    name: "kafka_server_brokertopicmetrics_bytesin_total",
    help: "Bytes that producers have written, since the broker started",
    labelNames: ["topic"] as const,
    registers,
  });
  for (const { topic, bytesAppended } of led) appended.inc({ topic }, bytesAppended);
  const groups = new Gauge({
    name: "kafka_coordinator_group_groupmetadatamanager_numgroups",
    help: "Groups that this broker coordinates, by state",
    labelNames: ["state"] as const,
    registers,
  });
  for (const one of state.groups) groups.inc({ state: one.state });
  return { contentType: registry.contentType, text: await registry.metrics() };
}
