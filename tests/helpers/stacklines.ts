// Lines of test files, and which of them a traceback has.
import type { Traceback } from "../../src/index.js";

/** The line that calls this. */
export function hereLine(): number {
  const [, , line = ""] = new Error("where").stack?.split("\n") ?? [];
  return Number(/:(\d+):\d+\)?$/.exec(line)?.[1]);
}

/** A function for the lines of a file in a traceback, the most recent first; up to the first frame of another file. */
export function linesIn(file: string): (traceback: Traceback | null | undefined) => number[] {
  return (traceback) => {
    const frames = [...(traceback ?? [])].reverse();
    const end = frames.findIndex(({ filename }) => !filename.endsWith(file));
    return (end < 0 ? frames : frames.slice(0, end)).map(({ lineno }) => lineno);
  };
}
