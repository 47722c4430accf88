// Typed views of linear memory. The core grows memory on its own, and growth detaches every view there is: this is the one
// place that makes views, and nobody keeps one across a call that can allocate.

import type { BlockAddress } from "./address.js";

export class HeapMemory {
  readonly memory: WebAssembly.Memory;
  #bytes: Uint8Array<ArrayBuffer>;
  #words: Uint32Array<ArrayBuffer>;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.#bytes = new Uint8Array(bufferOf(memory));
    this.#words = new Uint32Array(bufferOf(memory));
  }

  /** All of memory as bytes: `bytes[address]`. */
  get bytes(): Uint8Array<ArrayBuffer> {
    // A detached view has no length, and memory never has none: cheaper to ask than `memory.buffer`.
    if (this.#bytes.length === 0) this.#remake();
    return this.#bytes;
  }

  /** All of memory as 32-bit words: `words[address >>> 2]`. */
  get words(): Uint32Array<ArrayBuffer> {
    if (this.#words.length === 0) this.#remake();
    return this.#words;
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

  #remake(): void {
    const buffer = bufferOf(this.memory);
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
  }
}

function bufferOf(memory: WebAssembly.Memory): ArrayBuffer {
  return memory.buffer as ArrayBuffer;
}
