/**
 * Pictures from the server of this page: server-sent events.
 *
 * @module
 */
import { type ClusterEvent } from "#ground/events";
import { type Picture } from "../picture.ts";
import { type Transport } from "./transport.ts";

/** The server that has sent the page. */
export function serverTransport(): Transport {
  return {
    listen({ onPicture, onPast, onGone }) {
      const source = new EventSource("/picture");
      const told = ({ data }: MessageEvent<string>) => onPicture(JSON.parse(data) as Picture);
      source.addEventListener("message", told);
      source.addEventListener("past", ({ data }: MessageEvent<string>) => onPast(JSON.parse(data) as ClusterEvent[]));
      source.addEventListener("gone", onGone);
      source.addEventListener("error", onGone);
      return () => source.close();
    },
    async act(wish) {
      const response = await fetch("/act", {
        method: "POST",
        headers: { authorization: `Bearer ${location.hash.slice(1)}` },
        body: JSON.stringify(wish),
      }).catch(() => null);
      return response === null ? "Nobody answers." : response.text();
    },
  };
}
