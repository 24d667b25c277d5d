import { describe, expect, test } from "vitest";
import { KafkaError, type KafkaErrorName } from "#ground/errors";
import { BrokerConnection, type BrokerConnectionOptions } from "#ground/network/broker-connection";
import { type ReceivedRequest, SocketServer } from "#ground/network/socket-server";
import { apiByKey } from "#ground/protocol/apis";
import { decodeRequestHeader, encodeResponse } from "#ground/protocol/frames";
import { ApiVersions, type ApiVersionsResponse } from "#ground/protocol/messages/18-api-versions";
import { Heartbeat } from "#ground/protocol/messages/12-heartbeat";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { Produce } from "#ground/protocol/messages/00-produce";
import { type Connection } from "#ground/runtime";
import { type SimWorld } from "#ground/sim/sim-world";
import { expectNothingLeaks, settled, withSim } from "../../support/sim.ts";

const API_KEYS: ApiVersionsResponse["apiKeys"] = [
  { apiKey: Produce.key, minVersion: 0, maxVersion: 9 },
  { apiKey: Metadata.key, minVersion: 0, maxVersion: 99 },
  { apiKey: ApiVersions.key, minVersion: 0, maxVersion: 4 },
  { apiKey: Heartbeat.key, minVersion: 90, maxVersion: 99 },
];

/** A broker that answers ApiVersions and keeps all other requests for the test to answer. */
class ScriptedBroker {
  readonly requests: ReceivedRequest[] = [];
  readonly versionsAsked: number[] = [];

  static async start(world: SimWorld, newestApiVersions = 4): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker();
    const options = { host: "broker", port: 9092, maxRequestBytes: 1e6, maxIdleMs: -1 };
    const server = new SocketServer(world.node("broker").runtime, options, (request) => {
      const { apiKey, apiVersion, correlationId } = decodeRequestHeader(request.frame, apiByKey);
      if (apiKey !== ApiVersions.key) {
        broker.requests.push(request);
        return;
      }
      broker.versionsAsked.push(apiVersion);
      const isKnown = apiVersion <= newestApiVersions;
      const answer = isKnown ? { errorCode: 0, apiKeys: API_KEYS } : { errorCode: 35, apiKeys: API_KEYS };
      request.respond(encodeResponse(ApiVersions, isKnown ? apiVersion : 0, correlationId, answer));
    });
    await server.start();
    return broker;
  }

  /** Answers the `i`th request, a Metadata one, with a cluster id to tell it by. */
  answer(i: number, clusterId: string): void {
    const { apiVersion, correlationId } = decodeRequestHeader(this.requests[i]!.frame, apiByKey);
    this.requests[i]!.respond(encodeResponse(Metadata, apiVersion, correlationId, { clusterId }));
  }
}

/** Listens without a protocol: `onBytes` is called with each chunk. */
async function listenRaw(world: SimWorld, onBytes: (connection: Connection, chunk: Uint8Array) => void): Promise<void> {
  await world.node("broker").runtime.transport.listen("broker", 9092, (connection) => {
    connection.handle({ onData: (chunk) => onBytes(connection, chunk), onClose: () => {} });
  });
}

function connect(world: SimWorld, options: Partial<BrokerConnectionOptions> = {}): Promise<BrokerConnection> {
  const connecting = BrokerConnection.connect(world.node("client").runtime, {
    host: "broker", port: 9092, clientId: "tester", connectTimeoutMs: 10_000, requestTimeoutMs: 30_000, ...options,
  });
  return settled(world, connecting);
}

function kafkaError(code: KafkaErrorName, message: string | RegExp): object {
  return expect.objectContaining({
    code, message: message instanceof RegExp ? expect.stringMatching(message) : message,
  }) as object;
}

