// The files that commands are given, told apart by how they begin.

import { readFile } from "node:fs/promises";
import { HeapError } from "../errors.js";
import { Heap } from "../heap.js";
import type { Trace } from "../traces/format.js";
import { isGzip, isTrace, readTrace } from "../traces/reader.js";
import { Problem, reasonOf } from "./problem.js";

const IMAGE_MAGIC = "ARNIMAGE";

type Kind = "image" | "trace" | "empty" | "unknown";

/** What to do with a file that another command is for. */
const REMEDIES: Readonly<Record<Kind, string>> = {
  image: "an image of a heap: look at it with `arenaria stats` or `arenaria inspect`",
  trace: "a recorded trace: play it with `arenaria replay` or `arenaria inspect`",
  empty: "empty",
  unknown: "something else",
};

/** @throws Problem for a file that cannot be read */
export async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new Problem(`${file}: cannot be read: ${reasonOf(cause)}`, undefined, { cause });
  }
}

function kindOf(bytes: Uint8Array): Kind {
  if (bytes.length === 0) return "empty";
  if (new TextDecoder("latin1").decode(bytes.subarray(0, IMAGE_MAGIC.length)) === IMAGE_MAGIC) return "image";
  return isTrace(bytes) || isGzip(bytes) ? "trace" : "unknown";
}

/** @throws Problem for a file of another kind */
function requireKind(file: string, bytes: Uint8Array, wanted: "image" | "trace"): void {
  const kind = kindOf(bytes);
  if (kind === wanted) return;
  const want =
    wanted === "image"
      ? "wants an image of a heap, which heap.snapshot() and `arenaria load -o` make"
      : "wants a recorded trace (.atrc, gzipped or not)";
  throw new Problem(`${file}: this command ${want}, and the file is ${REMEDIES[kind]}`);
}

/** @throws Problem for a file that is neither an image nor a trace */
export function requireHeap(file: string, bytes: Uint8Array): void {
  const kind = kindOf(bytes);
  if (kind === "image" || kind === "trace") return;
  const want = "inspect wants an image of a heap or a recorded trace";
  throw new Problem(`${file}: ${want}, and the file is ${REMEDIES[kind]}`);
}

/** @throws Problem for a file that is no text */
export function requireText(file: string, bytes: Uint8Array): void {
  const kind = kindOf(bytes);
  if (kind !== "unknown")
    throw new Problem(`${file}: load wants JavaScript or JSON, and the file is ${REMEDIES[kind]}`);
  if (bytes.includes(0)) throw new Problem(`${file}: load wants JavaScript or JSON, and the file is no text`);
}

/** A heap made from the image in a file; what handles held lives on. */
export async function openImage(file: string): Promise<{ heap: Heap; bytes: number }> {
  const image = await readBytes(file);
  requireKind(file, image, "image");
  try {
    const heap = await Heap.restore(image, { keepHandles: true, gc: { enabled: false } });
    return { heap, bytes: image.length };
  } catch (cause) {
    if (!(cause instanceof HeapError)) throw cause;
    throw new Problem(`${file}: ${cause.message.replace(/^Heap\.restore: /, "")}`, undefined, { cause });
  }
}

/** @throws Problem, TraceError */
export async function openTrace(file: string): Promise<Trace> {
  const bytes = await readBytes(file);
  requireKind(file, bytes, "trace");
  return readTrace(bytes, file);
}
