import { type Api } from "#ground/protocol/api";
import { type Runtime, type Timer } from "#ground/runtime";

/** How a request settles: the two ends of its promise. */
export interface Settle {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A request that has been sent and waits for its answer. It settles once. */
export class InFlightRequest {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly #settle: Settle;
  #timer: Timer | null = null;

  constructor(api: Api, version: number, correlationId: number, settle: Settle) {
    this.api = api;
    this.version = version;
    this.correlationId = correlationId;
    this.#settle = settle;
  }

  /** Calls `onTimeout` unless the request settles within `timeoutMs`. */
  startTimer({ clock, scheduler }: Runtime, timeoutMs: number, onTimeout: () => void): void {
    this.#timer = scheduler.at(clock.nowMs() + timeoutMs, onTimeout);
  }

  resolve(value: unknown): void {
    this.#timer?.cancel();
    this.#settle.resolve(value);
  }

  reject(error: Error): void {
    this.#timer?.cancel();
    this.#settle.reject(error);
  }
}
