// Heap.restore with keepHandles: what handles held is there, held as it was, for as long as the heap.
import { describe, expect, test } from "vitest";
import { ObjectGraph } from "../src/graph/objectgraph.js";
import { partsOf } from "../src/heap.js";
import { Heap } from "../src/index.js";
import { untilForgotten } from "./helpers/forgotten.js";
import { IMAGE_HEAPS } from "./helpers/images.js";

describe.each(IMAGE_HEAPS)("$name", ({ open, restore }) => {
  test("what handles and frames held stays, with its roots", async () => {
    using heap = await open();
    const Node = heap.struct("Node", { n: "u32", next: "self" });
    using node = new Node({ n: 1 });
    using twice = node.clone();
    const inner = new Node({ n: 2 });
    node.next = inner;
    inner.release();
    heap.globals.set("list", ["named"]);
    const image = heap.frame("main", (frame) => {
      frame.set("local", ["of a frame"]);
      return heap.snapshot();
    });
    {
      using without = await restore(image);
      expect(new ObjectGraph(partsOf(without)).numberOf(twice.address)).toBe(-1);
      expect(without.handleCount).toBe(0);
    }
    using back = await restore(image, { keepHandles: true });
    back.verify();
    // Two handles of the node, and one of the frame's dict.
    expect(back.handleCount).toBe(3);
    const roots = new Map<string, number>();
    const graph = new ObjectGraph(partsOf(back));
    graph.roots((group, _name, to) => {
      const root = `${group}: ${graph.label(to)}`;
      roots.set(root, (roots.get(root) ?? 0) + 1);
    });
    expect(Object.fromEntries(roots)).toEqual({
      "globals: dict of 1": 1,
      "handles: Node {n: 1, …}": 2,
      "handles: dict of 1": 1,
    });
    expect(back.gc.collect()).toBe(0);
    const Again = back.struct(Node);
    using found = Again.at(node.address);
    expect([found.n, found.next?.n, back.sys.getRefCount(found)]).toEqual([1, 2, 3]);
    expect(back.whyAlive(found)?.from).toBe("handles");
    back.verify();
  });

  test("nobody releases these handles but the heap's end", async () => {
    using heap = await open();
    const list = heap.list([["inside"]]);
    const back = await restore(heap.snapshot(), { keepHandles: true });
    expect(await untilForgotten(() => true)).toBe(true);
    expect(back.handleCount).toBe(1);
    expect(back.core.refcount(list.address)).toBe(1);
    back[Symbol.dispose]();
    expect(() => back.handleCount).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
  });
});

test("must be true or false", async () => {
  using heap = await Heap.create();
  const image = heap.snapshot();
  for (const keepHandles of [1, "yes", null]) {
    await expect(Heap.restore(image, { keepHandles: keepHandles as never })).rejects.toThrow(
      /^Heap\.restore: keepHandles must be true or false, not /,
    );
  }
});
