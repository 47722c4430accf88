// The benchmark of heap snapshots: that both write one of the same graph, and what is judged.

import { writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Heap } from "arenaria";
import { describe, expect, test } from "vitest";
import { snapshotTable } from "../bench/report/snapshots.js";
import type { SnapshotTimes } from "../bench/snapshots/task.js";
import { openOurs, openPlain, timesOf } from "../bench/snapshots/writers.js";
import { failuresOf, rowOf } from "../bench/suites/snapshots.js";

// What the benchmark's processes have by an option of Node's.
setFlagsFromString("--expose-gc");
globalThis.gc = runInNewContext("gc") as NonNullable<typeof globalThis.gc>;

const SIZE = 100;

describe("writers", () => {
  test("of a heap: a node for each record, one for the dict of globals, its key, who holds it, and the root", async () => {
    const times = timesOf(await openOurs({ kind: "records", size: SIZE }));
    expect([times.nodes, times.edges]).toEqual([SIZE + 4, SIZE + 3]);
    expect(times.bytes).toBeGreaterThan(20 * SIZE);
    expect(times.why).toBeGreaterThan(0);
  });

  test("of plain objects: at least as many, and nobody to ask", () => {
    const times = timesOf(openPlain({ kind: "records", size: SIZE }));
    expect(times.nodes).toBeGreaterThan(SIZE);
    expect(times.why).toBeNull();
  }, 60_000);

  test("a snapshot that does not say how much there is fails", () => {
    const broken = { write: (file: string) => writeFileSync(file, '{"node_count":1}'), why: () => null };
    expect(() => timesOf(broken)).toThrow("does not begin with its edge_count");
  });
});

describe("figures", () => {
  const times = (milliseconds: number, memory: number | null): SnapshotTimes => ({
    milliseconds,
    memory,
    nodes: 1_000_000,
    edges: 2_000_000,
    bytes: 2 ** 25,
    why: milliseconds / 10,
  });
  const judged = { name: "records", judged: true };

  test("are the median of times, and the most memory of all rounds", () => {
    const row = rowOf(judged, "ours", [times(1000, 10), times(3000, 2 ** 20), times(2000, 30)]);
    expect(row).toMatchObject({
      milliseconds: 2000,
      nanoseconds: 2000,
      memory: 2 ** 20,
      why: 200,
      samples: 3,
      met: true,
    });
    expect(row.limit).toBe("≤ 10 s, ≤ 64 MiB more");
    expect(failuresOf([row])).toEqual([]);
  });

  test("above the limits are failures; without a memory only the time counts", () => {
    const slow = rowOf(judged, "ours", [times(11_000, 0)]);
    const large = rowOf(judged, "ours", [times(1000, 65 * 2 ** 20)]);
    const unknown = rowOf(judged, "ours", [times(11_000, null)]);
    expect(failuresOf([slow, large, unknown])).toEqual([
      "records, ours: 11.0 s and 0.00 MiB more, which should be ≤ 10 s, ≤ 64 MiB more",
      "records, ours: 1.00 s and 65.0 MiB more, which should be ≤ 10 s, ≤ 64 MiB more",
      "records, ours: 11.0 s, which should be ≤ 10 s",
    ]);
    expect(failuresOf([rowOf({ name: "document", judged: false }, "ours", [times(11_000, 0)])])).toEqual([]);
  });

  test("are a table for each graph", () => {
    const table = (head: readonly string[], lines: readonly (readonly string[])[]) =>
      [head, ...lines].map((cells) => cells.join(" | ")).join("\n");
    const rows = [
      rowOf(judged, "ours", [times(1000, 2 ** 20)]),
      rowOf(judged, "theirs", [{ ...times(9, null), why: null }]),
    ];
    const text = snapshotTable([...rows, { ...(rows[0] as (typeof rows)[0]), graph: "other" }], table, () => [
      "judged",
    ]);
    expect(text.match(/^(records|other) \| nodes \| edges/gm)).toHaveLength(2);
    expect(text).toContain("ours | 1 000 000 | 2 000 000 | 32.0 MiB | 1 000 | 1 000 | 1.00 MiB | 100 | judged");
    expect(text).toContain("theirs | 1 000 000 | 2 000 000 | 32.0 MiB | 9.00 | 9.00 |  |  | judged");
  });
});

test("the package's heaps write them", async () => {
  using heap = await Heap.create();
  expect([...heap.heapSnapshot()].join("")).toContain('"node_count":1,');
});
