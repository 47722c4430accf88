// The graph of random heaps: what it says of references, counts and sizes is what the core says, and to look changes nothing.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ObjectGraph } from "../src/graph/objectgraph.js";
import { isImmortal } from "../src/graph/population.js";
import { partsOf } from "../src/heap.js";
import type { Handle, Heap } from "../src/index.js";
import { IMMORTAL } from "../src/layout.js";
import { OK } from "../src/status.js";
import { isAddress } from "../src/word.js";
import { SHARED, VARIANTS } from "./helpers/heap.js";
import { ImageProgram, programTypes } from "./helpers/imageprograms.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const RUNS = 12;

/** References that the core finds in an object, to others but immortal ones. */
function referentsOf(heap: Heap, address: number): number[] {
  const room = 4096;
  const out = heap.mem.malloc(room * 4);
  try {
    const found = heap.core.referents(address, out, room);
    expect(found).toBeLessThanOrEqual(room);
    const words = new Uint32Array(heap.memory.buffer, out, found).slice();
    return [...words].filter((word) => isAddress(word) && !isImmortal(word));
  } finally {
    heap.mem.free(out);
  }
}

/** Things that random programs do not make: weak containers, finalizers, weak references with callbacks, frames inside frames. */
function addWeakThings(heap: Heap, random: Random): Handle[] {
  const { weakref } = heap;
  const Thing = heap.struct("Thing", { n: "i32", other: "ref", weakly: "weak" });
  const things = Array.from({ length: 6 }, (_, n) => new Thing({ n }));
  const pick = () => random.pick(things);
  const values = new weakref.WeakValueDictionary<string, Handle>();
  const keys = new weakref.WeakKeyDictionary<Handle, string>();
  const set = new weakref.WeakSet<Handle>();
  for (const thing of things) {
    values.set(`name ${thing.n}`, thing);
    keys.set(thing, `value ${thing.n}`);
    set.add(pick());
    thing.other = random.chance(50) ? pick() : (["plain", [thing.n]] as never);
    thing.weakly = pick();
    weakref.finalize(pick(), () => {});
  }
  heap.globals.set("refs", things.map((thing) => weakref.ref(thing, () => {})) as never);
  heap.globals.set("shared ref", weakref.ref(pick()));
  heap.globals.set("entries", [values, keys, set].length);
  // Kept so that their dicts and sets are there as long as the heap is looked at.
  return Object.assign(things, { containers: [values, keys, set] });
}

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}

/** All that looking could change. */
function stateOf(heap: Heap): unknown {
  return [heap.gc.getCount(), heap.gc.getStats(), heap.handleCount, heap.sys.memoryUsage(), heap.snapshot().length];
}

function look(heap: Heap): void {
  const before = stateOf(heap);
  const graph = new ObjectGraph(partsOf(heap));
  const addresses = graph.addresses();
  for (const address of addresses) {
    graph.edges(address, () => {});
    expect(graph.label(address)).not.toBe("");
    for (const [name, value] of graph.scalars(address)) {
      expect(name).not.toBe("");
      expect(["string", "number", "bigint", "boolean"]).toContain(typeof value);
    }
  }
  graph.roots(() => {});
  expect(stateOf(heap)).toEqual(before);
  expect(new Set(addresses).size).toBe(addresses.length);
  expect([...addresses]).toEqual(sorted([...addresses]));
  const types = new Map<number, number>();
  const rooted = new Map<number, number>();
  const programRoots: unknown[] = [];
  graph.roots((group, name, to) => {
    if (group === "program") programRoots.push([name, to, graph.label(to)]);
    else rooted.set(to, (rooted.get(to) ?? 0) + 1);
  });
  expect(programRoots).toEqual([]);
  const found = new Map<number, number>();
  for (const [number, address] of addresses.entries()) {
    expect(graph.numberOf(address)).toBe(number);
    expect(heap.core.typeOf(address)).toBe(graph.typeId(address));
    expect(graph.size(address)).toBe(heap.core.sizeOf(address) >>> 0);
    if (!isImmortal(address)) types.set(graph.typeId(address), (types.get(graph.typeId(address)) ?? 0) + 1);
    const strong: number[] = [];
    graph.edges(address, (kind, _name, to) => {
      expect(graph.numberOf(to)).toBeGreaterThanOrEqual(0);
      if (kind !== "weak") found.set(to, (found.get(to) ?? 0) + 1);
      if (kind !== "weak" && !isImmortal(to)) strong.push(to);
    });
    expect(sorted(strong)).toEqual(sorted(referentsOf(heap, address)));
  }
  for (const [number, address] of addresses.entries()) {
    const inside = found.get(address) ?? 0;
    if (isImmortal(address)) {
      expect(inside).toBeGreaterThan(0);
      expect(heap.core.refcount(address) >>> 0).toBe(IMMORTAL);
    } else {
      expect(graph.found(number)).toBe(inside);
      expect(heap.core.refcount(address), graph.label(address)).toBe(inside + (rooted.get(address) ?? 0));
    }
  }
  expect([...types].sort(([a], [b]) => a - b)).toEqual(heap.inspect().types.map(({ id, objects }) => [id, objects]));
  for (const handle of heap.gc.getObjects()) {
    expect(graph.numberOf(handle.address)).toBeGreaterThanOrEqual(0);
    handle.release();
  }
  heap.verify();
}

describe.each([...VARIANTS, SHARED])("$name", ({ open }) => {
  test("edges and roots are all references that are counted", async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 300 }),
      async (seed, steps) => {
        using heap = await open({ gc: { threshold: [40, 3, 3] } });
        const random = new Random(seed);
        const program = new ImageProgram(
          heap,
          programTypes(heap, () => {}),
          random,
          true,
        );
        for (let i = 0; i < steps; i++) program.step();
        const kept = addWeakThings(heap, random);
        heap.frame("outer", (outer) => {
          outer.set("thing", random.pick(kept));
          heap.frame("without names", () =>
            heap.frame("inner", (inner) => {
              inner.set("list", ["long enough", random.pick(kept)]);
              look(heap);
            }),
          );
        });
        for (let i = 0; i < 3; i++) random.pick(kept).release();
        look(heap);
        expect(heap.core.checkObject(heap.globals.address, 0)).toBe(OK);
        expect(Object.keys(kept)).toContain("containers");
      },
    );
    await fc.assert(property, { numRuns: RUNS, seed: TEST_SEED | 0 });
  }, 120_000);
});
