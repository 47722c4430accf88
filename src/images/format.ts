// The format of images: a header, what lies where, and the bytes.
//
//   +0      header      64 B, see below
//   +64     runs        u32 address, u32 bytes    for each run of memory that the image has; whole pages of 4 KiB, lowest first
//           held        u32 address               for each reference that a handle owned when the image was made
//           zeros                                 up to a multiple of 64
//           runtime     bytes 0x1000 … 0xe000     of linear memory: all that lies at fixed addresses, and the first bytes of the first region
//           runs        the bytes of the runs, one after another
//
//   header  +0   magic         8 B   "ARNIMAGE"
//           +8   version       u32   IMAGE_VERSION
//           +12  flags         u32   IMAGE_DEBUG: the blocks of the heap have frames
//           +16  fingerprint   u64   LAYOUT_FINGERPRINT
//           +24  checksum      u64   XXH64 (seed 0) of the whole image, with 0 in this place
//           +32  length        u64   bytes of the image
//           +40  memory end    u32   first byte past the memory that the heap has, a multiple of 64 KiB
//           +44  runs          u32   how many
//           +48  held          u32   how many
//           +52  zeros         12 B
//
// All numbers are little-endian, as they are in linear memory, on every platform. What no run has is free, and reads as 0.

import { ImageError } from "../errors.js";
import { HEAP_START, MEMORY_MAX_BYTES, POOL_BYTES, WASM_PAGE_BYTES } from "../layout.js";

/** Changes when heaps of before can no longer be read though the layout is the same, as when a hash function changes. */
export const IMAGE_VERSION = 1;
/** The first 8 bytes of SHA-256 of all names and values in assembly/layout.ts and assembly/objectlayout.ts; `tests/image-format.test.ts` says how. */
export const LAYOUT_FINGERPRINT = 6301512742965272918n;
const IMAGE_DEBUG = 1;

export const HEADER_BYTES = 64;
const CHECKSUM_OFFSET = 24;
/** Images have pages of this many bytes, or leave them out. */
export const IMAGE_PAGE_BYTES = POOL_BYTES;
/** The part of memory that every image has: from here … */
export const RUNTIME_START = IMAGE_PAGE_BYTES;
/** … to the end of the page in which the first region begins. */
export const RUNTIME_END = Math.ceil(HEAP_START / IMAGE_PAGE_BYTES) * IMAGE_PAGE_BYTES;

const MAGIC = "ARNIMAGE";
const RUN_BYTES = 8;
const ALIGNMENT = 64;

/** Bytes of linear memory that an image has, in whole pages. */
export interface Run {
  readonly address: number;
  readonly bytes: number;
}

/** All that an image says before the bytes of memory begin. */
export interface ImageHead {
  readonly debug: boolean;
  readonly memoryEnd: number;
  readonly runs: readonly Run[];
  readonly held: Uint32Array;
}

/** Bytes before those of linear memory begin. */
export function headBytes({ runs, held }: Pick<ImageHead, "runs" | "held">): number {
  return bytesOfHead(runs.length, held.length);
}

function bytesOfHead(runs: number, held: number): number {
  return Math.ceil((HEADER_BYTES + runs * RUN_BYTES + held * 4) / ALIGNMENT) * ALIGNMENT;
}

/** Bytes of the whole image. */
export function imageBytes(head: ImageHead): number {
  return head.runs.reduce((sum, { bytes }) => sum + bytes, headBytes(head) + RUNTIME_END - RUNTIME_START);
}

/** Writes the head, without a checksum yet, at the start of an image. */
export function writeHead(image: Uint8Array, head: ImageHead): void {
  image.fill(0, 0, headBytes(head));
  const view = new DataView(image.buffer, image.byteOffset, headBytes(head));
  for (let i = 0; i < MAGIC.length; i++) view.setUint8(i, MAGIC.charCodeAt(i));
  view.setUint32(8, IMAGE_VERSION, true);
  view.setUint32(12, head.debug ? IMAGE_DEBUG : 0, true);
  view.setBigUint64(16, LAYOUT_FINGERPRINT, true);
  view.setBigUint64(32, BigInt(image.length), true);
  view.setUint32(40, head.memoryEnd, true);
  view.setUint32(44, head.runs.length, true);
  view.setUint32(48, head.held.length, true);
  let at = HEADER_BYTES;
  for (const { address, bytes } of head.runs) {
    view.setUint32(at, address, true);
    view.setUint32(at + 4, bytes, true);
    at += RUN_BYTES;
  }
  for (const address of head.held) {
    view.setUint32(at, address, true);
    at += 4;
  }
}

