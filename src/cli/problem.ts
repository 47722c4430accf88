// What ends a command: a sentence, and a status.

/** The work failed: a file that is damaged or not there, a heap that is corrupt. */
export const FAILED = 1;
/** Wrong usage. */
export const MISUSED = 2;

/** A sentence for whoever runs the command: what, where, what to do. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    message: string,
    readonly status: typeof FAILED | typeof MISUSED = FAILED,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or directory",
  EISDIR: "it is a directory",
  ENOTDIR: "part of the path is no directory",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EADDRINUSE: "the port is taken; choose another with --port",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
};

/** Why the system refused something, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : REASONS[code]) ?? code ?? message;
}
