// Files that a command is given to work on.

import { readFileSync } from "node:fs";

/** A file that cannot be read, or is not what it should be. The message is one sentence. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  constructor(
    readonly file: string,
    what: string,
  ) {
    super(`${file}: ${what}`);
  }
}

/**
 * The bytes of a file.
 *
 * @throws SourceError
 */
export function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new SourceError(file, `cannot be read: ${(error as Error).message}`);
  }
}
