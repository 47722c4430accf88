// Sessions from whatever can be opened: the bytes of a file, which are known by their content, the demo, a heap.

import { show } from "../../arguments.js";
import { ImageError, MemoryError } from "../../errors.js";
import { Heap, partsOf } from "../../heap.js";
import { isGzip, isTrace, readTrace, TraceError } from "../../traces/reader.js";
import { DemoSession } from "./demosession.js";
import { HeapSession } from "./heapsession.js";
import { ImageSession } from "./imagesession.js";
import type { Session } from "./session.js";
import { TraceSession } from "./tracesession.js";

/** A file that cannot be opened. The message is a sentence for people, with the file's name. */
export class OpenError extends Error {
  static {
    OpenError.prototype.name = "OpenError";
  }
}

/** "ARNIMAGE": how images begin. */
const IMAGE_MAGIC = [0x41, 0x52, 0x4e, 0x49, 0x4d, 0x41, 0x47, 0x45];

/**
 * Opens the bytes of a file: a recorded trace, gzipped or not, or an image of a heap.
 *
 * @throws OpenError
 */
export async function openFile(bytes: Uint8Array, name: string): Promise<Session> {
  if (bytes.length === 0) throw new OpenError(`${name} is empty.`);
  try {
    if (IMAGE_MAGIC.every((byte, index) => bytes[index] === byte)) return await ImageSession.open(bytes, name);
    if (isTrace(bytes) || isGzip(bytes)) return await TraceSession.open(await readTrace(bytes, name));
  } catch (cause) {
    throw new OpenError(sentenceOf(cause, name), { cause });
  }
  throw new OpenError(
    `${name} is neither a recorded trace (.atrc, .atrc.gz) nor an image of a heap, as heap.snapshot() makes them.`,
  );
}

/** The demo at its beginning. @throws MemoryError */
export function openDemo(): Promise<Session> {
  return DemoSession.open();
}

/**
 * A heap of this program, which stays the program's.
 *
 * @throws HeapError `HEAP_DISPOSED`; TypeError not a heap
 */
export function openHeap(heap: Heap, name = "heap"): Session {
  if (!(heap instanceof Heap)) {
    throw new TypeError(
      `the inspector wants a Heap of the same copy of arenaria that it belongs to, not ${show(heap)}`,
    );
  }
  return new HeapSession(heap, name);
}

/**
 * The heaps that a page offers to inspectors, by name: what it has put into `globalThis.arenaria_heaps`, which is an object, such as
 * `{ cache: heap }`. What is no heap, or is gone, is left out.
 */
export function heapsOfPage(): Array<{ readonly name: string; readonly heap: Heap }> {
  const { arenaria_heaps: offered } = globalThis as { arenaria_heaps?: unknown };
  if (typeof offered !== "object" || offered === null) return [];
  return Object.entries(offered).flatMap(([name, heap]) => (isThere(heap) ? [{ name, heap }] : []));
}

function isThere(heap: unknown): heap is Heap {
  if (!(heap instanceof Heap)) return false;
  try {
    return !partsOf(heap).engine.isOver;
  } catch {
    return false;
  }
}

function sentenceOf(cause: unknown, name: string): string {
  if (cause instanceof TraceError) return `${cause.message}.`;
  if (cause instanceof MemoryError) return `${name} is too large: it needs more memory than there is here.`;
  if (cause instanceof ImageError) {
    switch (cause.code) {
      case "IMAGE_VERSION":
        return `${name} is an image of another version of this library; open it with the version that made it.`;
      case "IMAGE_DAMAGED":
        return `${name} is an image that is damaged: ${withoutCall(cause.message)}.`;
      default:
        return `${name} cannot be opened: ${withoutCall(cause.message)}.`;
    }
  }
  return `${name} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}.`;
}

function withoutCall(message: string): string {
  return message.replace(/^Heap\.restore: /, "").replace(/\.$/, "");
}
