import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { createGunzip } from "node:zlib";
import { OP_BITS, OP_CALLOC, OP_FREE, OP_MALLOC, OP_MASK, OP_REALLOC, type Trace } from "./trace.js";

/** "ATRC", little-endian. */
export const MAGIC = 0x43525441;
export const VERSION = 1;
/** Magic, version, words, slots, operations: 4 bytes each. */
export const HEADER_BYTES = 20;
const WORD_BYTES = 4;

/** A file that is no trace of this version, or is damaged. The message is one sentence with file and offset. */
export class TraceError extends Error {
  override readonly name = "TraceError";
  constructor(
    readonly file: string,
    /** Bytes from the beginning of the trace as it is after gunzip, where the fault was found. */
    readonly offset: number,
    what: string,
  ) {
    super(`${file}: ${what} (at byte ${offset})`);
  }
}

/** Reads a trace, gzipped or not. Throws TraceError. */
export async function readTrace(file: string): Promise<Trace> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new TraceError(file, 0, `cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return decodeTrace(isGzip ? await gunzip(file, bytes) : bytes, file);
}

/** The name of the trace in `file`: without directory, `.gz` and `.atrc`. */
export function traceName(file: string): string {
  return basename(file)
    .replace(/\.gz$/, "")
    .replace(/\.atrc$/, "");
}

/** Decompresses piece by piece, so that an error can say how far it came. */
function gunzip(file: string, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const stream = createGunzip();
    stream.on("data", (piece: Buffer) => {
      pieces.push(piece);
      length += piece.length;
    });
    stream.on("end", () => resolve(Buffer.concat(pieces)));
    stream.on("error", (error) => {
      reject(new TraceError(file, length, `the gzip data is damaged or cut off: ${error.message}`));
    });
    stream.end(bytes);
  });
}

/** Decodes and checks the bytes of a trace, `file` being what errors call it. Throws TraceError. */
export function decodeTrace(bytes: Uint8Array, file: string): Trace {
  const fail = (offset: number, what: string): never => {
    throw new TraceError(file, offset, what);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 4 && view.getUint32(0, true) !== MAGIC) fail(0, 'no trace: it does not begin with "ATRC"');
  if (bytes.length < HEADER_BYTES) fail(bytes.length, `cut off inside the header of ${HEADER_BYTES} bytes`);
  const header = (index: number) => view.getUint32(index * WORD_BYTES, true);
  if (header(1) !== VERSION) fail(4, `trace of version ${header(1)}; this program reads version ${VERSION}`);
  const wordCount = header(2);
  const slots = header(3);
  const operations = header(4);
  const end = HEADER_BYTES + wordCount * WORD_BYTES;
  if (bytes.length < end) {
    fail(bytes.length, `cut off: the header announces ${wordCount} words, which end at byte ${end}`);
  }
  if (bytes.length > end) fail(end, `${bytes.length - end} bytes follow the last word`);
  if (operations > wordCount) fail(16, `the header announces ${operations} operations in ${wordCount} words`);
  if (slots > operations) fail(12, `the header announces ${slots} slots for ${operations} operations`);
  const words = new Uint32Array(wordCount);
  // Byte by byte: the words need not lie at a multiple of four.
  new Uint8Array(words.buffer).set(bytes.subarray(HEADER_BYTES, end));
  checkOperations(words, slots, operations, fail);
  return { name: traceName(file), words, slots, operations };
}

type Fail = (offset: number, what: string) => never;

/** Checks that the operations make sense one after the other, and rewrites a realloc of no block as the malloc it is. */
function checkOperations(words: Uint32Array, slots: number, operations: number, fail: Fail): void {
  const live = new Uint8Array(slots);
  let count = 0;
  for (let at = 0; at < words.length; count++) {
    const word = words[at] as number;
    const op = word & OP_MASK;
    const slot = word >>> OP_BITS;
    const offset = HEADER_BYTES + at * WORD_BYTES;
    if (slot >= slots) fail(offset, `operation ${count} is about slot ${slot}, but there are ${slots} slots`);
    if (op === OP_FREE) {
      if (live[slot] === 0) fail(offset, `operation ${count} frees slot ${slot}, which holds no block`);
      live[slot] = 0;
      at += 1;
      continue;
    }
    if (at + 1 >= words.length) fail(offset + WORD_BYTES, `operation ${count} has no size: the words end before it`);
    if ((op === OP_MALLOC || op === OP_CALLOC) && live[slot] === 1) {
      fail(offset, `operation ${count} allocates in slot ${slot}, which still holds a block`);
    }
    if (op === OP_REALLOC && live[slot] === 0) words[at] = (slot << OP_BITS) | OP_MALLOC;
    live[slot] = 1;
    at += 2;
  }
  if (count !== operations) fail(16, `the header announces ${operations} operations, but there are ${count}`);
}
