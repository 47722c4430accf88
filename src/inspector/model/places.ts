// What lies at an address, in a line for people.

import { hex } from "../../address.js";
import { grouped } from "../../grouped.js";
import { CHUNK_HEADER_BYTES, HEAP_START, POOL_BYTES, POOL_SHIFT } from "../../layout.js";
import type { HeapMemory } from "../../memory.js";
import type { LargeMap } from "./largemap.js";
import {
  BLOCK_USED,
  BLOCK_VIRGIN,
  HOLDS_BLOCKS,
  PAGE_EMPTY,
  PAGE_FULL,
  PAGE_HEAD,
  PAGE_LENT,
  PAGE_USED,
  PAGE_VIRGIN,
} from "./pages.js";
import { type PoolMap, SLOT_PAGES } from "./poolmap.js";
import type { Place } from "./session.js";

const BLOCKS = new Uint8Array(512);

/** By the maps; and by memory, if it can be read, which blocks of a pool are free. No object is looked for. */
export function placeIn(map: PoolMap, large: LargeMap, memory: HeapMemory | null, address: number): Place {
  if (address >= map.memoryEnd) return place("outside", address, 0, false, "beyond the end of memory");
  if (address < HEAP_START) return place("runtime", 0, HEAP_START, false, "the heap's own records");
  const chunk = large.indexOf(address);
  if (chunk >= 0) return chunkAt(large, chunk);
  const page = address >>> POOL_SHIFT;
  const start = page * POOL_BYTES;
  switch (map.state[page]) {
    case PAGE_HEAD: {
      const arena = `head of the arena at ${hex(start)}, which describes its ${SLOT_PAGES - 1} pools`;
      return place("head", start, POOL_BYTES, false, arena);
    }
    case PAGE_EMPTY:
      return place("pool", start, POOL_BYTES, false, `empty pool at ${hex(start)}`);
    case PAGE_VIRGIN:
      return place("pool", start, POOL_BYTES, false, `pool at ${hex(start)}, never used`);
    case PAGE_LENT:
      return place("pool", start, POOL_BYTES, false, `pool at ${hex(start)}, lent to large blocks`);
    case PAGE_USED:
    case PAGE_FULL:
      return memory === null ? poolAt(map, page) : blockAt(map, memory, page, address);
    default:
      return place("free", start, POOL_BYTES, false, "an edge between large blocks");
  }
}

function chunkAt(large: LargeMap, index: number): Place {
  const start = large.address[index] as number;
  const bytes = large.bytes[index] as number;
  if (large.used[index] === 0)
    return place("free", start, bytes, false, `${grouped(bytes)} bytes free at ${hex(start)}`);
  const block = start + CHUNK_HEADER_BYTES;
  return place(
    "large",
    start,
    bytes,
    true,
    `large block of ${grouped(bytes - CHUNK_HEADER_BYTES)} bytes at ${hex(block)}`,
  );
}

function poolAt(map: PoolMap, page: number): Place {
  const start = page * POOL_BYTES;
  const size = ((map.sizeClass[page] as number) + 1) * 8;
  const what = map.holds[page] === HOLDS_BLOCKS ? "blocks" : "objects";
  const text = `pool at ${hex(start)}: ${map.used[page]} of ${map.capacity[page]} ${what} of ${size} bytes`;
  return place("pool", start, POOL_BYTES, true, text);
}

function blockAt(map: PoolMap, memory: HeapMemory, page: number, address: number): Place {
  const size = ((map.sizeClass[page] as number) + 1) * 8;
  const index = Math.floor((address - page * POOL_BYTES) / size);
  const count = map.blocks(memory, page, BLOCKS);
  if (index >= count) return poolAt(map, page);
  const start = page * POOL_BYTES + index * size;
  const state = BLOCKS[index];
  const is = state === BLOCK_USED ? "in use" : state === BLOCK_VIRGIN ? "never used" : "free";
  return place("block", start, size, state === BLOCK_USED, `block of ${size} bytes at ${hex(start)}, ${is}`);
}

function place(kind: Place["kind"], start: number, bytes: number, used: boolean, text: string): Place {
  return { kind, start, bytes, used, object: 0, text };
}
