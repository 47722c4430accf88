// How far a long job is: a bar on standard error, if someone looks at it.

import { SingleBar } from "cli-progress";
import type { Terminal } from "./terminal.js";

export interface Progress {
  /** The next part of the job begins. */
  part(name: string): void;
  /** So many steps more are done. */
  advance(steps: number): void;
  end(): void;
}

const SILENT: Progress = { part: () => {}, advance: () => {}, end: () => {} };

/** A job of so many steps; `quiet` shows nothing of it. */
export function startProgress(terminal: Terminal, steps: number, quiet: boolean): Progress {
  if (!terminal.interactive || quiet) return SILENT;
  const bar = new SingleBar({
    format: "{bar} {percentage} %  {part}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 32,
    clearOnComplete: true,
    // The work never lets timers run, and an interrupt ends the program on the spot: the terminal stays as it is.
    linewrap: true,
    forceRedraw: true,
    stream: process.stderr,
  });
  bar.start(steps, 0, { part: "" });
  return {
    part: (name) => bar.update({ part: name }),
    advance: (more) => bar.increment(more),
    end: () => bar.stop(),
  };
}
