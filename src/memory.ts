// Typed views of linear memory. The core grows memory on its own, and growth detaches every view there is: this is the one
// place that makes views, and nobody keeps one across a call that can allocate.

import type { BlockAddress } from "./address.js";

/**
 * A view of all of memory for each type of element. After memory has grown they are detached, which is: empty, so that every
 * element reads as undefined. Who reads and writes here looks for that and calls `HeapMemory.refresh`; all others use HeapMemory.
 *
 * Fields, not getters, and in an object that stays the same: so the engine reads an element of a view in one load, wherever it
 * has inlined the code that does. Declared only, so that they are written once until memory grows: it takes them for constants.
 */
export class Views {
  declare i8: Int8Array<ArrayBuffer>;
  declare u8: Uint8Array<ArrayBuffer>;
  declare i16: Int16Array<ArrayBuffer>;
  declare u16: Uint16Array<ArrayBuffer>;
  declare i32: Int32Array<ArrayBuffer>;
  declare u32: Uint32Array<ArrayBuffer>;
  declare i64: BigInt64Array<ArrayBuffer>;
  declare u64: BigUint64Array<ArrayBuffer>;
  declare f32: Float32Array<ArrayBuffer>;
  declare f64: Float64Array<ArrayBuffer>;

  /** Threads share the memory. What reads texts and the like for browsers has to copy it first. */
  get isShared(): boolean {
    return false;
  }

  constructor(memory: ArrayBufferLike) {
    // In a heap that is shared they are of a SharedArrayBuffer, which hardly anybody has to know.
    const buffer = memory as ArrayBuffer;
    this.i8 = new Int8Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.i16 = new Int16Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.u64 = new BigUint64Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }
}

export class HeapMemory {
  readonly memory: WebAssembly.Memory;
  readonly views: Views;
  /** What to throw for every use once the memory was closed. */
  protected refusal: (() => Error) | null = null;

  constructor(memory: WebAssembly.Memory, views: Views = new Views(memory.buffer)) {
    this.memory = memory;
    this.views = views;
  }

  /** All of memory as bytes: `bytes[address]`. */
  get bytes(): Uint8Array<ArrayBuffer> {
    // A detached view has no length, and memory never has none: cheaper to ask than `memory.buffer`.
    if (this.views.u8.length === 0) this.refresh();
    return this.views.u8;
  }

  /** All of memory as 32-bit words: `words[address >>> 2]`. */
  get words(): Uint32Array<ArrayBuffer> {
    if (this.views.u32.length === 0) this.refresh();
    return this.views.u32;
  }

  /** All of memory as 64-bit floating-point numbers: `f64[address >>> 3]`. */
  get f64(): Float64Array<ArrayBuffer> {
    if (this.views.f64.length === 0) this.refresh();
    return this.views.f64;
  }

  /** Bytes committed. */
  get byteLength(): number {
    return this.bytes.length;
  }

  /** The word at a 4-aligned address; 0 beyond the end of memory. */
  word(address: number): number {
    return this.words[address >>> 2] ?? 0;
  }

  /** The byte at an address; 0 beyond the end of memory. */
  byte(address: number): number {
    return this.bytes[address] ?? 0;
  }

  setWord(address: number, value: number): void {
    this.words[address >>> 2] = value;
  }

  /** A view of `length` bytes from `address`, valid until memory grows. */
  view(address: BlockAddress, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.bytes.buffer, address, length);
  }

  /**
   * Makes the views again if memory has grown.
   *
   * @throws what `close` was given, once the memory was closed
   */
  refresh(): void {
    if (this.refusal !== null) throw this.refusal();
    if (this.views.u8.length === 0) Object.assign(this.views, new Views(this.memory.buffer));
  }

  /** Empties all views for good: every use from now on throws what `refusal` returns. */
  close(refusal: () => Error): void {
    this.refusal = refusal;
    Object.assign(this.views, new Views(new ArrayBuffer(0)));
  }
}
