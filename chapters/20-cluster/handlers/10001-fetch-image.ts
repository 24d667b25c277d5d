/**
 * FetchImage: a broker asks the controller for a newer image of the cluster. Only brokers ask it. See `apis.ts`.
 *
 * @module
 */
import { toKafkaError } from "#ground/to-kafka-error";
import { type ApiHandler, handler } from "../handler.ts";
import { FetchImage } from "../inter-broker/apis.ts";
import { encodeImage } from "../inter-broker/image-codec.ts";

/** However long the broker wants to wait. */
const LONGEST_WAIT_MS = 10_000;

export const fetchImage: ApiHandler = handler({
  api: FetchImage,
  versions: [0, 0],
  isInternal: true,
  async handle({ brokerId, controllerEpoch, version, maxWaitMs }, { broker }) {
    try {
      const known = { controllerEpoch, version: Number(version) };
      const image = await broker.controller.nextImage(known, Math.min(maxWaitMs, LONGEST_WAIT_MS));
      return { images: image === null ? [] : [encodeImage(image)] };
    } catch (error) {
      return { errorCode: toKafkaError(error, `The image for broker ${brokerId}`, broker.log).errorCode };
    }
  },
});
