// One collection after another: callbacks before and after, debugging lines, the time it took. The core does the work.

import { hex, type ObjectAddress } from "./address.js";
import type { Core } from "./core.js";
import type { Engine } from "./engine.js";
import { CorruptionError } from "./errors.js";
import { now } from "./events/clock.js";
import type { EventHub, Trigger } from "./events/heapevents.js";
import { corruption, debugRuleOf } from "./failure.js";
import { Garbage } from "./garbage.js";
import {
  collectableLine,
  DEBUG_COLLECTABLE,
  DEBUG_SAVEALL,
  DEBUG_STATS,
  endLine,
  printLines,
  startLines,
} from "./gcdebug.js";
import { addDuration } from "./gcstats.js";
import { I_REFERENCE_COUNT, invariantOf } from "./invariants.js";
import { DOMAIN_RAW, G_CANDIDATES, G_COLLECTING, G_DAMAGED, G_FROZEN, G_WATCHERS, GC, O_COUNT } from "./layout.js";
import type { Objects } from "./objects.js";
import type { Schedule } from "./schedule.js";
import { OK } from "./status.js";
import type { ReportUnraisable } from "./unraisable.js";

/** 0 the youngest, 2 the oldest. A collection of one takes in the younger ones. */
export type Generation = 0 | 1 | 2;
export const GENERATIONS: readonly Generation[] = [0, 1, 2];

/** What a callback is told; all numbers but the generation are 0 at "start". */
export interface CollectionInfo {
  readonly generation: Generation;
  /** Objects examined. */
  readonly candidates: number;
  /** Objects found unreachable, and freed or kept in `gc.garbage`; without those that finalizers have revived. */
  readonly collected: number;
  /** Objects that cannot be freed: always 0, for a finalizer is no hindrance. */
  readonly uncollectable: number;
  /** Seconds, without the callbacks. */
  readonly duration: number;
}

export type CollectionCallback = (phase: "start" | "stop", info: CollectionInfo) => void;

export class Collector {
  readonly callbacks: CollectionCallback[] = [];
  readonly garbage: Garbage;
  /** Flags of gcdebug.ts. */
  debug = 0;
  readonly #objects: Objects;
  readonly #engine: Engine;
  readonly #schedule: Schedule;
  readonly #report: ReportUnraisable;
  readonly #events: EventHub;
  /** From before the first callback at "start" until after the last at "stop". */
  #telling = false;
  /** When the last collection began, in milliseconds. */
  #start = 0;

  constructor(objects: Objects, schedule: Schedule, events: EventHub, report: ReportUnraisable) {
    this.garbage = new Garbage(objects);
    this.#objects = objects;
    this.#engine = objects.engine;
    this.#schedule = schedule;
    this.#events = events;
    this.#report = report;
  }

  /** Runs the collection that is due, if one is. */
  collectDue(): void {
    const generation = this.#engine.run((core) => core.dueGeneration());
    if (generation >= 0) this.collect(generation as Generation, "automatic collection", "automatic");
  }

  /** Collects everything, as memory is exhausted. */
  collectForMemory(): void {
    this.collect(2, "collection for want of memory", "memory");
  }

