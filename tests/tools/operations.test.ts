import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseBrokerConfig } from "#ground/config/broker-config";
import { readProperties } from "#ground/config/properties";
import { ROOT } from "../../tools/course/chapters.ts";

const FOLDER = join(ROOT, "docs/operations");

/** Instead of ssh: notes what is asked of whom, and what is sent. A ZooKeeper follows as soon as it is asked. */
const SSH = `#!/bin/sh
host=$1; shift
case $* in
  *srvr*) echo "ask $host" >>"$LOG"; echo follower ;;
  "cat >"* | "mkdir "*) echo "$host $* <<$(cat | tr '\\n' '|')" >>"$LOG" ;;
  *) echo "$host $*" >>"$LOG"; echo active ;;
esac
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "katafka-"));
  writeFileSync(join(folder, "ssh"), SSH);
  chmodSync(join(folder, "ssh"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the script with other hosts. @returns what it said, and what it had done, in order */
function run(verb: string): { status: number | null; said: string; done: string[] } {
  const log = join(folder, "log");
  writeFileSync(log, "");
  const PATH = `${folder}:${process.env["PATH"]}`;
  const env = { ...process.env, PATH, LOG: log, KATAFKA_HOSTS: "a b" };
  const { status, stdout, stderr } = spawnSync("sh", [join(FOLDER, "cluster.sh"), verb], { env, encoding: "utf8" });
  return { status, said: stdout + stderr, done: readFileSync(log, "utf8").trim().split("\n") };
}

describe("docs/operations/cluster.sh", () => {
  test("starts the ZooKeeper first, and the brokers when it is there", () => {
    expect(run("start").done).toEqual([
      ...["a systemctl start zookeeper", "b systemctl start zookeeper"],
      ...["ask a", "ask b"],
      ...["a systemctl start katafka", "b systemctl start katafka"],
    ]);
  });

  test("stops the brokers first, and the ZooKeeper last", () => {
    expect(run("stop").done).toEqual([
      ...["a systemctl stop katafka", "b systemctl stop katafka"],
      ...["a systemctl stop zookeeper", "b systemctl stop zookeeper"],
    ]);
  });

  test("tells what runs where", () => {
    expect(run("status").said).toBe("a: broker active, ZooKeeper follower\nb: broker active, ZooKeeper follower\n");
  });

  test("gives each machine its number and its name", () => {
    const { done } = run("distribute");
    expect(done).toContain("b cat > /var/lib/zookeeper/myid <<2|");
    const properties = done.find((line) => line.startsWith("b mkdir"))!;
    expect(properties).toContain("|broker.id=2|listeners=PLAINTEXT://b:9092|");
    expect(properties).not.toMatch(/=[^|]*@/);
    const zooCfg = (host: string): string | undefined => done.find((line) => line.startsWith(`${host} cat > /etc/zoo`));
    expect(zooCfg("a")!.slice(1)).toBe(zooCfg("b")!.slice(1));
  });

  test("explains itself", () => {
    expect(run("restart")).toMatchObject({ status: 2, said: "sh cluster.sh distribute | start | stop | status\n" });
  });
});

test("docs/operations/server.properties is one, with nothing that this broker doesn't know", () => {
  const text = readFileSync(join(FOLDER, "server.properties"), "utf8");
  const filled = text.replaceAll("@ID@", "1").replaceAll("@HOST@", "kafka1");
  expect(parseBrokerConfig(readProperties(filled, "server.properties")).warnings).toEqual([]);
});
