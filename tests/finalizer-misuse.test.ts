// Finalizers that do what they must not: the heap goes on, and tells.
import { describe, expect, test } from "vitest";
import { Heap, type UnraisableEvent } from "../src/index.js";

describe.each([{ debug: false }, { debug: true }])("%o", ({ debug }) => {
  test.each([true, false])("one that drops a reference it does not own runs once, tracked: %s", async (gc) => {
    const heap = await Heap.create({ debug });
    let runs = 0;
    const Node = heap.struct(
      "Node",
      { next: "ref" },
      {
        gc,
        finalize(node) {
          runs++;
          heap.core.decref(node.address);
        },
      },
    );
    const before = heap.sys.getAllocatedBlocks();
    new Node().release();
    expect([runs, heap.handleCount]).toEqual([1, 0]);
    heap.verify();
    expect(heap.gc.getObjects()).toEqual([]);
    expect(heap.sys.getAllocatedBlocks() - before).toBeLessThanOrEqual(gc ? 1 : 0);
  });

  test("what one throws is told also when the text of its object throws", async () => {
    const events: UnraisableEvent[] = [];
    const heap = await Heap.create({ debug, onUnraisable: (event) => events.push(event) });
    const error = new Error("mine");
    const Node = heap.struct(
      "Node",
      { id: "i32" },
      {
        finalize() {
          throw error;
        },
      },
    );
    Node.prototype.toString = () => {
      throw new Error("no text");
    };
    new Node().release();
    expect(events).toEqual([
      { error, message: "Exception ignored while calling finalizer", object: "an object whose text cannot be made" },
    ]);
  });
});
