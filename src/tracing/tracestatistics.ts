// Bytes and blocks by where they were allocated, and what has changed since an earlier snapshot.

import { show } from "../arguments.js";
import { defineSummary } from "../summary.js";
import { byteSize, signedCount } from "./bytesize.js";
import { compareTracebacks, Frame, Traceback, type TraceFrame } from "./traceback.js";
import type { Tracebacks } from "./tracebacks.js";

/** What traces are put together by. */
export type TraceKey = "traceback" | "filename" | "lineno";

/** Blocks that were allocated at the same place. */
export class Statistic {
  /** Of "lineno" one frame, of "filename" one with line 0. */
  readonly traceback: Traceback;
  /** Bytes that were asked for. */
  readonly size: number;
  readonly count: number;

  static {
    defineSummary(Statistic.prototype, String);
  }

  constructor(traceback: Traceback, size: number, count: number) {
    this.traceback = traceback;
    this.size = size;
    this.count = count;
  }

  /** As Python prints it: `app.js:12: size=12.0 KiB, count=40, average=307 B`. */
  toString(): string {
    return `${this.traceback}: size=${byteSize(this.size)}, count=${this.count}${average(this.size, this.count)}`;
  }
}

/** The same with what has changed. */
export class StatisticDiff {
  readonly traceback: Traceback;
  /** Bytes now. */
  readonly size: number;
  /** Bytes that came; below 0 if some have gone. */
  readonly sizeDiff: number;
  readonly count: number;
  readonly countDiff: number;

  static {
    defineSummary(StatisticDiff.prototype, String);
  }

  constructor(traceback: Traceback, size: number, sizeDiff: number, count: number, countDiff: number) {
    this.traceback = traceback;
    this.size = size;
    this.sizeDiff = sizeDiff;
    this.count = count;
    this.countDiff = countDiff;
  }

  /** As Python prints it: `app.js:12: size=12.0 KiB (+1024 B), count=40 (+1), average=307 B`. */
  toString(): string {
    const size = `size=${byteSize(this.size)} (${byteSize(this.sizeDiff, true)})`;
    const count = `count=${this.count} (${signedCount(this.countDiff)})`;
    return `${this.traceback}: ${size}, ${count}${average(this.size, this.count)}`;
  }
}

function average(size: number, count: number): string {
  return count === 0 ? "" : `, average=${byteSize(size / count)}`;
}

/** Bytes and blocks of each traceback, by its number. */
export interface Sums {
  readonly sizes: Float64Array;
  readonly counts: Float64Array;
}

/** One group while it grows. */
interface Group {
  readonly traceback: Traceback;
  size: number;
  count: number;
}

export type Groups = ReadonlyMap<string, Readonly<Group>>;

/**
 * @throws TypeError a key that is none; RangeError "traceback" with `cumulative`
 */
export function groupsBy(key: TraceKey, cumulative: boolean, sums: Sums, tracebacks: Tracebacks): Groups {
  if (key !== "traceback" && key !== "filename" && key !== "lineno") {
    throw new TypeError(`statistics: key must be "traceback", "filename" or "lineno", not ${show(key)}`);
  }
  if (typeof cumulative !== "boolean") {
    throw new TypeError(`statistics: cumulative must be true or false, not ${show(cumulative)}`);
  }
  if (key === "traceback" && cumulative) {
    throw new RangeError('statistics: "traceback" cannot be cumulative, only "filename" and "lineno" can');
  }
  const groups = new Map<string, Group>();
  for (let id = 0; id < sums.counts.length; id++) {
    const count = sums.counts[id] as number;
    if (count === 0) continue;
    for (const traceback of groupedUnder(key, cumulative, id, tracebacks)) {
      const name = nameOf(traceback);
      const group = groups.get(name) ?? { traceback, size: 0, count: 0 };
      group.size += sums.sizes[id] as number;
      group.count += count;
      groups.set(name, group);
    }
  }
  return groups;
}

/** What a traceback counts under: itself, its most recent frame, or each of its frames. */
function groupedUnder(key: TraceKey, cumulative: boolean, id: number, tracebacks: Tracebacks): Traceback[] {
  if (key === "traceback") return [tracebacks.traceback(id)];
  const places = tracebacks.placesOf(id);
  const frames = Array.from(cumulative ? places : places.subarray(0, 1), (place) => tracebacks.placeAt(place));
  return frames.map((frame) => new Traceback([key === "lineno" ? frame : new Frame(frame.filename, 0)], 1));
}

function nameOf(traceback: Traceback): string {
  return traceback.join("\n");
}

/** The largest first. */
export function statisticsOf(groups: Groups): Statistic[] {
  return Array.from(groups.values(), ({ traceback, size, count }) => new Statistic(traceback, size, count)).sort(
    (a, b) => b.size - a.size || b.count - a.count || byTraceback(a, b),
  );
}

/** What has changed most comes first. What has gone has a size and a count of 0. */
export function differencesOf(groups: Groups, old: Groups): StatisticDiff[] {
  const found: StatisticDiff[] = [];
  for (const [name, { traceback, size, count }] of groups) {
    const before = old.get(name);
    found.push(new StatisticDiff(traceback, size, size - (before?.size ?? 0), count, count - (before?.count ?? 0)));
  }
  for (const [name, { traceback, size, count }] of old) {
    if (!groups.has(name)) found.push(new StatisticDiff(traceback, 0, -size, 0, -count));
  }
  return found.sort(
    (a, b) =>
      Math.abs(b.sizeDiff) - Math.abs(a.sizeDiff) ||
      b.size - a.size ||
      Math.abs(b.countDiff) - Math.abs(a.countDiff) ||
      b.count - a.count ||
      byTraceback(a, b),
  );
}

/** Falling, as everything else. */
function byTraceback(a: { traceback: readonly TraceFrame[] }, b: { traceback: readonly TraceFrame[] }): number {
  return compareTracebacks(b.traceback, a.traceback);
}
