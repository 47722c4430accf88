// What Python has in its module gc: the cycle collector's switches, counts and lists.

import type { Allocator } from "./allocator.js";
import { show } from "./arguments.js";
import { type CollectionCallback, Collector, GENERATIONS, type Generation } from "./collector.js";
import type { EventHub } from "./events/heapevents.js";
import {
  DEBUG_COLLECTABLE,
  DEBUG_FLAGS,
  DEBUG_LEAK,
  DEBUG_SAVEALL,
  DEBUG_STATS,
  DEBUG_UNCOLLECTABLE,
} from "./gcdebug.js";
import { flattened, GCLists } from "./gclists.js";
import { type GenerationStats, statsOf } from "./gcstats.js";
import { Handle, refusePosted } from "./handle.js";
import {
  G_FROZEN,
  GC_BYTES,
  GC_FINALIZED,
  GC0,
  GC1,
  O_TYPE,
  PLACE_NONE,
  PLACE_SHIFT,
  GC as RECORD,
  T_TRACKED,
  TRASH,
} from "./layout.js";
import type { List } from "./list.js";
import type { Objects, Value } from "./objects.js";
import { type GCOptions, requireThreshold } from "./options.js";
import { Schedule } from "./schedule.js";
import type { ReportUnraisable } from "./unraisable.js";

/**
 * The cycle collector, after Python's module gc: three generations, collected one and all younger ones at a time.
 *
 * While it is enabled, a collection starts by itself before an object of a tracked type is made, once more of them were made than
 * died since the last one, by more than the first threshold; and a full one when memory is exhausted, before an allocation is
 * given up.
 *
 * A collection calls `callbacks` before it begins and after it has ended; in between, callbacks of weak references and finalizers. All
 * may use the heap as they like, `freeze` it, even dispose of it. Until the last one has returned, no other collection starts.
 */
export interface GC {
  /** Collections start by themselves from now on. */
  enable(): void;
  /** They do not; `collect` always works. */
  disable(): void;
  isEnabled(): boolean;
  /**
   * Collects a generation and the younger ones, all if none is given. Returns how many unreachable objects it found, those that
   * finalizers have revived left out; 0 when called during a collection, by a finalizer for one.
   *
   * What finalizers and callbacks throw goes to `onUnraisable`.
   *
   * @throws TypeError not a number; RangeError not 0, 1 or 2; CorruptionError `invariant` "reference-count" when an object has a
   * count below the number of references to it: the object stays, and everything else was collected
   */
  collect(generation?: Generation): number;
  /** [tracked objects made less those that died, collections of generation 0, of generation 1], each since the last collection
   * of the generation itself or an older one. */
  getCount(): [number, number, number];
  getThreshold(): [number, number, number];
  /**
   * A generation is collected when its count is above its threshold; the oldest, besides, only when a quarter as many objects
   * wait to be looked at as survived the last time. A first threshold of 0 stops automatic collection. What is not given stays.
   *
   * @throws TypeError not a number; RangeError no integer of 0 … 2^31 − 1; nothing has changed then
   */
  setThreshold(threshold0: number, threshold1?: number, threshold2?: number): void;
  /** What the collections of each generation did since the heap was made. */
  getStats(): [GenerationStats, GenerationStats, GenerationStats];
  /**
   * Handles of all tracked objects that are not frozen, or those of one generation. When it throws, it has made none; so with
   * the two below.
   *
   * @throws TypeError not a number; RangeError not 0, 1 or 2; MemoryError
   */
  getObjects(generation?: Generation): Handle[];
  /**
   * Handles of the tracked objects, frozen ones aside, that refer to any of `objects`: handles, and arrays or other iterables of
   * handles that are no handles themselves. Looks at all objects. Pass many as one array: an engine has room for some ten thousand
   * arguments only.
   *
   * @throws TypeError not a handle; HandleError released, or of another heap; MemoryError
   */
  getReferrers(...objects: (Handle | Iterable<Handle>)[]): Handle[];
  /**
   * What each of `values` refers to, in the order of its reference fields or items, nulls left out. What is no object refers to
   * nothing; of an array or another iterable that is no handle, each of its values is taken.
   *
   * @throws HandleError released, or of another heap; MemoryError
   */
  getReferents(...values: (Value | Iterable<Value>)[]): Value[];
  /** The collector knows the object, frozen or not, or about to be freed. */
  isTracked(value: Value): boolean;
  /**
   * The object's finalizer ran, and will not run again: inside it if the collector calls it, afterwards if it is called because the last
   * reference is gone, as in CPython. Never for an object that the collector does not know.
   */
  isFinalized(value: Value): boolean;
  /** Sets all objects aside: until `unfreeze`, no collection looks at them and no list has them. Counts start anew. */
  freeze(): void;
  /** Frozen objects are of the oldest generation from now on. */
  unfreeze(): void;
  getFreezeCount(): number;
  /**
   * Called before and after each collection, first to last. What one throws goes to `onUnraisable`, and the others are called
   * all the same. One that is added while they are called is called too. The list is to be changed, not replaced.
   */
  readonly callbacks: CollectionCallback[];
  /**
   * Objects kept by DEBUG_SAVEALL. Always the same list, which the collector knows, too; to release its handle does nothing. An
   * object that is taken out dies, unless somebody else holds it, or in a cycle the next collection finds it.
   *
   * @throws MemoryError
   */
  readonly garbage: List;
  /**
   * Flags of DEBUG_…, added up; 0 for none. The lines go to console.error.
   *
   * @throws TypeError not a number; RangeError no sum of flags
   */
  setDebug(flags: number): void;
  getDebug(): number;
  /** Lines before and after each collection. */
  readonly DEBUG_STATS: 1;
  /** A line for each object that was found unreachable. */
  readonly DEBUG_COLLECTABLE: 2;
  /** A line for each object that cannot be freed. */
  readonly DEBUG_UNCOLLECTABLE: 4;
  /** Unreachable objects go to `garbage` and are not freed. */
  readonly DEBUG_SAVEALL: 32;
  /** DEBUG_COLLECTABLE, DEBUG_UNCOLLECTABLE and DEBUG_SAVEALL. */
  readonly DEBUG_LEAK: 38;
}

