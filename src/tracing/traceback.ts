// Places in programs, and the calls that led to an allocation.

import { show } from "../arguments.js";
import { defineSummary } from "../summary.js";

/** A place in a program. */
export interface TraceFrame {
  /**
   * The path of a file, or the URL of another script. `<eval at FILE:LINE>` for code that was made there of a text; `<unknown>` for nothing of
   * the program.
   */
  readonly filename: string;
  /** From 1 on; 0 where there is none. */
  readonly lineno: number;
}

/** What a traceback looks like where no code of the program is on the stack, or no stack can be read. */
export const UNKNOWN_FILE = "<unknown>";

/** How many frames of a traceback, and in which order. */
export interface TracebackFormat {
  /** So many of the most recent frames; if negative, of the oldest. */
  readonly limit?: number;
  /** Otherwise the most recent comes last. */
  readonly mostRecentFirst?: boolean;
  /** The text of a line, where the program has it. */
  readonly lineOf?: (filename: string, lineno: number) => string | null | undefined;
}

export class Frame implements TraceFrame {
  readonly filename: string;
  readonly lineno: number;

  static {
    defineSummary(Frame.prototype, String);
  }

  constructor(filename: string, lineno: number) {
    this.filename = filename;
    this.lineno = lineno;
    Object.freeze(this);
  }

  toString(): string {
    return `${this.filename}:${this.lineno}`;
  }
}

/** Frames from the oldest to the most recent, which is the last. */
export class Traceback extends Array<TraceFrame> {
  readonly #totalFrames: number;

  static {
    defineSummary(Traceback.prototype, (traceback) => `Traceback [ ${traceback.join(", ")} ]`);
  }

  /** What is made of a traceback by slice, map and the like is a plain array. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** `frames`: the oldest first. */
  constructor(frames: readonly TraceFrame[], totalFrames: number) {
    super(frames.length);
    for (const [index, frame] of frames.entries()) this[index] = frame;
    this.#totalFrames = totalFrames;
    Object.freeze(this);
  }

  /** Frames that there were on the stack when this traceback was first met, at most 65,535. Only so many were kept as `start` was told. */
  get totalFrames(): number {
    return this.#totalFrames;
  }

  /** The oldest frame, as in Python. */
  override toString(): string {
    return this.length === 0 ? "" : String(this[0]);
  }

  /**
   * Lines as Python prints them: `  File "app.js", line 12`, each followed by the text of that line if there is one.
   *
   * @throws TypeError, RangeError for a limit that is no integer
   */
  format({ limit, mostRecentFirst = false, lineOf }: TracebackFormat = {}): string[] {
    if (limit !== undefined && typeof limit !== "number") {
      throw new TypeError(`traceback.format: limit must be a number, not ${show(limit)}`);
    }
    if (limit !== undefined && !Number.isInteger(limit)) {
      throw new RangeError(`traceback.format: limit must be an integer, not ${limit}`);
    }
    const frames = framesWithin(this, limit);
    if (mostRecentFirst) frames.reverse();
    return frames.flatMap(({ filename, lineno }) => {
      const place = `  File "${filename}", line ${lineno}`;
      const line = lineOf?.(filename, lineno)?.trim();
      return line ? [place, `    ${line}`] : [place];
    });
  }
}

function framesWithin(traceback: Traceback, limit: number | undefined): TraceFrame[] {
  if (limit === undefined) return Array.from(traceback);
  return limit > 0 ? traceback.slice(-limit) : traceback.slice(0, limit);
}

/** By filenames, then by lines, from the oldest frame on; below 0 if `a` comes first. */
export function compareTracebacks(a: readonly TraceFrame[], b: readonly TraceFrame[]): number {
  for (const [index, frame] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (frame.filename !== other.filename) return frame.filename < other.filename ? -1 : 1;
    if (frame.lineno !== other.lineno) return frame.lineno - other.lineno;
  }
  return a.length - b.length;
}
