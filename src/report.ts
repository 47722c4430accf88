// What a framed block of debug mode looks like, in words: size, domain, pad bytes one by one, data. Read from the bytes.

import { type BlockAddress, hex } from "./address.js";
import type { CorruptionRule } from "./errors.js";
import {
  ALIGNMENT,
  ARENA_BYTES,
  CHUNK_FLAGS,
  CHUNK_HEAD,
  CHUNK_HEADER_BYTES,
  DOMAIN_MEM,
  DOMAIN_OBJ,
  DOMAIN_RAW,
  descriptorOf,
  FILL_DEAD,
  FILL_FORBIDDEN,
  FRAME_BYTES,
  FRAME_HEAD_BYTES,
  HEAP_START,
  POOL_BYTES,
  POOL_SIZE,
  SLOT_POOLS,
  SLOTS,
} from "./layout.js";
import type { HeapMemory } from "./memory.js";

/** Pad bytes before and after the data. */
const PAD_BEFORE = 3;
const PAD_AFTER = FRAME_BYTES - FRAME_HEAD_BYTES;
/** Data bytes shown from either end. */
const SHOWN = 8;
/** Marks a byte that is not what it should be. */
const DAMAGED = "   <- damaged";

const DOMAINS: ReadonlyMap<number, string> = new Map([
  [DOMAIN_RAW, "raw"],
  [DOMAIN_MEM, "mem"],
  [DOMAIN_OBJ, "obj"],
]);

/**
 * Lines about the framed block whose data begin at `address`; `rule` is the one it breaks. `history`: lines about who allocated and freed it.
 * Empty if no block can be there.
 */
export function describeBlock(
  memory: HeapMemory,
  address: BlockAddress,
  rule: CorruptionRule,
  history: readonly string[] = [],
): string {
  const block = address - FRAME_HEAD_BYTES;
  const capacity = capacityAt(memory, block);
  if (capacity < FRAME_BYTES) return "";
  const lines =
    rule === "use-after-free" || rule === "double-free"
      ? freed(memory, block, capacity)
      : framed(memory, block, capacity);
  return [...lines, ...history].join("\n");
}

/** Bytes of the block at `block`, which may have been freed, frame included; 0 if none can be there. */
export function capacityAt(memory: HeapMemory, block: number): number {
  if (block < HEAP_START || block % ALIGNMENT !== 0 || block >= memory.byteLength) return 0;
  const arena = block - (block % ARENA_BYTES);
  const pool = descriptorOf(arena, Math.floor((block % ARENA_BYTES) / POOL_BYTES));
  const inPool = memory.byte(SLOTS + arena / ARENA_BYTES) === SLOT_POOLS && memory.word(pool + POOL_SIZE) !== 0;
  const capacity = inPool
    ? memory.word(pool + POOL_SIZE)
    : ((memory.word(block - CHUNK_HEADER_BYTES + CHUNK_HEAD) & ~CHUNK_FLAGS) >>> 0) - CHUNK_HEADER_BYTES;
  return block + capacity <= memory.byteLength ? capacity : 0;
}

/** A block in use. */
function framed(memory: HeapMemory, block: number, capacity: number): string[] {
  const address = block + FRAME_HEAD_BYTES;
  const size = sizeBefore(memory, address);
  const fits = size <= capacity - FRAME_BYTES;
  const lines = [
    `block at ${hex(address)}: ${size} bytes${fits ? "" : ", which the block cannot have"}, ${domainBefore(memory, address)}`,
    ...padLines(memory, "before", address - PAD_BEFORE, PAD_BEFORE),
  ];
  if (!fits) return [...lines, "  the size was overwritten: where the block ends is unknown"];
  lines.push(...padLines(memory, "after", address + size, PAD_AFTER));
  return [...lines, ...dataLines(memory.view(address, size))];
}

/** A block that was freed: its size and domain are gone, every byte behind the list's link is to be dead. */
function freed(memory: HeapMemory, block: number, capacity: number): string[] {
  const address = block + FRAME_HEAD_BYTES;
  const data = memory.view(address, capacity - FRAME_HEAD_BYTES);
  return [
    `block at ${hex(address)}: freed, room for ${data.length} bytes`,
    ...writtenLines(data, address),
    ...dataLines(data),
  ];
}

/** The size in the frame, which is big-endian, so that it reads well in a dump. */
function sizeBefore(memory: HeapMemory, address: BlockAddress): number {
  const head = memory.view(address - FRAME_HEAD_BYTES, 4);
  return new DataView(head.buffer, head.byteOffset, 4).getUint32(0);
}

function domainBefore(memory: HeapMemory, address: BlockAddress): string {
  const letter = memory.byte(address - FRAME_HEAD_BYTES + 4);
  const name = DOMAINS.get(letter);
  return name === undefined ? `of no domain (its letter is 0x${twoDigits(letter)})` : `of the domain ${name}`;
}

function padLines(memory: HeapMemory, where: string, from: number, count: number): string[] {
  const pad = Array.from(memory.view(from, count));
  const expected = `0x${twoDigits(FILL_FORBIDDEN)}`;
  if (pad.every((byte) => byte === FILL_FORBIDDEN)) return [`  ${count} pad bytes ${where} it: all ${expected}`];
  return [
    `  ${count} pad bytes ${where} it, not all ${expected}:`,
    ...pad.map((byte, i) => `    ${hex(from + i)}: 0x${twoDigits(byte)}${byte === FILL_FORBIDDEN ? "" : DAMAGED}`),
  ];
}

/** Where a freed block no longer holds what freeing filled it with. */
function writtenLines(data: Uint8Array, address: BlockAddress): string[] {
  const dead = `0x${twoDigits(FILL_DEAD)}`;
  const shown: string[] = [];
  let written = 0;
  for (const [i, byte] of data.entries()) {
    if (byte === FILL_DEAD || written++ >= SHOWN) continue;
    shown.push(`    ${hex(address + i)}: 0x${twoDigits(byte)}${DAMAGED}`);
  }
  if (written === 0) return [`  data bytes: all ${dead}, as they were left when it was freed`];
  if (written > SHOWN) shown.push(`    and ${written - SHOWN} more`);
  return [`  data bytes, not all ${dead} as they were left when it was freed:`, ...shown];
}

function dataLines(data: Uint8Array): string[] {
  if (data.length <= 2 * SHOWN) return data.length === 0 ? [] : [`  data: ${bytesOf(data)}`];
  return [
    `  first data bytes: ${bytesOf(data.subarray(0, SHOWN))}`,
    `  last data bytes:  ${bytesOf(data.subarray(-SHOWN))}`,
  ];
}

function bytesOf(data: Uint8Array): string {
  return Array.from(data, twoDigits).join(" ");
}

function twoDigits(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
