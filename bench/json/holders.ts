// Who holds the document, each in a process of its own, and the figures of their rounds put together.

import { writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
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
import { type HolderFigures, PARTS, type Part } from "./lifecycle.js";
import { type Answers, numbersOf } from "./survey.js";

const CHILD = projectPath("build", "bench", "json", "child.js");

export const HOLDERS: readonly HolderProgram[] = [
  nodeHolder(OURS, "lists and dicts in a heap: heap.from(JSON.parse(text))", CHILD, "heap"),
  nodeHolder(PLAIN, "plain objects and arrays in V8's heap: JSON.parse(text)", CHILD, "plain"),
  {
    name: "Pyodide",
    description: "CPython in wasm: json.loads(text)",
    start: (file) => pyodidePartner("document.py", file),
  },
  {
    name: "python3",
    description: "CPython on the machine itself: the same script",
    start: (file) => pythonPartner("document.py", file),
  },
];

/** What came out of one holder, medians in milliseconds. */
export type HolderResult = { readonly holder: string } & Omit<HolderFigures, "times" | "back" | "answers"> & {
    readonly times: Readonly<Record<Part, number>>;
    /** Of plain values made again; null where they are plain anyway. */
    readonly back: number | null;
    /** Time to load over that of plain objects: median of the ratios of each round. Null of plain objects themselves. */
    readonly overPlain: number | null;
    /** Rounds in which the answers were not those of plain objects. */
    readonly wrongAnswers: number;
  };

/** Takes a document through its rounds with everybody: see `roundsOf`. `answers` are those that everybody should give. */
export async function timeHolders(
  text: string,
  answers: Answers,
  rounds: Rounds,
  onRound: () => void,
  programs: readonly HolderProgram[] = HOLDERS,
): Promise<(HolderResult | HolderFailure)[]> {
  const all = await roundsOf<HolderFigures>(programs, (file) => writeFileSync(file, text), rounds, onRound);
  const plain = all.find(({ holder }) => holder === PLAIN);
  const base = plain === undefined || "error" in plain ? [] : plain.answers;
  return all.map((each) => ("error" in each ? each : resultOf(each.holder, each.answers, base, answers)));
}

function resultOf(
  holder: string,
  figures: readonly HolderFigures[],
  plain: readonly HolderFigures[],
  answers: Answers,
): HolderResult {
  const times = mediansOf(PARTS, figures);
  const back = figures.flatMap((round) => round.back);
  const ratios = plain.map((round, i) => median(figures[i]?.times.load ?? []) / median(round.times.load));
  const wanted = numbersOf(answers);
  const wrong = figures.filter((round) => !isDeepStrictEqual(round.answers, wanted));
  // What is no time is of all rounds so far.
  const { answers: _, ...last } = figures.at(-1) as HolderFigures;
  return {
    ...last,
    holder,
    times,
    back: back.length > 0 ? median(back) : null,
    overPlain: holder === PLAIN || ratios.length === 0 ? null : median(ratios),
    wrongAnswers: wrong.length,
  };
}
