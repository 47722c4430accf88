// What the collector knows is in an image: ages, counts, thresholds, statistics, what is frozen, and what it was told to keep.
import { describe, expect, test } from "vitest";
import type { Heap, List } from "../src/index.js";
import { IMAGE_HEAPS } from "./helpers/images.js";

const GENERATIONS = [0, 1, 2] as const;

/** Tracked objects of each generation, by their addresses. */
function ages(heap: Heap): number[][] {
  return GENERATIONS.map((generation) =>
    heap.scope(() => heap.gc.getObjects(generation).map(({ address }) => address as number)),
  );
}

/** Objects of all ages, some of them in cycles that nobody holds. */
function fillWithAges(heap: Heap): void {
  heap.gc.disable();
  for (let age = 0; age < 4; age++) {
    heap.globals.set(
      `age ${age}`,
      Array.from({ length: 20 }, (_, i) => [i]),
    );
    heap.scope(() => {
      for (let i = 0; i < 10; i++) {
        const ring = heap.list([i]);
        ring.push(ring);
      }
    });
    if (age < 3) heap.gc.collect(age === 0 ? 1 : 0);
  }
}

describe.each(IMAGE_HEAPS)("$name", ({ open, restore }) => {
  test("generations, counts and statistics", async () => {
    using heap = await open();
    fillWithAges(heap);
    const image = heap.snapshot();
    using back = await restore(image);
    expect(ages(heap).map((each) => each.length > 0)).toEqual([true, true, true]);
    expect(ages(back)).toEqual(ages(heap));
    expect(back.gc.getCount()).toEqual(heap.gc.getCount());
    expect(back.gc.getStats()).toEqual(heap.gc.getStats());
    for (const generation of GENERATIONS) {
      expect(back.gc.collect(generation)).toBe(heap.gc.collect(generation));
      expect(back.gc.getCount()).toEqual(heap.gc.getCount());
      expect(ages(back)).toEqual(ages(heap));
      back.verify();
    }
    const total = (each: Heap) => each.gc.getStats().map(({ collections, collected }) => [collections, collected]);
    expect(total(back)).toEqual(total(heap));
  });

  test("thresholds and whether it is enabled, unless options say otherwise", async () => {
    using heap = await open({ gc: { enabled: false, threshold: [70, 8, 9] } });
    const image = heap.snapshot();
    using same = await restore(image);
    expect([same.gc.isEnabled(), same.gc.getThreshold()]).toEqual([false, [70, 8, 9]]);
    using enabled = await restore(image, { gc: { enabled: true } });
    expect([enabled.gc.isEnabled(), enabled.gc.getThreshold()]).toEqual([true, [70, 8, 9]]);
    using other = await restore(image, { gc: { threshold: [5, 6, 7] } });
    expect([other.gc.isEnabled(), other.gc.getThreshold()]).toEqual([false, [5, 6, 7]]);
    for (const each of [same, enabled, other]) each.verify();
  });

  test("automatic collections start when they would have started", async () => {
    using heap = await open({ gc: { threshold: [50, 3, 2] } });
    heap.globals.set(
      "keep",
      Array.from({ length: 30 }, (_, i) => [i]),
    );
    using back = await restore(heap.snapshot());
    const churn = (each: Heap) =>
      Array.from({ length: 40 }, (_, i) => {
        each.scope(() => {
          for (let n = 0; n < 13; n++) {
            const ring = each.list([n]);
            ring.push(ring);
          }
          if (i % 3 === 0) each.globals.set(`more ${i}`, [[i]]);
        });
        return [...each.gc.getCount(), ...each.gc.getStats().map(({ collections }) => collections)];
      });
    expect(churn(back)).toEqual(churn(heap));
    expect(back.gc.getStats()[1].collections).toBeGreaterThan(0);
    back.verify();
  });

  test("frozen objects stay frozen, and their cycles are found once they are not", async () => {
    using heap = await open();
    fillWithAges(heap);
    heap.gc.freeze();
    heap.globals.set("later", [[1]]);
    using back = await restore(heap.snapshot());
    back.verify();
    expect(back.gc.getFreezeCount()).toBe(heap.gc.getFreezeCount());
    expect(back.gc.getFreezeCount()).toBeGreaterThan(50);
    expect(ages(back)).toEqual(ages(heap));
    expect([back.gc.collect(), heap.gc.collect()]).toEqual([0, 0]);
    back.gc.unfreeze();
    heap.gc.unfreeze();
    expect(ages(back)).toEqual(ages(heap));
    const collected = back.gc.collect();
    expect(collected).toBe(heap.gc.collect());
    expect(collected).toBeGreaterThan(0);
    back.verify();
  });

  test("gc.garbage is the same list", async () => {
    using heap = await open();
    heap.gc.setDebug(heap.gc.DEBUG_SAVEALL);
    heap.scope(() => {
      for (let i = 0; i < 5; i++) {
        const ring = heap.list([`ring ${i}`]);
        ring.push(ring);
      }
    });
    heap.gc.collect();
    using back = await restore(heap.snapshot());
    back.verify();
    expect(back.gc.getDebug()).toBe(0);
    expect(back.gc.garbage.address).toBe(heap.gc.garbage.address);
    expect(back.gc.garbage.length).toBe(5);
    expect(back.scope(() => back.toJS((back.gc.garbage.at(3) as List).at(0) as string))).toMatch(/^ring \d$/);
    back.gc.garbage.clear();
    expect(back.gc.collect()).toBe(5);
    expect(back.globals.size).toBe(0);
    expect(back.sys.getAllocatedBlocks()).toBeLessThanOrEqual(2);
    back.verify();
  });

  test("whose finalizer has run is not finalized again", async () => {
    using heap = await open();
    const log: string[] = [];
    let keep = heap.globals;
    const Phoenix = heap.struct(
      "Phoenix",
      { id: "i32", self: "self" },
      {
        finalize(object) {
          log.push(`${object.id}`);
          keep.set(`revived ${object.id}`, object);
        },
      },
    );
    heap.scope(() => {
      const ring = new Phoenix({ id: 1 });
      ring.self = ring;
      new Phoenix({ id: 2 });
    });
    expect(heap.gc.collect()).toBe(0);
    using back = await restore(heap.snapshot(), { structs: [Phoenix] });
    back.verify();
    expect(log.sort()).toEqual(["1", "2"]);
    back.scope(() => {
      expect(back.gc.isFinalized(back.globals.get("revived 1") as never)).toBe(true);
      expect(back.gc.isFinalized(back.globals.get("revived 2") as never)).toBe(true);
    });
    back.globals.clear();
    expect(back.gc.collect()).toBe(1);
    expect(log.length).toBe(2);
    keep = back.globals;
    back.scope(() => {
      new (back.struct(Phoenix))({ id: 3 });
    });
    expect(log).toEqual(["1", "2", "3"]);
    expect([...back.globals.keys()]).toEqual(["revived 3"]);
  });

  test("objects too large for pools, tracked and not, of all ages", async () => {
    using heap = await open();
    const wide = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, "ref"] as const));
    const Wide = heap.struct("Wide", wide);
    const Blob = heap.struct(
      "Blob",
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`n${i}`, "f64"] as const)),
    );
    heap.scope(() => {
      for (let i = 0; i < 8; i++) {
        const object = new Wide({ f0: i, f199: [i], f7: new Blob({ n3: i }) });
        object.f1 = object;
        if (i % 2 === 0) heap.globals.set(`wide ${i}`, object);
        if (i === 4) heap.gc.collect();
      }
    });
    using back = await restore(heap.snapshot());
    back.verify();
    expect(ages(back)).toEqual(ages(heap));
    const plain = (each: Heap) =>
      JSON.stringify(each.toJS(each.globals), (key, value) => (key === "f1" ? "own" : value));
    expect(plain(back)).toBe(plain(heap));
    expect(back.gc.collect()).toBe(heap.gc.collect());
    for (const each of [back, heap]) each.globals.clear();
    expect(back.gc.collect()).toBe(heap.gc.collect());
    back.verify();
  });
});
