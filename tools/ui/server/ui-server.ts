/**
 * Serves the page and what it needs: `/picture` is a stream of pictures (server-sent events), `/act` does something,
 * `/metrics/2` are broker 2's for Prometheus.
 *
 * @module
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ClusterEvent } from "#ground/events";
import { type Picture, type Wish } from "../picture.ts";
import { answer, listenOn } from "./http.ts";
import { PageFiles } from "./page-files.ts";

/** What is served. */
export interface UiSource {
  /** The pause between two looks. */
  readonly lookMs: number;
  look(): Promise<Picture>;
  act(wish: Wish): Promise<string>;
  /** A broker's metrics; null: it can't be asked. */
  metrics(brokerId: number): Promise<string | null>;
}

const MOST_BODY_BYTES = 10_000;
const MOST_PAST = 200;

/** The server of the page. It looks at the cluster while somebody looks at it. */
export class UiServer {
  readonly #source: UiSource;
  readonly #files: PageFiles;
  readonly #token = randomBytes(16).toString("hex");
  readonly #server: Server;
  readonly #watchers = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | null = null;
  #isLooking = false;
  /** For a page that comes later. */
  #past: readonly ClusterEvent[] = [];
  #host = "";

  constructor(source: UiSource, page: string) {
    this.#source = source;
    this.#files = new PageFiles(page);
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => answer(response, 500, String(error)));
    });
  }

  /** @returns the address for a browser. What acts on the cluster needs what stands behind its `#`. */
  async listen(host: string, port: number): Promise<string> {
    this.#host = await listenOn(this.#server, host, port);
    return `http://${this.#host}/#${this.#token}`;
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const watcher of this.#watchers) watcher.end();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page from elsewhere may reach this port by a name that its owner has pointed here.
    if (request.headers.host !== this.#host) return answer(response, 403, `This is http://${this.#host}/`);
    const path = (request.url ?? "/").split("?")[0]!;
    if (request.method === "POST" && path === "/act") return this.#act(request, response);
    if (request.method !== "GET") return answer(response, 405, "GET it.");
    if (path === "/picture") return this.#watch(response);
    const metrics = /^\/metrics\/(\d+)$/.exec(path);
    if (metrics !== null) {
      const text = await this.#source.metrics(Number(metrics[1]));
      return text === null ? answer(response, 503, "That broker can't be asked.") : answer(response, 200, text);
    }
    if (!this.#files.send(path, response)) answer(response, 404, "There is nothing here.");
  }

  #watch(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(`event: past\ndata: ${JSON.stringify(this.#past)}\n\n`);
    this.#watchers.add(response);
    response.once("close", () => {
      this.#watchers.delete(response);
      if (this.#watchers.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    });
    this.#timer ??= setInterval(() => void this.#look(), this.#source.lookMs);
    void this.#look();
  }

  async #look(): Promise<void> {
    // A cluster that answers slowly is looked at less often.
    if (this.#isLooking) return;
    this.#isLooking = true;
    let text: string;
    try {
      const picture = await this.#source.look();
      this.#past = [...this.#past, ...picture.events].slice(-MOST_PAST);
      text = `data: ${JSON.stringify(picture)}\n\n`;
    } catch {
      text = "event: gone\ndata: {}\n\n";
    }
    this.#isLooking = false;
    // A page that doesn't keep up misses some.
    for (const watcher of this.#watchers) if (!watcher.writableNeedDrain) watcher.write(text);
  }

  async #act(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin, authorization } = request.headers;
    if (origin !== undefined && origin !== `http://${this.#host}`) return answer(response, 403, "Not from that page.");
    if (!this.#isToken(authorization)) {
      return answer(response, 403, "Open the whole address that was printed: what acts on the cluster needs its end.");
    }
    const wish = await readWish(request);
    if (wish === null) return answer(response, 400, "Expected a wish in JSON.");
    try {
      answer(response, 200, await this.#source.act(wish));
    } catch (error) {
      answer(response, 200, error instanceof Error ? error.message : String(error));
    }
  }

  #isToken(authorization: string | undefined): boolean {
    const got = Buffer.from(authorization ?? "");
    const expected = Buffer.from(`Bearer ${this.#token}`);
    return got.length === expected.length && timingSafeEqual(got, expected);
  }
}

async function readWish(request: IncomingMessage): Promise<Wish | null> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8") as AsyncIterable<string>) {
    text += chunk;
    if (text.length > MOST_BODY_BYTES) return null;
  }
  try {
    const wish = JSON.parse(text) as Wish | null;
    return typeof wish === "object" ? wish : null;
  } catch {
    return null;
  }
}
