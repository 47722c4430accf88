// heap.heapSnapshot(): the format by the letter, names and ids, what is held by whom, and what is refused.
import { describe, expect, test } from "vitest";
import type { Handle, Heap, List } from "../src/index.js";
import { openHeap, SHARED, VARIANTS } from "./helpers/heap.js";
import { follow, readSnapshot, type SnapshotNode } from "./helpers/v8snapshots.js";

function snapshotOf(heap: Heap): SnapshotNode[] {
  return readSnapshot(heap.heapSnapshot()).nodes;
}

/** The node of the dict of global names. */
function globalsOf(heap: Heap): SnapshotNode {
  return follow(
    snapshotOf(heap).find(({ name }) => name === "(globals)"),
    "globals",
  );
}

/** Types and names of a node's edges, and the names of what they lead to. */
function edgesOf(node: SnapshotNode): string[] {
  return node.edges.map(({ type, name, to }) => `${type} ${name}: ${to.type} ${to.name}`);
}

describe.each([...VARIANTS, SHARED])("$name", ({ open }) => {
  test("keys come in the order in which tools look for them, and all sizes add up to what is live", async () => {
    using heap = await open();
    const Node = heap.struct("Node", { next: "self" });
    heap.globals.set("node", new Node());
    heap.globals.set("text", "some text");
    const block = heap.mem.malloc(100);
    const text = [...heap.heapSnapshot()].join("");
    expect(Object.keys(JSON.parse(text))).toEqual([
      "snapshot",
      "nodes",
      "edges",
      "trace_function_infos",
      "trace_tree",
      "samples",
      "locations",
      "strings",
    ]);
    expect(text.endsWith("]}\n")).toBe(true);
    const { file, nodes } = readSnapshot([text]);
    expect(file.snapshot.meta.node_fields.join()).toBe("type,name,id,self_size,edge_count,trace_node_id,detachedness");
    const sizes = nodes.reduce((sum, { size }) => sum + size, 0);
    expect(sizes + file.snapshot.extra_native_bytes).toBe(heap.sys.memoryUsage().live);
    expect(file.snapshot.extra_native_bytes).toBeGreaterThanOrEqual(100);
    expect(nodes[0]).toMatchObject({ type: "synthetic", name: "", size: 0, id: 1 });
    // Nodes below the root that are not synthetic: tools count the distance of all else from them.
    expect(edgesOf(nodes[0] as SnapshotNode)).toEqual(["element 0: object (handles)", "element 1: object (globals)"]);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
    expect(nodes.every(({ id }) => id % 2 === 1)).toBe(true);
    heap.mem.free(block);
    heap.verify();
  });

  test("fields, items, keys and values have their names", async () => {
    using heap = await open();
    const Node = heap.struct("Node", { id: "u32", next: "self", any: "ref", weakly: "weak" });
    heap.globals.set("first", new Node({ any: [1, "item", 2.5, true, 2n ** 40n] }));
    const first = heap.globals.get("first") as InstanceType<typeof Node>;
    first.next = first;
    first.weakly = first;
    const plain = { name: "value", n: 1, f: false };
    heap.globals.set(
      "dict",
      heap.from({
        ...plain,
        inner: new Map([
          [5, "five"],
          [-5, "minus"],
          [0.5, "half"],
        ]),
      } as never),
    );
    heap.globals.set("pairs", heap.dict([[heap.tuple(["a"]), ["of a tuple"]]] as never));
    heap.globals.set("set", new Set(["member", 7]) as never);
    heap.globals.set("deque", heap.deque([0, "in a deque"]));
    heap.globals.set("bytes", heap.bytes([1, 2, 3]));
    const globals = globalsOf(heap);
    expect(globals).toMatchObject({ type: "object", name: "dict" });
    const node = follow(globals, "first");
    expect(edgesOf(node)).toEqual([
      "property next: object Node",
      "property any: object list",
      "internal weakly: object weakref",
      "weak weakly: object Node",
    ]);
    expect(follow(node, "next")).toBe(node);
    expect(edgesOf(follow(node, "any"))).toEqual([
      "element 1: string item",
      "element 2: number 2.5",
      "element 3: object true",
      "element 4: number 1099511627776",
    ]);
    const dict = follow(globals, "dict");
    expect(edgesOf(dict).filter((edge) => !edge.startsWith("internal key: string"))).toEqual([
      "property name: string value",
      "property f: object false",
      "property inner: object dict",
    ]);
    expect(edgesOf(dict).length).toBe(3 + 4);
    expect(edgesOf(follow(dict, "inner"))).toEqual([
      "element 5: string five",
      "property -5: string minus",
      "internal key: number 0.5",
      "property 0.5: string half",
    ]);
    expect(edgesOf(follow(globals, "pairs"))).toEqual([
      "internal key: object tuple",
      "property tuple of 1: object list",
    ]);
    expect(edgesOf(follow(globals, "set"))).toEqual(["element 0: string member"]);
    expect(edgesOf(follow(globals, "deque"))).toEqual(["element 1: string in a deque"]);
    expect(follow(globals, "bytes")).toMatchObject({ type: "object", name: "bytes", size: 19 });
  });

  test("texts of all sorts are names, long ones cut at 1,000 characters", async () => {
    using heap = await open();
    const texts = [
      "",
      "a",
      'quote " and \\',
      "line\nand \u0000",
      "Ω wide",
      "lone \ud800",
      "x".repeat(1000),
      "é".repeat(5),
    ];
    heap.globals.set("texts", texts);
    heap.globals.set("long", `${"y".repeat(999)}zzz`);
    heap.globals.set("wide", "Ω".repeat(5000));
    const globals = globalsOf(heap);
    expect(follow(globals, "texts").edges.map(({ to }) => to.name)).toEqual(texts);
    expect(follow(globals, "long").name).toBe(`${"y".repeat(999)}z… 2 more`);
    expect(follow(globals, "wide")).toMatchObject({ name: `${"Ω".repeat(1000)}… 4000 more`, size: 10016 });
  });

  test("whoever holds objects is a node below the root", async () => {
    using heap = await open();
    const Node = heap.struct("Node", { next: "self" });
    using held = new Node();
    const ring = new Node();
    ring.next = ring;
    const inRing = ring.address;
    ring.release();
    const leaked = new Node();
    heap.core.incref(leaked.address);
    const leakedAt = leaked.address;
    leaked.release();
    heap.weakref.finalize(held, () => {});
    heap.gc.garbage.push("kept");
    heap.frame("main", (frame) => {
      frame.set("local", ["of a frame"]);
      heap.frame("empty", () =>
        heap.frame("main", (again) => {
          again.set("x", "of another frame");
          const root = snapshotOf(heap)[0] as SnapshotNode;
          expect(root.edges.map(({ to }) => to.name)).toEqual([
            "(handles)",
            "(frames)",
            "(weakref.finalize)",
            "(gc.garbage)",
            "(references of the program)",
            "(waiting for a collection)",
          ]);
          const [handles, frames, finalizers, garbage, program, waiting] = root.edges.map(({ to }) => to);
          expect(edgesOf(handles as SnapshotNode)).toContain("element 0: object Node");
          expect(edgesOf(frames as SnapshotNode)).toEqual([
            "property frame main: object dict",
            "property frame main: object dict",
          ]);
          expect(edgesOf(frames?.edges[0]?.to as SnapshotNode)).toContain("property local: object list");
          expect(edgesOf(finalizers as SnapshotNode)).toEqual(["element 0: object weakref"]);
          expect(edgesOf(garbage as SnapshotNode)).toEqual(["element 0: object list"]);
          expect(edgesOf(program as SnapshotNode)).toEqual(["element 0: object Node"]);
          expect(edgesOf(waiting as SnapshotNode)).toEqual(["element 0: object Node"]);
          expect(Math.abs((waiting?.edges[0]?.to.id ?? 0) - inRing)).toBeLessThan(8);
        }),
      );
    });
    heap.core.decref(leakedAt);
  });

  test("an object has the same id in all snapshots, whatever else comes and goes", async () => {
    using heap = await open();
    const Node = heap.struct("Node", { n: "u32", next: "self" });
    const idsOf = () => new Map(snapshotOf(heap).map(({ id, name, edges }) => [id, `${name} ${edges.length}`]));
    const nodes = Array.from({ length: 50 }, (_, n) => new Node({ n }));
    heap.globals.set("list", nodes);
    const before = idsOf();
    for (const node of nodes.splice(0, 20)) node.release();
    heap.globals.set("more", heap.list(["new", new Node()]));
    heap.gc.collect();
    const after = idsOf();
    const shared = [...before].filter(([id]) => after.get(id) === before.get(id));
    // All but the dict of globals and the node of the handles, which have more or fewer edges.
    expect(shared.length).toBeGreaterThanOrEqual(before.size - 3);
    // Another type at the same address is another object.
    const address = heap.scope(() => new Node({ n: 1 }).address);
    const Other = heap.struct("Other", { n: "u32", next: "self" });
    using other = new Other();
    // In debug mode a block waits before it is used again.
    if (heap.core.refcount(address) !== 0) expect(other.address).toBe(address);
    const found = snapshotOf(heap).find(({ name }) => name === "Other");
    expect(found?.id).not.toBe(address + 1 + ((Node.id & 3) << 1));
  });

  test("is refused where objects are half dead, and when the heap changes before all of it is taken", async () => {
    using heap = await open();
    const errors: unknown[] = [];
    const dying = heap.set();
    heap.weakref.finalize(dying, () => {
      try {
        heap.heapSnapshot();
      } catch (error) {
        errors.push(error);
      }
    });
    dying.release();
    expect(errors).toMatchObject([{ code: "BUSY", message: expect.stringMatching(/^heap\.heapSnapshot: /) }]);
    const list = heap.list(Array.from({ length: 50_000 }, (_, i) => `item ${i}`));
    const pieces = heap.heapSnapshot()[Symbol.iterator]();
    pieces.next();
    list.push("one more");
    expect(() => [...{ [Symbol.iterator]: () => pieces }]).toThrow(
      expect.objectContaining({
        code: "BUSY",
        message: expect.stringMatching(/^heap\.heapSnapshot: the heap was changed/),
      }),
    );
    const again = heap.heapSnapshot()[Symbol.iterator]();
    again.next();
    list.set(7, heap.tuple(["in place of a text"]));
    expect(() => [...{ [Symbol.iterator]: () => again }]).toThrow(/the heap was changed/);
    const last = heap.heapSnapshot()[Symbol.iterator]();
    last.next();
    heap[Symbol.dispose]();
    expect(() => last.next()).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
    expect(() => heap.heapSnapshot()).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
  });
});

