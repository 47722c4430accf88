// A snapshot of traces as JSON, with names, places and tracebacks once each; and what is checked when one is read.

import { show } from "../arguments.js";
import { Tracebacks } from "./tracebacks.js";
import type { TraceColumns } from "./traces.js";

const FORMAT = "arenaria-tracemalloc";
const VERSION = 1;
/** Most frames that a traceback can have. */
export const FRAMES_MAX = 65_535;
const WORD_MAX = 0xffffffff;

export interface SnapshotJson {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly tracebackLimit: number;
  readonly filenames: readonly string[];
  /** Pairs in a row: index of a filename, line. */
  readonly frames: readonly number[];
  /** Of each: frames there were, then indexes of those kept, the most recent first. */
  readonly tracebacks: ReadonlyArray<readonly number[]>;
  /** Columns of the same length, by rising addresses. An address is how much it is above the one before, which is never 0. */
  readonly addresses: readonly number[];
  readonly sizes: readonly number[];
  /** Indexes of tracebacks. */
  readonly traces: readonly number[];
  /** Only if there are others than 0. */
  readonly domains?: readonly number[];
}

/** The traces of a snapshot; domains are null where all are 0. */
export interface SnapshotColumns extends TraceColumns {
  readonly domains: Uint32Array | null;
}

/** Gives each value that comes a number, from 0 on in the order in which they came. */
class Numbering<T> {
  readonly values: T[] = [];
  readonly #numbers = new Map<T, number>();

  of(value: T): number {
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.values.push(value) - 1;
      this.#numbers.set(value, number);
    }
    return number;
  }
}

/** Has of names, frames and tracebacks those that the traces need. */
export function snapshotJson(columns: SnapshotColumns, tracebacks: Tracebacks, tracebackLimit: number): SnapshotJson {
  const ids = new Numbering<number>();
  const traces = Array.from(columns.tracebacks, (id) => ids.of(id));
  const places = new Numbering<number>();
  const rows = ids.values.map((id) => [
    tracebacks.totalOf(id),
    ...Array.from(tracebacks.placesOf(id), (place) => places.of(place)),
  ]);
  const filenames = new Numbering<string>();
  const frames = places.values.flatMap((place) => {
    const { filename, lineno } = tracebacks.placeAt(place);
    return [filenames.of(filename), lineno];
  });
  let before = 0;
  const addresses = Array.from(columns.addresses, (address) => {
    const above = address - before;
    before = address;
    return above;
  });
  return {
    format: FORMAT,
    version: VERSION,
    tracebackLimit,
    filenames: filenames.values,
    frames,
    tracebacks: rows,
    addresses,
    sizes: Array.from(columns.sizes),
    traces,
    ...(columns.domains === null ? {} : { domains: Array.from(columns.domains) }),
  };
}

/** What a snapshot is made of again. */
export interface LoadedSnapshot {
  readonly columns: SnapshotColumns;
  readonly tracebacks: Tracebacks;
  readonly tracebackLimit: number;
}

/**
 * @throws TypeError for what no snapshot's `toJSON` returned, or has parts of the wrong type; RangeError another version, and numbers that
 * cannot be: the message says where
 */