  /**
   * Collects a generation and the younger ones; returns how many unreachable objects there were in the end. 0 from inside a collection.
   *
   * @throws CorruptionError when an object has fewer references than were found; its message begins with `call`
   */
  collect(generation: Generation, call: string, trigger: Trigger): number {
    if (this.#telling || this.isRunning) return 0;
    if (this.callbacks.length === 0 && this.debug === 0 && !this.#events.hearsCollections) {
      const { collected } = this.#measure(generation, (core) => core.collect(generation));
      const damage = this.#damage(call);
      if (damage !== null) throw damage;
      return collected;
    }
    return this.#engine.undivided(() => this.#collectTelling(generation, call, trigger));
  }

  #collectTelling(generation: Generation, call: string, trigger: Trigger): number {
    this.#telling = true;
    this.#schedule.suspended = true;
    try {
      this.#tell("start", { generation, candidates: 0, collected: 0, uncollectable: 0, duration: 0 });
      const before = this.#events.look();
      const info = this.#collectAloud(generation);
      const after = before === null ? null : this.#events.look();
      const damage = this.#damage(call);
      this.#tell("stop", info);
      if (before !== null && after !== null) {
        const duration = info.duration * 1000;
        this.#events.collected({ ...info, trigger, start: this.#start, duration, before, after });
      }
      if (damage !== null) throw damage;
      return info.collected;
    } finally {
      this.#telling = false;
      if (this.#engine.down === null) this.#schedule.suspended = false;
    }
  }

  /** The core is at it: what asks is a finalizer or a callback of a weak reference. */
  get isRunning(): boolean {
    return this.#engine.memory.word(GC + G_COLLECTING) !== 0;
  }

  /** As the debug flags say. The core is done before anything is printed: console.error may be anybody's. */
  #collectAloud(generation: Generation): CollectionInfo {
    const flags = this.debug;
    const stats = (flags & DEBUG_STATS) !== 0;
    if (stats) printLines(startLines(generation, this.#sizes(), this.#engine.memory.word(GC + G_FROZEN)));
    const lookInside = (flags & (DEBUG_COLLECTABLE | DEBUG_SAVEALL)) !== 0;
    const lines: string[] = [];
    const kept: ObjectAddress[] = [];
    const info = this.#measure(generation, (core) =>
      lookInside ? this.#collectLooking(core, generation, flags, lines, kept) : core.collect(generation),
    );
    if (kept.length > 0) this.garbage.add(kept);
    if (stats) lines.push(endLine(info.collected, info.uncollectable, info.duration));
    printLines(lines);
    return info;
  }

  /** Collects with a stop between finding the trash and what becomes of it. Nothing of the program runs but what the core calls. */
  #collectLooking(core: Core, generation: Generation, flags: number, lines: string[], kept: ObjectAddress[]): number {
    const found = core.beginCollection(generation);
    if (found < 0) return found;
    const trash: ObjectAddress[] = [];
    for (let at = core.nextTrash(0) >>> 0; at !== 0; at = core.nextTrash(at) >>> 0) trash.push(at);
    if ((flags & DEBUG_COLLECTABLE) !== 0) {
      for (const at of trash) lines.push(collectableLine(this.#objects.typeNameAt(at), at));
    }
    if ((flags & DEBUG_SAVEALL) === 0) return core.endCollection(0);
    if (this.#engine.memory.word(GC + G_WATCHERS) !== 0) return this.#saveSome(core, found, kept);
    for (const at of trash) kept.push(at);
    return core.endCollection(1);
  }

  /** Keeps what is left of the trash after finalizers have run. Without memory for a list of that, nothing is kept. */
  #saveSome(core: Core, found: number, kept: ObjectAddress[]): number {
    const { debug, memory } = this.#engine;
    const bytes = (found + 1) * 4;
    const list = (debug ? core.debugMalloc(DOMAIN_RAW, bytes) : core.rawMalloc(bytes)) >>> 0;
    if (list !== 0) memory.setWord(list, 0);
    const collected = core.endCollection(list);
    if (list === 0) return collected;
    if (this.#engine.down === null) {
      const { words } = memory;
      for (let at = list >>> 2; words[at] !== 0; at++) kept.push(words[at] as ObjectAddress);
    }
    if (debug) core.debugFree(DOMAIN_RAW, list);
    else core.rawFree(list);
    return collected;
  }

  /** What the collection that has just ended came across. */
  #damage(call: string): CorruptionError | null {
    const { memory } = this.#engine;
    const object = memory.word(GC + G_DAMAGED);
    if (object !== 0) return this.#countTooLow(call, object);
    const status = this.#engine.run((core) => core.debugReport());
    if (status === OK) return null;
    const at = this.#engine.run((core) => core.faultAddress()) >>> 0;
    return corruption(this.#engine, call, debugRuleOf(status) ?? "invariant", at);
  }

  #countTooLow(call: string, object: number): CorruptionError {
    const { name } = invariantOf(I_REFERENCE_COUNT);
    return new CorruptionError(
      "invariant",
      object,
      `${call}: invariant ${name} does not hold at ${hex(object)}: more references lead to this ` +
        `${this.#objects.typeNameAt(object)} than its count, ${this.#engine.memory.word(object + O_COUNT)}, says. One was ` +
        "dropped that nobody owned; look for a core.decref too many. The object stays, and everything else was collected",
      { invariant: name },
    );
  }

  /** Runs a collection, and adds the time it took to the stats that the core keeps. */
  #measure(generation: Generation, run: (core: Core) => number): CollectionInfo {
    this.#start = now();
    // Below 0 when the program itself began a collection through heap.core and did not end it.
    const collected = Math.max(this.#engine.run(run), 0);
    const duration = (now() - this.#start) / 1000;
    const { memory } = this.#engine;
    addDuration(memory, generation, duration);
    return { generation, candidates: memory.word(GC + G_CANDIDATES), collected, uncollectable: 0, duration };
  }

  /** Calls the callbacks by index, so that they may change the list. */
  #tell(phase: "start" | "stop", info: CollectionInfo): void {
    for (let index = 0; index < this.callbacks.length; index++) {
      const callback = this.callbacks[index] as CollectionCallback;
      try {
        callback(phase, info);
      } catch (error) {
        const name = typeof callback === "function" && callback.name !== "" ? ` (${callback.name})` : "";
        this.#report(error, "Exception ignored while calling GC callback", `gc.callbacks[${index}]${name}`);
      }
    }
  }

  /** Objects of each generation. */
  #sizes(): number[] {
    return this.#engine.run((core) => GENERATIONS.map((generation) => core.objects(generation, 0, 0)));
  }
}
