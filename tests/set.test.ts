// heap.set and heap.frozenset: Set's interface with Python's equality, exact counts, and nothing left behind.
import { describe, expect, test } from "vitest";
import { FrozenSet, type Handle, type Heap, HeapSet, type Storable, type Value } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const released = expect.objectContaining({ code: "HANDLE_RELEASED" });
const foreign = expect.objectContaining({ code: "HANDLE_FOREIGN" });

/** What must be as before when a call was refused. */
function ledger(heap: Heap): number[] {
  return [heap.handleCount, heap.sys.getAllocatedBlocks()];
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("Set's interface", async () => {
    const heap = await open();
    const set = heap.set(["one", 2, "one"]);
    expect([set instanceof HeapSet, set instanceof FrozenSet, set.typeName]).toEqual([true, false, "set"]);
    expect([set.size, Object.prototype.toString.call(set)]).toEqual([2, "[object HeapSet]"]);
    expect(set.add(3).add(2)).toBe(set);
    expect([[...set], [...set.values()], [...set.keys()]]).toEqual([
      ["one", 2, 3],
      ["one", 2, 3],
      ["one", 2, 3],
    ]);
    expect([...set.entries()]).toEqual([
      ["one", "one"],
      [2, 2],
      [3, 3],
    ]);
    expect([set.has("one"), set.has("two"), set.has(null)]).toEqual([true, false, false]);
    expect([set.delete("one"), set.delete("one"), set.size]).toEqual([true, false, 2]);
    const seen: unknown[] = [];
    const self = {};
    set.forEach(function (this: unknown, ...args) {
      seen.push([this === self, args[0], args[1], args[2] === set]);
    }, self);
    expect(seen).toEqual([
      [true, 2, 2, true],
      [true, 3, 3, true],
    ]);
    set.clear();
    expect([set.size, [...set], set.has(2)]).toEqual([0, [], false]);
    expect([...set.add(null)]).toEqual([null]);
    heap.verify();
  });

  test("values are equal as in Python, and the first stays", async () => {
    const heap = await open();
    const point = new (heap.struct("Point", { x: "i32" }))();
    const same: Storable[][] = [
      [1, true, 1n],
      [0.5, 0.5],
      ["text", heap.str("text")],
      ["☃".repeat(3000), "☃".repeat(3000)],
      [Uint8Array.of(1), heap.bytes([1])],
      [heap.tuple([1]), heap.tuple([true])],
      [Number.NaN, Number.NaN],
      [heap.frozenset([heap.frozenset([1])]), heap.frozenset([heap.frozenset([1])])],
      [point, point.clone()],
    ];
    const set = heap.set(same.flat());
    const frozen = heap.frozenset(same.flat());
    for (const container of [set, frozen]) {
      expect(container.size).toBe(same.length);
      expect(same.flat().every((value) => container.has(value))).toBe(true);
      expect([...container][0]).toBe(1);
    }
    for (const values of same) expect(set.delete(values.at(-1) as Storable)).toBe(true);
    expect(set.size).toBe(0);
    heap.verify();
  });

  test("a frozenset is equal to one with the same values, whatever their order", async () => {
    const heap = await open();
    const frozen = heap.frozenset(["a", 1, 2.5]);
    expect([frozen instanceof FrozenSet, frozen instanceof HeapSet, frozen.typeName]).toEqual([
      true,
      false,
      "frozenset",
    ]);
    expect([frozen.size, Object.prototype.toString.call(frozen)]).toEqual([3, "[object FrozenSet]"]);
    expect([...frozen]).toEqual(["a", 1, 2.5]);
    for (const name of ["add", "delete", "clear"]) expect(name in frozen).toBe(false);
    const dict = heap.dict([[frozen, "here"]]);
    expect(dict.get(heap.frozenset([2.5, "a", 1]))).toBe("here");
    expect([dict.has(heap.frozenset([2.5, "a"])), dict.has(heap.frozenset())]).toEqual([false, false]);
    const again = heap.frozenset(frozen);
    expect([again === frozen, again.is(frozen), heap.sys.getRefCount(frozen)]).toEqual([false, true, 3]);
    expect(heap.set([heap.frozenset(), heap.frozenset([])]).size).toBe(1);
    heap.verify();
  });

  test("made of arrays, Sets, and whatever the heap has", async () => {
    const heap = await open();
    const shared = heap.tuple([1]);
    const values: Storable[] = ["a", 2, shared, 2, "a"];
    const given = { [Symbol.iterator]: () => values.values() };
    const dict = heap.dict(values.map((value) => [value, 0] as const));
    const sources: Iterable<Storable>[] = [values, new Set(values), given, heap.list(values), heap.tuple(values)];
    sources.push(heap.deque(values), heap.set(values), heap.frozenset(values), dict);
    const handles = heap.handleCount;
    const count = heap.sys.getRefCount(shared);
    for (const source of sources) {
      for (const make of [
        (from: Iterable<Storable>) => heap.set(from),
        (from: Iterable<Storable>) => heap.frozenset(from),
      ]) {
        using made = make(source);
        const isSame = made.is(source as Value);
        expect([made.size, made.has(shared), heap.handleCount]).toEqual([3, true, handles + 1]);
        expect(heap.sys.getRefCount(shared)).toBe(isSame ? count : count + 1);
        expect(heap.scope(() => [...made].slice(0, 2))).toEqual(["a", 2]);
      }
    }
    expect([...heap.set("hello")]).toEqual(["h", "e", "l", "o"]);
    expect([[...heap.set()], [...heap.frozenset()]]).toEqual([[], []]);
    heap.verify();
  });

  test("union, intersection and the like, with whatever has values", async () => {
    const heap = await open();
    const random = new Random(TEST_SEED);
    const pick = () => Array.from({ length: random.below(12) }, () => random.pick(["a", "b", "é", 1, 2, 3, 0.5, null]));
    const at = `seed ${TEST_SEED}`;
    for (let round = 0; round < 60; round++) {
      const [left, right] = [pick(), pick()];
      const [a, b] = [new Set<unknown>(left), new Set<unknown>(right)];
      heap.scope(() => {
        const others = [right, new Set(right), heap.list(right), heap.set(right), heap.frozenset(right)];
        const own = random.chance(50) ? heap.set(left) : heap.frozenset(left);
        const other = random.pick(others);
        const only = [...a].filter((value) => !b.has(value));
        const results = [
          own.union(other),
          own.intersection(other),
          own.difference(other),
          own.symmetricDifference(other),
        ];
        expect(
          results.map((set) => [...set]),
          at,
        ).toEqual([
          [...new Set([...a, ...b])],
          [...a].filter((value) => b.has(value)),
          only,
          [...only, ...[...b].filter((value) => !a.has(value))],
        ]);
        expect(new Set(results.map(({ typeName }) => typeName)), at).toEqual(new Set([own.typeName]));
        expect([own.isSubsetOf(other), own.isSupersetOf(other), own.isDisjointFrom(other)], at).toEqual([
          only.length === 0,
          [...b].every((value) => a.has(value)),
          only.length === a.size,
        ]);
        expect([...own], at).toEqual([...a]);
      });
      expect([heap.handleCount, heap.sys.getAllocatedBlocks()], at).toEqual([0, 0]);
    }
    heap.verify();
  });

  test("a combination that fails leaves nothing behind", async () => {
    const heap = await open();
    const other = await openHeap();
    const point = new (heap.struct("Point", { x: "i32" }))();
    const set = heap.set([1, point]);
    const gone = heap.set([1]);
    gone.release();
    const before = ledger(heap);
    for (const method of ["union", "intersection", "difference", "symmetricDifference", "isSubsetOf"] as const) {
      expect(() => set[method]([2, []])).toThrow(`set.${method}: a list cannot be a key`);
      expect(() => set[method](5 as never)).toThrow(`set.${method}: wants something to go through`);
      expect(() => set[method](other.set([1]))).toThrow(foreign);
      expect(() => set[method](gone)).toThrow(released);
      expect(() => gone[method](set)).toThrow(released);
    }
    expect([ledger(heap), heap.sys.getRefCount(point)]).toEqual([before, 2]);
    using both = set.union(heap.frozenset([point]));
    expect([both.size, heap.sys.getRefCount(point)]).toEqual([2, 4]);
    expect(heap.dict([[heap.frozenset([1, 2]).intersection([2, 3]), 5]]).get(heap.frozenset([2]))).toBe(5);
    heap.verify();
  });

  test("values nested too deeply to be compared are refused, and leave nothing behind", async () => {
    const heap = await open();
    const nested = () => {
      let tuple = heap.tuple([1]);
      for (let depth = 0; depth < 3000; depth++) {
        using inner = tuple;
        tuple = heap.tuple([inner]);
      }
      return tuple;
    };
    const [one, other] = [nested(), nested()];
    const set = heap.set([one]);
    const dict = heap.dict([[one, 1]]);
    const before = ledger(heap);
    expect([set.has(one), dict.get(one)]).toEqual([true, 1]);
    const calls = [
      () => set.has(other),
      () => set.add(other),
      () => set.delete(other),
      () => dict.get(other),
      () => dict.set(other, ["a list"]),
      () => heap.set([one, other]),
      () => set.intersection([other]),
      () => set.union([other]),
    ];
    for (const call of calls) expect(call).toThrow(RangeError);
    expect(() => dict.delete(other)).toThrow("dict.delete: the keys are nested too deeply to be compared");
    expect(ledger(heap)).toEqual(before);
    for (const handle of [set, dict, one, other]) handle.release();
    expect(ledger(heap)).toEqual([0, 0]);
    heap.verify();
  });

  test("counts: a value has one reference more while it is in a set", async () => {
    const heap = await open();
    const point = new (heap.struct("Point", { x: "i32" }))();
    const count = () => heap.sys.getRefCount(point);
    const set = heap.set([point, 1]);
    expect(count()).toBe(2);
    set.add(point);
    expect([count(), set.has(point), count()]).toEqual([2, true, 2]);
    const frozen = heap.frozenset(set);
    expect([count(), set.delete(point), count()]).toEqual([3, true, 2]);
    set.add(point);
    set.clear();
    expect(count()).toBe(2);
    set.add(point);
    set.release();
    expect(count()).toBe(2);
    frozen.release();
    expect(count()).toBe(1);
    heap.verify();
  });

  test("what is refused changes nothing, and leaves nothing behind", async () => {
    const heap = await open();
    const set = heap.set(["a"]);
    const frozen = heap.frozenset(["a"]);
    const list = heap.list([[], frozen]);
    const failure = new Error("mine");
    function* failing(): Iterable<Storable> {
      yield "a text";
      using inside = heap.tuple(["another"]);
      yield inside;
      throw failure;
    }
    const before = ledger(heap);
    for (const value of [[], {}, new Set([1]), list, set]) {
      expect(() => set.add(value as Storable)).toThrow(/^set\.add: an? \w+ cannot be a key/);
      expect(() => set.has(value as Storable)).toThrow(/^set\.has: an? \w+ cannot be a key/);
      expect(() => set.delete(value as Storable)).toThrow(/^set\.delete: an? \w+ cannot be a key/);
      expect(() => frozen.has(value as Storable)).toThrow(/^frozenset\.has: an? \w+ cannot be a key/);
    }
    for (const [name, make] of [
      ["heap.set", (from: unknown) => heap.set(from as [])],
      ["heap.frozenset", (from: unknown) => heap.frozenset(from as [])],
    ] as const) {
      expect(() => make(list)).toThrow(`${name}: a list cannot be a key`);
      expect(() => make(["b", []])).toThrow(`${name}: a list cannot be a key`);
      expect(() => make(new Set<unknown>(["b", []]))).toThrow(TypeError);
      expect(() => make(["b", () => {}])).toThrow(name);
      expect(() => make(5)).toThrow(`${name}: wants something to go through`);
      expect(() => make({ a: 1 })).toThrow(`${name}: wants something to go through`);
      expect(() => make(failing())).toThrow(failure);
    }
    expect([[...set], [...frozen], ledger(heap)]).toEqual([["a"], ["a"], before]);
    expect(heap.sys.getRefCount(frozen)).toBe(2);
    heap.verify();
  });

  test("growth of memory that fails leaves a set as it was", async () => {
    const heap = await open({ initialMemory: 2 ** 19, maximumMemory: 2 ** 24, gc: { enabled: false } });
    const set = heap.set();
    const model = new Set<Storable>();
    let failures = 0;
    for (let n = 0; n < 3000; n++) {
      const value = n % 2 === 0 ? n : `${n} `.repeat(100);
      const blocks = heap.sys.getAllocatedBlocks();
      heap.core.failGrowth(1);
      try {
        set.add(value);
      } catch (error) {
        failures++;
        expect(error).toMatchObject({ name: "MemoryError", code: "NO_MEMORY" });
        expect([set.size, set.has(value), heap.sys.getAllocatedBlocks()]).toEqual([model.size, false, blocks]);
        heap.core.failGrowth(0);
        set.add(value);
      }
      model.add(value);
    }
    heap.core.failGrowth(0);
    expect(failures).toBeGreaterThan(0);
    expect([...set]).toEqual([...model]);
    heap.verify();
  });
});

