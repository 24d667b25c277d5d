/**
 * `npm run cluster -- status | start N | stop N | kill N | freeze N | resume N` (or `coordinator` for N to start and
 * stop), and the picture in the browser: they talk to the `npm start` that runs over a data folder, through a socket
 * there.
 *
 * @module
 */
import { existsSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join, relative } from "node:path";
import { KafkaError } from "#ground/errors";
import { type Cluster } from "./main-cluster.ts";

/** A socket's path is short, by law of the operating system: relative to where we stand, if that is shorter. */
function socketPath(data: string): string {
  const path = join(data, "control.sock");
  const shorter = relative(process.cwd(), path);
  return shorter.length < path.length ? shorter : path;
}

/** Takes commands for `cluster`, one a connection. @throws KafkaError when another one runs over this folder */
export async function serveCluster(cluster: Cluster, data: string): Promise<Server> {
  const path = socketPath(data);
  if (existsSync(path)) {
    if ((await ask(data, "status").catch(() => null)) !== null) {
      throw new KafkaError("INVALID_CONFIG", `A cluster runs over ${data} already: npm run cluster -- status`);
    }
    rmSync(path, { force: true });
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    receive(socket).then(async (command) => socket.end(await answer(cluster, command)), () => socket.destroy());
  });
  await new Promise<void>((listening, reject) => server.listen(path, listening).once("error", reject));
  server.unref();
  process.on("exit", () => rmSync(path, { force: true }));
  return server;
}

/** Sends a command to the cluster over `data`. @returns what it says */
export async function ask(data: string, command: string): Promise<string> {
  const socket = connect({ path: socketPath(data), allowHalfOpen: true });
  socket.end(command);
  return receive(socket);
}

async function answer(cluster: Cluster, command: string): Promise<string> {
  const [verb, number] = command.split(" ");
  try {
    if (verb === "status") return (await cluster.status()).join("\n");
    if (verb === "members") return JSON.stringify(await cluster.members(number === "observed"));
    if (number === "coordinator" && verb === "start") {
      return `the coordinator is ready at ${await cluster.startCoordinator()}`;
    }
    if (number === "coordinator") {
      await cluster.stopCoordinator();
      return "the coordinator has ended";
    }
    if (verb === "start") return `broker ${number} is ready at ${await cluster.startBroker(Number(number))}`;
    if (verb === "kill") {
      await cluster.killBroker(Number(number));
      return `broker ${number} was killed`;
    }
    if (verb === "freeze" || verb === "resume") {
      cluster.freezeBroker(Number(number), verb === "freeze");
      return verb === "freeze" ? `broker ${number} is frozen` : `broker ${number} goes on`;
    }
    if (verb !== "stop") return `Unknown command: ${command}`;
    if (number === undefined) {
      await cluster.stop();
      setImmediate(() => process.exit(0));
      return "all have ended";
    }
    await cluster.stopBroker(Number(number));
    return `broker ${number} has ended`;
  } catch (error) {
    return (error as Error).message;
  }
}

function receive(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => (text += chunk));
    socket.once("end", () => resolve(text.trim()));
    socket.once("error", reject);
  });
}
