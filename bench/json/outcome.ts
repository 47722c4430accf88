// Everything there is to find out about one JSON document, and what of it is no success.

import { type HolderFailure, OURS, parted } from "../objects/holders.js";
import type { Rounds } from "../replay/timing.js";
import type { Progress } from "../report/progress.js";
import { type Check, check } from "./check.js";
import { HOLDERS, type HolderResult, timeHolders } from "./holders.js";
import { PLAIN_READER } from "./plain.js";
import type { JsonSource } from "./source.js";
import { type Answers, survey } from "./survey.js";

/** What came out for one document. */
export interface JsonOutcome {
  /** Name of the file, where it lies, and its bytes. */
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  readonly answers: Answers;
  readonly check: Check;
  readonly results: readonly HolderResult[];
  readonly failures: readonly HolderFailure[];
}

/** Steps of progress that `measureJson` makes. */
export function stepsOfJson({ warmUp, counted }: Rounds): number {
  return 1 + HOLDERS.length * (warmUp + counted);
}

/** Checks a document in a heap against the parser's, and times everybody with it. */
export async function measureJson(source: JsonSource, rounds: Rounds, progress: Progress): Promise<JsonOutcome> {
  const { name, file, bytes, text, value } = source;
  progress.part(`${name}: every value against the parser's`);
  const answers = survey(value, PLAIN_READER);
  const checked = await check(source, answers);
  progress.step();
  progress.part(`${name}: rounds`);
  const all = await timeHolders(text, answers, rounds, progress.step);
  return { name, file, bytes, answers, check: checked, ...parted(all) };
}

/** What must not happen and did, a sentence each: another document than the parser's, answers that differ, something left. */
export function jsonComplaints({ name, check: { faults }, results, failures }: JsonOutcome): string[] {
  const found = [...faults];
  for (const { holder, error } of failures) if (holder === OURS) found.push(`${holder} broke down: ${error}`);
  for (const { holder, wrongAnswers, wrongFrees, left } of results) {
    if (wrongAnswers > 0)
      found.push(`${holder}: in ${wrongAnswers} rounds the answers were not those of plain objects`);
    if (wrongFrees > 0)
      found.push(`${holder}: in ${wrongFrees} rounds collections freed what counts should have freed`);
    if (left !== null && left !== 0) found.push(`${holder}: ${left} blocks are left when the document is dropped`);
  }
  return found.map((sentence) => `${name}: ${sentence}`);
}
