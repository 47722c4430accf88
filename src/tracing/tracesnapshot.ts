// Who had allocated what, at one moment.

import type { BlockAddress } from "../address.js";
import { show } from "../arguments.js";
import { defineSummary, summary } from "../summary.js";
import { byteSize } from "./bytesize.js";
import { type SnapshotColumns, type SnapshotJson, snapshotJson } from "./snapshotjson.js";
import type { Traceback } from "./traceback.js";
import type { Tracebacks } from "./tracebacks.js";
import { filterOf, type TraceFilter } from "./tracefilter.js";
import {
  differencesOf,
  type Groups,
  groupsBy,
  type Statistic,
  type StatisticDiff,
  type Sums,
  statisticsOf,
  type TraceKey,
} from "./tracestatistics.js";

/** A block that was allocated. */
export class Trace {
  /** 0 for all blocks of the heap, raw, mem and obj. */
  readonly domain: number;
  /** Bytes that were asked for. */
  readonly size: number;
  readonly address: BlockAddress;
  /** The most recent frame comes last. */
  readonly traceback: Traceback;

  static {
    defineSummary(Trace.prototype, String);
  }

  constructor(domain: number, size: number, address: BlockAddress, traceback: Traceback) {
    this.domain = domain;
    this.size = size;
    this.address = address;
    this.traceback = traceback;
  }

  /** As Python prints it: the oldest frame, and the size. */
  toString(): string {
    return `${this.traceback}: ${byteSize(this.size)}`;
  }
}

/** Does not change, and stays when tracing is stopped. */
export class TraceSnapshot {
  /** Frames kept per block, as `start` was told. */
  readonly tracebackLimit: number;
  readonly #columns: SnapshotColumns;
  readonly #tracebacks: Tracebacks;
  #traces: readonly Trace[] | null = null;
  #sums: Sums | null = null;

  static {
    defineSummary(TraceSnapshot.prototype, (snapshot) => snapshot.#summary());
  }

  constructor(columns: SnapshotColumns, tracebacks: Tracebacks, tracebackLimit: number) {
    this.#columns = columns;
    this.#tracebacks = tracebacks;
    this.tracebackLimit = tracebackLimit;
  }

  /** All of them, by rising addresses. Equal tracebacks are the same object. Made when first asked for. */
  get traces(): readonly Trace[] {
    if (this.#traces === null) {
      const { addresses, sizes, tracebacks, domains } = this.#columns;
      this.#traces = Array.from(addresses, (address, index) => {
        const traceback = this.#tracebacks.traceback(tracebacks[index] as number);
        return new Trace(domains?.[index] ?? 0, sizes[index] as number, address as BlockAddress, traceback);
      });
    }
    return this.#traces;
  }

  /**
   * Bytes and blocks by traceback, by line, or by file; the most bytes first, then the most blocks.
   *
   * A block counts under its most recent frame; with `cumulative` under each of its frames, and as often as a frame comes in its
   * traceback, as in Python.
   *
   * @throws TypeError a key that is none; RangeError "traceback" with `cumulative`
   */
  statistics(key: TraceKey, cumulative = false): Statistic[] {
    return statisticsOf(this.#groups(key, cumulative));
  }

  /**
   * What has changed since `old`, the most first: bytes that came or went, bytes, blocks that came or went, blocks.
   *
   * @throws as statistics; TypeError no snapshot
   */
  compareTo(old: TraceSnapshot, key: TraceKey, cumulative = false): StatisticDiff[] {
    if (!(old instanceof TraceSnapshot)) throw new TypeError(`compareTo: wants a snapshot, not ${show(old)}`);
    return differencesOf(this.#groups(key, cumulative), old.#groups(key, cumulative));
  }

  /**
   * Another snapshot, of the traces that fit an inclusive filter, if there is one, and no exclusive one.
   *
   * @throws TypeError for what are no filters
   */
  filterTraces(filters: readonly TraceFilter[]): TraceSnapshot {
    const stays = filterOf(filters, this.#tracebacks);
    const { addresses, sizes, tracebacks, domains } = this.#columns;
    const kept = new Uint8Array(addresses.length);
    for (let i = 0; i < kept.length; i++) if (stays(domains?.[i] ?? 0, tracebacks[i] as number)) kept[i] = 1;
    const among = (_: number, index: number) => kept[index] === 1;
    const columns = {
      addresses: addresses.filter(among),
      sizes: sizes.filter(among),
      tracebacks: tracebacks.filter(among),
      domains: domains?.filter(among) ?? null,
    };
    return new TraceSnapshot(columns, this.#tracebacks, this.tracebackLimit);
  }

  /** For JSON.stringify; `heap.tracemalloc.loadSnapshot` makes a snapshot of it again. */
  toJSON(): SnapshotJson {
    return snapshotJson(this.#columns, this.#tracebacks, this.tracebackLimit);
  }

  #groups(key: TraceKey, cumulative: boolean): Groups {
    this.#sums ??= sumsOf(this.#columns, this.#tracebacks.size);
    return groupsBy(key, cumulative, this.#sums, this.#tracebacks);
  }

  #summary(): string {
    const { addresses, sizes } = this.#columns;
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return summary("TraceSnapshot", { traces: addresses.length, size: byteSize(bytes) });
  }
}

function sumsOf({ sizes, tracebacks }: SnapshotColumns, count: number): Sums {
  const sums = { sizes: new Float64Array(count), counts: new Float64Array(count) };
  for (let i = 0; i < tracebacks.length; i++) {
    const id = tracebacks[i] as number;
    sums.sizes[id] = (sums.sizes[id] as number) + (sizes[i] as number);
    sums.counts[id] = (sums.counts[id] as number) + 1;
  }
  return sums;
}
