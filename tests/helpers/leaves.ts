// Values of the core by their words: numbers, texts, bytes and arrays go in as its calls take them, and are read as the layout says.
import {
  ARRAY_CAPACITY,
  ARRAY_DATA,
  ARRAY_KIND,
  ARRAY_LENGTH,
  FLOAT_VALUE,
  G_INTERNED,
  G_INTERNED_COUNT,
  G_INTERNED_LOG2,
  INT_DIGITS,
  INT_SIZE,
  T_INTERNED,
  T_WIDE,
  TEXT_DATA,
  TEXT_LENGTH,
  TEXT_SCRATCH,
} from "../../src/layout.js";
import type { CoreHeap } from "./core.js";
import { Objects } from "./objects.js";

/** Bytes of a unit: 1 or 2. */
export type Width = 1 | 2;

/** The narrowest width that has all units of a text. */
export function widthOf(text: string): Width {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return 2;
  return 1;
}

/** The units of a text as bytes. */
export function unitsOf(text: string, width: Width): Uint8Array {
  const bytes = new Uint8Array(text.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) {
    if (width === 1) view.setUint8(i, text.charCodeAt(i));
    else view.setUint16(2 * i, text.charCodeAt(i), true);
  }
  return bytes;
}

export class Leaves {
  readonly heap: CoreHeap;
  readonly objects: Objects;

  constructor(heap: CoreHeap) {
    this.heap = heap;
    this.objects = new Objects(heap);
  }

  get #view(): DataView {
    const { bytes } = this.heap.memory;
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Calls with the address of a copy of these bytes, which lies `shift` bytes behind the start of its block. */
  with<T>(bytes: Uint8Array, call: (at: number) => T, shift = 0): T {
    const block = this.heap.raw.malloc(bytes.length + shift);
    if (block === 0) throw new Error("no memory for what a call is to copy");
    this.heap.memory.bytes.set(bytes, block + shift);
    const result = call(block + shift);
    this.heap.raw.free(block);
    return result;
  }

  // ── numbers ──

  float(value: number): number {
    return this.heap.core.newFloat(value) >>> 0;
  }

  floatAt(object: number): number {
    return this.#view.getFloat64(object + FLOAT_VALUE, true);
  }

  /** The word of an integer, made of its digits and so many zeros above them. */
  int(value: bigint, zeros = 0): number {
    const digits: number[] = [];
    for (let rest = value < 0n ? -value : value; rest !== 0n; rest >>= 32n) digits.push(Number(rest & 0xffff_ffffn));
    for (let i = 0; i < zeros; i++) digits.push(0);
    const bytes = new Uint8Array(new Uint32Array(digits).buffer);
    return this.with(bytes, (at) => this.heap.core.newInt(at, digits.length, value < 0n ? 1 : 0) >>> 0);
  }

  number(value: number): number {
    return this.heap.core.newNumber(value) >>> 0;
  }

  /** The integer that a word stands for. */
  intOf(word: number): bigint {
    if (word % 2 === 1) return BigInt((word | 0) >> 1);
    const size = this.heap.word(word + INT_SIZE) | 0;
    let value = 0n;
    for (let i = Math.abs(size) - 1; i >= 0; i--)
      value = (value << 32n) | BigInt(this.heap.word(word + INT_DIGITS + 4 * i));
    return size < 0 ? -value : value;
  }

  // ── texts and bytes ──

  /** A str of units of this width, wider than it must be if that is asked for. */
  str(text: string, width = widthOf(text), shift = 0): number {
    return this.with(unitsOf(text, width), (at) => this.heap.core.newStr(at, text.length, width) >>> 0, shift);
  }

  textOf(str: number): string {
    const length = this.heap.word(str + TEXT_LENGTH);
    const view = this.#view;
    let text = "";
    for (let i = 0; i < length; i++) {
      text += String.fromCharCode(
        this.isWide(str) ? view.getUint16(str + TEXT_DATA + 2 * i, true) : view.getUint8(str + TEXT_DATA + i),
      );
    }
    return text;
  }

  isWide(str: number): boolean {
    return (this.objects.typeWord(str) & T_WIDE) !== 0;
  }

  bytes(bytes: Uint8Array): number {
    return this.with(bytes, (at) => this.heap.core.newBytes(at, bytes.length) >>> 0);
  }

  bytesAt(object: number): Uint8Array {
    const start = object + TEXT_DATA;
    return this.heap.memory.bytes.slice(start, start + this.heap.word(object + TEXT_LENGTH));
  }

  // ── interned strs ──

  /** The interned str of this text, with a reference more. */
  interned(text: string, width = widthOf(text)): number {
    this.heap.memory.bytes.set(unitsOf(text, width), TEXT_SCRATCH);
    return this.heap.core.internText(text.length, width) >>> 0;
  }

  isInterned(str: number): boolean {
    return (this.objects.typeWord(str) & T_INTERNED) !== 0;
  }

  internedCount(): number {
    return this.objects.field(G_INTERNED_COUNT);
  }

  /** What the table of interned strs has in its slots, without those not in use. */
  internedTable(): number[] {
    const table = this.objects.field(G_INTERNED);
    if (table === 0) return [];
    const slots = Array.from({ length: 2 ** this.objects.field(G_INTERNED_LOG2) }, (_, i) =>
      this.heap.word(table + 4 * i),
    );
    return slots.filter((str) => str !== 0);
  }

  // ── arrays ──

  array(array: number): { data: number; length: number; capacity: number; kind: number } {
    const { heap } = this;
    return {
      data: heap.word(array + ARRAY_DATA),
      length: heap.word(array + ARRAY_LENGTH),
      capacity: heap.word(array + ARRAY_CAPACITY),
      kind: heap.word(array + ARRAY_KIND),
    };
  }
}
