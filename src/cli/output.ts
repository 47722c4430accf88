// The files that commands write.

import { closeSync, fstatSync, openSync, rmSync, writeSync } from "node:fs";
import { Problem, reasonOf } from "./problem.js";

/**
 * Writes a file piece by piece, so that it need not be in memory as a whole; `wrote` hears of the bytes of each. Returns how many it has.
 * A file that did not become whole is removed.
 *
 * @throws Problem for a file that cannot be written; what making the pieces throws
 */
export function writeFile(
  file: string,
  pieces: Iterable<string | Uint8Array>,
  wrote: (bytes: number) => void = () => {},
): number {
  const descriptor = attempt(file, () => openSync(file, "w"));
  let total = 0;
  try {
    for (const piece of pieces) {
      const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
      for (let at = 0; at < bytes.length; ) at += attempt(file, () => writeSync(descriptor, bytes, at));
      total += bytes.length;
      wrote(bytes.length);
    }
  } catch (error) {
    // What is no file, such as a device, stays.
    if (fstatSync(descriptor).isFile()) rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return total;
}

function attempt<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw new Problem(`${file}: cannot be written: ${reasonOf(cause)}`, undefined, { cause });
  }
}
