// Threads that end at random moments: tests/workers/threads-stops.mjs in a process of its own, which can be killed if nothing happens any more.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface EndsOptions {
  /** How many threads come to their end. */
  count: number;
  seed: number;
  /** The first of the seed; so that one can be done again. */
  first?: number;
  progress?: (end: End) => void;
}

export interface End {
  index: number;
  way: string;
  outcome: "goes on" | "taken over" | "unusable";
}

/** How often each way of ending had each outcome. */
export type Outcomes = Record<string, Partial<Record<End["outcome"], number>>>;

/** @throws Error with what the process wrote, when a check failed or nobody got anywhere */
export async function runEnds({ count, seed, first = 0, progress }: EndsOptions): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const given = JSON.stringify({ seed, first, count });
  const child = spawn(process.execPath, ["tests/workers/threads-stops.mjs", given], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaints += text;
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on("close", (code, signal) => resolve(code ?? signal ?? ""));
  });
  let done = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const end = JSON.parse(line) as End;
    const before = outcomes[end.way];
    outcomes[end.way] = { ...before, [end.outcome]: 1 + (before?.[end.outcome] ?? 0) };
    done++;
    progress?.(end);
  }
  const code = await ended;
  if (code !== 0 || done !== count) throw new Error(`${done} of ${count} ends, and then ${code}: ${complaints}`);
  return outcomes;
}
