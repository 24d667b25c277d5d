import { describe, expect, test } from "vitest";
import { formatEndPoint, parseListeners } from "#ground/config/listeners";

describe("parseListeners", () => {
  test("reads names, hosts and ports", () => {
    expect(parseListeners("PLAINTEXT://127.0.0.1:9092, ssl://kafka-1.example.com:9093,SASL_SSL://[::1]:0")).toEqual([
      { name: "PLAINTEXT", protocol: "PLAINTEXT", host: "127.0.0.1", port: 9092 },
      { name: "SSL", protocol: "SSL", host: "kafka-1.example.com", port: 9093 },
      { name: "SASL_SSL", protocol: "SASL_SSL", host: "::1", port: 0 },
    ]);
  });

  test("no host means all interfaces", () => {
    expect(parseListeners("PLAINTEXT://:9092")[0]?.host).toBe("");
  });

  test("other names take their protocol from the map", () => {
    const map = "CLIENT:SASL_PLAINTEXT,replication:PLAINTEXT";
    expect(parseListeners("CLIENT://a:1,REPLICATION://a:2", map).map(({ protocol }) => protocol)).toEqual([
      "SASL_PLAINTEXT",
      "PLAINTEXT",
    ]);
  });

  test.each([
    ["", 'expected at least one listener, got ""'],
    ["localhost:9092", 'expected NAME://host:port, got "localhost:9092"'],
    ["PLAINTEXT://localhost", 'expected NAME://host:port, got "PLAINTEXT://localhost"'],
    ["PLAINTEXT://localhost:65536", 'expected NAME://host:port, got "PLAINTEXT://localhost:65536"'],
    ["PLAINTEXT://local host:1", 'expected NAME://host:port, got "PLAINTEXT://local host:1"'],
    ["PLAINTEXT://::1:9092", 'expected NAME://host:port, got "PLAINTEXT://::1:9092"'],
    ["SSL://a:1,SSL://a:2", 'expected each listener name once, got "SSL,SSL"'],
    ["CLIENT://a:1", 'expected listener CLIENT to have one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL, got "CLIENT"'],
  ])("refuses %j", (list, message) => {
    expect(() => parseListeners(list)).toThrow(message);
  });

  test("refuses a malformed map", () => {
    expect(() => parseListeners("CLIENT://a:1", "CLIENT")).toThrow('expected NAME:PROTOCOL, got "CLIENT"');
  });

  test("formatEndPoint is its inverse", () => {
    const list = "PLAINTEXT://127.0.0.1:9092,SASL_SSL://[::1]:0,SSL://:1";
    expect(parseListeners(list).map(formatEndPoint).join(",")).toBe(list);
  });
});
