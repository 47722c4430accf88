// Who holds the tree, each in a process of its own, and the figures of their rounds put together.

import {
  type HolderFailure,
  type HolderProgram,
  mediansOf,
  nodeHolder,
  OURS,
  PLAIN,
  roundsOf,
} from "../objects/holders.js";
import { pyodidePartner, pythonPartner } from "../objects/partner.js";
import { projectPath } from "../paths.js";
import type { Rounds } from "../replay/timing.js";
import { median } from "../statistics.js";
import { FRESH, type HolderFigures, PARTS, type Part } from "./lifecycle.js";
import { type Tree, writeTree } from "./tree.js";

export { type HolderFailure, type HolderProgram, OURS };

const CHILD = projectPath("build", "bench", "ast", "child.js");

export const HOLDERS: readonly HolderProgram[] = [
  nodeHolder(OURS, "struct records in a heap: allocate(), a cursor to fill and link them", CHILD, "records"),
  nodeHolder(PLAIN, "plain objects of a class in V8's heap", CHILD, "plain"),
  {
    name: "Pyodide",
    description: "CPython in wasm: objects of a class with __slots__",
    start: (file) => pyodidePartner("tree.py", file, String(FRESH)),
  },
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

/** Takes a tree through its rounds with everybody: see `roundsOf`. */
export async function timeHolders(
  tree: Tree,
  rounds: Rounds,
  onRound: () => void,
  programs: readonly HolderProgram[] = HOLDERS,
): Promise<(HolderResult | HolderFailure)[]> {
  const all = await roundsOf<HolderFigures>(programs, (file) => writeTree(tree, file), rounds, onRound);
  return all.map((each) => ("error" in each ? each : resultOf(each.holder, each.answers)));
}

function resultOf(holder: string, figures: readonly HolderFigures[]): HolderResult {
  const times = mediansOf(PARTS, figures);
  const otherwise = figures.flatMap((round) => round.otherwise);
  // What is no time is of all rounds so far.
  const last = figures.at(-1) as HolderFigures;
  return { ...last, holder, times, otherwise: otherwise.length > 0 ? median(otherwise) : null };
}
