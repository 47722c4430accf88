// Values and containers of the core by their words: how to make them, and what their tables say by the layout.
import type { Core } from "../../src/core.js";
import {
  ABSENT,
  DICT_COUNT,
  DICT_ENTRY_SHIFT,
  DICT_TABLE,
  HASH_KEY,
  ID_DEFAULTDICT,
  ID_DICT,
  SET_ENTRY_SHIFT,
  TABLE_CAPACITY,
  TABLE_INDEX,
  TABLE_LOG2,
  TABLE_USED,
  TEXT_SCRATCH,
} from "../../src/layout.js";
import { OK } from "../../src/status.js";
import type { CoreHeap } from "./core.js";
import { Objects } from "./objects.js";

/** A key for the hash of texts, 16 bytes as words. */
const KEY: readonly number[] = [0x0706_0504, 0x1312_1110, 0xdead_beef, 0x5eed_5eed];

/** A table by its bytes. */
export interface Table {
  address: number;
  log2: number;
  used: number;
  capacity: number;
  /** Numbers of entries; −1 empty, −2 deleted. */
  slots: number[];
  /** Words of each entry, holes included. */
  entries: number[][];
}

/** The call did what it was to do. */
export function ok(status: number): void {
  if (status !== OK) throw new Error(`the call has status ${status}`);
}

export class Containers {
  readonly heap: CoreHeap;
  readonly objects: Objects;
  readonly core: Core;

  constructor(heap: CoreHeap, key: readonly number[] = KEY) {
    this.heap = heap;
    this.objects = new Objects(heap);
    this.core = heap.core;
    for (const [i, word] of key.entries()) heap.poke(HASH_KEY + 4 * i, word);
  }

