/**
 * Chapter 1: from values to bytes and back.
 *
 * @module
 */
export {
  type ByteCursor,
  decodeZigZag32,
  encodeZigZag32,
  readUnsignedVarint,
  readVarint,
  readVarlong,
  sizeOfUnsignedVarint,
  sizeOfVarint,
  sizeOfVarlong,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from "./varint.ts";
