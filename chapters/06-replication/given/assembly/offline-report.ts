import { rethrowStub } from "#ground/errors";
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";

/** The pause before the controller is told again. */
const RETRY_MS = 200;

/** Tells the controller which replicas of this broker can't be used: all of them, as `replicaName` names them. */
export type SendOfflineReplicas = (replicas: ReadonlySet<string>) => Promise<void>;

/**
 * Sees to it that the controller knows which replicas of this broker can't be used: it tells them whenever the image
 * has others. So neither a lost answer nor a new controller needs any care.
 *
 * Source: in place of Kafka's `BrokerHeartbeatRequest.offlineLogDirs` (KIP-858) and `/log_dir_event_notification`.
 */
export class OfflineReport {
  readonly #runtime: Runtime;
  readonly #send: SendOfflineReplicas;
  readonly #actual: () => ReadonlySet<string>;
  readonly #told: () => ReadonlySet<string>;
  #isTelling = false;
  #isClosed = false;

  /** @param told what the image has */
  constructor(
    runtime: Runtime,
    send: SendOfflineReplicas,
    actual: () => ReadonlySet<string>,
    told: () => ReadonlySet<string>,
  ) {
    this.#runtime = runtime;
    this.#send = send;
    this.#actual = actual;
    this.#told = told;
  }

  /** To be called when there is another image, or a replica that can't be used, or can again. */
  look(): void {
    if (this.#isTelling || this.#isClosed || isSame(this.#actual(), this.#told())) return;
    this.#isTelling = true;
    this.#runtime.scheduler.spawn("telling the controller of offline replicas", () => this.#tell());
  }

  close(): void {
    this.#isClosed = true;
  }

  async #tell(): Promise<void> {
    let sent = this.#told();
    while (!this.#isClosed && !isSame(sent, this.#actual())) {
      const replicas = this.#actual();
      try {
        await this.#send(replicas);
        sent = replicas;
      } catch (error) {
        rethrowStub(error);
        this.#runtime.log.debug(`The controller can't be told of offline replicas yet: ${String(error)}`);
        await pause(this.#runtime, RETRY_MS);
      }
    }
    this.#isTelling = false;
  }
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}
