// Tracebacks and the places they are made of, each once and known by a number.

import { Frame, Traceback, UNKNOWN_FILE } from "./traceback.js";

/** The traceback of what was allocated where no stack could be read. */
export const UNKNOWN = 0;
/** No number of a traceback. */
export const NOT_THERE = -1;

const FIRST_CAPACITY = 64;
/** Bytes that an engine takes for an object with two fields and its place in a map, about. */
const PLACE_BYTES = 64;
const MIX = 0x9e3779b1;

export class Tracebacks {
  readonly #places: Frame[] = [];
  readonly #linesOf = new Map<string, Map<number, number>>();
  #nameBytes = 0;
  /** Places of all tracebacks, one after the other, the most recent first. */
  #pool = new Uint32Array(FIRST_CAPACITY);
  #poolUsed = 0;
  /** By the number of a traceback: where it begins in the pool, and where the next one does; frames in all; hash. */
  #begins = new Uint32Array(FIRST_CAPACITY + 1);
  #totals = new Uint16Array(FIRST_CAPACITY);
  #hashes = new Uint32Array(FIRST_CAPACITY);
  #count = 0;
  /** Numbers of tracebacks, plus 1, by their hashes; open addressing with twice the places at least. */
  #index = new Uint32Array(2 * FIRST_CAPACITY);
  readonly #made: Array<Traceback | undefined> = [];

  constructor() {
    this.add([this.place(UNKNOWN_FILE, 0)], 1, 1);
  }

  /** How many there are. */
  get size(): number {
    return this.#count;
  }

  /** Without what was made for those who looked. */
  get byteLength(): number {
    const arrays = [this.#pool, this.#begins, this.#totals, this.#hashes, this.#index];
    const bytes = arrays.reduce((sum, array) => sum + array.byteLength, 0);
    return bytes + this.#places.length * PLACE_BYTES + this.#nameBytes;
  }

  /** The number of a place. */
  place(filename: string, lineno: number): number {
    let lines = this.#linesOf.get(filename);
    if (lines === undefined) {
      lines = new Map();
      this.#linesOf.set(filename, lines);
      this.#nameBytes += 2 * filename.length;
    }
    let place = lines.get(lineno);
    if (place === undefined) {
      place = this.#places.push(new Frame(filename, lineno)) - 1;
      lines.set(lineno, place);
    }
    return place;
  }

  placeAt(place: number): Frame {
    return this.#places[place] as Frame;
  }

  /** The number of the traceback of the first `count` of these places, the most recent first; NOT_THERE if it was never added. */
  find(places: ArrayLike<number>, count: number): number {
    return (this.#index[this.#slotOf(places, count, hashOf(places, count))] as number) - 1;
  }

  /** As `find`, but adds it. `total`: frames there were. */
  add(places: ArrayLike<number>, count: number, total: number): number {
    const hash = hashOf(places, count);
    const slot = this.#slotOf(places, count, hash);
    const known = (this.#index[slot] as number) - 1;
    if (known !== NOT_THERE) return known;
    this.#makeRoom(count);
    const traceback = this.#count++;
    for (let i = 0; i < count; i++) this.#pool[this.#poolUsed++] = places[i] as number;
    this.#begins[traceback + 1] = this.#poolUsed;
    this.#totals[traceback] = total;
    this.#hashes[traceback] = hash;
    this.#index[this.#emptySlot(hash)] = traceback + 1;
    return traceback;
  }

  /** The same object each time. */
  traceback(id: number): Traceback {
    let made = this.#made[id];
    if (made === undefined) {
      const frames = Array.from(this.placesOf(id), (place) => this.placeAt(place)).reverse();
      made = new Traceback(frames, this.#totals[id] as number);
      this.#made[id] = made;
    }
    return made;
  }

  /** Its places, the most recent first. */
  placesOf(id: number): Uint32Array {
    return this.#pool.subarray(this.#begins[id], this.#begins[id + 1]);
  }

  totalOf(id: number): number {
    return this.#totals[id] as number;
  }

  #slotOf(places: ArrayLike<number>, count: number, hash: number): number {
    const mask = this.#index.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = (this.#index[slot] as number) - 1;
      if (id === NOT_THERE || (this.#hashes[id] === hash && this.#isOf(id, places, count))) return slot;
    }
  }

  #isOf(id: number, places: ArrayLike<number>, count: number): boolean {
    const begin = this.#begins[id] as number;
    if ((this.#begins[id + 1] as number) - begin !== count) return false;
    for (let i = 0; i < count; i++) if (this.#pool[begin + i] !== places[i]) return false;
    return true;
  }

  #emptySlot(hash: number): number {
    const mask = this.#index.length - 1;
    let slot = hash & mask;
    while (this.#index[slot] !== 0) slot = (slot + 1) & mask;
    return slot;
  }

  /** For one traceback more, of `count` frames. */
  #makeRoom(count: number): void {
    while (this.#poolUsed + count > this.#pool.length) this.#pool = doubled(this.#pool);
    if (this.#count < this.#totals.length) return;
    const begins = new Uint32Array(2 * this.#count + 1);
    begins.set(this.#begins);
    const totals = new Uint16Array(2 * this.#count);
    totals.set(this.#totals);
    this.#begins = begins;
    this.#totals = totals;
    this.#hashes = doubled(this.#hashes);
    this.#index = new Uint32Array(2 * this.#index.length);
    for (let id = 0; id < this.#count; id++) this.#index[this.#emptySlot(this.#hashes[id] as number)] = id + 1;
  }
}

function hashOf(places: ArrayLike<number>, count: number): number {
  let hash = count;
  for (let i = 0; i < count; i++) hash = Math.imul((hash << 5) ^ (hash >>> 27) ^ (places[i] as number), MIX);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}
