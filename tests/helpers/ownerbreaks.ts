// Ways to give a block two owners, or what is none one; for the heap of statebreaks.ts.
import { I_BIN, I_LIST, I_OWNER, I_QUICK_CHUNK, I_TYPE } from "../../assembly/invariants.js";
import {
  BINS,
  CHUNK_HEAD,
  CHUNK_NEXT,
  CHUNK_PREV,
  CHUNK_PREV_USED,
  CHUNK_SEAL,
  CHUNK_USED,
  DOMAIN_MEM,
  G_TYPES,
  LIST_CAPACITY,
  LIST_ITEMS,
  LIST_LENGTH,
  QUICK_CHUNKS,
  R_KEY,
  RUNTIME,
  TYPE_NAME,
  TYPE_SHIFT,
} from "../../src/layout.js";
import type { Objects } from "./objects.js";
import type { StateBreak, StatePlaces } from "./statebreaks.js";

function record(objects: Objects, type: number): number {
  return objects.field(G_TYPES) + (type << TYPE_SHIFT);
}

/** Makes the items of one list those of another. */
function share({ heap }: Objects, from: number, to: number): void {
  for (const offset of [LIST_ITEMS, LIST_LENGTH, LIST_CAPACITY]) heap.poke(to + offset, heap.word(from + offset));
}

export const OWNER_BREAKS: readonly StateBreak[] = [
  { name: "two lists with one block, of a pool", found: I_LIST, make: (o, p) => share(o, p.list, p.long) },
  { name: "two lists with one block, a chunk", found: I_LIST, make: (o, p) => share(o, p.long, p.list) },
  ...[
    [3, 4],
    [290, 298],
    [297, 5],
  ].map(([from = 0, to = 0]) => ({
    name: `two lists with one block of two items: ${from}, ${to}`,
    found: I_LIST,
    make: (o: Objects, p: StatePlaces) => share(o, p.pairs[from] as number, p.pairs[to] as number),
  })),
  {
    name: "a list with a block that is free",
    found: I_LIST,
    make: ({ heap }, { list, freed }) => {
      heap.poke(list + LIST_ITEMS, freed);
      heap.poke(list + LIST_LENGTH, 0);
      heap.poke(list + LIST_CAPACITY, 16);
    },
  },
  {
    name: "a list with a block of its arena's pools that is free",
    found: I_LIST,
    make: ({ heap, core }, { list, freed }) => {
      core.drain();
      heap.poke(list + LIST_ITEMS, freed);
      heap.poke(list + LIST_LENGTH, 0);
      heap.poke(list + LIST_CAPACITY, 16);
    },
  },
  {
    name: "two types with one name",
    found: I_TYPE,
    make: (o, p) => o.heap.poke(record(o, p.alike) + TYPE_NAME, o.heap.word(record(o, p.named) + TYPE_NAME)),
  },
  {
    name: "a quick list of chunks that leads to the end of memory",
    found: I_QUICK_CHUNK,
    make: ({ heap }) => heap.poke(QUICK_CHUNKS + 4 * 40, heap.memory.byteLength - 8),
  },
  {
    name: "what looks like a chunk, in the bin of another",
    found: I_BIN,
    make: ({ heap }) => {
      const forged = heap.mem.malloc(4096) + 40 - (heap.debug ? 8 : 0);
      let bin = BINS;
      while (heap.word(bin) === 0) bin += 4;
      const chunk = heap.word(bin);
      const next = heap.word(chunk + CHUNK_NEXT);
      for (const at of [CHUNK_HEAD, CHUNK_NEXT, CHUNK_PREV]) heap.poke(forged + at, heap.word(chunk + at));
      heap.poke(forged + CHUNK_SEAL, ~sealFor(heap, forged, heap.word(chunk)));
      if (next !== 0) heap.poke(next + CHUNK_PREV, forged);
      heap.poke(bin, forged);
    },
  },
  {
    name: "a list with items in what looks like a chunk",
    found: I_OWNER,
    make: ({ heap }, { long }) => {
      const address = forgeChunk(heap, heap.mem.malloc(4096), 2048);
      heap.poke(long + LIST_ITEMS, address);
      heap.poke(long + LIST_LENGTH, 0);
    },
  },
];

function sealFor(heap: Objects["heap"], chunk: number, head: number): number {
  return (Math.imul(chunk, 0x9e3779b1) ^ (head & ~CHUNK_PREV_USED) ^ heap.word(RUNTIME + R_KEY)) >>> 0;
}

/** Writes into a block what the heads of a chunk and of a block look like; returns the address of the block in it. */
function forgeChunk(heap: Objects["heap"], block: number, size: number): number {
  const chunk = block + 64 - ((block + 64) % 16) + 8;
  const head = (size | CHUNK_USED) >>> 0;
  heap.poke(chunk, head);
  heap.poke(chunk + CHUNK_SEAL, sealFor(heap, chunk, head));
  if (!heap.debug) return chunk + 8;
  heap.memory.bytes.set([0, 0, 4, 0, DOMAIN_MEM, 0xfd, 0xfd, 0xfd], chunk + 8);
  return chunk + 16;
}
