// Objects of the core by their addresses: its calls with unsigned numbers, and what their words say by the layout.
import type { Core } from "../../src/core.js";
import {
  G_CANDIDATES,
  G_COUNT,
  G_ENABLED,
  G_INTERNED,
  G_LARGE,
  G_LIMIT,
  G_REST,
  G_THRESHOLD,
  G_TYPES,
  G_YOUNG,
  GC,
  GC_BYTES,
  GC_STATS,
  GC0,
  GC1,
  HEADER_BYTES,
  O_COUNT,
  O_TYPE,
  OWN_TYPES,
  PLACE_NONE,
  PLACE_OLD,
  PLACE_SHIFT,
  PLACE_YOUNG,
  S_CANDIDATES,
  S_COLLECTED,
  S_COLLECTIONS,
  S_UNCOLLECTABLE,
  STATS_SHIFT,
  T_TRACKED,
  TRASH,
  TYPE_REFS,
  TYPE_SHIFT,
} from "../../src/layout.js";
import { OK } from "../../src/status.js";
import { chunksOf, poolArenas, poolsOf, regions } from "../../src/walk.js";
import type { CoreHeap } from "./core.js";

/** Where the collector has an object: a generation, or elsewhere. */
export type Where = 0 | 1 | 2 | "frozen" | "nowhere";

/** What the collector keeps about the collections of a generation, but for the time, which the core does not know. */
export interface Totals {
  collections: number;
  collected: number;
  candidates: number;
  uncollectable: number;
}

export class Objects {
  readonly heap: CoreHeap;
  readonly core: Core;

  /** Collections happen only when they are called for, until `automatic` says otherwise. */
  constructor(heap: CoreHeap) {
    this.heap = heap;
    this.core = heap.core;
    this.automatic(false);
  }

  // ── the collector's record ──

  field(offset: number): number {
    return this.heap.word(GC + offset);
  }

  setField(offset: number, value: number): void {
    this.heap.poke(GC + offset, value);
  }

  /** As heap.gc.enable, disable and setThreshold write it. */
  automatic(enabled: boolean, ...thresholds: number[]): void {
    for (const [generation, threshold] of thresholds.entries()) this.setField(G_THRESHOLD + 4 * generation, threshold);
    const first = this.field(G_THRESHOLD);
    this.setField(G_ENABLED, enabled ? 1 : 0);
    this.setField(G_LIMIT, enabled && first !== 0 ? first : 0xffff_ffff);
  }

  counts(): number[] {
    return [0, 1, 2].map((generation) => this.field(G_COUNT + 4 * generation));
  }

  candidates(): number {
    return this.field(G_CANDIDATES);
  }

  totals(generation: number): Totals {
    const at = GC_STATS + 2 ** STATS_SHIFT * generation;
    const long = (field: number) => this.heap.word(at + field) + this.heap.word(at + field + 4) * 2 ** 32;
    return {
      collections: this.heap.word(at + S_COLLECTIONS),
      uncollectable: this.heap.word(at + S_UNCOLLECTABLE),
      collected: long(S_COLLECTED),
      candidates: long(S_CANDIDATES),
    };
  }

  // ── types and objects ──

  /** A type with so many references and bytes of scalars. Tracked if it has references, unless told. */
  type(refs: number, scalarBytes = 0, tracked = refs > 0): number {
    const id = this.core.defineType(refs, HEADER_BYTES + 4 * refs + scalarBytes, tracked ? T_TRACKED : 0, 0, 0);
    if (id === 0) throw new Error(`defineType has status ${this.core.lastStatus()}`);
    return id;
  }

  /** A new object, or 0. */
  tryMake(type: number): number {
    return this.core.newObject(type) >>> 0;
  }

  make(type: number): number {
    const object = this.tryMake(type);
    if (object === 0) throw new Error(`newObject has status ${this.core.lastStatus()}`);
    return object;
  }

  makeMany(type: number, count: number): number[] {
    return Array.from({ length: count }, () => this.make(type));
  }

  link(from: number, index: number, word: number): void {
    const status = this.core.setRef(from, index, word);
    if (status !== OK) throw new Error(`setRef has status ${status}`);
  }

  /** A ring through reference 0; each object still has the reference of its maker. */
  ring(type: number, length: number): number[] {
    const objects = this.makeMany(type, length);
    for (const [i, object] of objects.entries()) this.link(object, 0, objects[(i + 1) % length] as number);
    return objects;
  }

  hold(...words: number[]): void {
    for (const word of words) {
      const status = this.core.incref(word);
      if (status !== OK) throw new Error(`incref has status ${status}`);
    }
  }

  release(...words: number[]): void {
    for (const word of words) {
      const status = this.core.decref(word);
      if (status !== OK) throw new Error(`decref has status ${status}`);
    }
  }

