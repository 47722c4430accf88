// What is in a heap is in the heap that is restored from its image: every kind of object, where it was, and as useful as it was.
import { describe, expect, test } from "vitest";
import { Handle } from "../src/handle.js";
import type { ArrayKind, Deque, Dict, HeapSet, List, Tuple, TypedArrayHandle } from "../src/index.js";
import { TEXT_HASH, TUPLE_HASH } from "../src/layout.js";
import { ATOMS } from "./helpers/containermodel.js";
import { IMAGE_HEAPS, type ImageVariant } from "./helpers/images.js";
import { comesBackAs, expectSameShape } from "./helpers/plaindata.js";
import { differenceOf } from "./helpers/sameshape.js";

const KINDS: readonly ArrayKind[] = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"];

type TestHeap = Awaited<ReturnType<ImageVariant["open"]>>;

/** The heap that comes back of an image of this one; both are sound. */
async function copyOf({ restore }: ImageVariant, heap: TestHeap): Promise<TestHeap> {
  const back = await restore(heap.snapshot());
  heap.verify();
  back.verify();
  return back;
}

/** A handle of what a global name stands for. */
function named<H extends Handle = Handle>(heap: TestHeap, name: string): H {
  return heap.globals.get(name) as unknown as H;
}

/** Fails unless the names stand for objects at the same addresses in both, with the same counts. */
function expectSameObjects(one: TestHeap, other: TestHeap, names: readonly string[]): void {
  for (const name of names) {
    const [a, b] = [named(one, name), named(other, name)];
    expect([name, b.address, b.typeName]).toEqual([name, a.address, a.typeName]);
    // The handle of this loop is one reference in each.
    expect([name, other.sys.getRefCount(b)]).toEqual([name, one.sys.getRefCount(a)]);
    a.release();
    b.release();
  }
}

/** Gives names to containers of all kinds, which share a part. */
function fillWithContainers(heap: TestHeap): void {
  const { globals } = heap;
  const shared = heap.list(["shared"]);
  globals.set("list", heap.list([1, shared, "two", shared]));
  globals.set("long", heap.list(Array.from({ length: 5000 }, (_, i) => i)));
  globals.set("tuple", heap.tuple([shared, 2.5]));
  globals.set("dict", heap.dict({ a: shared, b: [1] }));
  globals.set(
    "map",
    heap.dict(
      new Map<unknown, unknown>([
        [1, shared],
        [heap.tuple([1, 2]), "pair"],
      ]) as never,
    ),
  );
  globals.set("big", heap.dict(Array.from({ length: 3000 }, (_, i) => [`key ${i}`, i] as const)));
  globals.set("set", heap.set([1, "x", heap.frozenset([1, 2])]));
  globals.set("frozenset", heap.frozenset(["a", 2n ** 70n]));
  globals.set("deque", heap.deque([shared, 1, 2, 3], { maxLength: 3 }));
  globals.set("queue", heap.deque(Array.from({ length: 1000 }, (_, i) => `${i}`)));
  globals.set("bytes", heap.bytes([1, 2, 255]));
  globals.set("str", heap.str("narrow é"));
  globals.set("wide", heap.str("wide Ω \ud800"));
  globals.set("text", heap.str("x".repeat(100_000)));
  for (const kind of KINDS)
    globals.set(kind, heap.array(kind, kind.endsWith("64") && kind !== "f64" ? [1n, 2n] : [1, 2]));
  globals.set("floats", heap.array("f64", 10_000));
}

