// Struct types of a heap that was restored.
import { expect, expectTypeOf, test } from "vitest";
import { Heap, ImageError, type Instance, type StructType } from "../src/index.js";
import { openHeap } from "./helpers/heap.js";

const FIELDS = { id: "u32", next: "self" } as const;

/** A heap with a list of two Nodes under the name "list", and what its finalizer says. */
async function madeHeap(ran: string[]) {
  const heap = await openHeap();
  const Node = heap.struct("Node", FIELDS, { finalize: ({ id }) => void ran.push(`old ${id}`) });
  heap.scope(() => heap.globals.set("list", new Node({ id: 1, next: new Node({ id: 2 }) })));
  return { heap, Node };
}

test("structs binds types, and heap.struct of one is the new heap's own", async () => {
  const ran: string[] = [];
  const { heap, Node } = await madeHeap(ran);
  const image = heap.snapshot();
  heap[Symbol.dispose]();
  ran.length = 0;
  const restored = await Heap.restore(image, { structs: [Node] });
  const Own = restored.struct(Node);
  expectTypeOf(Own).toEqualTypeOf<StructType<typeof FIELDS>>();
  const list = restored.globals.get("list") as Instance<typeof FIELDS>;
  expect([Own === Node, Own.id, Own.isInstance(list), list.id]).toEqual([false, Node.id, true, 1]);
  expect(restored.scope(() => list.next?.id)).toBe(2);
  expect(restored.struct(Own)).toBe(Own);
  expect(restored.struct("Node", FIELDS)).toBe(Own);
  expect(() => restored.struct("Node", FIELDS)).toThrow("the heap has a struct type of that name");
  list.next = new Own({ id: 3 });
  expect(ran).toEqual(["old 2"]);
  restored.verify();
});

test("without structs objects have fields, and a type can be declared with another finalizer", async () => {
  const ran: string[] = [];
  const { heap } = await madeHeap(ran);
  const restored = await Heap.restore(heap.snapshot());
  const list = restored.globals.get("list") as Instance<typeof FIELDS>;
  expect([list.typeName, list.id, restored.scope(() => list.next?.id)]).toEqual(["Node", 1, 2]);
  expect(restored.toJS(list)).toEqual({ id: 1, next: { id: 2, next: null } });
  const Node = restored.struct("Node", FIELDS, { finalize: ({ id }) => void ran.push(`new ${id}`) });
  expect(list).toBeInstanceOf(Node);
  expect(restored.struct("Other", { node: Node }).id).toBe(Node.id + 1);
  list.next = null;
  restored.gc.collect();
  expect(ran).toEqual(["new 2"]);
  restored.verify();
});

test("types that differ, or are not there, are ImageErrors that say which", async () => {
  const { heap } = await madeHeap([]);
  const image = heap.snapshot();
  const other = await openHeap();
  const Node = other.struct("Node", { ...FIELDS, id: "f32" });
  const Edge = other.struct("Edge", { node: Node });
  for (const [structs, sentence] of [
    [[Node], 'structs: Node: the struct type Node is another in this heap: its field "id" is u32, not f32'],
    [[Edge], "structs: Edge: the heap has no struct type of that name"],
  ] as const) {
    const restored = Heap.restore(image, { structs });
    await expect(restored).rejects.toThrow(ImageError);
    await expect(Heap.restore(image, { structs })).rejects.toThrow(sentence);
  }
});

test("a function for missing keys is not in an image, and its number is nobody's", async () => {
  const heap = await openHeap();
  heap.scope(() =>
    heap.globals.set(
      "dict",
      heap.defaultdict(() => 5),
    ),
  );
  const restored = await Heap.restore(heap.snapshot());
  const mine = restored.defaultdict(() => 6);
  const dict = restored.globals.get("dict") as typeof mine;
  expect(() => dict.get("x")).toThrow("defaultdict.get: the function for missing keys is not known here");
  expect([mine.get("x"), dict.size]).toEqual([6, 0]);
});