  isLive(object: number): boolean {
    return this.core.checkObject(object, 0) === OK;
  }

  // ── their words ──

  count(object: number): number {
    return this.heap.word(object + O_COUNT) | 0;
  }

  typeWord(object: number): number {
    return this.heap.word(object + O_TYPE);
  }

  gc0(object: number): number {
    return this.heap.word(object - GC_BYTES + GC0);
  }

  gc1(object: number): number {
    return this.heap.word(object - GC_BYTES + GC1);
  }

  isTracked(object: number): boolean {
    return (this.typeWord(object) & T_TRACKED) !== 0;
  }

  /** How many of these objects are tracked. */
  tracked(list: readonly number[]): number {
    return list.filter((object) => this.isTracked(object)).length;
  }

  /** The reference words, from memory. */
  words(object: number): number[] {
    const record = this.field(G_TYPES) + ((this.typeWord(object) >>> 16) << TYPE_SHIFT);
    const refs = this.heap.word(record + TYPE_REFS);
    return Array.from({ length: refs }, (_, i) => this.heap.word(object + HEADER_BYTES + 4 * i));
  }

  /** Where the collector has a tracked object. */
  where(object: number): Where {
    const place = this.gc0(object) >>> PLACE_SHIFT;
    if (place === PLACE_NONE) return "nowhere";
    if (place < PLACE_OLD) return "frozen";
    if (place < PLACE_YOUNG) return 2;
    return this.generation(0).includes(object) ? 0 : 1;
  }

  /** gc1 is what it is between collections. */
  isAtRest(object: number): boolean {
    return this.gc1(object) === this.field(G_REST);
  }

  /** It is in the trash of the collection under way: its gc words are links. */
  isTrash(object: number): boolean {
    return (this.gc1(object) & TRASH) !== 0;
  }

  /** Index in the young array; negative if the object is not young. */
  index(object: number): number {
    return (this.gc0(object) >>> PLACE_SHIFT) - PLACE_YOUNG;
  }

  // ── lists ──

  /** What a call writes that takes where to write and how much fits, once it was asked how much there is. */
  listed(write: (out: number, capacity: number) => number): number[] {
    const count = write(0, 0);
    const out = this.heap.mem.malloc(4 * count);
    const again = write(out, count);
    if (again !== count) throw new Error(`${count} words at first, ${again} the second time`);
    const words = Array.from({ length: count }, (_, i) => this.heap.word(out + 4 * i));
    this.heap.mem.free(out);
    return words;
  }

  generation(generation: number): number[] {
    return this.listed((out, capacity) => this.core.objects(generation, out, capacity));
  }

  referents(object: number): number[] {
    return this.listed((out, capacity) => this.core.referents(object, out, capacity));
  }

  referrers(...targets: number[]): number[] {
    const at = this.heap.mem.malloc(4 * targets.length);
    for (const [i, target] of targets.entries()) this.heap.poke(at + 4 * i, target);
    const found = this.listed((out, capacity) => this.core.referrers(at, targets.length, out, capacity));
    this.heap.mem.free(at);
    return found;
  }

  /** The trash of the collection under way. */
  trash(): number[] {
    const found: number[] = [];
    for (let at = this.core.nextTrash(0) >>> 0; at !== 0; at = this.core.nextTrash(at) >>> 0) found.push(at);
    return found;
  }

  // ── what is left ──

  /** Blocks that are out, those of the type table and of the collector's arrays aside. Settles the heap. */
  leftBlocks(): number {
    this.heap.settle();
    const { memory } = this.heap;
    const pools = poolArenas(memory).flatMap((arena) => poolsOf(memory, arena));
    const inPools = pools.reduce((sum, { used }) => sum + used, 0);
    const large = regions(memory).flatMap((region) => chunksOf(memory, region).filter(({ used }) => used)).length;
    const own = [G_YOUNG, G_LARGE, G_INTERNED].filter((array) => this.field(array) !== 0).length;
    const table = this.field(G_TYPES) === OWN_TYPES ? 0 : 1;
    return inPools + large - own - table;
  }
}

/** The reference word of an integer. */
export function integer(value: number): number {
  return ((value << 1) | 1) >>> 0;
}

/** Takes all memory there is and can be, down to blocks of 8 bytes; returns what gives it back. */
export function takeAllMemory({ raw, mem }: CoreHeap): () => void {
  const large: number[] = [];
  const small: number[] = [];
  for (let size = 2 ** 20; size >= 8; size /= 2) {
    for (let block = raw.malloc(size); block !== 0; block = raw.malloc(size)) large.push(block);
  }
  for (let block = mem.malloc(8); block !== 0; block = mem.malloc(8)) small.push(block);
  return () => {
    for (const block of large) raw.free(block);
    for (const block of small) mem.free(block);
  };
}