export function loadedSnapshot(json: unknown): LoadedSnapshot {
  if (!isRecord(json) || json.format !== FORMAT) {
    throw new TypeError(`loadSnapshot: wants what a snapshot's toJSON returned, parsed, not ${show(json)}`);
  }
  if (json.version !== VERSION) {
    throw new RangeError(
      `loadSnapshot: the snapshot has version ${show(json.version)} of the format, and this library reads version ${VERSION}`,
    );
  }
  const filenames = stringsOf(json.filenames, "filenames");
  const tracebacks = new Tracebacks();
  const places = placesOf(json.frames, filenames, tracebacks);
  const ids = idsOf(json.tracebacks, places, tracebacks);
  const steps = numbersOf(json.addresses, "addresses", null, WORD_MAX);
  const sizes = Uint32Array.from(numbersOf(json.sizes, "sizes", steps.length, WORD_MAX));
  const traces = numbersOf(json.traces, "traces", steps.length, ids.length - 1);
  const domains =
    json.domains === undefined ? null : Uint32Array.from(numbersOf(json.domains, "domains", steps.length, WORD_MAX));
  return {
    columns: {
      addresses: addressesOf(steps),
      sizes,
      tracebacks: Uint32Array.from(traces, (index) => ids[index] as number),
      domains,
    },
    tracebacks,
    tracebackLimit: numberOf(json.tracebackLimit, "tracebackLimit", 1, FRAMES_MAX),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function arrayOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`loadSnapshot: ${where} must be an array, not ${show(value)}`);
  return value;
}

function numberOf(value: unknown, where: string, least: number, most: number): number {
  if (typeof value !== "number") throw new TypeError(`loadSnapshot: ${where} must be a number, not ${show(value)}`);
  if (most < least) throw new RangeError(`loadSnapshot: ${where} is ${value}, and there is nothing of that number`);
  if (!isWithin(value, least, most)) {
    throw new RangeError(`loadSnapshot: ${where} must be an integer of ${least} … ${most}, not ${value}`);
  }
  return value;
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function stringsOf(value: unknown, where: string): string[] {
  return arrayOf(value, where).map((text, index) => {
    if (typeof text === "string") return text;
    throw new TypeError(`loadSnapshot: ${where}[${index}] must be a string, not ${show(text)}`);
  });
}

/** `length`: what other columns have; null for the first. */
function numbersOf(value: unknown, where: string, length: number | null, most: number): number[] {
  const list = arrayOf(value, where);
  if (length !== null && list.length !== length) {
    throw new RangeError(`loadSnapshot: ${where} has ${list.length} numbers, and addresses has ${length}`);
  }
  // A snapshot may have millions: names are made of those only that are refused.
  return list.map((number, index) =>
    isWithin(number, 0, most) ? number : numberOf(number, `${where}[${index}]`, 0, most),
  );
}

function placesOf(value: unknown, filenames: readonly string[], tracebacks: Tracebacks): number[] {
  const list = arrayOf(value, "frames");
  if (list.length % 2 !== 0)
    throw new RangeError(`loadSnapshot: frames has ${list.length} numbers, which are no pairs`);
  const places: number[] = [];
  for (let at = 0; at < list.length; at += 2) {
    const file = numberOf(list[at], `frames[${at}]`, 0, filenames.length - 1);
    const lineno = numberOf(list[at + 1], `frames[${at + 1}]`, 0, WORD_MAX);
    places.push(tracebacks.place(filenames[file] as string, lineno));
  }
  return places;
}

function idsOf(value: unknown, places: readonly number[], tracebacks: Tracebacks): number[] {
  return arrayOf(value, "tracebacks").map((row, index) => {
    const where = `tracebacks[${index}]`;
    const [total, ...frames] = arrayOf(row, where);
    if (frames.length === 0) throw new RangeError(`loadSnapshot: ${where} has no frame`);
    const kept = frames.map((frame, at) => numberOf(frame, `${where}[${at + 1}]`, 0, places.length - 1));
    const count = numberOf(total, `${where}[0]`, kept.length, FRAMES_MAX);
    return tracebacks.add(
      kept.map((place) => places[place] as number),
      kept.length,
      count,
    );
  });
}

function addressesOf(steps: readonly number[]): Uint32Array {
  let address = 0;
  return Uint32Array.from(steps, (above, index) => {
    if (above === 0 && index > 0) {
      throw new RangeError(`loadSnapshot: addresses[${index}] is 0, so that it is the address before it once more`);
    }
    address += above;
    if (address > WORD_MAX) throw new RangeError(`loadSnapshot: addresses[${index}] leads beyond 32 bits`);
    return address;
  });
}
