// A recorded run of a program's allocator calls. The format of files is described in bench/traces/README.md.

/** "ATRC", little-endian: how a file begins. */
export const TRACE_MAGIC = 0x43525441;
export const TRACE_VERSION = 1;
/** Magic, version, words, slots, operations: 4 bytes each. */
export const TRACE_HEADER_BYTES = 20;

/** Low two bits of an operation word. */
export const OP_MALLOC = 0;
export const OP_FREE = 1;
export const OP_REALLOC = 2;
export const OP_CALLOC = 3;
export const OP_BITS = 2;
export const OP_MASK = 3;

export interface Trace {
  /** The file's name without directory and endings. */
  readonly name: string;
  /** Operation words `slot << 2 | op`, each but free followed by a size in bytes. */
  readonly words: Uint32Array;
  /** Slots the words use, 0 … slots − 1. */
  readonly slots: number;
  readonly operations: number;
}

/** Calls `visit` for every operation, in order. The size of a free is 0. */
export function forEachOperation(
  words: Uint32Array,
  visit: (op: number, slot: number, size: number, index: number) => void,
): void {
  let index = 0;
  for (let at = 0; at < words.length; ) {
    const word = words[at++] as number;
    const op = word & OP_MASK;
    const size = op === OP_FREE ? 0 : (words[at++] as number);
    visit(op, word >>> OP_BITS, size, index++);
  }
}

/** A run of words that is replayed in one call. */
export interface Chunk {
  readonly words: Uint32Array;
  readonly operations: number;
}

/** Cuts the words into chunks of at most `operations` operations. */
export function chunksOf(trace: Trace, operations: number): Chunk[] {
  const { words } = trace;
  const chunks: Chunk[] = [];
  let count = 0;
  let start = 0;
  for (let at = 0; at < words.length; ) {
    at += ((words[at] as number) & OP_MASK) === OP_FREE ? 1 : 2;
    count++;
    if (count === operations || at >= words.length) {
      chunks.push({ words: words.subarray(start, at), operations: count });
      start = at;
      count = 0;
    }
  }
  return chunks;
}

/** Free words for every block that is live after `words`, lowest slot first. */
export function freesOfTheRest(words: Uint32Array, slots: number): Uint32Array {
  const live = new Uint8Array(slots);
  forEachOperation(words, (op, slot) => {
    live[slot] = op === OP_FREE ? 0 : 1;
  });
  const frees: number[] = [];
  for (let slot = 0; slot < slots; slot++) if (live[slot] === 1) frees.push(((slot << OP_BITS) | OP_FREE) >>> 0);
  return Uint32Array.from(frees);
}
