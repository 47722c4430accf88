// Programs that hold the same thing, each in a process of its own, and their rounds.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Rounds } from "../replay/timing.js";
import { median } from "../statistics.js";
import { Partner, PartnerError } from "./partner.js";
import { takeRounds } from "./turns.js";

/** Name of our own among holders. */
export const OURS = "arenaria";
/** Name of plain objects in V8's heap. */
export const PLAIN = "JavaScript";

/** One of those that hold something. */
export interface HolderProgram {
  readonly name: string;
  readonly description: string;
  /** Starts its process, which answers "round". The file has in it what is to be held. */
  start(file: string): Partner;
}

/** This process's own Node runs a holder of a program that is told the name of the holder, and the file. */
export function nodeHolder(name: string, description: string, program: string, holder: string): HolderProgram {
  const start = (file: string) => new Partner(name, process.execPath, ["--expose-gc", program, holder, file]);
  return { name, description, start };
}

/** What a holder answered in the rounds that count. */
export interface HolderAnswers<Answer> {
  readonly holder: string;
  readonly answers: readonly Answer[];
}

/** Why there is nothing of a holder. */
export interface HolderFailure {
  readonly holder: string;
  readonly error: string;
  /** The machine has no such program: nothing is wrong. */
  readonly missing: boolean;
}

/**
 * Takes what `write` writes into a file through its rounds with everybody, taking turns. One that breaks down has no more
 * rounds; the others go on. `onRound` is called after each round of each.
 */
export async function roundsOf<Answer>(
  programs: readonly HolderProgram[],
  write: (file: string) => void,
  rounds: Rounds,
  onRound: () => void,
): Promise<(HolderAnswers<Answer> | HolderFailure)[]> {
  const directory = mkdtempSync(join(tmpdir(), "arenaria-"));
  const holders: { name: string; partner: Partner }[] = [];
  try {
    const file = join(directory, "held");
    write(file);
    for (const program of programs) holders.push({ name: program.name, partner: program.start(file) });
    const answers = await takeRounds(holders, rounds, async ({ partner }) => {
      const answer = await answerOf<Answer>(partner);
      onRound();
      return answer;
    });
    return [...answers].map(([{ name }, given]) => {
      const failure = given.find((answer) => answer instanceof PartnerError);
      if (failure !== undefined) return { holder: name, error: failure.reason, missing: failure.missing };
      return { holder: name, answers: given as readonly Answer[] };
    });
  } finally {
    for (const { partner } of holders) partner.end();
    rmSync(directory, { recursive: true });
  }
}

/** What came out of a round, or why nothing did: the same in all rounds after. */
async function answerOf<Answer>(partner: Partner): Promise<Answer | PartnerError> {
  try {
    return await partner.ask<Answer>("round");
  } catch (error) {
    if (error instanceof PartnerError) return error;
    throw error;
  }
}

/** Results, and failures, of what `roundsOf` gave. */
export function parted<Result extends object>(
  all: readonly (Result | HolderFailure)[],
): { results: Result[]; failures: HolderFailure[] } {
  const results = all.flatMap((each) => ("error" in each ? [] : [each]));
  return { results, failures: all.flatMap((each) => ("error" in each ? [each] : [])) };
}

/** The median time of each part of a life, over all rounds. */
export function mediansOf<Part extends string>(
  parts: readonly Part[],
  rounds: readonly { readonly times: Readonly<Record<Part, readonly number[]>> }[],
): Record<Part, number> {
  const medianOf = (part: Part) => median(rounds.flatMap(({ times }) => times[part]));
  return Object.fromEntries(parts.map((part) => [part, medianOf(part)])) as Record<Part, number>;
}
