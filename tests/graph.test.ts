// The graph of a heap: what is said of objects of each type.
import { describe, expect, test } from "vitest";
import { ObjectGraph } from "../src/graph/objectgraph.js";
import { isImmortal } from "../src/graph/population.js";
import { retainedSizes } from "../src/graph/retained.js";
import { partsOf } from "../src/heap.js";
import type { Handle, Heap, ObjectAddress } from "../src/index.js";
import { TRUE_OBJECT } from "../src/layout.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

function graphOf(heap: Heap): ObjectGraph {
  return new ObjectGraph(partsOf(heap));
}

/** Edges as text, with labels of what they lead to. */
function edgesOf(graph: ObjectGraph, { address }: Handle): string[] {
  const edges: string[] = [];
  graph.edges(address, (kind, name, to) => edges.push(`${kind} ${name}: ${graph.label(to)}`));
  return edges;
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("labels, scalars and edges of each type", async () => {
    using heap = await open();
    const Node = heap.struct("Node", {
      id: "u32",
      ok: "bool",
      next: "self",
      any: "ref",
      to: "weak",
      at: "f64",
      n: "i8",
    });
    const Person = heap.struct("Person", { left: "ref", age: "ref", name: "ref", right: "ref" });
    const Empty = heap.struct("Empty", {});
    const Only = heap.struct("Only", { n: "i64" });
    const node = new Node({ id: 4, ok: true, any: "text", at: -0 });
    node.next = node;
    node.to = node;
    const long = "x".repeat(50);
    const things: [handle: Handle, label: string, scalars: unknown, edges: string[]][] = [
      [
        node,
        'Node {id: 4, ok: true, any: "text", …}',
        { id: 4, ok: true, at: -0, n: 0 },
        [
          'property next: Node {id: 4, ok: true, any: "text", …}',
          'property any: "text"',
          "internal to: weakref to Node",
        ].concat('weak to: Node {id: 4, ok: true, any: "text", …}'),
      ],
      [
        new Person({ age: 36, name: "Ada", left: null }),
        'Person {age: 36, name: "Ada", …}',
        {},
        ['property name: "Ada"'],
      ],
      [
        new Person({ left: false, right: 2.5 }),
        "Person {left: false, right: 2.5, …}",
        {},
        ["property left: false", "property right: 2.5"],
      ],
      [new Empty(), "Empty", {}, []],
      [new Only({ n: -5n }), "Only {n: -5}", { n: -5n }, []],
      [heap.str("short"), '"short"', { value: "short", length: 5 }, []],
      [heap.str(long), `"${long.slice(10)}"…`, { value: long, length: 50 }, []],
      [heap.str('a "quote"\n'), '"a \\"quote\\"\\n"', { value: 'a "quote"\n', length: 10 }, []],
      [heap.bytes([1, 2]), "bytes of 2", { length: 2 }, []],
      [heap.array("f32", 3), "array of 3 f32", { kind: "f32", length: 3 }, []],
      [heap.tuple(["a", 1, null]), "tuple of 3", { length: 3 }, ['element 0: "a"']],
      [heap.list([2.5, [true]]), "list of 2", { length: 2 }, ["element 0: 2.5", "element 1: list of 1"]],
      [
        heap.list([2 ** 40, -(2n ** 70n)]),
        "list of 2",
        { length: 2 },
        ["element 0: 1099511627776", "element 1: -1180591620717411303424"],
      ],
      [heap.deque([0, "b"], { maxLength: 9 }), "deque of 2", { length: 2, maxLength: 9 }, ['element 1: "b"']],
      [heap.deque(["c"]), "deque of 1", { length: 1 }, ['element 0: "c"']],
      [heap.dict({ k: "v" }), "dict of 1", { length: 1 }, ['internal key: "k"', 'property k: "v"']],
      [heap.defaultdict(() => 0, [[3, "v"]]), "defaultdict of 1", { length: 1 }, ['element 3: "v"']],
      [
        heap.dict([[heap.tuple([1]), "v"]] as never),
        "dict of 1",
        { length: 1 },
        ["internal key: tuple of 1", 'property tuple of 1: "v"'],
      ],
      [heap.set(["d", 1]), "set of 2", { length: 2 }, ['element 0: "d"']],
      [heap.frozenset(["e"]), "frozenset of 1", { length: 1 }, ['element 0: "e"']],
    ];
    const set = heap.frozenset([1]);
    const ref = heap.weakref.ref(set);
    const keyed = new heap.weakref.WeakKeyDictionary<Handle, string>([[set, "v"]]);
    const graph = graphOf(heap);
    for (const [handle, label, scalars, edges] of things) {
      expect(graph.label(handle.address)).toBe(label);
      expect(Object.fromEntries(graph.scalars(handle.address))).toEqual(scalars);
      expect(edgesOf(graph, handle)).toEqual(edges);
      expect(graph.typeName(handle.address)).toBe(handle.typeName);
      expect(graph.size(handle.address)).toBe(heap.sys.getSizeOf(handle));
    }
    expect([graph.label(ref.address), edgesOf(graph, ref)]).toEqual([
      "weakref to frozenset",
      ["weak referent: frozenset of 1"],
    ]);
    const [keyedRef] = heap.weakref.getWeakRefs(set).filter(({ typeName }) => typeName === "keyedref");
    expect(edgesOf(graph, keyedRef as Handle)).toEqual([
      "internal container: weakref to dict",
      "weak referent: frozenset of 1",
    ]);
    set.release();
    expect(graphOf(heap).label(ref.address)).toBe("weakref to nothing");
    expect(keyed.size).toBe(0);
    heap.verify();
  });

  test("objects that live as long as the heap are there if somebody refers to them, and weigh nothing", async () => {
    using heap = await open();
    const immortals = () =>
      [...graphOf(heap).addresses()].filter(isImmortal).map((address) => graphOf(heap).label(address));
    using list = heap.list(["long enough"]);
    expect(immortals()).toEqual([]);
    list.push(true, "", "a", heap.tuple(), Number.NaN, heap.bytes([]));
    expect(immortals()).toEqual(["true", "NaN", "tuple of 0", "bytes of 0", '""', '"a"']);
    const graph = graphOf(heap);
    expect(graph.scalars(TRUE_OBJECT as ObjectAddress)).toEqual([["value", true]]);
    const { sizes, dominators } = retainedSizes(graph);
    const number = graph.numberOf(list.address);
    const text = heap.sys.getSizeOf("long enough");
    expect(sizes[number]).toBe(heap.sys.getSizeOf(list) + text);
    for (const [n, address] of graph.addresses().entries()) if (isImmortal(address)) expect(sizes[n]).toBe(0);
    expect(dominators[number]).toBe(-1);
    expect(dominators[graph.numberOf(TRUE_OBJECT)]).toBe(number);
    expect(graph.numberOf(8)).toBe(-1);
    expect(graph.numberOf(2 ** 32 - 8)).toBe(-1);
  });

  test("a type that the heap does not name has numbered fields", async () => {
    using heap = await open();
    const id = heap.core.defineType(2, 20, 0x100, 0, 0);
    const object = heap.core.newObject(id) >>> 0;
    heap.scope(() => heap.core.setRef(object, 1, heap.list([1]).address));
    const graph = graphOf(heap);
    const edges: unknown[] = [];
    graph.edges(object, (kind, name, to) => edges.push([kind, name, graph.label(to)]));
    expect(edges).toEqual([["property", 1, "list of 1"]]);
    expect(graph.label(object)).toBe(`type ${id}`);
    expect(graph.size(object)).toBe(28);
    heap.core.decref(object);
    heap.verify();
  });

  test("what is freed is not there any more, large objects are, whether the collector knows them or not", async () => {
    using heap = await open();
    const large = [heap.str("x".repeat(5000)), heap.tuple(Array(3000).fill(1)), heap.list(Array(9000).fill(2))];
    const gone = heap.str("y".repeat(70_000));
    const address = gone.address;
    gone.release();
    const graph = graphOf(heap);
    for (const handle of large) expect(graph.numberOf(handle.address)).toBeGreaterThanOrEqual(0);
    expect(graph.numberOf(address)).toBe(-1);
    expect(graph.addresses().length).toBe(3);
    for (const handle of large) handle.release();
    expect(graphOf(heap).addresses().length).toBe(0);
  });

  test("sizes are those of sys.getSizeOf, whatever is left of tables and blocks", async () => {
    using heap = await open();
    const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
    const deque = heap.deque(numbers(2000));
    for (let i = 0; i < 1500; i++) deque.shift();
    const dict = heap.dict(numbers(300).map((n) => [n, `value ${n}`] as const));
    for (let n = 0; n < 250; n++) dict.delete(n);
    const set = heap.set(numbers(40_000));
    const list = heap.list(numbers(100));
    for (let i = 0; i < 30; i++) list.pop();
    const things: Handle[] = [
      deque,
      dict,
      set,
      list,
      heap.deque(),
      heap.dict(),
      heap.set(),
      heap.list(),
      heap.tuple(numbers(7)),
    ];
    things.push(
      heap.frozenset([1]),
      heap.array("i64", 5),
      heap.array("u8", 5),
      heap.bytes([1]),
      heap.str("Ω"),
      heap.globals,
    );
    const graph = graphOf(heap);
    for (const thing of things) expect(graph.size(thing.address), String(thing)).toBe(heap.sys.getSizeOf(thing));
    // What was deleted is no edge.
    expect(edgesOf(graph, dict)).toEqual(numbers(50).map((n) => `element ${n + 250}: "value ${n + 250}"`));
  });

  test("roots, one for each reference", async () => {
    using heap = await open();
    const list = heap.list();
    const again = list.clone();
    heap.globals.set("name", list);
    for (let i = 0; i < 3; i++) heap.core.incref(list.address);
    const found: string[] = [];
    const graph = graphOf(heap);
    graph.roots((group, name, to) => found.push(`${group} ${name}: ${graph.label(to)}`));
    expect(found).toEqual([
      "globals globals: dict of 1",
      "handles handle: list of 0",
      "handles handle: list of 0",
      "program 3 references: list of 0",
    ]);
    expect(graph.count(list.address)).toBe(6);
    expect(graph.found(graph.numberOf(list.address))).toBe(1);
    for (let i = 0; i < 3; i++) heap.core.decref(list.address);
    again.release();
  });
});

test("what waits for the next collection counts as held, each cycle by one of its objects", async () => {
  using heap = await openHeap();
  const Node = heap.struct("Node", { next: "self", any: "ref" });
  heap.scope(() => {
    const [a, b, c] = [new Node(), new Node(), new Node()];
    a.next = b;
    b.next = a;
    b.any = c;
  });
  const graph = graphOf(heap);
  const addresses = [...graph.addresses()];
  expect(addresses.length).toBe(3);
  const { sizes } = retainedSizes(graph);
  expect([...sizes]).toEqual([3 * Node.size, 2 * Node.size, Node.size]);
  expect(heap.gc.collect()).toBe(3);
});

test("is refused while objects are half dead", async () => {
  using heap = await openHeap();
  const errors: unknown[] = [];
  const Mortal = heap.struct(
    "Mortal",
    {},
    {
      finalize: () => {
        try {
          graphOf(heap);
        } catch (error) {
          errors.push(error);
        }
      },
    },
  );
  new Mortal().release();
  expect(errors).toMatchObject([{ name: "HeapError", code: "BUSY" }]);
});
