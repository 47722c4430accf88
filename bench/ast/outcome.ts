// Everything there is to find out about one tree, and what of it is no success.

import { parted } from "../objects/holders.js";
import type { Rounds } from "../replay/timing.js";
import type { Progress } from "../report/progress.js";
import { type Check, check } from "./check.js";
import { type CrowdOutcome, crowdComplaints, crowdOf } from "./crowd.js";
import { HOLDERS, type HolderFailure, type HolderResult, OURS, timeHolders } from "./holders.js";
import { measureTreeImage, stepsOfTreeImage, type TreeImageOutcome, treeImageComplaints } from "./image.js";
import type { Source } from "./parse.js";
import { type TreeFacts, treeOf } from "./tree.js";

/** What came out for one tree. */
export interface TreeOutcome {
  readonly facts: TreeFacts;
  readonly check: Check;
  readonly results: readonly HolderResult[];
  readonly failures: readonly HolderFailure[];
  /** Of the tree saved and loaded; null if that was left out, or broke down. */
  readonly saved: TreeImageOutcome | null;
  /** Of threads that share it; null likewise. */
  readonly crowd: CrowdOutcome | null;
  /** What broke down, and why. */
  readonly troubles: readonly string[];
}

/** What is done with a tree besides having it. */
export interface TreeParts {
  /** It is saved and loaded. */
  readonly images: boolean;
  /** Times that threads which share it go through it, each; 0: none do. */
  readonly passes: number;
}

/** Steps of progress that `measureTree` makes. */
export function stepsOfTree(rounds: Rounds, { images, passes }: TreeParts): number {
  const holders = 1 + HOLDERS.length * (rounds.warmUp + rounds.counted);
  return holders + (images ? stepsOfTreeImage(rounds) : 0) + (passes > 0 ? 1 : 0);
}

/** Checks a tree in a heap against the parser's, times everybody with it, and does what else is wanted. Also gives its image. */
export async function measureTree(
  source: Source,
  rounds: Rounds,
  { images, passes }: TreeParts,
  progress: Progress,
): Promise<{ outcome: TreeOutcome; image: Uint8Array | null }> {
  const { tree, facts } = treeOf(source);
  progress.part(`${facts.name}: every node against the parser's`);
  const checked = await check(source, tree, facts);
  progress.step();
  progress.part(`${facts.name}: rounds`);
  const all = await timeHolders(tree, rounds, progress.step);
  const troubles: string[] = [];
  const attempt = async <Result>(what: string, body: () => Promise<Result>): Promise<Result | null> => {
    try {
      return await body();
    } catch (error) {
      troubles.push(`${what} broke down: ${(error as Error).message}`);
      return null;
    }
  };
  const measured = images
    ? await attempt("saving and loading", () => measureTreeImage(source, tree, facts, rounds, progress))
    : null;
  const crowd =
    passes > 0 ? await attempt("sharing it among threads", () => crowdOf(tree, facts, passes, progress)) : null;
  const outcome = { facts, check: checked, ...parted(all), saved: measured?.outcome ?? null, crowd, troubles };
  return { outcome, image: measured?.image ?? null };
}

/** What must not happen and did, a sentence each: another tree than the parser's, walks that go wrong, something left. */
export function treeComplaints(outcome: TreeOutcome): string[] {
  const { facts, check: checked, results, failures, saved, crowd, troubles } = outcome;
  const found = [...checked.faults, ...troubles];
  if (saved !== null) found.push(...treeImageComplaints(saved));
  if (crowd !== null) found.push(...crowdComplaints(crowd));
  for (const { holder, error } of failures) if (holder === OURS) found.push(`${holder} broke down: ${error}`);
  for (const { holder, wrongWalks, wrongFrees, left } of results) {
    if (wrongWalks > 0) found.push(`${holder}: ${wrongWalks} walks over the tree saw another tree`);
    if (wrongFrees > 0) found.push(`${holder}: in ${wrongFrees} rounds the collection did not free the whole tree`);
    if (left !== null && left !== 0) found.push(`${holder}: ${left} blocks are left when the tree is freed`);
  }
  return found.map((sentence) => `${facts.name}: ${sentence}`);
}