test("a set that somebody finds before it is frozen", async () => {
  const heap = await openHeap();
  const found: Handle[] = [];
  function* given() {
    yield 1;
    found.push(...heap.gc.getObjects());
  }
  expect(() => heap.frozenset(given())).toThrow(
    "heap.frozenset: somebody got hold of the set that was to become a frozenset",
  );
  expect([found.map(({ typeName }) => typeName), heap.handleCount]).toEqual([["set"], 1]);
  found[0]?.release();
  expect([heap.sys.getAllocatedBlocks(), heap.handleCount]).toEqual([0, 0]);
});

test("random operations against a Set", async () => {
  const heap = await openHeap();
  const random = new Random(TEST_SEED);
  const values = Array.from({ length: 150 }, (_, n) => (n % 3 === 0 ? `value ${n}` : random.next() / (n % 3)));
  const set = heap.set();
  const model = new Set<string | number>();
  for (let step = 0; step < 20_000; step++) {
    const value = random.pick(values);
    const action = random.below(100);
    const at = `seed ${TEST_SEED}, step ${step}`;
    if (action < 45) {
      set.add(value);
      model.add(value);
    } else if (action < 80) expect(set.delete(value), at).toBe(model.delete(value));
    else expect(set.has(value), at).toBe(model.has(value));
    if (step % 1000 === 0) {
      expect([...set], at).toEqual([...model]);
      using frozen = heap.frozenset(set);
      expect([...frozen], at).toEqual([...model]);
      heap.verify();
    }
  }
  set.release();
  expect([heap.sys.getAllocatedBlocks(), heap.handleCount], `seed ${TEST_SEED}`).toEqual([0, 0]);
});

test("a set whose handle, or heap, is gone, and one of another heap", async () => {
  const heap = await openHeap();
  const other = await openHeap();
  const set = heap.set([1]);
  const frozen = heap.frozenset([1]);
  expect(() => other.set(set)).toThrow(foreign);
  expect(() => other.frozenset(frozen)).toThrow(foreign);
  expect(() => other.set([set as Handle])).toThrow(foreign);
  set.release();
  frozen.release();
  const uses = [
    () => set.size,
    () => set.add(1),
    () => set.has("a"),
    () => frozen.has(1),
    () => [...frozen],
    () => heap.set(set),
    () => heap.frozenset(frozen),
  ];
  for (const use of uses) expect(use).toThrow(released);
  expect(() => set.forEach(null as never)).toThrow("set.forEach: wants a function, not null");
  expect([heap.set([2]).has(2), heap.handleCount, other.handleCount]).toEqual([true, 1, 0]);
  heap[Symbol.dispose]();
  expect(() => heap.set([1])).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
});