describe.each([...VARIANTS.slice(0, 2), SHARED])("$name: while pieces are taken", ({ open }) => {
  const changes: [what: string, change: (heap: Heap, list: List) => void][] = [
    ["objects go", (_, list) => list.clear()],
    ["objects go, and their blocks with them", (heap, list) => [list.clear(), heap.inspect()]],
    ["texts go", (heap, list) => [list.splice(0, 3000), heap.inspect()]],
    ["objects come", (heap) => heap.globals.set("new", ["a list"])],
    ["a large object comes", (heap) => heap.globals.set("new", "x".repeat(100_000))],
    ["a large object goes", (heap) => heap.globals.delete("large")],
    ["a block comes", (heap) => heap.mem.malloc(100_000)],
    ["a type comes", (heap) => heap.struct("New", { n: "u8" })],
    ["cycles are collected", (heap) => expect(heap.gc.collect()).toBe(1)],
  ];

  test.each(changes)("%s: the rest is refused", async (_, change) => {
    // In the middle of nodes, of edges, and of names.
    for (const share of [0, 0.5, 0.7]) {
      using heap = await open();
      const list = heap.list(Array.from({ length: 4000 }, (_, i) => `text ${i}`));
      heap.globals.set("large", "y".repeat(200_000));
      heap.scope(() => {
        const ring = heap.list();
        ring.push(ring);
      });
      const count = [...heap.heapSnapshot()].length;
      const pieces = heap.heapSnapshot()[Symbol.iterator]();
      for (let i = 0; i <= share * count; i++) expect(pieces.next().done).toBe(false);
      change(heap, list);
      expect(() => [...{ [Symbol.iterator]: () => pieces }], `after ${share} of ${count} pieces`).toThrow(
        expect.objectContaining({ code: "BUSY" }),
      );
      expect([...heap.heapSnapshot()].length).toBeGreaterThan(0);
    }
  });

  test("what is only read, or stored in place, is not noticed, and the file is sound", async () => {
    using heap = await open();
    const Node = heap.struct("Node", { n: "u32", next: "self" });
    const nodes = heap.scope((scope) => Array.from({ length: 5000 }, (_, n) => scope.keep(new Node({ n }))));
    for (const node of nodes) node.next = node;
    const pieces: string[] = [];
    for (const piece of heap.heapSnapshot()) {
      pieces.push(piece);
      for (const node of nodes) node.next = nodes[(node.n + pieces.length) % nodes.length] as (typeof nodes)[0];
      expect(heap.sys.memoryUsage().live).toBeGreaterThan(0);
    }
    expect(pieces.length).toBeGreaterThan(2);
    expect(readSnapshot(pieces).nodes.length).toBe(5002);
    const others = heap.heapSnapshot()[Symbol.iterator]();
    others.next();
    // Fewer edges than were counted would be those of the next node.
    (nodes[4999] as (typeof nodes)[0]).next = null;
    expect(() => [...{ [Symbol.iterator]: () => others }]).toThrow(expect.objectContaining({ code: "BUSY" }));
  });
});

