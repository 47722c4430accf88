// What would be left of a heap if it ended now, as a report.

import type { BlockAddress, ObjectAddress } from "../address.js";
import { FRAME_HEAD_BYTES } from "../layout.js";
import { capacityAt } from "../report.js";
import { largeTracked } from "../walk.js";
import { Census, objectOf } from "./census.js";
import { type LeakData, type LeakedArena, type LeakedAt, LeakReport } from "./leakreport.js";
import type { LeakSources } from "./leaksources.js";
import { blockOfObject, blocksOfArena, type LooseBlock } from "./looseblocks.js";

/** Tracebacks in a report at most. */
const MOST_TRACEBACKS = 10;

/** What was not given back. */
export interface Left {
  /** Handles by object. */
  readonly handles: ReadonlyMap<ObjectAddress, number>;
  /** References that nothing accounts for, by object. */
  readonly references: ReadonlyMap<ObjectAddress, number>;
  /** Objects that live because of these, or of what is no leak. */
  readonly kept: Iterable<ObjectAddress>;
  readonly loose: readonly LooseBlock[];
  /** Records. */
  readonly arenas: readonly BlockAddress[];
}

/**
 * What would be left of the heap if it ended now: all scopes and frames over, `globals` without names, and what nobody holds then
 * collected. Nothing of that is done.
 *
 * @throws HeapError `BUSY` inside a finalizer, a callback or a collection
 */
export function findLeaks(sources: LeakSources, title: string): LeakReport {
  const census = new Census(sources, "heap.leaks");
  const { arenas, loose, references } = census;
  const handles = countHolds(census.holds.map(objectOf));
  const roots = new Set([...handles.keys(), ...references.keys()]);
  const kept = census.reachableFrom([...roots, ...[...arenas.values()].flat()], roots);
  const left: Left = { handles, references, kept, loose, arenas: [...arenas.keys()] };
  return new LeakReport(title, describe(sources, census, left));
}

/** How often each is among the addresses. */
export function countHolds(addresses: readonly ObjectAddress[]): Map<ObjectAddress, number> {
  const counts = new Map<ObjectAddress, number>();
  for (const address of addresses) counts.set(address, (counts.get(address) ?? 0) + 1);
  return counts;
}

/** A report without what is of tests only. */
export function describe(sources: LeakSources, census: Census, left: Left): LeakData {
  const { scoped, isWhole } = census;
  const { handles, references, loose, arenas } = left;
  return {
    types: byType(census, handles.keys(), handles).map(({ owned, ...row }) => ({ ...row, handles: owned })),
    references: byType(census, references.keys(), references).map(({ owned, ...row }) => ({
      ...row,
      references: owned,
    })),
    kept: byType(census, left.kept),
    grown: [],
    blocks: byDomain(loose),
    arenas: arenas.map((record) => arenaOf(sources, census, record)),
    tracebacks: tracebacksOf(sources, census, left),
    examples: [],
    scoped,
    isWhole,
  };
}

interface TypeRow {
  type: string;
  objects: number;
  bytes: number;
}

/** Sums by type, the largest first; `owned` adds up what `numbers` has of each object. */
export function byType(census: Census, addresses: Iterable<ObjectAddress>): TypeRow[];
export function byType(
  census: Census,
  addresses: Iterable<ObjectAddress>,
  numbers: ReadonlyMap<ObjectAddress, number>,
): (TypeRow & { owned: number })[];
export function byType(
  { graph }: Census,
  addresses: Iterable<ObjectAddress>,
  numbers?: ReadonlyMap<ObjectAddress, number>,
): (TypeRow & { owned?: number })[] {
  const rows = new Map<number, TypeRow & { owned: number }>();
  for (const address of addresses) {
    const id = graph.typeId(address);
    let row = rows.get(id);
    if (row === undefined) {
      row = { type: graph.typeName(address), objects: 0, bytes: 0, owned: 0 };
      rows.set(id, row);
    }
    row.objects++;
    row.bytes += graph.size(address);
    row.owned += numbers?.get(address) ?? 0;
  }
  return largestFirst([...rows.values()].map(({ owned, ...row }) => (numbers === undefined ? row : { ...row, owned })));
}

function byDomain(loose: readonly LooseBlock[]): LeakData["blocks"] {
  const rows = new Map<string, { domain: LooseBlock["domain"]; blocks: number; bytes: number }>();
  for (const { domain, bytes } of loose) {
    const row = rows.get(domain) ?? { domain, blocks: 0, bytes: 0 };
    rows.set(domain, row);
    row.blocks++;
    row.bytes += bytes;
  }
  return largestFirst([...rows.values()]);
}

function arenaOf({ objects }: LeakSources, { arenas }: Census, record: BlockAddress): LeakedArena {
  const { memory, debug } = objects.engine;
  const blocks = blocksOfArena(memory.words, record);
  const head = debug ? FRAME_HEAD_BYTES : 0;
  const bytes = blocks.reduce((sum, block) => sum + capacityAt(memory, block - head), 0);
  return { blocks: blocks.length, bytes, objects: arenas.get(record)?.length ?? 0 };
}

/** What was allocated where, the most bytes first. */
function tracebacksOf(sources: LeakSources, census: Census, left: Left): LeakedAt[] {
  const { objects, tracebackOf } = sources;
  const { graph } = census;
  const { memory } = objects.engine;
  /** The same traceback is the same array as a rule. */
  const places = new Map<LeakedAt["traceback"], { nouns: Map<string, number>; bytes: number }>();
  function add(block: BlockAddress, noun: string, bytes: number): void {
    const traceback = tracebackOf(block);
    if (traceback === null) return;
    const place = places.get(traceback) ?? { nouns: new Map(), bytes: 0 };
    places.set(traceback, place);
    place.nouns.set(noun, (place.nouns.get(noun) ?? 0) + 1);
    place.bytes += bytes;
  }
  const large = largeTracked(memory);
  const addObject = (address: ObjectAddress) =>
    add(blockOfObject(memory, large, address), graph.typeName(address), graph.size(address));
  for (const address of new Set([...left.handles.keys(), ...left.references.keys()])) addObject(address);
  for (const address of left.kept) addObject(address);
  for (const { address, bytes } of left.loose) add(address, "block", bytes);
  for (const record of left.arenas) add(record, "arena", arenaOf(sources, census, record).bytes);
  const rows = [...places].map(([traceback, { nouns, bytes }]) => {
    const what = [...nouns].map(([noun, number]) => `${number} ${noun}`).join(", ");
    return { traceback, what, blocks: [...nouns.values()].reduce((a, b) => a + b), bytes };
  });
  return largestFirst(rows).slice(0, MOST_TRACEBACKS);
}

function largestFirst<T extends { readonly bytes: number }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => b.bytes - a.bytes);
}
