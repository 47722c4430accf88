// Everything there is to find out about one tree, and what of it is no success.

import { parted } from "../objects/holders.js";
import type { Rounds } from "../replay/timing.js";
import type { Progress } from "../report/progress.js";
import { type Check, check } from "./check.js";
import { HOLDERS, type HolderFailure, type HolderResult, OURS, timeHolders } from "./holders.js";
import type { Source } from "./parse.js";
import { type TreeFacts, treeOf } from "./tree.js";

/** What came out for one tree. */
export interface TreeOutcome {
  readonly facts: TreeFacts;
  readonly check: Check;
  readonly results: readonly HolderResult[];
  readonly failures: readonly HolderFailure[];
}

/** Steps of progress that `measureTree` makes. */
export function stepsOfTree({ warmUp, counted }: Rounds): number {
  return 1 + HOLDERS.length * (warmUp + counted);
}

/** Checks a tree in a heap against the parser's, and times everybody with it. */
export async function measureTree(source: Source, rounds: Rounds, progress: Progress): Promise<TreeOutcome> {
  const { tree, facts } = treeOf(source);
  progress.part(`${facts.name}: every node against the parser's`);
  const checked = await check(source, tree, facts);
  progress.step();
  progress.part(`${facts.name}: rounds`);
  const all = await timeHolders(tree, rounds, progress.step);
  return { facts, check: checked, ...parted(all) };
}

/** What must not happen and did, a sentence each: another tree than the parser's, walks that go wrong, something left. */
export function treeComplaints({ facts, check: { faults }, results, failures }: TreeOutcome): string[] {
  const found = [...faults];
  for (const { holder, error } of failures) if (holder === OURS) found.push(`${holder} broke down: ${error}`);
  for (const { holder, wrongWalks, wrongFrees, left } of results) {
    if (wrongWalks > 0) found.push(`${holder}: ${wrongWalks} walks over the tree saw another tree`);
    if (wrongFrees > 0) found.push(`${holder}: in ${wrongFrees} rounds the collection did not free the whole tree`);
    if (left !== null && left !== 0) found.push(`${holder}: ${left} blocks are left when the tree is freed`);
  }
  return found.map((sentence) => `${facts.name}: ${sentence}`);
}