export function checksumIn(image: Uint8Array): bigint {
  return new DataView(image.buffer, image.byteOffset + CHECKSUM_OFFSET, 8).getBigUint64(0, true);
}

/** The bytes of an image up to some place, as they are summed. */
export function withoutChecksum(image: Uint8Array): Uint8Array {
  const copy = image.slice();
  writeChecksum(copy, 0n);
  return copy;
}

export function writeChecksum(image: Uint8Array, checksum: bigint): void {
  new DataView(image.buffer, image.byteOffset + CHECKSUM_OFFSET, 8).setBigUint64(0, checksum, true);
}

/**
 * Reads the head of an image. Everything that it says is possible then, but the bytes after it have not been looked at.
 *
 * @throws ImageError
 */
export function readHead(image: Uint8Array): ImageHead {
  const magic = String.fromCharCode(...image.subarray(0, MAGIC.length));
  if (magic !== MAGIC) {
    if (image.length < HEADER_BYTES && MAGIC.startsWith(magic)) throw cutOff(image, "its header");
    throw new ImageError(
      "IMAGE_FOREIGN",
      "Heap.restore: these bytes are no image of a heap: they do not begin as one; give those that heap.snapshot() returned",
    );
  }
  if (image.length < HEADER_BYTES) throw cutOff(image, "its header");
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const version = view.getUint32(8, true);
  if (version !== IMAGE_VERSION) {
    throw new ImageError(
      "IMAGE_VERSION",
      `Heap.restore: the image has format ${version}, and this version of arenaria reads format ${IMAGE_VERSION}; ` +
        `restore it with a ${version > IMAGE_VERSION ? "newer" : "matching older"} version`,
    );
  }
  if (view.getBigUint64(16, true) !== LAYOUT_FINGERPRINT) {
    throw new ImageError(
      "IMAGE_VERSION",
      "Heap.restore: the image was made by a version of arenaria that lays memory out in another way; restore it with that version, " +
        "and take its data along as plain data (heap.toJS)",
    );
  }
  const length = view.getBigUint64(32, true);
  if (length > BigInt(image.length)) throw cutOff(image, `${length} bytes, as its header says`);
  if (length < BigInt(image.length)) throw damaged(`it has ${image.length} bytes, and ${length} by its header`);
  const flags = view.getUint32(12, true);
  const memoryEnd = view.getUint32(40, true);
  const zeros = [52, 56, 60].some((at) => view.getUint32(at, true) !== 0);
  if ((flags & ~IMAGE_DEBUG) !== 0 || zeros || !isMemoryEnd(memoryEnd)) throw damaged("its header makes no sense");
  const head = { debug: (flags & IMAGE_DEBUG) !== 0, memoryEnd, ...readTables(view, memoryEnd) };
  if (imageBytes(head) !== image.length) throw damaged("its parts are not as long as it is");
  return head;
}

function readTables(view: DataView, memoryEnd: number): Pick<ImageHead, "runs" | "held"> {
  const runCount = view.getUint32(44, true);
  const heldCount = view.getUint32(48, true);
  if (bytesOfHead(runCount, heldCount) > view.byteLength) throw damaged("its tables are longer than it is");
  const runs: Run[] = [];
  let at = HEADER_BYTES;
  let end = RUNTIME_END;
  for (; runs.length < runCount; at += RUN_BYTES) {
    const run = { address: view.getUint32(at, true), bytes: view.getUint32(at + 4, true) };
    const isWhole = run.address % IMAGE_PAGE_BYTES === 0 && run.bytes % IMAGE_PAGE_BYTES === 0 && run.bytes !== 0;
    if (!isWhole || run.address < end || run.address + run.bytes > memoryEnd) {
      throw damaged(`its run ${runs.length} lies where none can`);
    }
    end = run.address + run.bytes;
    runs.push(run);
  }
  const held = Uint32Array.from({ length: heldCount }, (_, i) => view.getUint32(at + i * 4, true));
  return { runs, held };
}

function isMemoryEnd(end: number): boolean {
  return end % WASM_PAGE_BYTES === 0 && end >= WASM_PAGE_BYTES && end <= MEMORY_MAX_BYTES;
}

function cutOff(image: Uint8Array, of: string): ImageError {
  return new ImageError(
    "IMAGE_DAMAGED",
    `Heap.restore: the image is not whole: there are ${image.length} bytes of ${of}`,
  );
}

/** The error for an image that is not as it was made; `what` is wrong with it. */
export function damaged(what: string, options?: ErrorOptions): ImageError {
  return new ImageError("IMAGE_DAMAGED", `Heap.restore: the image is damaged: ${what}`, options);
}
