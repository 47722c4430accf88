import { HOLDERS, type HolderResult, OURS } from "../ast/holders.js";
import { FRESH } from "../ast/lifecycle.js";
import type { TreeOutcome } from "../ast/outcome.js";
import { bytes, decimal, integer } from "./format.js";
import { holderLines, holderTable } from "./holders.js";

const HEAD = [
  "tree in",
  "bytes a node",
  "build, ms",
  "walk, ms",
  "young collection, µs",
  "full collection, ms",
  "freeing it, ms",
  "blocks left",
];

/** The tree in one line. */
export function treeLine({ facts }: TreeOutcome): string {
  const { name, bytes: size, nodes, kinds, depth, parseTime } = facts;
  return (
    `${name}: ${bytes(size)} of JavaScript, ${integer(nodes)} nodes of ${kinds.length} kinds, ` +
    `${integer(depth)} deep; the parser took ${integer(parseTime)} ms`
  );
}

/** The table of the syntax tree: a row for each of those that hold it. */
export function treeTable({ results }: TreeOutcome): string {
  return holderTable(HEAD, results.map(cells));
}

function cells({ holder, bytesPerNode, times, left }: HolderResult): string[] {
  return [
    holder,
    decimal(bytesPerNode),
    decimal(times.build),
    decimal(times.walk),
    decimal(times.young * 1000),
    decimal(times.full),
    decimal(times.free),
    left === null ? "n/a" : integer(left),
  ];
}

/** What the table's words mean, who took part, and what was checked. */
export function treeFoot({ facts, check, results, failures }: TreeOutcome): string {
  const lines = holderLines(HOLDERS, results, failures);
  lines.push(
    "",
    "The same record everywhere: kind, start, end, flags, parent, first child, next sibling. Each in a process of its own,",
    "taking turns; medians of rounds after three that do not count. bytes a node: of all memory in use, after a full",
    "collection (of Python's: by sys.getsizeof, as pymalloc rounds). build: from a table of numbers to linked records, with",
    "automatic collection as it comes. Our memory has grown before; V8 and CPython may have given theirs back and take it again.",
    `young collection: ${integer(FRESH)} fresh records that live, over the whole tree. full collection: all of the tree lives.`,
    "freeing it: the full collection after the root is dropped; V8 puts off part of that work and does it while the program runs.",
  );
  const otherwise = results.find(({ holder }) => holder === OURS)?.otherwise ?? null;
  if (otherwise !== null)
    lines.push(`${OURS}: built with new and a handle for each record, in a scope: ${decimal(otherwise)} ms.`);
  lines.push(
    `${OURS}: ${integer(check.compared)} of ${integer(facts.nodes)} nodes compared with the parser's; ` +
      `the collection freed ${integer(check.freed)}, and ${integer(check.left)} blocks are left.`,
  );
  return lines.join("\n");
}
