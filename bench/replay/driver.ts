import { forEachOperation, OP_CALLOC, OP_FREE, OP_REALLOC, type Trace } from "#traces/format.js";
import type { Allocator } from "../allocators/allocator.js";

/**
 * Performs the operations of a trace from JavaScript, with the tables on this side, so that nothing but the trace's
 * blocks is in linear memory. Marks both ends of every block and looks whether the marks are still there when the
 * block is resized or freed; looks whether calloc's blocks are zero.
 */
export class Driver {
  readonly #allocator: Allocator;
  /** Address and size by slot; an address of 0 is no block. */
  readonly #addresses: Float64Array;
  readonly #sizes: Float64Array;
  #bytes: Uint8Array;
  failures = 0;
  /** Requested bytes live now. */
  liveBytes = 0;

  constructor(allocator: Allocator, slots: number) {
    this.#allocator = allocator;
    this.#addresses = new Float64Array(slots);
    this.#sizes = new Float64Array(slots);
    this.#bytes = new Uint8Array(allocator.memory.buffer);
  }

  /** Performs the operations up to number `until`, calling `after` after each. */
  run(trace: Trace, until: number, after?: (done: number) => void): void {
    forEachOperation(trace.words, (op, slot, size, index) => {
      if (index >= until) return;
      this.#perform(op, slot, size);
      after?.(index + 1);
    });
  }

  /** Frees every block that is live. */
  freeAll(): void {
    for (let slot = 0; slot < this.#addresses.length; slot++) this.#free(slot);
  }

  #perform(op: number, slot: number, size: number): void {
    if (op === OP_FREE) {
      this.#free(slot);
      return;
    }
    const { functions } = this.#allocator;
    const old = this.#addresses[slot] as number;
    const address =
      (op === OP_CALLOC
        ? functions.calloc(1, size)
        : op === OP_REALLOC && old !== 0
          ? functions.realloc(old, size)
          : functions.malloc(size)) >>> 0;
    if (address === 0 && size > 0) {
      this.failures++;
      return;
    }
    const oldSize = old === 0 ? 0 : (this.#sizes[slot] as number);
    if (op === OP_CALLOC) this.#expectZero(address, size);
    if (op === OP_REALLOC) this.#expectMarks(slot, address, oldSize, Math.min(oldSize, size));
    this.liveBytes += size - oldSize;
    this.#addresses[slot] = address;
    this.#sizes[slot] = size;
    this.#mark(slot, address, size);
  }

  #free(slot: number): void {
    const address = this.#addresses[slot] as number;
    if (address === 0) return;
    const size = this.#sizes[slot] as number;
    this.#expectMarks(slot, address, size, size);
    this.#allocator.functions.free(address);
    this.#addresses[slot] = 0;
    this.liveBytes -= size;
  }

  #mark(slot: number, address: number, size: number): void {
    if (size === 0) return;
    const bytes = this.#view();
    bytes[address] = markOf(slot, size);
    bytes[address + size - 1] = markOf(slot, size);
  }

  /** Checks the marks a block of `size` bytes was given, as far as they lie in its first `kept` bytes. */
  #expectMarks(slot: number, address: number, size: number, kept: number): void {
    if (kept === 0) return;
    const bytes = this.#view();
    const mark = markOf(slot, size);
    if (bytes[address] !== mark || (kept === size && bytes[address + size - 1] !== mark)) {
      throw new Error(`${this.#allocator.name} lost the contents of the block of ${size} bytes at ${address}`);
    }
  }

  #expectZero(address: number, size: number): void {
    const bytes = this.#view();
    for (let at = address; at < address + size; at++) {
      if (bytes[at] !== 0) throw new Error(`${this.#allocator.name} gave a calloc block that is not zero at ${at}`);
    }
  }

  #view(): Uint8Array {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#allocator.memory.buffer);
    return this.#bytes;
  }
}

/** A byte other than 0 that tells slots and sizes apart. */
function markOf(slot: number, size: number): number {
  return ((slot * 31 + size * 7) & 0xff) | 1;
}