/** The collector of a heap. It collects from now on whenever `objects` reach a safe point. `mem` lends blocks for lists. */
export function createGC(
  objects: Objects,
  mem: Allocator,
  options: GCOptions,
  report: ReportUnraisable,
  events: EventHub,
): GC {
  const { engine } = objects;
  const { memory } = engine;
  const lists = new GCLists(objects, mem);
  const schedule = new Schedule(engine, options);
  const collector = new Collector(objects, schedule, events, report);
  objects.safePoint = () => collector.collectDue();
  objects.fullCollection = () => collector.collectForMemory();

  /** A gc word of an object; 0 for what has none. */
  function gcWordOf(call: string, value: Value, field: number): number {
    if (!(value instanceof Handle)) {
      refusePosted(value, call);
      return 0;
    }
    const at = objects.addressOf(value, call);
    return (memory.word(at + O_TYPE) & T_TRACKED) === 0 ? 0 : memory.word(at - GC_BYTES + field);
  }

  return Object.freeze<GC>({
    enable() {
      schedule.enabled = true;
    },
    disable() {
      schedule.enabled = false;
    },
    isEnabled() {
      return schedule.enabled;
    },
    collect(generation = 2) {
      requireGeneration("gc.collect", generation);
      return collector.collect(generation, `gc.collect(${generation})`, "manual");
    },
    getCount() {
      return schedule.counts;
    },
    getThreshold() {
      return schedule.thresholds;
    },
    setThreshold(threshold0, threshold1, threshold2) {
      const [, second, third] = schedule.thresholds;
      const all = [threshold0, threshold1 ?? second, threshold2 ?? third] as const;
      for (const [index, value] of all.entries()) requireThreshold(`gc.setThreshold: threshold${index}`, value);
      schedule.thresholds = all;
    },
    getStats() {
      return [statsOf(memory, 0), statsOf(memory, 1), statsOf(memory, 2)];
    },
    getObjects(generation) {
      if (generation === undefined) return lists.objectsOf(GENERATIONS, "gc.getObjects()");
      requireGeneration("gc.getObjects", generation);
      return lists.objectsOf([generation], `gc.getObjects(${generation})`);
    },
    getReferrers(...targets) {
      const addresses = flattened(targets).map((target) => objects.addressOf(target, "gc.getReferrers"));
      return lists.referrersOf(addresses, "gc.getReferrers");
    },
    getReferents(...values) {
      const all = flattened(values);
      for (const value of all) refusePosted(value, "gc.getReferents");
      const addresses = all
        .filter((value) => value instanceof Handle)
        .map((handle) => objects.addressOf(handle, "gc.getReferents"));
      return lists.referentsOf(addresses, "gc.getReferents");
    },
    isTracked(value) {
      const hasPlace = gcWordOf("gc.isTracked", value, GC0) >>> PLACE_SHIFT !== PLACE_NONE;
      // Where its place was, trash has a link.
      return hasPlace || (gcWordOf("gc.isTracked", value, GC1) & TRASH) !== 0;
    },
    isFinalized(value) {
      return (gcWordOf("gc.isFinalized", value, GC0) & GC_FINALIZED) !== 0;
    },
    freeze() {
      engine.run((core) => core.freeze());
    },
    unfreeze() {
      engine.run((core) => core.unfreeze());
    },
    getFreezeCount() {
      return memory.word(RECORD + G_FROZEN);
    },
    get callbacks() {
      return collector.callbacks;
    },
    set callbacks(_) {
      throw new TypeError(
        "gc.callbacks: the list cannot be replaced. Push to it, or empty it with callbacks.length = 0",
      );
    },
    get garbage() {
      return collector.garbage.list;
    },
    setDebug(flags) {
      if (typeof flags !== "number") throw new TypeError(`gc.setDebug: flags must be a number, not ${show(flags)}`);
      if ((flags & DEBUG_FLAGS) !== flags) {
        throw new RangeError(`gc.setDebug: flags must be a sum of gc.DEBUG_… constants, not ${flags}`);
      }
      collector.debug = flags;
    },
    getDebug: () => collector.debug,
    DEBUG_STATS,
    DEBUG_COLLECTABLE,
    DEBUG_UNCOLLECTABLE,
    DEBUG_SAVEALL,
    DEBUG_LEAK,
  });
}

function requireGeneration(call: string, generation: unknown): void {
  if (typeof generation !== "number") {
    throw new TypeError(`${call}: generation must be a number, not ${show(generation)}`);
  }
  if (generation !== 0 && generation !== 1 && generation !== 2) {
    throw new RangeError(`${call}: generation must be 0, 1 or 2, not ${generation}`);
  }
}
