import { HOLDERS, type HolderResult } from "../json/holders.js";
import type { JsonOutcome } from "../json/outcome.js";
import { KINDS } from "../json/survey.js";
import { OURS } from "../objects/holders.js";
import { judge } from "../objects/limit.js";
import { bytes, decimal, integer } from "./format.js";
import { holderLines, holderTable } from "./holders.js";

const HEAD = [
  "document in",
  "memory",
  "÷ text",
  "load, ms",
  "÷ JavaScript",
  "query, ms",
  "full collection, ms",
  "drop, ms",
  "collection after, ms",
  "blocks left",
];

/** How many times as long as plain objects loading may take. */
const LOAD_LIMIT = 3;

/** Characters of a path or key that are shown. */
const WIDTH = 100;

/** A text less what is in the middle of a long one. */
function short(text: string): string {
  if (text.length <= WIDTH) return text;
  const half = WIDTH / 2;
  return `${text.slice(0, half)} … ${text.slice(-half)}`;
}

/** The document, and the answers about it. */
export function jsonLine({ name, file, bytes: size, answers }: JsonOutcome): string {
  const { kinds, depth, keys, frequent, counts, longest, path } = answers;
  const count = KINDS.reduce((sum, kind) => sum + kinds[kind], 0);
  const often = frequent.map((key, i) => `${short(JSON.stringify(key))} ${integer(counts[i] as number)}`);
  return [
    `${name}: ${bytes(size)} of JSON, ${integer(count)} values: ` +
      KINDS.map((kind) => `${kind} ${integer(kinds[kind])}`).join(", "),
    `deepest, with ${integer(depth)} values on the way: ${path === "" ? "the root" : short(path)}`,
    `${integer(keys)} keys, most frequent: ${often.length === 0 ? "none" : often.join(", ")}; ` +
      `longest string: ${integer(longest)} units`,
    `file: ${file}`,
  ].join("\n");
}

/** The table of the document: a row for each of those that hold it. */
export function jsonTable({ results, bytes: size }: JsonOutcome): string {
  return holderTable(
    HEAD,
    results.map((result) => cells(result, size)),
  );
}

function cells({ holder, bytes: memory, times, overPlain, left }: HolderResult, size: number): string[] {
  return [
    holder,
    bytes(memory),
    decimal(memory / size),
    decimal(times.load),
    overPlain === null ? "1" : decimal(overPlain),
    decimal(times.query),
    decimal(times.full),
    decimal(times.drop),
    decimal(times.after),
    left === null ? "n/a" : integer(left),
  ];
}

/** What the table's words mean, who took part, and what was checked. */
export function jsonFoot({ results, failures, check, answers }: JsonOutcome): string {
  const lines = holderLines(HOLDERS, results, failures);
  lines.push(
    "",
    "Each in a process of its own, taking turns; medians of rounds after three that do not count. memory: with the document less",
    "without it, after a full collection: of a heap its blocks in use, of V8 heapUsed, of Python sys.getsizeof of each object once,",
    "as pymalloc rounds. load: from the text to all of the document, with automatic collection as it comes. query: one walk over",
    "all of it that finds what is said above. full collection: all of it lives. drop: the last reference goes; V8 frees then in",
    "the collection after, the others at once.",
  );
  const ours = results.find(({ holder }) => holder === OURS);
  if (ours?.overPlain != null) {
    const { limit, met } = judge([
      { value: ours.overPlain, most: LOAD_LIMIT, unit: "times JSON.parse to plain objects" },
    ]);
    lines.push(
      `${OURS}: loading takes ${decimal(ours.overPlain)} times as long as JavaScript's; aim: ${limit}, ${met === true ? "met" : "not met"}.`,
    );
  }
  if (ours?.back != null) lines.push(`${OURS}: heap.toJS makes plain objects of it again in ${decimal(ours.back)} ms.`);
  const count = KINDS.reduce((sum, kind) => sum + answers.kinds[kind], 0);
  const good = check.faults.length === 0;
  lines.push(
    good
      ? `${OURS}: ${integer(count)} values came back as the parser had made them, the answers are those of plain objects, and ${check.left} blocks are left.`
      : `${OURS}: ${check.faults.join("; ")}.`,
  );
  return lines.join("\n");
}
