/**
 * Who decides: becoming the controller, staying it, and ceasing to be it. Source: Kafka 3's `KafkaController` and
 * `KafkaZkClient.registerControllerAndIncrementControllerEpoch`, `retryRequestsUntilConnected`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { CoordinationError, type CoordinationSession, type Operation } from "#ground/coordination/coordination";
import { CONTROLLER_EPOCH_PATH } from "#ground/coordination/layout";
import { decodeControllerEpoch } from "#ground/coordination/node-data";
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";

/** What an election is made of. */
export interface ControllerElectionOptions {
  readonly brokerId: number;
  readonly session: CoordinationSession;
  /** This broker has won, in this controller epoch. Before it resolves nothing is decided. */
  readonly onElected: (controllerEpoch: number) => Promise<void>;
}

/** The pause before the service is asked again, when an answer was lost. */
const RETRY_MS = 100;

/**
 * The node `/controller` belongs to the controller's session: it goes when that broker is gone. `/controller_epoch`
 * stays, and its *version* grows with every election. Whoever writes as the controller checks that version in the same
 * transaction.
 */
export class ControllerElection {
  readonly runtime: Runtime;
  readonly session: CoordinationSession;
  readonly brokerId: number;
  readonly #onElected: (controllerEpoch: number) => Promise<void>;
  /** The version of `/controller_epoch` since this broker won; null while it is not the controller. */
  epochVersion: number | null = null;
  #closed = false;
  #isRunning = false;
  #mustLook = false;

  constructor(runtime: Runtime, { brokerId, session, onElected }: ControllerElectionOptions) {
    this.runtime = runtime;
    this.brokerId = brokerId;
    this.session = session;
    this.#onElected = onElected;
  }

  /** Whether this broker is the controller, as far as it knows. */
  get isActive(): boolean {
    return this.epochVersion !== null;
  }

  /** Stops deciding for good. */
  close(): void {
    this.#closed = true;
    this.epochVersion = null;
  }

  /**
   * Tries to become the controller, until this broker is it or knows of another one. An answer that was lost is no
   * reason to give up: after a pause it looks again.
   *
   * @throws CoordinationError SESSION_EXPIRED, and whatever is wrong for good
   */
  async run(): Promise<void> {
    this.#mustLook = true;
    // A watch may fire while this goes on: one controller must not take over twice.
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#mustLook && !this.#closed && !this.isActive) {
        this.#mustLook = false;
        if (!(await this.#look())) this.#mustLook = true;
      }
    } finally {
      this.#isRunning = false;
    }
  }

  /**
   * One attempt to become the controller: in one transaction makes `/controller`, ephemeral, and raises the epoch by
   * one (the first one is 1; then the node of the epoch has to be made, too).
   *
   * - The node of the epoch is set with the version that was read: if anybody was elected in between, all fails.
   * - NODE_EXISTS or BAD_VERSION: another broker was faster, unless `/controller` is of this very `session`: an earlier
   *   attempt, whose answer was lost, has succeeded. ({@link NodeState.owner} tells.)
   * - Any other error is the caller's.
   *
   * @returns whether this broker is the controller now; then {@link epochVersion} is the version of the epoch's node
   * @exercise 6.7 ControllerElection.tryToWin
   */
  async tryToWin(): Promise<boolean> {
    throw new NotImplementedError("6.7 ControllerElection.tryToWin");
  }

  /**
   * Another broker is the controller: sees to it that {@link run} is called when `/controller` changes.
   *
   * The watch is set *before* looking whether the node is still there: what happens in between is missed by neither.
   * @returns false when the node has gone already: there is nobody to wait for
   * @exercise 6.7 ControllerElection.awaitVacancy
   */
  async awaitVacancy(): Promise<boolean> {
    throw new NotImplementedError("6.7 ControllerElection.awaitVacancy");
  }

  /**
   * Does `steps` in one transaction, if this broker is still the controller: the first step of it checks
   * {@link epochVersion}. Somebody who has been replaced without knowing it can so change nothing.
   *
   * - BAD_VERSION in that first step, or an expired session: it was replaced. {@link resign}, and NOT_CONTROLLER.
   * - Any other error is the `cause` of a REQUEST_TIMED_OUT: the steps may have been done or not. Read again.
   *
   * @throws KafkaError NOT_CONTROLLER, also when it wasn't the controller in the first place; REQUEST_TIMED_OUT
   * @exercise 6.7 ControllerElection.write
   */
  async write(steps: readonly Operation[]): Promise<void> {
    throw new NotImplementedError("6.7 ControllerElection.write");
  }

  /** This broker is not the controller any more. It waits until it can be it again. */
  resign(): void {
    if (this.epochVersion === null) return;
    this.epochVersion = null;
    this.runtime.log.warn(`Broker ${this.brokerId} is not the controller any more`);
    this.runtime.scheduler.spawn("controller election", () => this.run());
  }

  /** @returns whether there is nothing more to be done for now */
  async #look(): Promise<boolean> {
    try {
      return (await this.tryToWin()) ? await this.#takeOver() : await this.awaitVacancy();
    } catch (error) {
      if (!(error instanceof CoordinationError && error.code === "CONNECTION_LOSS")) throw error;
      this.runtime.log.warn(`The election of a controller waits: ${error.message}`);
      await pause(this.runtime, RETRY_MS);
      return false;
    }
  }

  /** @returns false when another one has been elected in the meantime */
  async #takeOver(): Promise<boolean> {
    const node = await this.session.get(CONTROLLER_EPOCH_PATH).catch((error: unknown) => {
      // Who hasn't taken over isn't the controller yet: it has to try once more.
      this.epochVersion = null;
      throw error;
    });
    if (node?.version !== this.epochVersion) {
      this.epochVersion = null;
      return false;
    }
    await this.#onElected(decodeControllerEpoch(node!.data));
    return true;
  }
}
