/**
 * Members of a group, each a process of its own: `kafka-verifiable-consumer`, which says as JSON what it does.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type TopicPartition } from "#ground/topic-partition";

const TOOL = fileURLToPath(new URL("main-tool.ts", import.meta.url));
const SESSION_TIMEOUT_MS = 6_000;

/** What a member says. */
interface Event {
  readonly name: string;
  readonly partitions?: readonly TopicPartition[];
  readonly value?: string;
}

/** One member. */
class Member {
  readonly name: string;
  partitions: readonly number[] = [];
  records = 0;
  isAlive = true;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;

  constructor(name: string, args: readonly string[], onRecord: (value: string) => void) {
    this.name = name;
    const argv = [...process.execArgv, TOOL, ...args];
    this.#child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "ignore"] });
    this.#gone = new Promise((resolve) => this.#child.once("close", () => resolve()));
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      const { name: event, partitions = [], value } = JSON.parse(line) as Event;
      if (event === "partitions_assigned") this.partitions = partitions.map(({ partition }) => partition);
      if (event === "record_data") {
        this.records++;
        onRecord(value!);
      }
    });
  }

  /** Without a good-bye. */
  kill(): void {
    this.isAlive = false;
    this.#child.kill("SIGKILL");
  }

  end(): Promise<void> {
    this.#child.kill("SIGTERM");
    return this.#gone;
  }
}

/** The members of one group. */
export class GroupProcesses {
  readonly members: Member[] = [];
  /** How often each value was read. */
  readonly read = new Map<string, number>();
  readonly #args: readonly string[];

  constructor(bootstrap: string, topic: string, groupId: string) {
    this.#args = [
      ...["kafka-verifiable-consumer", "--bootstrap-server", bootstrap, "--topic", topic, "--group-id", groupId],
      ...["--session-timeout", String(SESSION_TIMEOUT_MS), "--verbose"],
    ];
  }

  get alive(): Member[] {
    return this.members.filter(({ isAlive }) => isAlive);
  }

  start(): void {
    const onRecord = (value: string): void => void this.read.set(value, (this.read.get(value) ?? 0) + 1);
    this.members.push(new Member(`consumer ${this.members.length + 1}`, this.#args, onRecord));
  }

  table(): Record<string, string | number>[] {
    return this.members.map(({ name, isAlive, partitions, records }) => ({
      member: name, partitions: isAlive ? partitions.join(" ") : "(dead)", "records read": records,
    }));
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map((member) => member.end()));
  }
}
