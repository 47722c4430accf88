// Snapshots of traces as JSON: what is written is read again, and what is none is refused with where.
import { beforeAll, describe, expect, test } from "vitest";
import type { Heap, SnapshotJson, Tracemalloc } from "../src/index.js";
import { byteSize } from "../src/tracing/bytesize.js";
import { openHeap } from "./helpers/heap.js";
import { ROWS, rowsOf, snapshotOf } from "./helpers/tracesnapshots.js";

let heap: Heap;
let tracemalloc: Tracemalloc;

beforeAll(async () => {
  heap = await openHeap();
  ({ tracemalloc } = heap);
});

/** As a file would have it. */
function written(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value));
}

test("made-up traces, with domains, are the same when read", () => {
  const snapshot = snapshotOf(ROWS, 7);
  const read = tracemalloc.loadSnapshot(written(snapshot));
  expect(rowsOf(read)).toEqual(ROWS);
  expect(read.tracebackLimit).toBe(7);
  expect(written(read)).toEqual(written(snapshot));
});

test("a part of a snapshot has of names, frames and tracebacks what it needs", () => {
  const json = snapshotOf(ROWS)
    .filterTraces([{ inclusive: true, filename: "b.py" }])
    .toJSON();
  expect(json).toMatchObject({ filenames: ["b.py"], frames: [0, 1], tracebacks: [[1, 0]], sizes: [66], traces: [0] });
});

test("a snapshot without traces is one", () => {
  const read = tracemalloc.loadSnapshot(written(snapshotOf([])));
  expect(read.traces).toEqual([]);
  expect(read.statistics("lineno")).toEqual([]);
});

test("many traces of few lines take few bytes each", async () => {
  const own = await openHeap();
  own.tracemalloc.start(2);
  own.list(Array.from({ length: 20_000 }, (_, i) => i + 0.5));
  const snapshot = own.tracemalloc.takeSnapshot();
  expect(snapshot.traces.length).toBeGreaterThan(20_000);
  expect(JSON.stringify(snapshot).length / snapshot.traces.length).toBeLessThan(10);
});

describe("what is no snapshot is refused:", () => {
  const good = snapshotOf(ROWS).toJSON();
  const change = (part: Partial<Record<keyof SnapshotJson, unknown>>) => ({ ...written(good), ...part });

  test.each<[string, unknown, typeof TypeError, string]>([
    ["nothing", undefined, TypeError, "wants what a snapshot's toJSON returned, parsed, not undefined"],
    ["a text", JSON.stringify(good), TypeError, "wants what a snapshot's toJSON returned, parsed, not "],
    ["an array", [good], TypeError, "parsed, not [object Array]"],
    ["another format", change({ format: "other" }), TypeError, "wants what a snapshot's toJSON returned"],
    [
      "a later version",
      change({ version: 2 }),
      RangeError,
      "has version 2 of the format, and this library reads version 1",
    ],
    ["names that are none", change({ filenames: ["a", 5] }), TypeError, "filenames[1] must be a string, not 5"],
    ["no names", change({ filenames: undefined }), TypeError, "filenames must be an array, not undefined"],
    ["half a frame", change({ frames: [0, 2, 1] }), RangeError, "frames has 3 numbers, which are no pairs"],
    [
      "a file that is not there",
      change({ frames: [9, 2] }),
      RangeError,
      "frames[0] must be an integer of 0 … 2, not 9",
    ],
    ["a line that is none", change({ frames: [0, -2] }), RangeError, "frames[1] must be an integer of 0 … "],
    [
      "frames without files",
      change({ filenames: [], frames: [0, 2] }),
      RangeError,
      "frames[0] is 0, and there is nothing of that number",
    ],
    ["a traceback without frames", change({ tracebacks: [[3]] }), RangeError, "tracebacks[0] has no frame"],
    [
      "a frame that is not there",
      change({ tracebacks: [[1, 99]] }),
      RangeError,
      "tracebacks[0][1] must be an integer of 0",
    ],
    [
      "fewer frames than kept",
      change({ tracebacks: [[1, 0, 1]] }),
      RangeError,
      "tracebacks[0][0] must be an integer of 2",
    ],
    ["a traceback that is none", change({ tracebacks: [5] }), TypeError, "tracebacks[0] must be an array, not 5"],
    [
      "addresses beyond 32 bits",
      change({ addresses: [2 ** 32 - 1, 8, 8, 8, 8, 8] }),
      RangeError,
      "addresses[1] leads beyond 32 bits",
    ],
    [
      "an address twice",
      change({ addresses: [8, 0, 8, 8, 8, 8] }),
      RangeError,
      "addresses[1] is 0, so that it is the address before it once more",
    ],
    [
      "sizes below zero",
      change({ sizes: [-1, 1, 1, 1, 1, 1] }),
      RangeError,
      "sizes[0] must be an integer of 0 … 4294967295, not -1",
    ],
    ["sizes that are texts", change({ sizes: ["1", 1, 1, 1, 1, 1] }), TypeError, 'sizes[0] must be a number, not "1"'],
    ["fewer sizes than addresses", change({ sizes: [1] }), RangeError, "sizes has 1 numbers, and addresses has 6"],
    [
      "a traceback that is not there",
      change({ traces: [0, 0, 0, 0, 0, 77] }),
      RangeError,
      "traces[5] must be an integer of 0",
    ],
    [
      "domains that are none",
      change({ domains: [0.5, 0, 0, 0, 0, 0] }),
      RangeError,
      "domains[0] must be an integer of 0",
    ],
    [
      "a limit that is none",
      change({ tracebackLimit: 0 }),
      RangeError,
      "tracebackLimit must be an integer of 1 … 65535, not 0",
    ],
  ])("%s", (_, json, Type, message) => {
    expect(() => tracemalloc.loadSnapshot(json)).toThrow(Type);
    expect(() => tracemalloc.loadSnapshot(json)).toThrow(`loadSnapshot: `);
    expect(() => tracemalloc.loadSnapshot(json)).toThrow(message);
  });
});

test.each([
  // As CPython prints them, all from its _format_size.
  [0, "0 B", "+0 B"],
  [-1, "-1 B", "-1 B"],
  [307.5, "308 B", "+308 B"],
  [306.5, "306 B", "+306 B"],
  [10_239, "10239 B", "+10239 B"],
  [10_240, "10.0 KiB", "+10.0 KiB"],
  [12.25 * 1024, "12.2 KiB", "+12.2 KiB"],
  [-12.75 * 1024, "-12.8 KiB", "-12.8 KiB"],
  [102_348, "99.9 KiB", "+99.9 KiB"],
  [102_400, "100 KiB", "+100 KiB"],
  [10 * 1024 * 1024 - 1, "10240 KiB", "+10240 KiB"],
  [10 * 1024 * 1024, "10.0 MiB", "+10.0 MiB"],
  [5 * 2 ** 30, "5120 MiB", "+5120 MiB"],
  [123 * 2 ** 40, "123 TiB", "+123 TiB"],
  [20_000 * 2 ** 40, "20000 TiB", "+20000 TiB"],
])("%d bytes are %s", (bytes, text, signed) => {
  expect(byteSize(bytes)).toBe(text);
  expect(byteSize(bytes, true)).toBe(signed);
});
