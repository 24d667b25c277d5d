import { KafkaError } from "#ground/errors";
import { apiByKey } from "#ground/protocol/apis";
import { decodeRequestHeader, decodeResponse, encodeRequest, encodeResponse } from "#ground/protocol/frames";
import { describe, expect, test } from "vitest";
import { expectSame, goldenNames, goldenRows, hex, type SessionFrame, unhex } from "./golden-files.ts";
import { toJson } from "./message-json.ts";

const sessions = goldenNames("sessions").map((file) => ({
  file,
  frames: goldenRows<SessionFrame>(`sessions/${file}`).filter((row) => "hex" in row),
}));

function isWrongOnPurpose(row: SessionFrame): boolean {
  if (row.decodeError !== undefined || row.leftoverBytes !== undefined) return true;
  return row.kind === "request" && row.version > apiByKey(row.apiKey)!.maxVersion;
}

/** Some recordings of consumers' fetches leave out that they are no replicas. */
function recordedJson({ name, kind, version, json }: SessionFrame): unknown {
  return name === "Fetch" && kind === "request" && version < 15 ? { replicaId: -1, ...(json as object) } : json;
}

/** Decodes and encodes again. */
function roundTrip(row: SessionFrame, strict = true): { correlationId: number; json: unknown; hex: string } {
  const api = apiByKey(row.apiKey)!;
  const version = row.decodedAsVersion ?? row.version;
  const frame = unhex(row.hex);
  if (row.kind === "response") {
    const { correlationId, value } = decodeResponse(api, version, frame, { strict });
    const encoded = hex(encodeResponse(api, version, correlationId, value as object));
    return { correlationId, json: toJson(api.response, version, value), hex: encoded.slice(8) };
  }
  const header = decodeRequestHeader(frame, apiByKey);
  expect(header).toMatchObject({ apiKey: row.apiKey, apiVersion: row.version, clientId: row.clientId });
  const value = api.request.decode(version, frame.subarray(header.bodyAt), { strict });
  const encoded = hex(encodeRequest(api, version, header, value as object));
  return { correlationId: header.correlationId, json: toJson(api.request, version, value), hex: encoded.slice(8) };
}

describe("recorded sessions of real clients and a real broker", () => {
  test.each(sessions)("$file", ({ frames }) => {
    expect(frames.length).toBeGreaterThan(0);
    for (const row of frames) {
      if (isWrongOnPurpose(row)) continue;
      const { correlationId, json, hex: digits } = roundTrip(row);
      const id = `${row.name} v${row.version} ${row.kind} ${row.correlationId}`;
      expectSame(correlationId, row.correlationId, id);
      expectSame(json, recordedJson(row), id);
      expectSame(digits, row.hex, id);
    }
  });
});

describe("recorded frames that are wrong on purpose", () => {
  const frames = sessions.flatMap((session) => session.frames);

  test("what Kafka couldn't decode is refused, or is of an API or a version that no table has", () => {
    const wrong = frames.filter((row) => row.decodeError !== undefined);
    expect(wrong).toHaveLength(7);
    for (const row of wrong) {
      expect(() => {
        const frame = unhex(row.hex);
        const { apiKey, apiVersion, bodyAt } = decodeRequestHeader(frame, apiByKey);
        const api = apiByKey(apiKey);
        if (api === undefined) throw new KafkaError("UNSUPPORTED_VERSION", `API key ${apiKey}`);
        api.request.decode(apiVersion, frame.subarray(bodyAt), { strict: false });
      }, row.decodeError).toThrow(KafkaError);
    }
  });

  test("a request of a version to come shows its header", () => {
    const [row] = frames.filter((frame) => frame.name === "ApiVersions" && frame.clientId === "probe:apiversions-v99");
    const header = decodeRequestHeader(unhex(row!.hex), apiByKey);
    expect(header).toMatchObject({ apiKey: 18, apiVersion: 99, correlationId: 105, clientId: row!.clientId });
    const decode = (): unknown => apiByKey(18)!.request.decode(99, unhex(row!.hex).subarray(header.bodyAt));
    expect(decode).toThrow("ApiVersions request: expected one of versions 0 to 4, got 99");
  });

  test("bytes after the last field are refused only when decoding is strict", () => {
    const [row] = frames.filter(({ leftoverBytes }) => leftoverBytes !== undefined);
    expect(roundTrip(row!, false).json).toEqual(row!.json);
    expect(() => roundTrip(row!)).toThrow(`expected the end, ${row!.leftoverBytes} bytes left`);
  });
});