describe("versions", () => {
  test("the highest version that both speak is used", async () => {
    await withSim(1, async (world) => {
      const broker = await ScriptedBroker.start(world);
      const connection = await connect(world);
      expect(broker.versionsAsked).toEqual([ApiVersions.maxVersion]);
      expect(connection.versionFor(Produce)).toBe(9);
      expect(connection.versionFor(Metadata)).toBe(Metadata.maxVersion);
      expect(connection.versionFor(Metadata, 5)).toBe(5);
      expect([connection.supports(Produce), connection.supports(Heartbeat)]).toEqual([true, false]);
    });
  });

  test("a broker that lacks our ApiVersions is asked again in the oldest form", async () => {
    await withSim(1, async (world) => {
      const broker = await ScriptedBroker.start(world, 2);
      const connection = await connect(world);
      expect(broker.versionsAsked).toEqual([ApiVersions.maxVersion, 0]);
      expect(connection.versionFor(Produce)).toBe(9);
    });
  });

  test("without a common version both ranges are named, and the connection is none the worse for it", async () => {
    await withSim(1, async (world) => {
      const broker = await ScriptedBroker.start(world);
      const connection = await connect(world);
      const ours = `expected a broker with versions 0 to ${Heartbeat.maxVersion}`;
      expect(() => connection.versionFor(Heartbeat)).toThrow(
        kafkaError("UNSUPPORTED_VERSION", `Heartbeat: ${ours}, but this one speaks versions 90 to 99.`),
      );
      const old = "Produce: expected a broker with versions 3 to 2, but this one speaks versions 0 to 9.";
      expect(() => connection.versionFor(Produce, 2)).toThrow(kafkaError("UNSUPPORTED_VERSION", old));
      const { SyncGroup } = await import("#ground/protocol/messages/14-sync-group");
      await expect(connection.send(SyncGroup, {})).rejects.toThrow(
        kafkaError("UNSUPPORTED_VERSION", /^SyncGroup: .* but this one does not know it\.$/),
      );
      const answer = connection.send(Metadata, { topics: [] });
      await world.runUntil(() => broker.requests.length === 1, 1_000);
      broker.answer(0, "still here");
      expect((await settled(world, answer)).clusterId).toBe("still here");
    });
  });
});

describe("requests", () => {
  test("each gets its own answer, many in flight", async () => {
    await withSim(1, async (world) => {
      const broker = await ScriptedBroker.start(world);
      const connection = await connect(world);
      const answers = [1, 2, 3].map(() => connection.send(Metadata, { topics: null }));
      expect(connection.inFlight).toBe(3);
      await world.runUntil(() => broker.requests.length === 3, 1_000);
      const header = decodeRequestHeader(broker.requests[0]!.frame, apiByKey);
      expect([header.apiKey, header.apiVersion, header.clientId]).toEqual([3, Metadata.maxVersion, "tester"]);
      for (const i of [2, 0, 1]) broker.answer(i, `cluster ${i}`);
      const got = await settled(world, Promise.all(answers));
      expect(got.map(({ clusterId }) => clusterId)).toEqual(["cluster 0", "cluster 1", "cluster 2"]);
      expect(connection.inFlight).toBe(0);
      connection.close();
      await world.run(1);
      expectNothingLeaks(world.node("client"));
    });
  });

  test("a version can be asked for", async () => {
    await withSim(1, async (world) => {
      const broker = await ScriptedBroker.start(world);
      const connection = await connect(world);
      const answer = connection.send(Metadata, { topics: null }, { version: 4 });
      await world.runUntil(() => broker.requests.length === 1, 1_000);
      expect(decodeRequestHeader(broker.requests[0]!.frame, apiByKey).apiVersion).toBe(4);
      broker.answer(0, "four");
      expect((await settled(world, answer)).clusterId).toBe("four");
    });
  });

  test("one without an answer is not in flight", async () => {
    await withSim(1, async (world) => {
      const broker = await ScriptedBroker.start(world);
      const connection = await connect(world);
      let released = 0;
      connection.sendNoReply(Produce, { acks: 0 }, { released: () => released++ });
      expect(connection.inFlight).toBe(0);
      const answer = connection.send(Metadata, {});
      await world.runUntil(() => broker.requests.length === 2, 1_000);
      expect(released).toBe(1);
      broker.requests[0]!.respond(null);
      broker.answer(1, "after it");
      expect((await settled(world, answer)).clusterId).toBe("after it");
    });
  });

  test("what can't be encoded is refused, released, and does no harm", async () => {
    await withSim(1, async (world) => {
      await ScriptedBroker.start(world);
      const connection = await connect(world);
      let released = 0;
      const options = { version: 3, released: () => released++ };
      const refused = connection.send(Metadata, { includeTopicAuthorizedOperations: true }, options);
      await expect(refused).rejects.toThrow(kafkaError("UNSUPPORTED_VERSION", /includeTopicAuthorizedOperations/));
      expect(() => connection.sendNoReply(Metadata, { includeTopicAuthorizedOperations: true }, options)).toThrow(
        kafkaError("UNSUPPORTED_VERSION", /includeTopicAuthorizedOperations/),
      );
      expect(released).toBe(0);
      await world.run(1);
      expect([released, connection.closed, connection.inFlight]).toEqual([2, false, 0]);
    });
  });
});

