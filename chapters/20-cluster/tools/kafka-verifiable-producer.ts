/**
 * `kafka-verifiable-producer`: sends increasing numbers, and says of each what became of it, as lines of JSON.
 * Source: `org.apache.kafka.tools.VerifiableProducer` of Kafka 4.0.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { KafkaProducer } from "#sender";
import { Throughput } from "./throughput.ts";
import { type GivenOptions, type ToolOption, UsageError } from "./tool-options.ts";
import { propertiesIn, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  topic: { value: "name", help: "The topic to write to." },
  "max-messages": { value: "n", help: "How many records to send; -1 (the default): until it is stopped." },
  throughput: { value: "n", help: "At most so many records a second; -1 (the default): as many as it goes." },
  acks: { value: "0|1|-1", help: "Whose acknowledgements are awaited. By default -1." },
  "producer.config": { value: "file", help: "A file of properties of the producer." },
  "message-create-time": { value: "ms", help: "The time of the first record, in ms since 1970." },
  "value-prefix": { value: "n", help: "A number before each value, with a dot between." },
  "repeating-keys": { value: "n", help: "Give records keys from 0 to n - 1, again and again." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;
type Given = GivenOptions<Name>;

/** The tool. */
export const kafkaVerifiableProducer: Tool<Name> = {
  name: "kafka-verifiable-producer",
  about: "This tool produces increasing integers to the specified topic and prints JSON metadata to stdout on each "
    + "\"send\" request, making externally visible which messages have been acked and which have not.",
  argparseName: "verifiable-producer",
  options: OPTIONS,

  async run(given, context) {
    checkOptions(given);
    const producer = new KafkaProducer({
      ...propertiesIn(context, given.get("producer.config")),
      "bootstrap.servers": given.get("bootstrap-server")!,
      acks: given.get("acks") ?? "-1",
      retries: 0,
      "enable.idempotence": false,
    }, { runtime: context.runtime, onError() {} });
    return new Sending(given, producer, context).run();
  },
};

/** One run. */
class Sending {
  readonly #given: Given;
  readonly #producer: KafkaProducer;
  readonly #context: ToolContext;
  #sent = 0;
  #acked = 0;
  #exitCode: number | null = null;
  #endWait = (): void => {};

  constructor(given: Given, producer: KafkaProducer, context: ToolContext) {
    this.#given = given;
    this.#producer = producer;
    this.#context = context;
  }

  /** @returns the exit code */
  async run(): Promise<number> {
    const { clock } = this.#context.runtime;
    const startMs = clock.nowMs();
    const perSecond = this.#given.number("throughput") ?? -1;
    this.#say({ name: "startup_complete" });
    await this.#sendAll(startMs, perSecond);
    this.#say({ name: "shutdown_complete" });
    this.#say({
      name: "tool_data",
      sent: this.#sent,
      acked: this.#acked,
      target_throughput: perSecond,
      avg_throughput: this.#acked === 0 ? 0 : this.#acked / ((clock.nowMs() - startMs) / 1_000),
    });
    return this.#exitCode ?? 0;
  }

  async #sendAll(startMs: number, perSecond: number): Promise<void> {
    const { runtime, onStop } = this.#context;
    const wanted = this.#given.number("max-messages") ?? -1;
    const limit = wanted < 0 ? Infinity : wanted;
    const throughput = new Throughput(runtime, perSecond);
    onStop((exitCode) => {
      this.#exitCode = exitCode;
      this.#endWait();
    });
    while (this.#exitCode === null && this.#sent < limit) {
      this.#send(startMs);
      if (!this.#producer.isReady) await this.#orStop(this.#producer.ready());
      const next = throughput.next(this.#sent);
      if (next !== null) await this.#orStop(next);
    }
    // Who asks it to stop doesn't wait for what can't be sent.
    await this.#orStop(this.#producer.flush());
    await this.#producer.close(this.#exitCode === null ? Infinity : 0);
    // Callbacks of what was never in a batch come a turn later.
    await new Promise<void>((go) => runtime.scheduler.soon(go));
  }

  /** Waits, but no longer than until it is asked to stop. (`Promise.race` would keep all that it ever waited for.) */
  #orStop(work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#endWait = resolve;
      work.then(resolve, reject);
      if (this.#exitCode !== null) resolve();
    });
  }

  #send(startMs: number): void {
    const [prefix, keys, firstMs] = [
      this.#given.get("value-prefix"), this.#given.number("repeating-keys"), this.#given.number("message-create-time"),
    ];
    const topic = this.#given.get("topic")!;
    const key = keys === null ? null : String(this.#sent % keys);
    const value = prefix === null ? String(this.#sent) : `${prefix}.${this.#sent}`;
    const { clock } = this.#context.runtime;
    const timestamp = firstMs === null ? undefined : firstMs + Math.round(clock.nowMs() - startMs);
    this.#sent++;
    this.#producer.send({ topic, key, value, timestamp }, (place, error) => {
      if (place !== null) {
        this.#acked++;
        const { offset, partition } = place;
        this.#say({ name: "producer_send_success", key, value, offset: Number(offset), topic, partition });
      } else {
        const { message } = error!;
        this.#say({ name: "producer_send_error", topic, key, value, exception: javaClass(error!), message });
      }
    });
  }

  #say(event: Readonly<Record<string, unknown>>): void {
    this.#context.out(`${JSON.stringify({ timestamp: this.#context.runtime.clock.wallMs(), ...event })}\n`);
  }
}

/** The name of Kafka's exception, which programs that read these lines may know. */
function javaClass(error: Error): string {
  if (!(error instanceof KafkaError) || error.code === "UNKNOWN_SERVER_ERROR") {
    return "class org.apache.kafka.common.KafkaException";
  }
  if (error.code === "REQUEST_TIMED_OUT") return "class org.apache.kafka.common.errors.TimeoutException";
  const words = error.code.replace(/_EXCEPTION$/, "").toLowerCase().split("_");
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return `class org.apache.kafka.common.errors.${name}Exception`;
}

/** @throws UsageError for what makes no sense */
function checkOptions(given: Given): void {
  given.require("topic");
  if (!given.has("bootstrap-server")) throw new UsageError("one of the arguments --bootstrap-server is required");
  const acks = given.get("acks");
  if (acks !== null && !["0", "1", "-1"].includes(acks)) {
    throw new UsageError(`argument --acks: invalid choice: '${acks}' (choose from {0,1,-1})`);
  }
  if (given.number("throughput") === 0) throw new UsageError("--throughput should be above zero, or -1 for no limit");
  given.number("max-messages");
  given.number("message-create-time");
  given.number("value-prefix");
  const keys = given.number("repeating-keys");
  if (keys !== null && keys <= 0) throw new UsageError("--repeating-keys should be greater than zero");
}
