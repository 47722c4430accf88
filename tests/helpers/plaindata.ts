// Plain data for tests of conversion: which keys are one in a dict, what a value comes back as, and whether two values have the same shape.
import { expect } from "vitest";
import type { Heap } from "../../src/index.js";

/** The same text for plain keys that are equal in Python: 1, 1n and true are; strings and bytes are by content. */
export function pythonKey(key: unknown): string {
  switch (typeof key) {
    case "boolean":
      return `int ${key ? 1n : 0n}`;
    case "bigint":
      return `int ${key}`;
    case "number":
      return Number.isInteger(key) ? `int ${BigInt(key)}` : `float ${key}`;
    case "string":
      return `str ${key}`;
  }
  if (key === null || key === undefined) return "None";
  if (key instanceof ArrayBuffer) return `bytes ${new Uint8Array(key)}`;
  if (key instanceof Uint8Array) return `bytes ${key}`;
  throw new Error(`no key: ${String(key)}`);
}

/** What a value that is no container comes back as. */
export function comesBackAs(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "bigint" && value >= -(2n ** 53n) && value <= 2n ** 53n) return Number(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8ClampedArray) return new Uint8Array(value);
  // A Buffer of Node, for one.
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return value;
}

/** Pairs of a dict that was made of these: the first of equal keys stays, with the last value. */
function dictOf(pairs: Iterable<readonly [unknown, unknown]>): [unknown, unknown][] {
  const dict = new Map<string, [unknown, unknown]>();
  for (const [key, value] of pairs) {
    const there = dict.get(pythonKey(key));
    if (there === undefined) dict.set(pythonKey(key), [key, value]);
    else there[1] = value;
  }
  return [...dict.values()];
}

/**
 * Fails unless `actual` is what plain data `given` comes back as: the same values in the same order, and each object of the one
 * stands for one object of the other. Depth is no matter.
 */
export function expectSameShape(actual: unknown, given: unknown): void {
  const stands = new Map<object, object>();
  const stoodFor = new Map<object, object>();
  const waiting: [actual: unknown, given: unknown, path: string][] = [[actual, given, "value"]];
  const enter = (a: object, g: object, path: string): boolean => {
    // There is one empty bytes object, and it is none of those that count.
    if (a instanceof Uint8Array && a.length === 0) return false;
    const known = stands.get(g);
    if (known !== undefined && known !== a) throw new Error(`${path}: was one object, and is two`);
    if (stoodFor.has(a) && stoodFor.get(a) !== g) throw new Error(`${path}: were two objects, and are one`);
    stands.set(g, a);
    stoodFor.set(a, g);
    return known !== undefined;
  };
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [a, g, path] = next;
    if (typeof g !== "object" || g === null) {
      const wanted = comesBackAs(g);
      if (!Object.is(a, wanted)) throw new Error(`${path}: ${shown(a)} instead of ${shown(wanted)}`);
      continue;
    }
    if (typeof a !== "object" || a === null) throw new Error(`${path}: ${shown(a)} instead of an object`);
    if (enter(a, g, path)) continue;
    if (ArrayBuffer.isView(g) || g instanceof ArrayBuffer) {
      expect(a).toStrictEqual(comesBackAs(g));
    } else if (Array.isArray(g)) {
      if (!Array.isArray(a) || a.length !== g.length) throw new Error(`${path}: no array of ${g.length}`);
      for (let i = 0; i < g.length; i++) waiting.push([a[i], g[i], `${path}[${i}]`]);
    } else if (g instanceof Map || g instanceof Set) {
      const isMap = g instanceof Map;
      if (!(a instanceof (isMap ? Map : Set))) throw new Error(`${path}: no ${isMap ? "Map" : "Set"}`);
      const wanted = dictOf(g.entries());
      const found = [...(a as Map<unknown, unknown>).entries()];
      if (found.length !== wanted.length)
        throw new Error(`${path}: ${found.length} entries instead of ${wanted.length}`);
      for (const [i, [key, value]] of wanted.entries()) {
        waiting.push([found[i]?.[0], key, `${path}.key[${i}]`]);
        if (isMap) waiting.push([found[i]?.[1], value, `${path}.value[${i}]`]);
      }
    } else {
      if (Object.getPrototypeOf(a) !== Object.prototype) throw new Error(`${path}: no plain object`);
      const keys = Object.keys(g);
      const found = Object.keys(a);
      if (found.length !== keys.length || found.some((key, i) => key !== keys[i])) {
        throw new Error(`${path}: has the names ${shown(found)} instead of ${shown(keys)}`);
      }
      for (const key of keys) {
        waiting.push([(a as Record<string, unknown>)[key], (g as Record<string, unknown>)[key], `${path}.${key}`]);
      }
    }
  }
}

function shown(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint") return `${value}n`;
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length})` : text;
}

/** What is in use and who holds it; equal before and after what leaves nothing behind. */
export function inUse(heap: Heap): { blocks: number; handles: number } {
  return { blocks: heap.sys.getAllocatedBlocks(), handles: heap.handleCount };
}

/** Runs `body` in a scope, and fails if anything is left afterwards, cycles aside, or if the heap is damaged. */
export function expectNothingLeft(heap: Heap, body: () => void): void {
  const before = inUse(heap);
  heap.scope(() => body());
  heap.gc.collect();
  heap.verify();
  expect(inUse(heap)).toEqual(before);
}
