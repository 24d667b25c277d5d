import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseBrokerCommandLine, parseCommandLine, parseServerCommandLine } from "#cluster/command-line";
import { serverConfigOf } from "#cluster/main-config";
import { execArgvFor } from "#cluster/main-mine";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "katafka-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(...lines: readonly string[]): string {
  const path = join(folder, "server.properties");
  writeFileSync(path, lines.join("\n"));
  return path;
}

describe("the command line of npm run broker", () => {
  test("names a file, and what wins over it", () => {
    const args = ["server.properties", "--override", "num.partitions=2", "--coordinator", "[::1]:2181"];
    expect(parseServerCommandLine(args)).toEqual({
      help: false,
      config: "server.properties",
      overrides: ["num.partitions=2"],
      coordinator: { host: "[::1]", port: 2181 },
      observePort: null,
    });
    expect(parseServerCommandLine(["server.properties", "--observe-port", "9100"]).observePort).toBe(9_100);
  });

  test("needs no file when help is asked for", () => {
    expect(parseServerCommandLine(["--help"])).toMatchObject({ help: true, config: null, coordinator: null });
  });

  test.each([
    ["no file", [], "Expected one file, a server.properties, got none. Try --help."],
    ["two files", ["a", "b"], "Expected one file, a server.properties, got a b. Try --help."],
    ["an unknown option", ["a", "--prot", "1"], "Unknown option '--prot'. Try --help."],
    ["a coordinator without a port", ["a", "--coordinator", "zk1"], '--coordinator: expected HOST:PORT, got "zk1".'],
    ["a port that is none", ["a", "--coordinator", "zk1:0"], "--coordinator: expected a whole number from 1 to 65535"],
  ])("refuses %s in one sentence", (_, args, text) => {
    expect(() => parseServerCommandLine(args)).toThrow(text);
  });
});

describe("--coordinator of npm start", () => {
  test("is a service of our own, or a ZooKeeper", () => {
    expect(parseCommandLine([]).zooKeeper).toBeNull();
    expect(parseCommandLine(["--coordinator", "embedded"]).zooKeeper).toBeNull();
    const { zooKeeper } = parseCommandLine(["--coordinator", "zookeeper://zk1:2181,zk2:2181/kafka"]);
    expect(zooKeeper).toBe("zk1:2181,zk2:2181/kafka");
  });

  test.each(["other", "zookeeper://", "zookeeper://zk1:0", "zk1:2181"])("refuses %s", (text) => {
    const refused = `--coordinator: expected embedded, or zookeeper://host:port,host:port/chroot, got "${text}".`;
    expect(() => parseCommandLine(["--coordinator", text])).toThrow(refused);
  });

  test("reaches the processes that it starts", () => {
    const args = ["--id", "1", "--coordinator"];
    expect(parseBrokerCommandLine([...args, "zookeeper://zk1/a"]).coordinator).toBe("zk1/a");
    expect(parseBrokerCommandLine([...args, "127.0.0.1:99"]).coordinator).toEqual({ host: "127.0.0.1", port: 99 });
  });
});

describe("brokers on a learner's code beside others", () => {
  const reference = ["--import", "tsx", "-C", "solution-05", "-C", "solution-06"];

  test("are those of --mine-brokers, in the chapters of --mine", () => {
    const { mine } = parseCommandLine(["--mine", "6", "--mine-brokers", "1,3"]);
    expect(mine).toEqual({ ids: [1, 3], chapters: [6] });
    expect(execArgvFor(reference, mine, 1)).toEqual(["--import", "tsx", "-C", "solution-05"]);
    expect(execArgvFor(reference, mine, 2)).toEqual(reference);
  });

  test("run on it in all chapters, if none is named", () => {
    const { mine } = parseCommandLine(["--mine", "all", "--mine-brokers", "2"]);
    expect(execArgvFor(reference, mine, 2)).toEqual(["--import", "tsx"]);
  });

  test.each([
    [["--mine-brokers", "4"], '--mine-brokers: expected a whole number from 1 to 3, got "4".'],
    [["--mine-brokers", "1", "--brokers", "1"], "--mine-brokers: with one broker alone, --mine is enough."],
  ])("%j is refused", (args, sentence) => {
    expect(() => parseCommandLine(args)).toThrow(sentence);
  });
});

describe("the configuration of npm run broker", () => {
  test("has Kafka's defaults, where npm start has others", () => {
    const { config } = serverConfigOf({ config: write("broker.id=1"), overrides: [] }, {});
    expect(config["log.dirs"]).toEqual(["/tmp/kafka-logs"]);
    expect(config["offsets.topic.replication.factor"]).toBe(3);
    expect(config["group.initial.rebalance.delay.ms"]).toBe(3000);
    expect(config["zookeeper.session.timeout.ms"]).toBe(18_000);
  });

  test("lists all that is wrong, each with its file and line", () => {
    const path = write("broker.id=1", "", "num.io.threads=x", "zookeeper.connect=http://zk1");
    const threads = `num.io.threads: expected an int of at least 1, got "x" (${path} line 3)`;
    const connect = `zookeeper.connect: expected host:port,host:port/chroot, got "http://zk1" (${path} line 4)`;
    expect(() => serverConfigOf({ config: path, overrides: [] }, {})).toThrow(threads);
    expect(() => serverConfigOf({ config: path, overrides: [] }, {})).toThrow(connect);
  });

  test("warns of a key that it doesn't know, with its file and line", () => {
    const path = write("broker.id=1", "log.retention.hourz=1");
    expect(serverConfigOf({ config: path, overrides: [] }, {}).warnings).toEqual([
      `Unknown key log.retention.hourz (${path} line 2). Did you mean log.retention.hours?`,
    ]);
  });

  test("tells clients this machine's name where the listener has none", () => {
    const { config } = serverConfigOf({ config: write("broker.id=1"), overrides: [] }, {});
    expect(config["advertised.listeners"][0]?.host).toBe(hostname());
  });

  test.each([
    ["broker.id=-1", "broker.id: expected the number of this broker, from 0 on"],
    ["num.partitions=1", "broker.id: expected the number of this broker, from 0 on"],
  ])("refuses a broker without a number: %s", (line, text) => {
    expect(() => serverConfigOf({ config: write(line), overrides: [] }, {})).toThrow(text);
  });

  test("refuses a file that isn't there", () => {
    const missing = join(folder, "no.properties");
    expect(() => serverConfigOf({ config: missing, overrides: [] }, {})).toThrow(`${missing} can't be read (ENOENT)`);
  });
});
