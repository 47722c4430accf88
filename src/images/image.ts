// heap.snapshot and the first half of Heap.restore: the bytes of a heap as an image, and an image as the bytes of a memory.

import { hex, type ObjectAddress } from "../address.js";
import { show } from "../arguments.js";
import type { Core } from "../core.js";
import { HeapError, MemoryError } from "../errors.js";
import { OWNS } from "../handle.js";
import { invariantOf } from "../invariants.js";
import {
  G_COLLECTING,
  G_DEPTH,
  GC,
  GIL,
  GIL_BYTES,
  R_DEBUG,
  R_MEMORY_END,
  RUNTIME,
  SCRATCH,
  SCRATCH_BYTES,
  TEXT_SCRATCH,
  TEXT_SCRATCH_BYTES,
  THREAD_SHIFT,
  THREADS,
  THREADS_CAPACITY,
} from "../layout.js";
import type { HeapMemory } from "../memory.js";
import type { Objects } from "../objects.js";
import { addressAt } from "../word.js";
import {
  checksumIn,
  damaged,
  headBytes,
  type ImageHead,
  imageBytes,
  RUNTIME_END,
  RUNTIME_START,
  readHead,
  withoutChecksum,
  writeChecksum,
  writeHead,
} from "./format.js";
import { usedRuns } from "./pages.js";

/** Bytes that are copied and summed in one go, so that the second finds them in the cache. */
const PIECE_BYTES = 1 << 18;
/** The same of bytes that are not in linear memory: what there is room for, in whole stripes of the checksum. */
const SCRATCH_PIECE_BYTES = TEXT_SCRATCH_BYTES & ~31;

/** Parts of the runtime that say nothing about the heap. */
const MOMENTARY: readonly (readonly [address: number, bytes: number])[] = [
  [SCRATCH, SCRATCH_BYTES],
  [GIL, GIL_BYTES],
  [THREADS, THREADS_CAPACITY << THREAD_SHIFT],
  [TEXT_SCRATCH, TEXT_SCRATCH_BYTES],
];

/**
 * See {@link Heap.snapshot}; `others` are objects to which the host owns references without handles.
 *
 * @throws HeapError `BUSY`; MemoryError; CorruptionError when the heap's records make no sense; TypeError
 */
export function snapshot(objects: Objects, others: readonly ObjectAddress[], into?: Uint8Array): Uint8Array {
  const { engine } = objects;
  const { memory } = engine;
  if (into !== undefined) requireElsewhere(into, memory);
  if (memory.word(GC + G_DEPTH) !== 0 || memory.word(GC + G_COLLECTING) !== 0) {
    throw new HeapError(
      "BUSY",
      "heap.snapshot: a finalizer, a callback or a collection is under way, and objects are half dead; take it when that has returned",
    );
  }
  engine.run((core) => core.tidy());
  const head: ImageHead = {
    debug: memory.word(RUNTIME + R_DEBUG) !== 0,
    memoryEnd: memory.word(RUNTIME + R_MEMORY_END),
    runs: usedRuns(memory),
    held: Uint32Array.from([...heldAddresses(objects), ...others]).sort(),
  };
  const length = imageBytes(head);
  const image = into !== undefined && into.length >= length ? into.subarray(0, length) : newImage(length);
  writeHead(image, head);
  let at = headBytes(head);
  copyRuntime(memory, image.subarray(at, at + RUNTIME_END - RUNTIME_START));
  at += RUNTIME_END - RUNTIME_START;
  engine.run((core) => {
    const { bytes } = memory;
    core.checksumBegin();
    addOutside(core, memory, image.subarray(0, at));
    for (const { address, size } of piecesOf(head)) {
      core.checksumAdd(address, size);
      image.set(bytes.subarray(address, address + size), at);
      at += size;
    }
    writeChecksum(image, BigInt.asUintN(64, core.checksumEnd()));
  });
  return image;
}

/** Bytes that an image can be written to: any but the heap's own. */
function requireElsewhere(into: unknown, { bytes, memory }: HeapMemory): void {
  if (!(into instanceof Uint8Array)) {
    throw new TypeError(`heap.snapshot: into must be a Uint8Array, not ${show(into)}`);
  }
  if (into.buffer === bytes.buffer || into.buffer === memory.buffer) {
    throw new TypeError("heap.snapshot: into lies in the memory of the heap itself; give bytes that are elsewhere");
  }
}

