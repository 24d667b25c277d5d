import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompressionRatio } from "#accumulator/given/compression-ratio";
import { Deque } from "#accumulator/given/deque";
import { property } from "../support/property.ts";

describe("deque", () => {
  test("given: deque: behaves like an array, whatever is done to it", () => {
    const operation = fc.tuple(fc.constantFrom("addFirst", "addLast", "pollFirst", "pollLast", "removeIf"), fc.nat(99));
    property([fc.array(operation, { maxLength: 200 })], (operations) => {
      const deque = new Deque<number>();
      let array: number[] = [];
      for (const [name, value] of operations) {
        if (name.startsWith("add")) deque[name as "addFirst" | "addLast"](value);
        if (name === "addFirst") array.unshift(value);
        if (name === "addLast") array.push(value);
        if (name === "pollFirst") expect(deque.pollFirst()).toBe(array.shift());
        if (name === "pollLast") expect(deque.pollLast()).toBe(array.pop());
        if (name === "removeIf") {
          const unwanted = (each: number): boolean => each % 7 === value % 7;
          expect(deque.removeIf(unwanted)).toEqual(array.filter(unwanted));
          array = array.filter((each) => !unwanted(each));
        }
        expect([deque.length, deque.first, deque.last]).toEqual([array.length, array[0], array.at(-1)]);
      }
      expect([...deque]).toEqual(array);
    });
  });

  test("given: deque: takes a hundred thousand elements through without moving them", () => {
    const deque = new Deque<number>();
    for (let i = 0; i < 100_000; i++) deque.addLast(i);
    for (let i = 0; i < 100_000; i++) if (deque.pollFirst() !== i) throw new Error(`expected ${i}`);
    expect(deque.length).toBe(0);
  });
});

describe("compression ratio", () => {
  test("given: compression ratio: comes down slowly and goes up fast", () => {
    const ratio = new CompressionRatio();
    for (let i = 0; i < 10; i++) ratio.update(0.3);
    expect(ratio.estimate).toBeCloseTo(0.95);
    ratio.update(0.96);
    expect(ratio.estimate, "0.05 at least").toBeCloseTo(1);
    ratio.update(1.5);
    expect(ratio.estimate).toBe(1.5);
    ratio.update(1.499);
    expect(ratio.estimate, "not below what was seen").toBe(1.499);
  });

  test("given: compression ratio: starts over at 1, or worse if it was worse", () => {
    const ratio = new CompressionRatio();
    for (let i = 0; i < 10; i++) ratio.update(0.3);
    ratio.reset(0.7);
    expect(ratio.estimate).toBe(1);
    ratio.reset(1.1);
    expect(ratio.estimate).toBe(1.1);
  });
});
