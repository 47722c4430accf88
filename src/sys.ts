// What Python has in its module sys about memory.

import { show } from "./arguments.js";
import type { Containers } from "./containers.js";
import type { Engine } from "./engine.js";
import type { Frames } from "./frames.js";
import { Handle, refusePosted } from "./handle.js";
import {
  FLOAT_BYTES,
  GIL,
  HEADER_BYTES,
  INT_DIGITS,
  L_INTERVAL,
  O_COUNT,
  SWITCH_INTERVAL,
  TEXT_DATA,
} from "./layout.js";
import { digitsOf } from "./numbers.js";
import type { Objects, Value } from "./objects.js";
import { allocatedBlocks, type MallocStats, type MemoryUsage, mallocStats, memoryUsage } from "./stats.js";
import type { Str } from "./str.js";
import { isWide } from "./text.js";
import { isExact, isSmall } from "./word.js";

export interface Sys {
  /**
   * References to an object, the handle's own included. Objects that live as long as the heap (`""`, strings of one character, the
   * empty tuple) are not counted: of them it is always 2^31.
   *
   * @throws TypeError not a handle; HandleError released, or of another heap
   */
  getRefCount(object: Handle): number;
  /**
   * Bytes of an object with its headers and of what it alone owns (the items of a list, the table of a dict), before they are
   * rounded up to those of blocks; not what it refers to. Of a number, bigint or string, those of the object that it would be; 0
   * for null and for integers of −2^30 … 2^30 − 1, which are no objects. The block of a tracked object that takes more than 512
   * bytes has 8 more, for its index among the large ones, and each block in debug mode has a frame of 12.
   *
   * @throws HandleError released, or of another heap; TypeError what is no value of a heap
   */
  getSizeOf(value: Value): number;
  /**
   * The one str of this text that all who intern it share, as long as somebody holds it.
   *
   * @throws TypeError not a string; MemoryError
   */
  intern(text: string): Str;
  /** Blocks and objects in use in all domains, but for what the heap keeps for itself (types, the collector's arrays). Walks all pools and large blocks. */
  getAllocatedBlocks(): number;
  /** Bytes of linear memory, by what they are for. Walks all pools and large blocks. */
  memoryUsage(): MemoryUsage;
  /**
   * CPython's sys._debugmallocstats(): per size class, arenas, and a ledger with every byte of every arena in one row. What the
   * heap keeps for itself counts as in use here.
   */
  debugMallocStats(): MallocStats;
  /** Seconds that a thread waits for the lock before it asks the holder to let go; 0.005 at first. The same for all threads that share the heap. */
  getSwitchInterval(): number;
  /**
   * Kept in whole microseconds, at least one.
   *
   * @throws TypeError not a number; RangeError not above 0, or more than 2147 seconds
   */
  setSwitchInterval(seconds: number): void;
  /** Names of the frames that run, outermost first; see {@link Heap.frame}. */
  frames(): readonly string[];
}

export function createSys(engine: Engine, objects: Objects, containers: Containers, frames: Frames): Sys {
  return Object.freeze<Sys>({
    getRefCount(object) {
      const address = objects.addressOf(object, "sys.getRefCount");
      return engine.memory.word(address + O_COUNT);
    },
    getSizeOf(value) {
      if (!(value instanceof Handle)) return sizeOfValue(value);
      const address = objects.addressOf(value, "sys.getSizeOf");
      return engine.run((core) => core.sizeOf(address)) >>> 0;
    },
    intern: (text) => containers.intern(text),
    getAllocatedBlocks: () => allocatedBlocks(engine),
    memoryUsage: () => memoryUsage(engine),
    debugMallocStats: () => mallocStats(engine),
    getSwitchInterval: () => (engine.memory.word(GIL + L_INTERVAL) || SWITCH_INTERVAL) / MICROSECONDS,
    setSwitchInterval: (seconds) => engine.memory.setWord(GIL + L_INTERVAL, requireInterval(seconds)),
    frames: () => frames.names(),
  });
}

const MICROSECONDS = 1_000_000;
/** As a signed 32-bit integer has them. */
const INTERVAL_MAX_SECONDS = 2147;

/** The microseconds of a switch interval. */
function requireInterval(seconds: unknown): number {
  const call = "sys.setSwitchInterval";
  if (typeof seconds !== "number") throw new TypeError(`${call}: seconds must be a number, not ${show(seconds)}`);
  if (!(seconds > 0 && seconds <= INTERVAL_MAX_SECONDS)) {
    throw new RangeError(`${call}: seconds must be above 0, and at most ${INTERVAL_MAX_SECONDS}, not ${seconds}`);
  }
  return Math.max(1, Math.trunc(seconds * MICROSECONDS));
}

/** Bytes of the object that a value would be. */
function sizeOfValue(value: unknown): number {
  switch (typeof value) {
    case "boolean":
      return HEADER_BYTES;
    case "number":
      if (isSmall(value)) return 0;
      return isExact(value) ? sizeOfInteger(BigInt(value)) : FLOAT_BYTES;
    case "bigint":
      return isSmall(Number(value)) ? 0 : sizeOfInteger(value);
    case "string":
      return TEXT_DATA + value.length * (isWide(value) ? 2 : 1);
  }
  if (value === null || value === undefined) return 0;
  refusePosted(value, "sys.getSizeOf");
  throw new TypeError(
    `sys.getSizeOf: wants a value of a heap, not ${show(value)}; of plain data, give what heap.from makes of it`,
  );
}

function sizeOfInteger(value: bigint): number {
  return INT_DIGITS + digitsOf(value).byteLength;
}
