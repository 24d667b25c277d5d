/**
 * Pictures from a worker of this page, in which a whole cluster runs. The worker's code lies in the page, so that this
 * works from a file, too.
 *
 * @module
 */
import workerCode from "virtual:worker";
import { type FromWorker, type RunState, type ToWorker } from "../simulated/protocol.ts";
import { type StoryState } from "../stories/steps.ts";
import { type Listening, type Transport } from "./transport.ts";
import { type Wish } from "../picture.ts";

/** A worker that has started. */
export interface WorkerTransport extends Transport {
  /** Tells the worker to pause, to step, to begin anew. */
  send(wish: ToWorker): void;
  /** Told how the run stands, at each picture. */
  onRun: (run: RunState) => void;
  /** Told how far a story is told. */
  onStory: (story: StoryState) => void;
}

/** Starts the worker. */
export function workerTransport(): WorkerTransport {
  const worker = new Worker(URL.createObjectURL(new Blob([workerCode], { type: "text/javascript" })));
  const waiting = new Map<number, (text: string) => void>();
  let listening: Listening | null = null;
  let number = 0;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's has none
  const send = (wish: ToWorker): void => worker.postMessage(wish);
  const transport: WorkerTransport = {
    onRun: () => {},
    onStory: () => {},
    send(wish) {
      if (wish.do === "open" || wish.do === "story") listening?.onAnew();
      send(wish);
    },
    listen(told) {
      listening = told;
      return () => (listening = null);
    },
    act(wish) {
      return new Promise((resolve) => {
        waiting.set(++number, resolve);
        send({ do: "act", number, wish: wish as Wish });
      });
    },
  };
  worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
    if (data.tells === "story") {
      if (data.picture !== null) listening?.onPicture(data.picture);
      transport.onStory(data.story);
      return;
    }
    if (data.tells === "picture") {
      listening?.onPicture(data.picture);
      transport.onRun(data.run);
      return;
    }
    waiting.get(data.number)?.(data.text);
    waiting.delete(data.number);
  });
  return transport;
}
