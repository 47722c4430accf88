// Memory that does not grow, for weak references: the call says so, nothing is lost, and later calls work.
import { describe, expect, test } from "vitest";
import { G_YOUNG_CAPACITY } from "../src/layout.js";
import { NO_MEMORY } from "../src/status.js";
import { VARIANTS } from "./helpers/core.js";
import { integer, takeAllMemory } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { runWeakProgram } from "./helpers/weakprograms.js";
import { WeakRefs } from "./helpers/weakrefs.js";

describe.each(VARIANTS)("$name", ({ name, open }) => {
  /** As takeAllMemory, and no pool has a block left for a table. */
  function takeAllBlocks({ heap }: WeakRefs): () => void {
    const giveBack = takeAllMemory(heap);
    const blocks: number[] = [];
    for (let size = 8; size <= 512; size += 8) {
      for (let block = heap.mem.malloc(size); block !== 0; block = heap.mem.malloc(size)) blocks.push(block);
    }
    return () => {
      for (const block of blocks) heap.mem.free(block);
      giveBack();
    };
  }

  /** Twice nothing is made, and nobody watches more than before. */
  function refused(weak: WeakRefs, make: () => number): void {
    const { core } = weak;
    const watchers = weak.watchers();
    for (let i = 0; i < 2; i++) expect([make(), core.lastStatus()]).toEqual([0, NO_MEMORY]);
    expect(weak.watchers()).toBe(watchers);
    weak.heap.verify();
  }

  test("for a first table: nothing changes", () => {
    const weak = new WeakRefs(open({ pages: 24, maximumPages: 24 }));
    const { core, heap } = weak;
    const object = weak.objects.make(weak.objects.type(1));
    const dict = weak.dict();
    const giveBack = takeAllBlocks(weak);
    const before = heap.snapshot();
    refused(weak, () => core.newWeakRef(object, 0));
    refused(weak, () => core.newWeakRef(object, 1));
    refused(weak, () => core.newKeyedRef(object, dict, integer(1)));
    expect(heap.firstChange(before)).toBe(-1);
    expect([weak.isMarked(object), weak.isMarked(dict)]).toEqual([false, false]);
    giveBack();
    const ref = weak.keyed(object, dict, integer(1));
    heap.verify();
    weak.release(ref, object, dict);
    expect(weak.left()).toBe(0);
  });

  test("for a reference: nothing changes; an owner that nobody refers to by then has no reference", () => {
    const weak = new WeakRefs(open({ pages: 24, maximumPages: 24 }));
    const { core, heap } = weak;
    const [object = 0, other = 0] = weak.objects.makeMany(weak.objects.type(1), 2);
    const dict = weak.dict();
    const refs = [weak.shared(object)];
    const giveBack = takeAllBlocks(weak);
    for (let ref = core.newWeakRef(object, 1) >>> 0; ref !== 0; ref = core.newWeakRef(object, 1) >>> 0) refs.push(ref);
    const before = heap.snapshot();
    refused(weak, () => core.newWeakRef(other, 0));
    refused(weak, () => core.newKeyedRef(object, dict, integer(1)));
    expect(heap.firstChange(before)).toBe(-1);
    // One block: it is the owner's at first.
    weak.release(refs.pop() as number);
    if (heap.debug) expect(heap.mem.malloc(400_000)).toBe(0);
    refused(weak, () => core.newKeyedRef(object, dict, integer(1)));
    expect([weak.isMarked(dict), weak.isMarked(other), weak.referents()]).toEqual([false, false, 1]);
    expect(weak.shared(object)).toBe(refs[0]);
    refs.push(refs[0] as number);
    giveBack();
    refs.push(weak.keyed(object, dict), weak.shared(other));
    heap.verify();
    weak.release(...refs, object, other, dict);
    expect(weak.left()).toBe(0);
  });

  test("room for a table and for nothing else: a table without references, which the next ones find", () => {
    const weak = new WeakRefs(open({ pages: 24, maximumPages: 24 }));
    const { core } = weak;
    const type = weak.objects.type(1);
    const object = weak.objects.make(type);
    const table = weak.heap.mem.malloc(64);
    const giveBack = takeAllBlocks(weak);
    const fill: number[] = [];
    for (let made = weak.objects.tryMake(weak.type); made !== 0; made = weak.objects.tryMake(weak.type))
      fill.push(made);
    const lists: number[] = [];
    for (let made = core.newArray(0, 0) >>> 0; made !== 0; made = core.newArray(0, 0) >>> 0) lists.push(made);
    weak.heap.mem.free(table);
    if (weak.heap.debug) expect(weak.heap.mem.malloc(400_000)).toBe(0);
    refused(weak, () => core.newWeakRef(object, 1));
    expect([weak.referents(), weak.isMarked(object)]).toEqual([0, false]);
    giveBack();
    const ref = weak.calling(object);
    weak.heap.verify();
    weak.release(ref, object, ...fill, ...lists);
    expect([weak.log2(), weak.left()]).toEqual([-1, 0]);
  });

  test("for a table of twice the slots: those there are stay found", () => {
    const weak = new WeakRefs(open({ pages: 24, maximumPages: 24 }));
    const made = weak.objects.makeMany(weak.objects.type(1), 11);
    const refs = made.slice(0, 10).map((object) => weak.calling(object));
    const last = made[10] as number;
    const giveBack = takeAllBlocks(weak);
    refused(weak, () => weak.core.newWeakRef(last, 1));
    refused(weak, () => weak.core.newKeyedRef(last, made[0] as number, 1) || weak.core.newWeakRef(last, 0));
    expect([weak.log2(), weak.referents(), weak.isMarked(last)]).toEqual([4, 10, false]);
    expect(made.slice(0, 10).map((object) => weak.first(object))).toEqual(refs);
    giveBack();
    refs.push(weak.calling(last));
    expect([weak.log2(), weak.referents()]).toEqual([5, 11]);
    weak.heap.verify();
    weak.release(...refs, ...made);
    expect(weak.left()).toBe(0);
  });

  test("for a longer young array: not without memory", () => {
    const weak = new WeakRefs(open({ pages: 24, maximumPages: 24 }));
    const { core, objects } = weak;
    const type = objects.type(2);
    const first = objects.make(type);
    const refs = [weak.shared(first)];
    while (objects.field(G_YOUNG_CAPACITY) - objects.generation(0).length > 0) refs.push(weak.calling(first));
    const giveBack = takeAllMemory(weak.heap);
    refused(weak, () => core.newWeakRef(first, 1));
    expect(weak.shared(first)).toBe(refs[0]);
    refs.push(refs[0] as number);
    giveBack();
    refs.push(weak.calling(first));
    expect(weak.refsTo(first).length).toBe(refs.length - 1);
    weak.release(first, ...refs);
    expect(weak.left()).toBe(0);
  });

  test("a random program that has no memory now and then is as the model has it", () => {
    try {
      const failures = runWeakProgram(open({ key: TEST_SEED, pages: 24, maximumPages: 24 }), {
        steps: 3000,
        random: new Random(TEST_SEED),
        objects: 300,
        checkEvery: 300,
        shortages: true,
      });
      expect(failures).toBeGreaterThan(5);
    } catch (error) {
      throw new Error(`${name}, TEST_SEED=${TEST_SEED}: ${error}`, { cause: error });
    }
  });
});
