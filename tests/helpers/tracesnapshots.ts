// Snapshots of traces that are made up, as those of CPython's tests.
import { loadedSnapshot } from "../../src/tracing/snapshotjson.js";
import type { Traceback } from "../../src/tracing/traceback.js";
import { type Trace, TraceSnapshot } from "../../src/tracing/tracesnapshot.js";

export type Place = readonly [filename: string, lineno: number];

/** Domain, bytes, places with the most recent first, frames there were. */
export type Row = readonly [domain: number, size: number, places: readonly Place[], total: number];

/** A block that line 2 of a.py allocates, called by line 4 of b.py; and others, by line 5. */
const LINE_2: Row = [0, 10, placesFrom(2), 3];

function placesFrom(line: number): Place[] {
  return [
    ["a.py", line],
    ["b.py", 4],
  ];
}

/** Three blocks of one line, and three others. */
export const ROWS: readonly Row[] = [
  LINE_2,
  LINE_2,
  LINE_2,
  [1, 2, placesFrom(5), 3],
  [2, 66, [["b.py", 1]], 1],
  [3, 7, [["<unknown>", 0]], 1],
];

/** What became of them later. */
export const LATER: readonly Row[] = [
  LINE_2,
  LINE_2,
  LINE_2,
  [2, 2, placesFrom(5), 3],
  [2, 5000, placesFrom(5), 3],
  [4, 400, [["c.py", 578]], 1],
];

/** A snapshot with these traces in this order. */
export function snapshotOf(rows: readonly Row[], tracebackLimit = 2): TraceSnapshot {
  const filenames = [...new Set(rows.flatMap(([, , places]) => places.map(([filename]) => filename)))];
  const frames: number[] = [];
  const tracebacks = rows.map(([, , places, total]) => [
    total,
    ...places.map(([filename, lineno]) => frames.push(filenames.indexOf(filename), lineno) / 2 - 1),
  ]);
  const { columns, ...rest } = loadedSnapshot({
    format: "arenaria-tracemalloc",
    version: 1,
    tracebackLimit,
    filenames,
    frames,
    tracebacks,
    addresses: rows.map(() => 16),
    sizes: rows.map(([, size]) => size),
    traces: rows.map((_, index) => index),
    domains: rows.map(([domain]) => domain),
  });
  return new TraceSnapshot(columns, rest.tracebacks, rest.tracebackLimit);
}

/** The places of a traceback, the most recent first. */
export function placesOf(traceback: Traceback): Place[] {
  return traceback.map(({ filename, lineno }) => [filename, lineno] as const).reverse();
}

/** What a snapshot has, as it was made up. */
export function rowsOf({ traces }: TraceSnapshot): Row[] {
  return traces.map(({ domain, size, traceback }: Trace) => [domain, size, placesOf(traceback), traceback.totalFrames]);
}
