/**
 * Frames: int32 size, header, body. What is written here has its size in front, ready for the socket; what is read
 * comes without, as a frame reader hands it over.
 *
 * @module
 */

import { KafkaError } from "#ground/errors";
import { readInt16, writeInt32 } from "#ground/int64";
import { type Api } from "./api.ts";
import { RequestHeader, requestHeaderVersion, ResponseHeader, responseHeaderVersion } from "./headers.ts";
import { type DecodeOptions, type Input } from "./message.ts";
import { WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

/** What a request begins with. */
export interface DecodedRequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** Where the body begins in the frame. */
  readonly bodyAt: number;
}

/** Encodes a request, with its size in front. @throws KafkaError as `Message.encode`. */
export function encodeRequest<Req>(
  api: Api<Req>,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  value: Input<Req>,
): Uint8Array[] {
  const writer = new WireWriter();
  writer.int32(0);
  const { correlationId, clientId } = header;
  const fields = { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId };
  RequestHeader.write(requestHeaderVersion(api, version), writer, fields);
  api.request.write(version, writer, value);
  return withSize(writer.finish());
}

/** Encodes a response, with its size in front. @throws KafkaError as `Message.encode`. */
export function encodeResponse<Res>(
  api: Api<unknown, Res>,
  version: number,
  correlationId: number,
  value: Input<Res>,
): Uint8Array[] {
  const writer = new WireWriter();
  writer.int32(0);
  ResponseHeader.write(responseHeaderVersion(api, version), writer, { correlationId });
  api.response.write(version, writer, value);
  return withSize(writer.finish());
}

/**
 * Reads the header of a request. An API or a version that the tables lack is no error here: its header is read as
 * that of the closest version, so that the server can say who sent what.
 * @param frame without its size.
 * @param apiByKey the APIs that may come: which version a header has depends on them. Passed in, so that a client
 * needn't load the tables of all APIs.
 * @throws KafkaError INVALID_REQUEST when it is no header.
 */
export function decodeRequestHeader(
  frame: Uint8Array,
  apiByKey: (key: number) => Api | undefined,
): DecodedRequestHeader {
  const reader = new WireReader(frame);
  const api = frame.byteLength < 4 ? undefined : apiByKey(readInt16(frame, 0));
  const version = api === undefined ? 1 : requestHeaderVersion(api, readInt16(frame, 2));
  const header = RequestHeader.read(version, reader, false);
  return {
    apiKey: header.requestApiKey,
    apiVersion: header.requestApiVersion,
    correlationId: header.correlationId,
    clientId: header.clientId,
    bodyAt: reader.at,
  };
}

/** Decodes a response. @param frame without its size. @throws KafkaError as `Message.decode`. */
export function decodeResponse<Res>(
  api: Api<unknown, Res>,
  version: number,
  frame: Uint8Array,
  options: DecodeOptions = {},
): { correlationId: number; value: Res } {
  const reader = new WireReader(frame, 0, options.keepUnknownTags);
  const { correlationId } = ResponseHeader.read(responseHeaderVersion(api, version), reader, false);
  return { correlationId, value: api.response.read(version, reader, options.strict) };
}

/** Puts the size of all parts into the four bytes that the first one begins with. */
function withSize(parts: Uint8Array[]): Uint8Array[] {
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0) - 4;
  if (size > 0x7fff_ffff) throw new KafkaError("INVALID_REQUEST", `a frame can't have ${size} bytes`);
  writeInt32(parts[0]!, 0, size);
  return parts;
}
