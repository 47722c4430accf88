// Memory that does not grow, for types and objects: the call says so, nothing is lost, and later calls work.
import { describe, expect, test } from "vitest";
import {
  G_LARGE_CAPACITY,
  G_LARGE_COUNT,
  G_TYPE_CAPACITY,
  G_TYPE_COUNT,
  G_YOUNG_CAPACITY,
  R_FAIL_GROWTH,
  RUNTIME,
} from "../src/layout.js";
import { NO_MEMORY, OK } from "../src/status.js";
import { type CoreHeap, VARIANTS } from "./helpers/core.js";
import { kindsOf } from "./helpers/objectprograms.js";
import { Objects, takeAllMemory } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { type Node, Reach } from "./helpers/reach.js";

/** The model's own look at the heap needs memory; growth for that is not what is counted down. */
function check(reach: Reach): void {
  const { heap, core } = reach.objects;
  const countdown = heap.word(RUNTIME + R_FAIL_GROWTH);
  core.failGrowth(0);
  reach.check();
  core.failGrowth(countdown);
}

/** Types, objects and links that grow memory every few calls. Returns how many calls found none. */
function run(heap: CoreHeap, n: number): number {
  const random = new Random(TEST_SEED);
  const reach = new Reach(new Objects(heap));
  const kinds = kindsOf(reach);
  reach.automatic(true, 500, 3, 3);
  heap.core.failGrowth(n);
  let types = 0;
  for (let step = 0; step < 250; step++) {
    const kind = random.pick(kinds);
    const before = reach.failures;
    const failedTypes = types;
    if (step % 5 === 0) for (let i = 0; i < 40; i++) types += defineOne(reach);
    const made = random.chance(30) ? reach.makeMany(kind, 40) : [0, 1, 2, 3].map(() => reach.make(kind));
    for (const node of made) if (node !== null && random.chance(60)) join(reach, node, random);
    if (reach.failures > before) {
      check(reach);
      if (reach.make(kind) === null) throw new Error(`step ${step}: no memory the second time either`);
    }
    if (types > failedTypes) check(reach);
  }
  heap.core.failGrowth(0);
  const failures = reach.failures + types;
  reach.check();
  reach.clear();
  reach.check();
  expect(reach.objects.leftBlocks()).toBe(0);
  return failures;
}

/** 1 if there was no memory for another type. */
function defineOne({ objects }: Reach): number {
  const count = objects.field(G_TYPE_COUNT);
  const id = objects.core.defineType(0, 16, 0, 0, 0);
  if (id !== 0) return 0;
  expect(objects.core.lastStatus()).toBe(NO_MEMORY);
  expect(objects.field(G_TYPE_COUNT)).toBe(count);
  expect(objects.core.defineType(0, 16, 0, 0, 0)).toBe(count + 1);
  return 1;
}

/** Links a node into a cycle with another, and lets go of it. */
function join(reach: Reach, node: Node, random: Random): void {
  const other = random.pick(reach.live);
  if (node.refs.length > 0) reach.link(node, 0, other);
  if (other.refs.length > 0) reach.link(other, 0, node);
  if (random.chance(50)) reach.release(node);
}

