// Large objects that die, seen by the finalizers of what they hold: no list has them, nothing counts them.
import { describe, expect, test } from "vitest";
import { Heap } from "../src/index.js";

const FIELDS = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`field${i}`, "ref" as const]));

describe.each([{ debug: false }, { debug: true }])("%o", ({ debug }) => {
  test.each([
    ["a young struct", false, "struct"],
    ["an old struct", true, "struct"],
    ["a young tuple", false, "tuple"],
    ["an old tuple", true, "tuple"],
  ])("%s", async (_, old, kind) => {
    const heap = await Heap.create({ debug });
    heap.gc.disable();
    const seen: unknown[] = [];
    const Child = heap.struct(
      "Child",
      { next: "ref" },
      {
        finalize(child) {
          heap.verify();
          const objects = heap.gc.getObjects().map(({ typeName }) => typeName);
          seen.push(objects, heap.gc.getReferrers(child).length);
          heap.gc.freeze();
          seen.push(heap.gc.getFreezeCount());
          heap.gc.unfreeze();
        },
      },
    );
    const Large = heap.struct("Large", FIELDS);
    heap.scope(() => {
      const child = new Child();
      const items = Array.from({ length: 200 }, () => child);
      const large = kind === "struct" ? new Large({ field0: child, field150: child }) : heap.tuple(items);
      if (old) heap.gc.collect();
      child.release();
      large.release();
    });
    expect(seen).toEqual([["Child"], 0, 1]);
    heap.verify();
    expect([heap.gc.collect(), heap.gc.getFreezeCount(), heap.gc.getObjects()]).toEqual([0, 0, []]);
  });
});