  /** A word that a call has made. */
  #made(word: number): number {
    if (word === 0) throw new Error(`nothing was made: status ${this.core.lastStatus()}`);
    return word >>> 0;
  }

  /** What `use` returns of a block of mem with these bytes. */
  #with<T>(bytes: Uint8Array, use: (at: number) => T): T {
    const at = this.heap.mem.malloc(bytes.length);
    if (at === 0) throw new Error("no memory for a test's own block");
    this.heap.memory.bytes.set(bytes, at);
    const result = use(at);
    this.heap.mem.free(at);
    return result;
  }

  // ── values; the caller has a reference to each ──

  float(value: number): number {
    return this.#made(this.core.newFloat(value));
  }

  int(value: bigint): number {
    const digits: number[] = [];
    for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 32n) digits.push(Number(rest & 0xffff_ffffn));
    const bytes = new Uint8Array(Uint32Array.from(digits).buffer);
    return this.#made(this.#with(bytes, (at) => this.core.newInt(at, digits.length, value < 0n ? 1 : 0)));
  }

  str(text: string): number {
    const [bytes, width] = unitsOf(text);
    return this.#made(this.#with(bytes, (at) => this.core.newStr(at, text.length, width)));
  }

  bytes(...values: number[]): number {
    return this.#made(this.#with(Uint8Array.from(values), (at) => this.core.newBytes(at, values.length)));
  }

  /** Takes the words over. */
  tuple(...words: number[]): number {
    const bytes = new Uint8Array(Uint32Array.from(words).buffer);
    return this.#made(this.#with(bytes, (at) => this.core.newTuple(at, words.length)));
  }

  /** Takes pairs of words over. */
  dict(...pairs: (readonly [number, number])[]): number {
    const dict = this.#made(this.core.newDict(0));
    for (const [key, value] of pairs) ok(this.core.dictSet(dict, key, value));
    return dict;
  }

  /** Takes the words over. */
  set(...words: number[]): number {
    const set = this.#made(this.core.newSet(0));
    for (const word of words) ok(this.core.setAdd(set, word));
    return set;
  }

  /** Takes the words over. */
  frozenset(...words: number[]): number {
    const set = this.set(...words);
    ok(this.core.setFreeze(set));
    return set;
  }

  /** One of each type that cannot be a key, with its name. */
  unhashables(): [name: string, word: number][] {
    const { core } = this;
    return [
      ["list", this.#made(core.newList(0))],
      ["dict", this.#made(core.newDict(0))],
      ["defaultdict", this.#made(core.newDefaultDict(0, 1))],
      ["set", this.#made(core.newSet(0))],
      ["deque", this.#made(core.newDeque(0xffff_ffff))],
      ["array", this.#made(core.newArray(0, 0))],
      ["tuple", this.tuple(1, this.#made(core.newList(0)))],
      ["tuple in a tuple", this.tuple(this.tuple(this.#made(core.newList(0))))],
    ];
  }

  /** Writes a text as the host does; returns its length and the bytes of its units. */
  scratch(text: string): [length: number, width: number] {
    const [bytes, width] = unitsOf(text);
    this.heap.memory.bytes.set(bytes, TEXT_SCRATCH);
    return [text.length, width];
  }

  // ── what containers hold ──

  count(object: number): number {
    return this.heap.word(object + DICT_COUNT);
  }

  /** The table of a dict or set; null if it has none. */
  table(object: number): Table | null {
    const address = this.heap.word(object + DICT_TABLE);
    if (address === 0) return null;
    const { bytes } = this.heap.memory;
    const log2 = this.heap.word(address + TABLE_LOG2);
    const used = this.heap.word(address + TABLE_USED);
    const capacity = this.heap.word(address + TABLE_CAPACITY);
    const view = new DataView(bytes.buffer, address + TABLE_INDEX);
    const slots = Array.from({ length: 2 ** log2 }, (_, i) =>
      log2 <= 7 ? view.getInt8(i) : log2 <= 15 ? view.getInt16(2 * i, true) : view.getInt32(4 * i, true),
    );
    const first = address + TABLE_INDEX + indexBytes(log2);
    const words = this.#isDict(object) ? 2 : 1;
    const entries = Array.from({ length: used }, (_, n) =>
      Array.from({ length: words }, (_, i) => this.heap.word(first + 4 * (n * words + i))),
    );
    return { address, log2, used, capacity, slots, entries };
  }

  #isDict(object: number): boolean {
    const id = this.core.typeOf(object);
    return id === ID_DICT || id === ID_DEFAULTDICT;
  }

  /** Words of the entries in their order, holes left out. */
  entries(object: number): number[][] {
    return this.table(object)?.entries.filter(([key]) => key !== ABSENT) ?? [];
  }

  /** The keys in their order. */
  keys(object: number): number[] {
    return this.entries(object).map(([key]) => key as number);
  }

  /** Bytes that a table of these numbers takes. */
  tableBytes(object: number, log2: number, capacity: number): number {
    const shift = this.#isDict(object) ? DICT_ENTRY_SHIFT : SET_ENTRY_SHIFT;
    return TABLE_INDEX + indexBytes(log2) + capacity * 2 ** shift;
  }

  /** What is wrong with a table, by its bytes and the hashes of its keys; "" if nothing is. */
  wrong(object: number): string {
    const table = this.table(object);
    if (table === null) return this.count(object) === 0 ? "" : "entries without a table";
    const { log2, used, capacity, slots, entries } = table;
    const live = entries.flatMap(([key], n) => (key === ABSENT ? [] : [n]));
    if (live.length !== this.count(object)) return `${live.length} entries, count ${this.count(object)}`;
    if (used > capacity || capacity > usable(log2)) return `${used} of ${capacity} used, ${2 ** log2} slots`;
    const numbers = slots.filter((n) => n >= 0).sort((a, b) => a - b);
    if (numbers.join() !== live.join()) return `entries ${live.join()}, in slots ${numbers.join()}`;
    for (const n of live) {
      if (!isOnTheWay(table, this.core.hashOf(entries[n]?.[0] as number) >>> 0, n)) return `entry ${n} is not found`;
    }
    return "";
  }
}

/** Whether the probes for a hash come to the slot of an entry before they come to an empty one. */
function isOnTheWay({ log2, slots }: Table, hash: number, entry: number): boolean {
  const mask = 2 ** log2 - 1;
  let perturb = hash;
  for (let i = (hash & mask) >>> 0; slots[i] !== -1; ) {
    if (slots[i] === entry) return true;
    perturb >>>= 5;
    i = ((5 * i + perturb + 1) & mask) >>> 0;
  }
  return false;
}

function indexBytes(log2: number): number {
  return 2 ** log2 * (log2 <= 7 ? 1 : log2 <= 15 ? 2 : 4);
}

/** Most entries of a table with so many slots. */
export function usable(log2: number): number {
  return Math.floor(2 ** (log2 + 1) / 3);
}

/** Units of a text as strs have them, and bytes a unit. */
export function unitsOf(text: string): [bytes: Uint8Array, width: 1 | 2] {
  const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  if (units.some((unit) => unit > 255)) return [new Uint8Array(units.buffer), 2];
  return [Uint8Array.from(units), 1];
}