/** One address for each reference that a handle owns. */
function heldAddresses(objects: Objects): ObjectAddress[] {
  return objects.holds().flatMap(({ state, index }) => (state === OWNS ? [addressAt(index)] : []));
}

function newImage(bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new MemoryError("NO_MEMORY", bytes, `heap.snapshot: the engine has no room for an image of ${bytes} bytes`, {
      cause,
    });
  }
}

function copyRuntime(memory: HeapMemory, to: Uint8Array): void {
  to.set(memory.bytes.subarray(RUNTIME_START, RUNTIME_END));
  for (const [address, bytes] of MOMENTARY) to.fill(0, address - RUNTIME_START, address - RUNTIME_START + bytes);
}

/** The runs of an image in pieces. */
function* piecesOf({ runs }: ImageHead): Generator<{ address: number; size: number }> {
  for (const run of runs) {
    const end = run.address + run.bytes;
    for (let address = run.address; address < end; address += PIECE_BYTES) {
      yield { address, size: Math.min(PIECE_BYTES, end - address) };
    }
  }
}

/** Takes bytes into the checksum that are not in linear memory. */
function addOutside(core: Core, memory: HeapMemory, outside: Uint8Array): void {
  for (let at = 0; at < outside.length; at += SCRATCH_PIECE_BYTES) {
    const piece = outside.subarray(at, at + SCRATCH_PIECE_BYTES);
    memory.bytes.set(piece, TEXT_SCRATCH);
    core.checksumAdd(TEXT_SCRATCH, piece.length);
  }
}

/** The head of an image and all else of it that is not in runs, to be read before anything is awaited: the bytes belong to the program. */
export interface ImageFront {
  readonly head: ImageHead;
  readonly bytes: Uint8Array;
}

/** @throws ImageError */
export function frontOf(image: Uint8Array): ImageFront {
  const head = readHead(image);
  return { head, bytes: image.slice(0, headBytes(head) + RUNTIME_END - RUNTIME_START) };
}

/**
 * Puts the bytes of an image with this front into an empty memory that is long enough, and makes sure that they are a heap: no call of
 * `core` before was about one. The references of its handles are still counted.
 *
 * @throws ImageError, and the memory is good for nothing
 */
export function placeImage(
  core: Core,
  memory: HeapMemory,
  image: Uint8Array,
  { head, bytes: front }: ImageFront,
): void {
  if (image.length !== imageBytes(head)) throw damaged("its buffer was transferred while the core was made");
  core.checksumBegin();
  addOutside(core, memory, withoutChecksum(front));
  let at = front.length;
  for (const { address, size } of piecesOf(head)) {
    memory.bytes.set(image.subarray(at, at + size), address);
    core.checksumAdd(address, size);
    at += size;
  }
  if (BigInt.asUintN(64, core.checksumEnd()) !== checksumIn(front)) {
    throw damaged("its checksum is not that of its bytes");
  }
  memory.bytes.set(front.subarray(headBytes(head)), RUNTIME_START);
  for (const [address, bytes] of MOMENTARY) memory.bytes.fill(0, address, address + bytes);
  core.adoptImage();
  const isDebug = memory.word(RUNTIME + R_DEBUG) !== 0;
  if (isDebug !== head.debug || memory.word(RUNTIME + R_MEMORY_END) !== head.memoryEnd) {
    throw damaged("its header is not that of its heap");
  }
  memory.bytes.set(new Uint8Array(head.held.buffer), head.memoryEnd);
  const rule = verified(core, head);
  if (rule !== 0) {
    const { name, sentence } = invariantOf(rule);
    throw damaged(`what it holds is no heap: ${sentence} (invariant "${name}", at ${hex(core.faultAddress() >>> 0)})`);
  }
}

/** 0, or the id of an invariant that does not hold. */
function verified(core: Core, { held, memoryEnd }: ImageHead): number {
  try {
    return core.verifyImage(memoryEnd, held.length);
  } catch (cause) {
    // The core is there to find out what makes no sense, and it is a memory of its own that nobody has seen.
    throw damaged("its records lead nowhere", { cause });
  }
}

/** Bytes of memory that `placeImage` needs: the heap's, and behind it, for as long as it is verified, the list of what handles held. */
export function bytesToPlace({ memoryEnd, held }: ImageHead): number {
  return memoryEnd + held.byteLength;
}
