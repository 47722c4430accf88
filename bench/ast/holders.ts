// Who holds the tree, each in a process of its own, and the figures of their rounds put together.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Partner, PartnerError, pythonPartner } from "../objects/partner.js";
import { takeRounds } from "../objects/turns.js";
import { projectPath } from "../paths.js";
import type { Rounds } from "../replay/timing.js";
import { median } from "../statistics.js";
import { FRESH, type HolderFigures, PARTS, type Part } from "./lifecycle.js";
import { type Tree, writeTree } from "./tree.js";

/** One of those that hold the tree. */
export interface HolderProgram {
  readonly name: string;
  readonly description: string;
  /** Starts its process, with the tree of a file that writeTree wrote. */
  start(file: string): Partner;
}

const CHILD = projectPath("build", "bench", "ast", "child.js");

/** This process's own Node runs a holder of child.ts. */
function inNode(name: string, description: string, holder: string): HolderProgram {
  const start = (file: string) => new Partner(name, process.execPath, ["--expose-gc", CHILD, holder, file]);
  return { name, description, start };
}

/** Name of our own. */
export const OURS = "arenaria";

export const HOLDERS: readonly HolderProgram[] = [
  inNode(OURS, "struct records in a heap: allocate(), a cursor to fill and link them", "records"),
  inNode("JavaScript", "plain objects of a class in V8's heap", "plain"),
  inNode("Pyodide", "CPython in wasm: objects of a class with __slots__", "pyodide"),
  {
    name: "python3",
    description: "CPython on the machine itself: the same script",
    start: (file) => pythonPartner("tree.py", file, String(FRESH)),
  },
];

/** What came out of one holder, medians in milliseconds; or why nothing did. */
export type HolderResult = { readonly holder: string } & Omit<HolderFigures, "times" | "otherwise"> & {
    readonly times: Readonly<Record<Part, number>>;
    /** Of the other way to build; null where there is none. */
    readonly otherwise: number | null;
  };

export interface HolderFailure {
  readonly holder: string;
  readonly error: string;
  /** The machine has no such program: nothing is wrong. */
  readonly missing: boolean;
}

/**
 * Takes a tree through its rounds with everybody, taking turns. One that breaks down has no more rounds; the others go on.
 * `onRound` is called after each round of each.
 */
export async function timeHolders(
  tree: Tree,
  rounds: Rounds,
  onRound: () => void,
  programs: readonly HolderProgram[] = HOLDERS,
): Promise<(HolderResult | HolderFailure)[]> {
  const directory = mkdtempSync(join(tmpdir(), "arenaria-"));
  const holders: { name: string; partner: Partner }[] = [];
  try {
    const file = join(directory, "tree");
    writeTree(tree, file);
    for (const program of programs) holders.push({ name: program.name, partner: program.start(file) });
    const answers = await takeRounds(holders, rounds, async ({ partner }) => {
      const answer = await roundOf(partner);
      onRound();
      return answer;
    });
    return [...answers].map(([{ name }, given]) => resultOf(name, given));
  } finally {
    for (const { partner } of holders) partner.end();
    rmSync(directory, { recursive: true });
  }
}

/** The figures of a round, or why there are none: the same in all rounds after. */
async function roundOf(partner: Partner): Promise<HolderFigures | PartnerError> {
  try {
    return await partner.ask<HolderFigures>("round");
  } catch (error) {
    if (error instanceof PartnerError) return error;
    throw error;
  }
}

function resultOf(holder: string, rounds: readonly (HolderFigures | PartnerError)[]): HolderResult | HolderFailure {
  const failure = rounds.find((round) => round instanceof PartnerError);
  if (failure !== undefined) return { holder, error: failure.reason, missing: failure.missing };
  const figures = rounds as readonly HolderFigures[];
  const medianOf = (part: Part) => median(figures.flatMap(({ times }) => times[part]));
  const times = Object.fromEntries(PARTS.map((part) => [part, medianOf(part)])) as Record<Part, number>;
  const otherwise = figures.flatMap((round) => round.otherwise);
  // What is no time is of all rounds so far.
  const last = figures.at(-1) as HolderFigures;
  return { ...last, holder, times, otherwise: otherwise.length > 0 ? median(otherwise) : null };
}
