// What changed from one heap to another.

import type { MallocStats } from "../stats.js";
import type { Census, GenerationCount, TypeCount } from "./census.js";
import type { Held } from "./holding.js";

/** A number then and now. */
export interface Change {
  readonly old: number;
  readonly new: number;
  readonly change: number;
}

export interface TypeChange {
  readonly name: string;
  readonly objects: Change;
  readonly bytes: Change;
}

export interface ClassChange {
  /** Bytes of a block. */
  readonly size: number;
  readonly used: Change;
  readonly pools: Change;
}

export interface HeldChange {
  readonly holder: string;
  readonly type: string;
  /** If it is one object: that in one line. */
  readonly object: string | null;
  readonly objects: Change;
  readonly retained: Change;
}

export interface GenerationChange {
  readonly objects: Change;
  readonly collections: Change;
  readonly collected: Change;
}

export interface Difference {
  readonly memory: Readonly<Record<keyof Census["memory"], Change>>;
  readonly blocks: Change;
  readonly arenas: Change;
  readonly largeBlocks: Change;
  readonly objects: Change;
  readonly generations: readonly GenerationChange[];
  /** Those that changed, what grew or shrank most first, as tracemalloc's compare_to has it. */
  readonly types: readonly TypeChange[];
  /** Those that changed, the smallest first. */
  readonly classes: readonly ClassChange[];
}

export function differenceOf(before: Census, after: Census): Difference {
  const memory = Object.fromEntries(
    Object.keys(after.memory).map((name) => {
      const key = name as keyof Census["memory"];
      return [key, changeOf(before.memory[key], after.memory[key])];
    }),
  ) as Difference["memory"];
  return {
    memory,
    blocks: changeOf(before.blocks, after.blocks),
    arenas: changeOf(before.malloc.arenas.current, after.malloc.arenas.current),
    largeBlocks: changeOf(before.malloc.large.blocks, after.malloc.large.blocks),
    objects: changeOf(before.objects, after.objects),
    generations: after.generations.map((now, index) => generationChange(before.generations[index] ?? now, now)),
    types: typeChanges(before.types, after.types),
    classes: classChanges(before.malloc.classes, after.malloc.classes),
  };
}

/** Holders that hold more or less than before, the most bytes first. */
export function heldChanges(before: readonly Held[], after: readonly Held[]): HeldChange[] {
  const key = ({ holder, type }: Held) => JSON.stringify([holder, type]);
  const [old, now] = [before, after].map((all) => new Map(all.map((held) => [key(held), held])));
  const keys = new Set([...after, ...before].map(key));
  const changes = [...keys].flatMap((each): HeldChange[] => {
    const [was, is] = [old?.get(each), now?.get(each)];
    const known = is ?? was;
    if (known === undefined) return [];
    const objects = changeOf(was?.objects ?? 0, is?.objects ?? 0);
    const retained = changeOf(was?.retained ?? 0, is?.retained ?? 0);
    return [{ holder: known.holder, type: known.type, object: known.object, objects, retained }];
  });
  return changes
    .filter(({ objects, retained }) => objects.change !== 0 || retained.change !== 0)
    .sort((a, b) => Math.abs(b.retained.change) - Math.abs(a.retained.change) || (a.holder < b.holder ? -1 : 1));
}

function changeOf(before: number, after: number): Change {
  return { old: before, new: after, change: after - before };
}

function generationChange(before: GenerationCount, after: GenerationCount): GenerationChange {
  return {
    objects: changeOf(before.objects, after.objects),
    collections: changeOf(before.collections, after.collections),
    collected: changeOf(before.collected, after.collected),
  };
}

function typeChanges(before: readonly TypeCount[], after: readonly TypeCount[]): TypeChange[] {
  const names = new Set([...after, ...before].map(({ name }) => name));
  const [old, now] = [before, after].map((types) => new Map(types.map((type) => [type.name, type])));
  const changes = [...names].map((name) => ({
    name,
    objects: changeOf(old?.get(name)?.objects ?? 0, now?.get(name)?.objects ?? 0),
    bytes: changeOf(old?.get(name)?.bytes ?? 0, now?.get(name)?.bytes ?? 0),
  }));
  return changes
    .filter(({ objects, bytes }) => objects.change !== 0 || bytes.change !== 0)
    .sort(
      (a, b) =>
        Math.abs(b.bytes.change) - Math.abs(a.bytes.change) ||
        Math.abs(b.objects.change) - Math.abs(a.objects.change) ||
        (a.name < b.name ? -1 : 1),
    );
}

function classChanges(before: MallocStats["classes"], after: MallocStats["classes"]): ClassChange[] {
  const sizes = [...new Set([...before, ...after].map(({ size }) => size))].sort((a, b) => a - b);
  const [old, now] = [before, after].map((classes) => new Map(classes.map((each) => [each.size, each])));
  return sizes
    .map((size) => ({
      size,
      used: changeOf(old?.get(size)?.used ?? 0, now?.get(size)?.used ?? 0),
      pools: changeOf(old?.get(size)?.pools ?? 0, now?.get(size)?.pools ?? 0),
    }))
    .filter(({ used, pools }) => used.change !== 0 || pools.change !== 0);
}
