// The files that commands write.

import { closeSync, fstatSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { MISUSED, Problem, reasonOf } from "./problem.js";

/**
 * Makes sure that what is written is a file, is not what is read, and nothing twice.
 *
 * @throws Problem
 */
export function requireOthers(read: readonly string[], written: readonly (string | undefined)[]): void {
  const seen = new Set(read.map(identityOf));
  for (const file of written) {
    if (file === undefined) continue;
    if (file === "-") throw new Problem("-: standard output is for tables and JSON; name a file", MISUSED);
    const identity = identityOf(file);
    if (seen.has(identity)) {
      throw new Problem(`${file}: would be written over what is read or written already; choose another name`, MISUSED);
    }
    seen.add(identity);
  }
}

/** The same for all names of one file. A device may be named as often as one likes. */
function identityOf(file: string): string | symbol {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return resolve(file);
  return stats.isFile() ? `${stats.dev}:${stats.ino}` : Symbol(file);
}

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
