// What a framed block of debug mode looks like, in words: size, domain, pad bytes one by one, data. Read from the bytes.

import { type BlockAddress, hex } from "./address.js";
import type { CorruptionRule } from "./errors.js";
import {
  DOMAIN_MEM,
  DOMAIN_OBJ,
  DOMAIN_RAW,
  FILL_DEAD,
  FILL_FORBIDDEN,
  FRAME_BYTES,
  FRAME_HEAD_BYTES,
  HEAP_START,
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

/** Lines about the framed block whose data begin at `address`; `rule` is the one it breaks. */
export function describeBlock(memory: HeapMemory, address: BlockAddress, rule: CorruptionRule): string {
  if (address < HEAP_START + FRAME_HEAD_BYTES || address >= memory.byteLength) return "";
  const size = sizeBefore(memory, address);
  const fits = address + size + PAD_AFTER <= memory.byteLength;
  const lines = [
    `block at ${hex(address)}: ${fits ? `${size} bytes` : `size unreadable (${size})`}, ${domainBefore(memory, address)}`,
    `rule: ${rule}`,
    ...padLines(memory, "before", address - PAD_BEFORE, PAD_BEFORE),
  ];
  if (!fits) return [...lines, "  the size was overwritten, so that where the block ends is unknown"].join("\n");
  lines.push(...padLines(memory, "after", address + size, PAD_AFTER));
  if (rule === "use-after-free") lines.push(...writtenLines(memory.view(address, size), address));
  lines.push(...dataLines(memory.view(address, size)));
  return lines.join("\n");
}

/** The size in the frame, which is big-endian, so that it reads well in a dump. */
function sizeBefore(memory: HeapMemory, address: BlockAddress): number {
  const head = memory.view(address - FRAME_HEAD_BYTES, 4);
  return new DataView(head.buffer, head.byteOffset, 4).getUint32(0);
}

function domainBefore(memory: HeapMemory, address: BlockAddress): string {
  const letter = memory.byte(address - FRAME_HEAD_BYTES + 4);
  const name = DOMAINS.get(letter);
  if (name !== undefined) return `of the domain ${name}`;
  return letter === FILL_DEAD ? "freed" : `of no domain (its letter is 0x${twoDigits(letter)})`;
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
  const written = Array.from(data.keys()).filter((i) => data[i] !== FILL_DEAD);
  if (written.length === 0) return [];
  const shown = written.slice(0, SHOWN).map((i) => `    ${hex(address + i)}: 0x${twoDigits(data[i] ?? 0)}${DAMAGED}`);
  if (written.length > SHOWN) shown.push(`    and ${written.length - SHOWN} more`);
  return [`  data bytes that are not 0x${twoDigits(FILL_DEAD)}, as they were left when the block was freed:`, ...shown];
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