describe("time-outs", () => {
  test("a request that is not answered in time ends the connection, and all that is in flight with it", async () => {
    await withSim(1, async (world) => {
      const broker = await ScriptedBroker.start(world);
      const connection = await connect(world);
      const reasons: unknown[] = [];
      connection.onClose((error) => reasons.push(error?.message));
      const patient = connection.send(Metadata, {}, { timeoutMs: 60_000 });
      const failures: unknown[] = [];
      patient.catch((error: unknown) => failures.push(error));
      const started = world.nowMs;
      await expect(settled(world, connection.send(Metadata, {}))).rejects.toThrow(
        kafkaError("REQUEST_TIMED_OUT", "broker:9092 did not answer Metadata within 30000 ms."),
      );
      expect(world.nowMs - started).toBe(30_000);
      await world.run(1);
      expect(failures).toEqual([kafkaError("NETWORK_EXCEPTION", /closed: broker:9092 did not answer Metadata within/)]);
      expect(reasons).toHaveLength(1);
      expect(connection.closed).toBe(true);
      broker.answer(0, "too late");
      await world.run(100);
      await expect(connection.send(Metadata, {})).rejects.toThrow(kafkaError("NETWORK_EXCEPTION", /closed/));
      expectNothingLeaks(world.node("client"));
    });
  });

  test("a peer that accepts and says nothing is given up, and nothing is left open", async () => {
    await withSim(1, async (world) => {
      await listenRaw(world, () => {});
      await expect(connect(world, { connectTimeoutMs: 2_000 })).rejects.toThrow(
        kafkaError("REQUEST_TIMED_OUT", "broker:9092 did not answer ApiVersions within 2000 ms."),
      );
      await world.run(10);
      expectNothingLeaks(world.node("client"));
    });
  });

  test("who connects may give up, at any moment, and nothing is left open", async () => {
    for (const afterMs of [0, 0.2, 1, 500]) {
      await withSim(1, async (world) => {
        // Accepts, and never answers.
        await listenRaw(world, () => {});
        const controller = new AbortController();
        world.node("timer").runtime.scheduler.at(afterMs, () => controller.abort());
        await expect(connect(world, { signal: controller.signal })).rejects.toThrow(
          kafkaError("NETWORK_EXCEPTION", /^(Can't connect|Connecting) to broker:9092.* was given up\.$/),
        );
        expect(world.nowMs).toBeCloseTo(afterMs, 2);
        await world.run(10);
        expectNothingLeaks(world.node("client"));
      });
    }
  });

  test("a host that does not answer at all is given up", async () => {
    await withSim(1, async (world) => {
      world.node("broker").powerLoss();
      await expect(connect(world, { connectTimeoutMs: 2_000 })).rejects.toThrow(
        kafkaError("NETWORK_EXCEPTION", "Can't connect to broker:9092: not open after 2000 ms."),
      );
      expectNothingLeaks(world.node("client"));
    });
  });
});

describe("peers that are no Kafka broker", () => {
  const prefix = "broker:9092 does not answer as a Kafka broker: ";

  test.each([
    ["an HTTP server", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), /HTTP/],
    ["a TLS port", Buffer.from([0x15, 3, 3, 0, 2, 2, 70]), /TLS/],
    ["an answer to nothing", Buffer.from([0, 0, 0, 4, 0, 0, 0, 9]), /expected that to request 0, got one to request 9/],
    ["an answer that ends too early", Buffer.from([0, 0, 0, 6, 0, 0, 0, 0, 0, 0]), /ApiVersions response v4/],
    ["random bytes", Buffer.from("\xff\xfe\xfd\xfc", "latin1"), /Expected the size of a frame/],
  ])("%s", async (_, answer, message) => {
    await withSim(1, async (world) => {
      await listenRaw(world, (connection) => connection.write([answer]));
      const refusal = expect(connect(world)).rejects;
      await refusal.toThrow(kafkaError("INVALID_REQUEST", message));
      await expect(connect(world)).rejects.toThrow(prefix);
      await world.run(10);
      expectNothingLeaks(world.node("client"));
    });
  });

  test("one that closes the connection: the error has a guess at why", async () => {
    await withSim(1, async (world) => {
      await listenRaw(world, (connection) => connection.close());
      await expect(connect(world)).rejects.toThrow(
        kafkaError("NETWORK_EXCEPTION", /^broker:9092 closed the connection instead .* it may expect TLS/),
      );
      expectNothingLeaks(world.node("client"));
    });
  });

  test("a port where nothing listens", async () => {
    await withSim(1, async (world) => {
      world.node("broker");
      await expect(connect(world)).rejects.toThrow(
        kafkaError("NETWORK_EXCEPTION", "Can't connect to broker:9092: nothing listens there (connection refused)."),
      );
      expectNothingLeaks(world.node("client"));
    });
  });

  test("an answer out of order later on ends the connection", async () => {
    await withSim(1, async (world) => {
      const broker = await ScriptedBroker.start(world);
      const connection = await connect(world);
      const answers = [connection.send(Metadata, {}), connection.send(Metadata, {})];
      const failures: unknown[] = [];
      for (const answer of answers) answer.catch((error: unknown) => failures.push(error));
      await world.runUntil(() => broker.requests.length === 2, 1_000);
      const { apiVersion, correlationId } = decodeRequestHeader(broker.requests[1]!.frame, apiByKey);
      broker.requests[0]!.respond(encodeResponse(Metadata, apiVersion, correlationId, {}));
      await world.run(100);
      const failure = kafkaError("INVALID_REQUEST", /expected that to request 1, got one to request 2/);
      expect(failures).toEqual([failure, failure]);
      expect(connection.closed).toBe(true);
    });
  });
});

describe("the end", () => {
  test("a broker that dies fails what is in flight, in a way that can be retried", async () => {
    await withSim(1, async (world) => {
      const broker = await ScriptedBroker.start(world);
      const connection = await connect(world);
      const reasons: unknown[] = [];
      connection.onClose((error) => reasons.push(error));
      const answer = connection.send(Metadata, {});
      await world.runUntil(() => broker.requests.length === 1, 1_000);
      world.node("broker").crash();
      const lost = expect.objectContaining({ code: "NETWORK_EXCEPTION", retriable: true });
      await expect(settled(world, answer)).rejects.toThrow(lost);
      expect(reasons).toEqual([lost]);
      const late: unknown[] = [];
      connection.onClose((error) => late.push(error));
      expect(late).toEqual([]);
      await world.run(1);
      expect(late).toEqual([lost]);
      expectNothingLeaks(world.node("client"));
    });
  });

  test("close with a reason drops what is queued, and that is what everybody hears", async () => {
    await withSim(1, async (world) => {
      const broker = await ScriptedBroker.start(world);
      const connection = await connect(world);
      const reasons: unknown[] = [];
      connection.onClose((error) => reasons.push(error));
      const reason = new KafkaError("NETWORK_EXCEPTION", "the client closes");
      const answer = connection.send(Metadata, {});
      connection.close(reason);
      await expect(answer).rejects.toBe(reason);
      await world.run(100);
      expect([reasons, broker.requests]).toEqual([[reason], []]);
      expectNothingLeaks(world.node("client"));
    });
  });

  test("close fails what is in flight, tells who listens, and leaves nothing open", async () => {
    await withSim(1, async (world) => {
      await ScriptedBroker.start(world);
      const connection = await connect(world);
      const reasons: unknown[] = [];
      connection.onClose((error) => reasons.push(error));
      let released = 0;
      const answer = connection.send(Metadata, {}, { released: () => released++ });
      connection.close();
      connection.close();
      expect(reasons).toEqual([]);
      const closed = "The connection to broker:9092 was closed.";
      await expect(answer).rejects.toThrow(kafkaError("NETWORK_EXCEPTION", closed));
      await world.run(10);
      expect([reasons, released, connection.closed]).toEqual([[undefined], 1, true]);
      const late = connection.send(Metadata, {}, { released: () => released++ });
      await expect(late).rejects.toThrow(kafkaError("NETWORK_EXCEPTION", "The connection to broker:9092 is closed."));
      expect(() => connection.sendNoReply(Produce, {})).toThrow(kafkaError("NETWORK_EXCEPTION", /is closed/));
      await world.run(10);
      expect(released).toBe(2);
      expectNothingLeaks(world.node("client"));
    });
  });
});