describe.each(IMAGE_HEAPS)("$name", (variant) => {
  const { open, restore } = variant;

  test("values that are no containers", async () => {
    using heap = await open();
    for (const [i, atom] of ATOMS.entries()) heap.globals.set(`${i}`, atom);
    heap.globals.set("-0", -0);
    using back = await copyOf(variant, heap);
    for (const [i, atom] of ATOMS.entries()) expect(back.globals.get(`${i}`)).toEqual(comesBackAs(atom));
    expect(back.globals.get("-0")).toBe(-0);
    expect(back.globals.size).toBe(ATOMS.length + 1);
  });

  test("containers of all kinds, at the same addresses, with the same counts", async () => {
    using heap = await open();
    heap.scope(() => fillWithContainers(heap));
    const names = [...heap.globals.keys()] as string[];
    using back = await copyOf(variant, heap);
    expect([...back.globals.keys()]).toEqual(names);
    expect(differenceOf(heap.toJS(heap.globals), back.toJS(back.globals))).toBe(null);
    const objects = heap.scope(() => names.filter((name) => heap.globals.get(name) instanceof Handle));
    expectSameObjects(heap, back, objects);
    expect(named<Deque>(back, "deque").maxLength).toBe(3);
    expect(named<Dict>(back, "map").get(back.tuple([1, 2]))).toBe("pair");
    expect(named<HeapSet>(back, "set").has(back.frozenset([2, 1]))).toBe(true);
    expect([...named<Dict>(back, "big").keys()].length).toBe(3000);
    for (let i = 0; i < 3000; i++) expect(named<Dict>(back, "big").get(`key ${i}`)).toBe(i);
  });

  test("what comes back can be changed, and dies as it would have died", async () => {
    using heap = await open();
    heap.globals.set("all", { list: [1, [2]], map: new Map([[1, [3]]]), set: new Set(["a"]) });
    heap.scope(() => heap.globals.set("deque", heap.deque([1, 2])).set("array", heap.array("i32", [1])));
    const blocks = heap.sys.getAllocatedBlocks();
    using back = await copyOf(variant, heap);
    expect(back.sys.getAllocatedBlocks()).toBe(blocks);
    back.scope(() => {
      const all = named<Dict>(back, "all");
      const list = all.get("list") as unknown as List;
      for (let i = 0; i < 1000; i++) list.push([i], `text ${i}`, i + 0.5);
      (all.get("map") as unknown as Dict).set("new", list);
      (all.get("set") as unknown as HeapSet).add("b").delete("a");
      named<Deque>(back, "deque").unshift(...Array.from({ length: 200 }, (_, i) => [i]));
      const array = named<TypedArrayHandle<"i32">>(back, "array");
      for (let i = 0; i < 1000; i++) array.push(i);
      expect((back.toJS(all) as { list: unknown[] }).list.length).toBe(3002);
    });
    back.verify();
    back.globals.clear();
    back.gc.collect();
    back.verify();
    // The empty dict of global names.
    expect(back.sys.getAllocatedBlocks()).toBe(1);
  });

  test("cycles, shared parts, and a list 100,000 deep", async () => {
    using heap = await open();
    const ring: unknown[] = [1];
    const part = { part: ring };
    ring.push(part, part, new Map([["ring", ring]]));
    heap.globals.set("ring", ring as never);
    let deep: unknown[] = [];
    for (let i = 0; i < 100_000; i++) deep = [deep];
    heap.globals.set("deep", deep as never);
    using back = await copyOf(variant, heap);
    back.scope(() => {
      expectSameShape(back.toJS(named(back, "ring")), ring);
      expectSameShape(back.toJS(named(back, "deep")), deep);
    });
    const [collected, wanted] = [back, heap].map((each) => {
      each.globals.clear();
      return each.gc.collect();
    });
    expect(collected).toBe(wanted);
    expect(wanted).toBeGreaterThan(0);
    back.verify();
    expect(back.sys.getAllocatedBlocks()).toBe(1);
  });

  test("objects that live as long as the heap are there once, as in all heaps", async () => {
    using heap = await open();
    heap.globals.set("all", [true, false, NaN, "", "a", "ÿ", heap.tuple(), heap.bytes([])] as never);
    using back = await copyOf(variant, heap);
    for (const make of [
      (each: TestHeap) => each.tuple(),
      (each: TestHeap) => each.bytes([]),
      (each: TestHeap) => each.str(""),
      (each: TestHeap) => each.str("a"),
    ]) {
      const [one, other] = [make(heap), make(back)];
      expect(other.address).toBe(one.address);
      expect(back.sys.getRefCount(other)).toBe(2 ** 31);
    }
    const all = named<List>(back, "all");
    expect(back.is(all.at(6) as Handle, back.tuple())).toBe(true);
    expect(back.toJS(all)).toEqual([true, false, NaN, "", "a", "ÿ", [], new Uint8Array()]);
  });

  test("an interned text is found again, and goes when nobody holds it", async () => {
    using heap = await open();
    const texts = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? `Name ${i} Ω` : `name_${i}`));
    heap.scope(() => heap.globals.set("kept", heap.list(texts.map((text) => heap.sys.intern(text)))));
    for (let i = 0; i < 500; i++) heap.sys.intern(`gone ${i}`).release();
    using back = await copyOf(variant, heap);
    const before = back.sys.getAllocatedBlocks();
    const list = named<List>(back, "kept");
    for (const [i, text] of texts.entries()) {
      using found = back.sys.intern(text);
      expect(found.address).toBe(heap.sys.intern(text).address);
      expect([list.at(i), back.sys.getRefCount(found)]).toEqual([text, 2]);
    }
    back.globals.delete("kept");
    list.release();
    back.verify();
    using again = back.sys.intern("name_1");
    expect(again.released).toBe(false);
    expect(back.sys.getAllocatedBlocks()).toBeLessThan(before);
  });

  test("hashes that are known stay known, and those of texts depend on the key of the heap as before", async () => {
    using heap = await open();
    const text = heap.str("a text that was hashed");
    const tuple = heap.tuple(["a", 1, "b"]);
    const fresh = heap.str("a text that was not");
    heap.globals.set("text", text);
    heap.globals.set("tuple", tuple);
    heap.globals.set("fresh", fresh);
    heap.globals.set(
      "dict",
      heap.dict([
        [text, 1],
        [tuple, 2],
      ] as never),
    );
    using back = await copyOf(variant, heap);
    const word = (each: TestHeap, at: number) => new DataView(each.memory.buffer).getUint32(at, true);
    expect(word(heap, text.address + TEXT_HASH)).not.toBe(0);
    expect(word(heap, tuple.address + TUPLE_HASH)).not.toBe(0);
    expect(word(back, text.address + TEXT_HASH)).toBe(word(heap, text.address + TEXT_HASH));
    expect(word(back, tuple.address + TUPLE_HASH)).toBe(word(heap, tuple.address + TUPLE_HASH));
    expect(word(back, fresh.address + TEXT_HASH)).toBe(0);
    expect(back.core.hashOf(fresh.address)).toBe(heap.core.hashOf(fresh.address));
    const dict = named<Dict>(back, "dict");
    expect([dict.get("a text that was hashed"), dict.get(back.tuple(["a", 1, "b"]))]).toEqual([1, 2]);
    using another = await open();
    expect(another.core.hashOf(another.str("a text that was not").address)).not.toBe(heap.core.hashOf(fresh.address));
  });

  test("defaultdicts hold what they held; their functions are the program's", async () => {
    using heap = await open();
    const counts = heap.defaultdict(() => 0, { a: 1 });
    counts.get("b");
    heap.globals.set("counts", counts);
    using back = await copyOf(variant, heap);
    const found = named<Dict>(back, "counts");
    expect(found.address).toBe(counts.address);
    expect(back.toJS(found)).toEqual(heap.toJS(counts));
    expect([found.get("a"), found.get("b"), found.has("c")]).toEqual([1, 0, false]);
    expect(() => found.get("c")).toThrow(TypeError);
    const other = back.defaultdict(() => "new");
    expect(other.get("x")).toBe("new");
    expect(() => found.get("c")).toThrow(/function for missing keys is not known here/);
    found.set("c", 3);
    expect(found.get("c")).toBe(3);
    expect(counts.has("c")).toBe(false);
  });

  test("structs with fields of all kinds, and types that are found by name", async () => {
    using heap = await open();
    const Leaf = heap.struct("Leaf", { n: "i32" });
    const Node = heap.struct("Node", {
      ...{ i8: "i8", u8: "u8", i16: "i16", u16: "u16", i32: "i32", u32: "u32", i64: "i64", u64: "u64" },
      ...{ f32: "f32", f64: "f64", bool: "bool", any: "ref", next: "self", leaf: Leaf, weak: "weak" },
    } as const);
    const leaf = new Leaf({ n: -7 });
    const init = {
      ...{ i8: -8, u8: 200, i16: -1600, u16: 60_000, i32: -(2 ** 31), u32: 2 ** 32 - 1 },
      ...{ i64: -(2n ** 63n), u64: 2n ** 64n - 1n, f32: 0.5, f64: 0.1, bool: true },
    };
    const node = new Node({ ...init, any: ["x"], leaf, weak: leaf });
    node.next = node;
    heap.globals.set("node", node);
    using back = await restore(heap.snapshot(), { structs: [Leaf, Node] });
    back.verify();
    const Again = back.struct(Node);
    const found = named(back, "node");
    expect(Again.isInstance(found)).toBe(true);
    back.scope(() => {
      const copy = Again.at(node.address);
      for (const [name, value] of Object.entries(init))
        expect([name, copy[name as keyof typeof init]]).toEqual([name, value]);
      expect(copy.next?.address).toBe(node.address);
      expect(copy.leaf?.n).toBe(-7);
      expect(copy.weak?.is(copy.leaf)).toBe(true);
      expect(back.toJS(copy.any)).toEqual(["x"]);
      expect([Again.id, Again.size, Again.name]).toEqual([Node.id, Node.size, "Node"]);
      const more = new Again({ any: copy, leaf: copy.leaf, u64: 5n });
      expect([more.u64, more.leaf?.n]).toEqual([5n, -7]);
    });
    back.verify();
    // And with no declaration at all.
    using bare = await restore(heap.snapshot());
    expect(named<typeof node>(bare, "node").f64).toBe(0.1);
    expect(named<typeof node>(bare, "node").leaf?.n).toBe(-7);
  });

  test("tuples that the collector does not know stay unknown, and others known", async () => {
    using heap = await open();
    heap.globals.set("flat", heap.tuple([1, "a", heap.tuple([2])]));
    heap.globals.set("deep", heap.tuple([heap.list()]));
    heap.gc.collect();
    const tracked = (each: TestHeap) => ["flat", "deep"].map((name) => each.gc.isTracked(named<Tuple>(each, name)));
    expect(tracked(heap)).toEqual([false, true]);
    using back = await copyOf(variant, heap);
    expect(tracked(back)).toEqual([false, true]);
    back.gc.collect();
    back.verify();
  });

  test("an empty heap, and one in which everything has died", async () => {
    using empty = await open();
    using back = await copyOf(variant, empty);
    expect([back.handleCount, back.gc.getObjects().length, back.globals.size]).toEqual([0, 0, 0]);
    back.globals.set("a", [1]);
    back.verify();
    using heap = await open();
    heap.scope(() => {
      for (let i = 0; i < 3000; i++) heap.list([[i], `${i}`, { a: heap.array("u8", i) }]);
    });
    heap.gc.collect();
    using later = await copyOf(variant, heap);
    expect(later.gc.getObjects().length).toBe(0);
    expect(later.sys.getAllocatedBlocks()).toBe(heap.sys.getAllocatedBlocks());
    expect(later.gc.getStats().map(({ collections }) => collections)).toEqual(
      heap.gc.getStats().map(({ collections }) => collections),
    );
  });

  test("an image of what came back is the same image, and heaps of it as good", async () => {
    using heap = await open();
    heap.globals.set("all", [{ a: [1, 2n ** 80n] }, new Set(["x"]), new Map([[1, "Ω"]])]);
    heap.gc.collect();
    const image = heap.snapshot();
    using back = await restore(image);
    const second = back.snapshot();
    expect(Buffer.compare(second, image)).toBe(0);
    using third = await restore(second);
    expect(Buffer.compare(third.snapshot(), image)).toBe(0);
    third.globals.set("more", [1]);
    using fourth = await copyOf(variant, third);
    expect(fourth.toJS(fourth.globals)).toEqual({ ...(heap.toJS(heap.globals) as object), more: [1] });
  });
});
