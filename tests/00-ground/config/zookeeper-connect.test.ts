import { describe, expect, test } from "vitest";
import { parseZooKeeperConnect } from "#ground/config/zookeeper-connect";

describe("parseZooKeeperConnect", () => {
  test.each([
    ["zk1:2181", [{ host: "zk1", port: 2181 }], ""],
    ["zk1", [{ host: "zk1", port: 2181 }], ""],
    ["zk1:2181/", [{ host: "zk1", port: 2181 }], ""],
    ["zk1:1,zk2:2, zk3/kafka/a", [
      { host: "zk1", port: 1 }, { host: "zk2", port: 2 }, { host: "zk3", port: 2181 },
    ], "/kafka/a"],
    ["[::1]:2182/k", [{ host: "::1", port: 2182 }], "/k"],
  ])("%s", (text, servers, chroot) => {
    expect(parseZooKeeperConnect(text)).toEqual({ servers, chroot });
  });

  test.each(["", "zk1:", "zk1:0", "zk1:99999", "zk1,,zk2", "zk1:2181//a", "zk1:2181/a/", "zk1/a/../b", "http://zk1"])(
    "%j is refused",
    (text) => {
      const refused = `expected host:port,host:port/chroot, got ${JSON.stringify(text)}`;
      expect(() => parseZooKeeperConnect(text)).toThrow(refused);
    },
  );
});
