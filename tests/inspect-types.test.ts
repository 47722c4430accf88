// heap.inspect().types: how many objects of each type there are, counted from the bytes.
import { beforeEach, describe, expect, test } from "vitest";
import type { Handle, Heap } from "../src/index.js";
import { G_LARGE_COUNT, GC } from "../src/layout.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

type Maker = new () => Handle;

/** Types of all kinds: known to the collector or not, in pools and too large for them. */
function defineTypes(heap: Heap): Maker[] {
  const scalars = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, "f64"] as const));
  return [
    heap.struct("Empty", {}),
    heap.struct("Plain", { a: "i32", b: "f64" }),
    heap.struct("Node", { next: "self", other: "ref" }),
    heap.struct("Wide", { next: "self", ...scalars(50) }),
    heap.struct("LargePlain", scalars(100)),
    heap.struct("LargeNode", { next: "self", ...scalars(100) }),
  ];
}

function counts(heap: Heap): { [name: string]: number } {
  return Object.fromEntries(heap.inspect().types.map(({ name, objects }) => [name, objects]));
}

describe.each(VARIANTS)("$name", ({ open }) => {
  let heap: Heap;
  let types: Maker[];

  beforeEach(async () => {
    heap = await open({ gc: { enabled: false } });
    types = defineTypes(heap);
  });

  test("objects of all kinds are counted, by types in the order of their definition", () => {
    expect(heap.inspect().types).toEqual([]);
    const made = types.map((Type, index) => Array.from({ length: index + 1 }, () => new Type()));
    const names = ["Empty", "Plain", "Node", "Wide", "LargePlain", "LargeNode"];
    const ids = types.map((Type) => (Type as unknown as { id: number }).id);
    const all = names.map((name, index) => ({ name, id: ids[index], objects: index + 1 }));
    expect(heap.inspect().types).toEqual(all);
    for (const objects of made) objects[0]?.release();
    expect(heap.inspect().types).toEqual(
      all.slice(1).map(({ objects, ...type }) => ({ ...type, objects: objects - 1 })),
    );
  });

  test("a leak is a count that rises: a cycle that nobody holds counts until it is collected", () => {
    heap.scope(() => {
      const [Node] = types.slice(2) as [new () => Handle & { next: Handle }];
      for (let i = 0; i < 500; i++) {
        const node = new Node();
        node.next = node;
      }
    });
    expect(counts(heap)).toEqual({ Node: 500 });
    heap.gc.collect();
    expect(counts(heap)).toEqual({});
  });

  test("types that the host did not define have the name of their number", () => {
    const id = heap.core.defineType(0, 16, 0, heap.mem.malloc(8), 8);
    heap.core.newObject(id);
    heap.core.newObject(id);
    expect(heap.inspect().types).toEqual([{ name: `type ${id}`, id, objects: 2 }]);
  });

  test("a large block whose bytes look like an object is none", () => {
    const large = new (types[4] as Maker)();
    const bytes = new Uint32Array(heap.memory.buffer, large.address, 2).slice();
    for (const block of [heap.mem.malloc(2000), heap.raw.malloc(2000)]) {
      for (const at of [block, block + 16]) new Uint32Array(heap.memory.buffer, at, 2).set(bytes);
    }
    expect(counts(heap)).toEqual({ LargePlain: 1 });
  });

  test(`numbers are those of a program that comes and goes, TEST_SEED=${TEST_SEED}`, () => {
    const random = new Random(TEST_SEED);
    const live: { type: number; handle: Handle }[] = [];
    for (let step = 0; step < 2000; step++) {
      if (random.chance(45) && live.length > 0) {
        const [gone] = live.splice(random.below(live.length), 1);
        gone?.handle.release();
      } else {
        const type = random.below(types.length);
        live.push({ type, handle: new (types[type] as Maker)() });
      }
      if (step % 100 !== 0) continue;
      const expected: { [name: string]: number } = {};
      for (const { handle } of live) expected[handle.typeName] = (expected[handle.typeName] ?? 0) + 1;
      expect(counts(heap), `step ${step}`).toEqual(expected);
    }
    for (const { handle } of live) handle.release();
    expect(counts(heap)).toEqual({});
    heap.verify();
  });
});

test("in debug mode an object that died with a damaged frame is not counted", async () => {
  const heap = await openHeap({ debug: true });
  const Plain = heap.struct("Plain", { a: "i32", b: "f64" });
  const plain = new Plain();
  using _ = new Plain();
  const { address } = plain;
  new Uint8Array(heap.memory.buffer)[address + Math.ceil(Plain.size / 8) * 8] = 0;
  expect(() => plain.release()).toThrow();
  expect(counts(heap)).toEqual({ Plain: 1 });
});

test("records that make no sense are a CorruptionError", async () => {
  const heap = await openHeap();
  new Uint32Array(heap.memory.buffer)[(GC + G_LARGE_COUNT) / 4] = 0x4000_0000;
  expect(() => heap.inspect()).toThrow(expect.objectContaining({ code: "INVARIANT", address: GC }));
});
