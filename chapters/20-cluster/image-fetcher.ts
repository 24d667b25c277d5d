/**
 * Keeps a broker's image of the cluster up to date: one request is always parked with the controller, and answered as
 * soon as there is a newer image. A broker that misses one gets the next. Source: as Kafka 4's brokers fetch the log of
 * the metadata (`BrokerMetadataListener`).
 *
 * @module
 */
import { KafkaError, rethrowStub } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { type Controller, type MetadataImage, type ReplicaManager } from "#replication";
import { FetchImage } from "./inter-broker/apis.ts";
import { type ControllerChannel } from "./inter-broker/controller-channel.ts";
import { decodeImage } from "./inter-broker/image-codec.ts";

/** How long a request is parked. A controller that hangs is left after as long again. */
const MAX_WAIT_MS = 2_000;

/** What an image fetcher is made of. */
export interface ImageFetcherOptions {
  readonly brokerId: number;
  readonly replicas: ReplicaManager;
  readonly channel: ControllerChannel;
  /** This broker's own controller; null while it isn't part of the cluster. */
  readonly local: () => Controller | null;
  /** Is told who the controller is, when another one has been elected. */
  readonly onController: (brokerId: number) => void;
}

/** The loop. */
export class ImageFetcher {
  readonly #runtime: Runtime;
  readonly #options: ImageFetcherOptions;
  #waiting: { readonly isThere: (image: MetadataImage) => boolean; readonly resolve: () => void } | null = null;
  #controllerEpoch = 0;
  #closed = false;

  constructor(runtime: Runtime, options: ImageFetcherOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  start(): void {
    this.#runtime.scheduler.spawn("image fetcher", () => this.#run());
  }

  /** Resolves when the broker has taken over an image for which `isThere` holds. For one caller at a time. */
  until(isThere: (image: MetadataImage) => boolean): Promise<void> {
    if (isThere(this.#options.replicas.image)) return Promise.resolve();
    return new Promise((resolve) => (this.#waiting = { isThere, resolve }));
  }

  /** To be called when the broker has taken over an image that didn't come this way: its own controller's. */
  look(): void {
    const { controllerEpoch, controllerId } = this.#options.replicas.image;
    if (controllerEpoch > this.#controllerEpoch) this.#options.onController(controllerId);
    this.#controllerEpoch = controllerEpoch;
    if (this.#waiting?.isThere(this.#options.replicas.image) !== true) return;
    this.#waiting.resolve();
    this.#waiting = null;
  }

  close(): void {
    this.#closed = true;
    this.#waiting?.resolve();
  }

  async #run(): Promise<void> {
    const { replicas, channel } = this.#options;
    while (!this.#closed) {
      try {
        const image = await this.#next();
        if (this.#closed) return;
        if (image !== null) await replicas.applyImage(image);
        this.look();
      } catch (error) {
        rethrowStub(error);
        if (this.#closed) return;
        if (!(error instanceof KafkaError)) this.#runtime.log.warn(`The image of the cluster waits: ${String(error)}`);
        channel.forget();
        await channel.pause();
      }
    }
  }

  async #next(): Promise<MetadataImage | null> {
    const { brokerId, replicas, channel, local } = this.#options;
    const { controllerEpoch, version } = replicas.image;
    const controller = local();
    if (controller?.isActive === true) return controller.nextImage({ controllerEpoch, version }, MAX_WAIT_MS);
    const known = { brokerId, controllerEpoch, version, maxWaitMs: MAX_WAIT_MS };
    const { images } = await channel.send(FetchImage, 0, known);
    return images[0] === undefined ? null : decodeImage(images[0]);
  }
}
