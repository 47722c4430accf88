// What is said of a tree that is saved and loaded, and of one that threads share.

import type { CrowdOutcome, TreeAnswer } from "../ast/crowd.js";
import type { SavedFigures, TreeImageOutcome } from "../ast/image.js";
import { OURS } from "../objects/holders.js";
import { median } from "../statistics.js";
import { bytes, decimal, integer } from "./format.js";
import { holderTable } from "./holders.js";

const IMAGE_HEAD = ["tree saved by", "bytes", "save, ms", "GB/s", "load, ms", "GB/s"];
const CROWD_HEAD = [
  "thread",
  "what it did",
  "nodes",
  "had the lock, ms",
  "times",
  "longest, ms",
  "waited, median ms",
  "longest wait, ms",
];

/** The table of a tree that is saved and loaded. */
export function treeImageTable({ results }: TreeImageOutcome): string {
  return holderTable(IMAGE_HEAD, results.map(imageCells));
}

function imageCells({ holder, bytes: size, save, load }: SavedFigures): string[] {
  const speed = (milliseconds: number) => decimal(size / milliseconds / 1e6);
  return [holder, bytes(size), decimal(save), speed(save), decimal(load), speed(load)];
}

/** What the table's words mean, and what was checked. */
export function treeImageFoot({ results, clone, nodes, faults }: TreeImageOutcome): string {
  const [ours, plain] = results as [SavedFigures, SavedFigures];
  return [
    `${OURS}: heap.snapshot() and Heap.restore(), which verifies the whole heap before anybody gets it. ${plain.holder}: v8.serialize and`,
    "v8.deserialize of the same records as plain objects, with the children of each in an array. In one process, by turns; medians.",
    `Saving is ${decimal(plain.save / ours.save)} times as fast as v8.serialize, loading ${decimal(plain.load / ours.load)} times as fast as ` +
      `v8.deserialize; structuredClone takes ${decimal(clone)} ms, which is ${decimal(clone / (ours.save + ours.load))} times as long as both together.`,
    faults.length === 0
      ? `${OURS}: ${integer(nodes)} nodes that were loaded compared with the parser's, all of them freed when the tree was dropped.`
      : `${OURS}: ${faults.join("; ")}.`,
  ].join("\n");
}

/** The table of a tree that threads share: a row for each thread. */
export function crowdTable(outcome: CrowdOutcome): string {
  return holderTable(
    CROWD_HEAD,
    outcome.threads.map((thread) => crowdCells(outcome, thread)),
  );
}

function crowdCells({ passes }: CrowdOutcome, { thread, spans, tally, samples }: TreeAnswer): string[] {
  const lengths = spans.map(([from, until]) => until - from);
  // From the end of each turn to the beginning of the next.
  const waits = spans.slice(1).map(([from], i) => from - (spans[i] as readonly [number, number])[1]);
  const nodes = tally.reduce((sum, count) => sum + count, 0);
  const isWatching = tally.length === 0;
  return [
    String(thread),
    isWatching ? `looked ${samples.length} times` : `moved the tree ${passes} times`,
    isWatching ? "" : integer(nodes),
    decimal(lengths.reduce((sum, length) => sum + length, 0)),
    integer(spans.length),
    decimal(Math.max(0, ...lengths)),
    isWatching || waits.length === 0 ? "" : decimal(median(waits)),
    isWatching || waits.length === 0 ? "" : decimal(Math.max(...waits)),
  ];
}

/** What the table's words mean, and what was checked. */
export function crowdFoot({ threads, milliseconds, switches, interval, nodes, passes, faults }: CrowdOutcome): string {
  const movers = threads.filter(({ tally }) => tally.length > 0).length;
  const seen = threads.flatMap(({ samples }) => samples.map(({ blocks }) => blocks));
  const lines = [
    `One heap, made with shared: true, and ${threads.length} workers. Each pass goes through all nodes and moves them on by one character; it counts`,
    "the nodes of each kind, and notes itself in a list in the heap. had the lock: as the threads note it at their checkpoints.",
    `In ${decimal(milliseconds)} ms the lock changed hands ${integer(switches)} times; a thread that has waited for ${decimal(interval)} ms asks for it.`,
  ];
  if (seen.length > 0) {
    lines.push(
      `The one that watches saw ${integer(Math.min(...seen))} to ${integer(Math.max(...seen))} blocks in use, and waits between two looks.`,
    );
  }
  lines.push(
    faults.length === 0
      ? `${OURS}: every one of ${integer(nodes)} nodes was moved ${movers * passes} times, no two threads had the lock at once, verify() held, and nothing is left.`
      : `${OURS}: ${faults.join("; ")}.`,
  );
  return lines.join("\n");
}
