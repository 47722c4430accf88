// From the bytes of a file to a trace.

import {
  OP_BITS,
  OP_CALLOC,
  OP_FREE,
  OP_MALLOC,
  OP_MASK,
  OP_REALLOC,
  TRACE_HEADER_BYTES,
  TRACE_MAGIC,
  TRACE_VERSION,
  type Trace,
} from "./format.js";

const WORD_BYTES = 4;

/** Bytes that are no trace of this version, or are damaged. The message is one sentence with file and offset. */
export class TraceError extends Error {
  static {
    TraceError.prototype.name = "TraceError";
  }

  constructor(
    readonly file: string,
    /** Bytes from the beginning of the trace as it is after gunzip, where the fault was found. */
    readonly offset: number,
    what: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${what} (at byte ${offset})`, options);
  }
}

/** Whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Whether bytes begin as a trace does that is not gzipped. */
export function isTrace(bytes: Uint8Array): boolean {
  return bytes.length >= WORD_BYTES && viewOf(bytes).getUint32(0, true) === TRACE_MAGIC;
}

/**
 * Reads a trace, gzipped or not, from the bytes of a file; `file` is what errors call it.
 *
 * @throws TraceError
 */
export async function readTrace(bytes: Uint8Array, file: string): Promise<Trace> {
  return decodeTrace(isGzip(bytes) ? await gunzip(bytes, file) : bytes, file);
}

/** The name of the trace in `file`: without directory, `.gz` and `.atrc`. */
export function traceName(file: string): string {
  return file
    .replace(/^.*[\\/]/, "")
    .replace(/\.gz$/, "")
    .replace(/\.atrc$/, "");
}

/** Decompresses piece by piece, so that an error can say how far it came. */
async function gunzip(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  // What goes wrong is told to the reader as well.
  const ignored = () => {};
  writer.write(bytes as Uint8Array<ArrayBuffer>).catch(ignored);
  writer.close().catch(ignored);
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    const reader = readable.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      pieces.push(read.value);
      length += read.value.length;
    }
  } catch (cause) {
    const { message } = cause as Error;
    throw new TraceError(file, length, `the gzip data is damaged or cut off: ${message}`, { cause });
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/**
 * Decodes and checks the bytes of a trace that is not gzipped; `file` is what errors call it.
 *
 * @throws TraceError
 */
export function decodeTrace(bytes: Uint8Array, file: string): Trace {
  const fail = (offset: number, what: string): never => {
    throw new TraceError(file, offset, what);
  };
  if (bytes.length >= WORD_BYTES && !isTrace(bytes)) fail(0, 'no trace: it does not begin with "ATRC"');
  if (bytes.length < TRACE_HEADER_BYTES) fail(bytes.length, `cut off inside the header of ${TRACE_HEADER_BYTES} bytes`);
  const view = viewOf(bytes);
  const header = (index: number) => view.getUint32(index * WORD_BYTES, true);
  if (header(1) !== TRACE_VERSION) {
    fail(4, `trace of version ${header(1)}; this program reads version ${TRACE_VERSION}`);
  }
  const wordCount = header(2);
  const slots = header(3);
  const operations = header(4);
  const end = TRACE_HEADER_BYTES + wordCount * WORD_BYTES;
  if (bytes.length < end) {
    fail(bytes.length, `cut off: the header announces ${wordCount} words, which end at byte ${end}`);
  }
  if (bytes.length > end) fail(end, `${bytes.length - end} bytes follow the last word`);
  if (operations > wordCount) fail(16, `the header announces ${operations} operations in ${wordCount} words`);
  if (slots > operations) fail(12, `the header announces ${slots} slots for ${operations} operations`);
  const words = new Uint32Array(wordCount);
  // Byte by byte: the words need not lie at a multiple of four.
  new Uint8Array(words.buffer).set(bytes.subarray(TRACE_HEADER_BYTES, end));
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
    const offset = TRACE_HEADER_BYTES + at * WORD_BYTES;
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

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
