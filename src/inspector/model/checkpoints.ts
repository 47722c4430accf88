// Copies of a heap's memory at some positions, of bounded size: where a seek backwards begins.

import { Heap, partsOf } from "../../heap.js";
import { GUARD_BYTES, R_MEMORY_END, RUNTIME, WASM_PAGE_BYTES } from "../../layout.js";

/** All checkpoints together take at most so many bytes. */
const BYTES_MAX = 96 * 2 ** 20;

interface Checkpoint<State> {
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly state: State;
}

/** The bytes of a heap. No copy is drained: what waits in quick lists goes on waiting. */
export function memoryOf(heap: Heap): Uint8Array {
  const { memory } = partsOf(heap).engine;
  return memory.bytes.subarray(GUARD_BYTES, memory.word(RUNTIME + R_MEMORY_END));
}

/** Makes `heap` what another was, of which these are the bytes. Its memory must not be longer than that was. */
export function become(heap: Heap, bytes: Uint8Array): void {
  const { memory } = heap;
  const missing = GUARD_BYTES + bytes.length - memory.buffer.byteLength;
  if (missing > 0) memory.grow(missing / WASM_PAGE_BYTES);
  new Uint8Array(memory.buffer).set(bytes, GUARD_BYTES);
}

/** A heap that is what another was. @throws MemoryError */
export async function heapOf(bytes: Uint8Array): Promise<Heap> {
  const heap = await Heap.create();
  become(heap, bytes);
  return heap;
}

export class Checkpoints<State> {
  #spacing: number;
  #kept: Checkpoint<State>[] = [];
  #bytes = 0;

  /** `spacing`: operations between two at first; it doubles when there are too many bytes. */
  constructor(spacing: number) {
    this.#spacing = spacing;
  }

  /** There should be one at this position, and is none. */
  wants(position: number): boolean {
    return position > 0 && position % this.#spacing === 0 && position > (this.#kept.at(-1)?.position ?? 0);
  }

  /** Takes one at a position behind all others. */
  take(position: number, heap: Heap, state: State): void {
    const bytes = memoryOf(heap);
    while (this.#bytes + bytes.length > BYTES_MAX && this.#kept.length > 0) this.#thinOut();
    if (bytes.length > BYTES_MAX || !this.wants(position)) return;
    this.#kept.push({ position, bytes: bytes.slice(), state });
    this.#bytes += bytes.length;
  }

  /** The last one at or before a position. */
  before(position: number): Checkpoint<State> | undefined {
    return this.#kept.filter((checkpoint) => checkpoint.position <= position).at(-1);
  }

  #thinOut(): void {
    this.#spacing *= 2;
    this.#kept = this.#kept.filter(({ position }) => position % this.#spacing === 0);
    this.#bytes = this.#kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
}
