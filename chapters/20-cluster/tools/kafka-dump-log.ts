/**
 * `kafka-dump-log`: shows what is in the files of a log. It needs no broker, and changes nothing.
 * Source: `kafka.tools.DumpLogSegments` of Kafka 4.0.
 *
 * @module
 */
import { INDEX_SUFFIX, LOG_SUFFIX, SNAPSHOT_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX } from "#log/given/log-files";
import {
  metadataDecoder, offsetsDecoder, plainDecoder, type RecordDecoder, transactionsDecoder,
} from "./dump-decoders.ts";
import {
  dumpOffsetIndex, dumpSnapshot, dumpTimeIndex, dumpTransactionIndex, type IndexMode,
} from "./dump-index-files.ts";
import { ALL_BYTES, dumpLogFile, type LogDump } from "./dump-log-file.ts";
import { type GivenOptions, type ToolOption, UsageError } from "./tool-options.ts";
import { type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  files: { value: "file,...", help: "The files: .log, .index, .timeindex, .txnindex, .snapshot or .checkpoint." },
  "print-data-log": { help: "Show keys and values of records." },
  "deep-iteration": { help: "Show each record, not only each batch. --print-data-log does, too." },
  "skip-record-metadata": { help: "With --print-data-log: show only keys and values of records." },
  "index-sanity-check": { help: "Only say whether an index would do at a broker's start." },
  "verify-index-only": { help: "Only say what of an index doesn't fit the log." },
  "max-bytes": { value: "n", help: "Read only so many bytes of a log, and only whole batches." },
  "max-message-size": { value: "n", help: "Taken for Kafka's sake; changes nothing." },
  "key-decoder-class": {
    value: "class", help: "How keys are shown: StringDecoder (the default), IntegerDecoder or LongDecoder.",
  },
  "value-decoder-class": { value: "class", help: "The same for values." },
  "offsets-decoder": { help: "Show the records of __consumer_offsets." },
  "transaction-log-decoder": { help: "Show the records of __transaction_state." },
  "cluster-metadata-decoder": { help: "Show the records of a bootstrap.checkpoint of KRaft." },
  "remote-log-metadata-decoder": { help: "No such records here: there is no tiered storage." },
  "share-group-state-decoder": { help: "No such records here: there are no share groups." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;
type Given = GivenOptions<Name>;

/** The tool. */
export const kafkaDumpLog: Tool<Name> = {
  name: "kafka-dump-log",
  about: "This tool helps to parse a log file and dump its contents to the console, useful for debugging a seemingly "
    + "corrupt log segment.",
  options: OPTIONS,

  async run(given, context) {
    given.require("files");
    for (const name of ["remote-log-metadata-decoder", "share-group-state-decoder"] as const) {
      if (given.has(name)) throw new UsageError(`${name}: ${OPTIONS[name].help}`, false);
    }
    const wrong: string[] = [];
    for (const path of given.get("files")!.split(",")) {
      context.out(`Dumping ${path}\n`);
      wrong.push(...dumpFile(given, path, context));
    }
    if (wrong.length > 0) context.err(wrong.join(""));
    return 0;
  },
};

/** @returns what is wrong, as lines. @throws Error for what can't be shown */
function dumpFile(given: Given, path: string, { runtime, out, err }: ToolContext): string[] {
  const shown = given.has("verify-index-only") ? "verify" : "entries";
  const mode: IndexMode = given.has("index-sanity-check") ? "sanity" : shown;
  const at = path.lastIndexOf(".");
  switch (at < 0 ? null : path.slice(at)) {
    case LOG_SUFFIX:
    case ".checkpoint": {
      const gaps = dumpLogFile(runtime, path, logDump(given), out);
      if (gaps.length === 0) return [];
      return [`Non-consecutive offsets in ${path}\n`, ...gaps.map(([a, b]) => `  ${a} is followed by ${b}\n`)];
    }
    case INDEX_SUFFIX: return dumpOffsetIndex(runtime, path, mode, out);
    case TIME_INDEX_SUFFIX: return dumpTimeIndex(runtime, path, mode, out);
    case TXN_INDEX_SUFFIX: dumpTransactionIndex(runtime, path, out); return [];
    case SNAPSHOT_SUFFIX: dumpSnapshot(runtime, path, out); return [];
    case null: throw new Error(`${path} has no ending that says what is in it: expected one such as .log or .index.`);
    default: err(`Ignoring unknown file ${path}\n`); return [];
  }
}

function logDump(given: Given): LogDump {
  const decoder = decoderOf(given);
  return {
    withRecords: decoder !== null || given.has("deep-iteration"),
    decoder,
    isBare: given.has("skip-record-metadata"),
    maxBytes: given.number("max-bytes") ?? ALL_BYTES,
  };
}

function decoderOf(given: Given): RecordDecoder | null {
  if (given.has("offsets-decoder")) return offsetsDecoder;
  if (given.has("transaction-log-decoder")) return transactionsDecoder;
  if (given.has("cluster-metadata-decoder")) return metadataDecoder;
  if (!given.has("print-data-log")) return null;
  return plainDecoder(given.get("key-decoder-class"), given.get("value-decoder-class"));
}