test("comes in pieces of some 64 KiB, however many edges an object has and however long texts are", async () => {
  using heap = await openHeap();
  heap.globals.set("list", heap.list(Array.from({ length: 60_000 }, (_, i) => i + 0.5)));
  heap.globals.set("texts", heap.list(Array.from({ length: 500 }, (_, i) => `${i}`.repeat(400))));
  const lengths = [...heap.heapSnapshot()].map((piece) => piece.length);
  expect(lengths.length).toBeGreaterThan(40);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(1 << 16);
  expect(lengths.filter((length) => length < 1 << 15).length).toBeLessThan(10);
});

test("a heap without objects has a snapshot, too", async () => {
  using heap = await openHeap();
  const { file, nodes } = readSnapshot(heap.heapSnapshot());
  expect([nodes.length, file.edges, file.strings]).toEqual([1, [], [""]]);
});

test("nothing is kept that only the snapshot would hold", async () => {
  using heap = await openHeap();
  const list: Handle = heap.list([[1]]);
  const before = [heap.handleCount, heap.gc.getCount(), heap.sys.getRefCount(list)];
  for (const piece of heap.heapSnapshot()) expect(piece).not.toBe("");
  expect([heap.handleCount, heap.gc.getCount(), heap.sys.getRefCount(list)]).toEqual(before);
  heap.verify();
});
