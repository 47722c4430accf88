// Ref fields hold every value there is, and take plain data.
import { describe, expect, test } from "vitest";
import { type Dict, type Heap, type List, MemoryError } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

/** A struct with a field of any kind of value. */
function boxIn(heap: Heap) {
  return heap.struct("Box", { id: "u8", value: "ref" });
}

/** Fields are declared as what they read as; they take more. */
function assign(box: { value: unknown }, value: unknown): void {
  box.value = value;
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("the contract's example: a text as a tag, given at birth and changed", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u32", next: "self", tag: "ref" });
    using first = new Node({ id: 1, tag: "first" });
    using second = new Node({ id: 2, next: first, tag: "second" });
    expect([first.tag, second.tag]).toEqual(["first", "second"]);
    second.tag = 10n ** 30n;
    expect(second.tag).toBe(10n ** 30n);
    heap.verify();
  });

  test("reading a leaf makes no handle, and replacing it frees it", async () => {
    const heap = await open();
    using box = new (boxIn(heap))();
    const blocks = heap.sys.getAllocatedBlocks();
    for (const value of ["a text that is longer than a block of a few bytes", 1.5, 2 ** 40, 2n ** 200n, "é", "漢字"]) {
      box.value = value;
      expect(box.value).toBe(value);
      expect(heap.sys.getAllocatedBlocks()).toBe(blocks + 1 - Number(value === "é"));
      expect(heap.handleCount).toBe(1);
    }
    box.value = null;
    expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
    heap.verify();
  });

  test("plain data becomes containers of which the field has the one reference", async () => {
    const heap = await open();
    const Box = boxIn(heap);
    const blocks = heap.sys.getAllocatedBlocks();
    const box = new Box({ value: { users: [{ name: "Ada" }, { name: "Grace" }], when: new Uint8Array([1]) } });
    using dict = box.value as Dict;
    expect(heap.sys.getRefCount(dict)).toBe(2);
    expect(heap.toJS(box)).toEqual({
      id: 0,
      value: { users: [{ name: "Ada" }, { name: "Grace" }], when: new Uint8Array([1]) },
    });
    dict.release();
    box.release();
    expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
    heap.verify();
  });

  test("cycles through containers and structs are found", async () => {
    const heap = await open();
    const Box = boxIn(heap);
    heap.gc.collect();
    const box = new Box({ value: [1] });
    const list = box.value as List;
    list.push({ back: box });
    list.release();
    box.release();
    expect(heap.gc.collect()).toBe(3);
    heap.verify();
  });

  test("a value that is refused leaves the field, and everything else, as it was", async () => {
    const heap = await open();
    const Box = boxIn(heap);
    using box = new Box({ value: "before" });
    const blocks = heap.sys.getAllocatedBlocks();
    for (const [bad, message] of [
      [() => 1, "Box.value: wants a value"],
      [{ users: [{ onClick() {} }] }, "Box.value.users[0].onClick: wants a value"],
      [new Map([[[1], 2]]), "Box.value.keys()[0]: a list cannot be a key"],
    ] as const) {
      expect(() => {
        assign(box, bad);
      }).toThrow(message);
      expect(() => new Box({ value: bad as never })).toThrow(message);
      expect([box.value, heap.sys.getAllocatedBlocks(), heap.handleCount]).toEqual(["before", blocks, 1]);
    }
    heap.verify();
  });

  test("a getter that releases the handle under assignment: the value is dropped", async () => {
    const heap = await open();
    const Box = boxIn(heap);
    const box = new Box();
    using other = new Box();
    const blocks = heap.sys.getAllocatedBlocks();
    expect(() => {
      assign(box, {
        text: "a text that is longer than a block of a few bytes",
        other,
        get release() {
          box.release();
          return 1;
        },
      });
    }).toThrow("Box.value: the handle of Box");
    expect(heap.sys.getAllocatedBlocks()).toBe(blocks - 1);
    expect(heap.sys.getRefCount(other)).toBe(1);
    heap.verify();
  });

  test("a getter that lets memory grow: the value gets to where the object is", async () => {
    const heap = await open({ initialMemory: 2 ** 20 });
    using box = new (boxIn(heap))();
    assign(box, {
      get grown() {
        heap.mem.free(heap.mem.malloc(4_000_000));
        return "grown";
      },
    });
    expect(heap.toJS(box)).toEqual({ id: 0, value: { grown: "grown" } });
    heap.verify();
  });

  test("a handle that was released takes no value, and nothing is made for it", async () => {
    const heap = await open();
    const box = new (boxIn(heap))();
    box.release();
    const blocks = heap.sys.getAllocatedBlocks();
    for (const value of ["a text that is longer than a block", [1, 2], 0.5]) {
      expect(() => {
        assign(box, value);
      }).toThrow("Box.value: the handle of Box");
    }
    expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
    heap.verify();
  });
});

test("without memory for a value the field keeps its own", async () => {
  const heap = await openHeap({ initialMemory: 2 ** 20, maximumMemory: 2 ** 20 });
  const Box = boxIn(heap);
  using box = new Box({ value: "before" });
  const blocks = heap.sys.getAllocatedBlocks();
  for (const value of ["x".repeat(2_000_000), "漢".repeat(1_000_000), 1n << 20_000_000n, new Uint8Array(2_000_000)]) {
    expect(() => {
      assign(box, value);
    }).toThrow(MemoryError);
    expect(() => {
      assign(box, [[value]]);
    }).toThrow("Box.value: no memory");
    expect([box.value, heap.sys.getAllocatedBlocks(), heap.handleCount]).toEqual(["before", blocks, 1]);
  }
  heap.verify();
});

test("without memory for small values either", async () => {
  const heap = await openHeap({ initialMemory: 2 ** 20, maximumMemory: 2 ** 20, gc: { enabled: false } });
  const Box = boxIn(heap);
  using box = new Box();
  const taken: number[] = [];
  // Blocks of each class are used up, from the largest to the smallest.
  for (let size = 65_536; size >= 8; size = size > 1024 ? size >>> 1 : size - 8) {
    for (;;) {
      const block = heap.core.malloc(size);
      if (block === 0) break;
      taken.push(block);
    }
  }
  for (const value of [0.5, 2 ** 40, 2n ** 64n, "text", "漢字", [], { a: 1 }]) {
    expect(() => {
      assign(box, value);
      assign(box, [value, value]);
    }, String(value)).toThrow(MemoryError);
  }
  // What could be made was dropped again.
  assign(box, null);
  for (const block of taken) heap.core.free(block);
  heap.verify();
});