describe.each(VARIANTS)("$name", ({ name, open, debug }) => {
  test("the n-th growth fails, for each n", () => {
    const failed: number[] = [];
    for (let n = 1; ; n++) {
      const heap = open({ key: TEST_SEED, pages: 1 });
      try {
        failed.push(run(heap, n));
      } catch (error) {
        throw new Error(`${name}, TEST_SEED=${TEST_SEED}, growth ${n}: ${error}`, { cause: error });
      }
      // As many growths as one that never fails needs: from here on the countdown does not come to its end.
      if (failed.length > 20 && failed.slice(-3).every((calls) => calls === 0)) break;
    }
    expect(Math.max(...failed)).toBeLessThanOrEqual(1);
    if (!debug) expect(failed.filter((calls) => calls === 1).length).toBeGreaterThan(failed.length / 3);
  });

  /** A heap that cannot grow. */
  function small(): Objects {
    return new Objects(open({ pages: 24, maximumPages: 24 }));
  }

  test("a longer type table", () => {
    const objects = small();
    const first = objects.type(2);
    while (objects.field(G_TYPE_COUNT) < objects.field(G_TYPE_CAPACITY) - 1) objects.type(0, 8);
    const object = objects.make(first);
    const name = objects.heap.mem.malloc(5);
    const giveBack = takeAllMemory(objects.heap);
    for (let i = 0; i < 3; i++) {
      expect(objects.core.defineType(0, 16, 0, name, 5)).toBe(0);
      expect(objects.core.lastStatus()).toBe(NO_MEMORY);
      objects.heap.verify();
    }
    expect(objects.core.typeOf(object)).toBe(first);
    expect(objects.heap.mem.usableSize(name)).toBeGreaterThanOrEqual(5);
    giveBack();
    const type = objects.type(3);
    expect(objects.core.typeOf(objects.make(type))).toBe(type);
    objects.heap.verify();
  });

  test("a longer young array: not without memory, unless there are holes to close", () => {
    const objects = small();
    const type = objects.type(2);
    const made = objects.makeMany(type, 1024);
    const giveBack = takeAllMemory(objects.heap);
    expect(objects.tryMake(type)).toBe(0);
    expect(objects.core.lastStatus()).toBe(NO_MEMORY);
    objects.heap.verify();
    objects.release(made.splice(500, 1)[0] as number);
    made.push(objects.make(type));
    expect(objects.field(G_YOUNG_CAPACITY)).toBe(1024);
    expect(objects.tryMake(type)).toBe(0);
    objects.heap.verify();
    giveBack();
    expect(objects.generation(0)).toEqual(made);
    made.push(objects.make(type));
    expect(objects.field(G_YOUNG_CAPACITY)).toBe(2048);
    expect(objects.generation(0)).toEqual(made);
    objects.heap.verify();
    objects.release(...made);
    expect(objects.leftBlocks()).toBe(0);
  });

  test("a longer array of large objects", () => {
    const objects = new Objects(open({ pages: 40, maximumPages: 40 }));
    const type = objects.type(1, 600);
    const made = objects.makeMany(type, 1024);
    objects.core.collect(2);
    const giveBack = takeAllMemory(objects.heap);
    // There is room for one more, but not in the array.
    objects.release(made.pop() as number);
    made.push(objects.make(type));
    expect([objects.field(G_LARGE_COUNT), objects.field(G_LARGE_CAPACITY)]).toEqual([1024, 1024]);
    expect(objects.tryMake(type)).toBe(0);
    expect(objects.core.lastStatus()).toBe(NO_MEMORY);
    expect([objects.field(G_LARGE_COUNT), objects.field(G_LARGE_CAPACITY)]).toEqual([1024, 1024]);
    objects.heap.verify();
    giveBack();
    made.push(objects.make(type));
    expect([objects.field(G_LARGE_COUNT), objects.field(G_LARGE_CAPACITY)]).toEqual([1025, 2048]);
    objects.heap.verify();
    objects.release(...made);
    expect(objects.leftBlocks()).toBe(0);
  });

  test.each([
    ["small tracked", 2, 0],
    ["small untracked", 0, 16],
    ["large tracked", 200, 0],
    ["large untracked", 0, 900],
  ])("memory full of %s objects; what one frees, another gets", (_, refs, scalarBytes) => {
    const objects = small();
    const type = objects.type(refs, scalarBytes);
    const made: number[] = [];
    for (let object = objects.tryMake(type); object !== 0; object = objects.tryMake(type)) made.push(object);
    expect(objects.core.lastStatus()).toBe(NO_MEMORY);
    expect(objects.core.pages()).toBe(24);
    expect(made.length * (8 + 4 * refs + scalarBytes)).toBeGreaterThan(300_000);
    objects.heap.verify();
    const counts = objects.counts();
    expect(objects.tryMake(type)).toBe(0);
    expect(objects.counts()).toEqual(counts);
    objects.release(...made.splice(10, made.length / 2));
    objects.heap.verify();
    for (const other of [objects.type(3, 4), objects.type(0, 30), objects.type(0, 3000), objects.type(300)]) {
      const object = objects.make(other);
      expect(made).not.toContain(object);
      objects.release(object);
    }
    objects.heap.verify();
    objects.release(...made);
    expect(objects.leftBlocks()).toBe(0);
  });

  test.each([
    ["small tracked", 2, 0],
    ["small untracked", 0, 16],
    ["large tracked", 200, 0],
    ["large untracked", 0, 900],
  ])("newObjects of %s ones: all or none", (_, refs, scalarBytes) => {
    const objects = small();
    const { core, heap } = objects;
    const type = objects.type(refs, scalarBytes);
    const count = 60_000;
    const out = heap.mem.malloc(4 * count);
    const made = objects.makeMany(type, 10);
    const counts = objects.counts();
    for (let i = 0; i < 3; i++) {
      expect(core.newObjects(type, count, out)).toBe(NO_MEMORY);
      expect(core.objects(0, 0, 0)).toBe(refs > 0 ? 10 : 0);
      expect(objects.counts()).toEqual(counts);
      heap.verify();
    }
    expect(core.newObjects(type, 100, out)).toBe(OK);
    made.push(...Array.from({ length: 100 }, (_, i) => heap.word(out + 4 * i)));
    expect(new Set(made).size).toBe(110);
    heap.mem.free(out);
    objects.release(...made);
    expect(objects.leftBlocks()).toBe(0);
  });
});
