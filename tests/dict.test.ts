// heap.dict: Map's interface with Python's keys, exact counts, and nothing left behind when something is refused.
import { describe, expect, test } from "vitest";
import { Dict, type Handle, type Heap, type Storable } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** What must be as before when a call was refused. */
function ledger(heap: Heap): number[] {
  return [heap.handleCount, heap.sys.getAllocatedBlocks()];
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("Map's interface", async () => {
    const heap = await open();
    const dict = heap.dict();
    expect(dict).toBeInstanceOf(Dict);
    expect([dict.size, dict.typeName, Object.prototype.toString.call(dict)]).toEqual([0, "dict", "[object Dict]"]);
    expect(dict.set("one", 1).set("two", 2).set("three", 3)).toBe(dict);
    expect(dict.set("two", "zwei").size).toBe(3);
    expect([dict.get("one"), dict.get("two"), dict.get("four")]).toEqual([1, "zwei", undefined]);
    expect([dict.has("three"), dict.has("four")]).toEqual([true, false]);
    expect([...dict]).toEqual([
      ["one", 1],
      ["two", "zwei"],
      ["three", 3],
    ]);
    expect([dict.delete("one"), dict.delete("one"), dict.size]).toEqual([true, false, 2]);
    dict.set("one", null);
    expect([...dict.keys()]).toEqual(["two", "three", "one"]);
    expect([...dict.values()]).toEqual(["zwei", 3, null]);
    expect([...dict.entries()]).toEqual([...dict]);
    const seen: unknown[] = [];
    const self = {};
    dict.forEach(function (this: unknown, ...args) {
      seen.push([this === self, ...args.slice(0, 2), args[2] === dict]);
    }, self);
    expect(seen).toEqual([
      [true, "zwei", "two", true],
      [true, 3, "three", true],
      [true, null, "one", true],
    ]);
    dict.clear();
    expect([dict.size, [...dict], dict.get("two")]).toEqual([0, [], undefined]);
    expect(dict.set("again", true).get("again")).toBe(true);
    heap.verify();
  });

  test("keys are equal as in Python, and the first of them stays", async () => {
    const heap = await open();
    const same: Storable[][] = [
      [1, 1n, true],
      [0, -0, false],
      [2 ** 31, 2n ** 31n],
      [2 ** 53, 2n ** 53n],
      [1e300, BigInt(1e300)],
      [Number.NaN, Number.NaN],
      ["é", heap.str("é")],
      ["\ud800", heap.str("\ud800")],
      ["", heap.str("")],
      ["x".repeat(5000), heap.str("x".repeat(5000))],
      [Uint8Array.of(1, 2), heap.bytes([1, 2])],
      [heap.tuple([1, "a"]), heap.tuple([true, "a"])],
      [heap.frozenset([1, 2, 3]), heap.frozenset([3, 2, 1])],
      [null, undefined],
      [0.5, 0.5],
    ];
    const dict = heap.dict();
    same.forEach((keys, n) => {
      for (const key of keys) dict.set(key, n);
    });
    expect(dict.size).toBe(same.length);
    same.forEach((keys, n) => {
      for (const key of keys) expect([dict.get(key), dict.has(key)], `seed ${TEST_SEED}, row ${n}`).toEqual([n, true]);
    });
    const first = [...dict.keys()].slice(0, 5);
    expect(first).toEqual([1, 0, 2 ** 31, 2 ** 53, 1e300]);
    for (const keys of same) {
      expect(dict.delete(keys.at(-1) as Storable)).toBe(true);
      expect(dict.has(keys[0] as Storable)).toBe(false);
    }
    expect(dict.size).toBe(0);
    heap.verify();
  });

  test("keys that are not equal", async () => {
    const heap = await open();
    const Point = heap.struct("Point", { x: "i32" });
    const keys: Storable[] = ["1", 1, 1.5, Uint8Array.of(49), heap.tuple([1]), heap.frozenset([1]), null];
    keys.push(new Point({ x: 1 }), new Point({ x: 1 }), 2n ** 64n, -(2n ** 64n), Number.POSITIVE_INFINITY, "1\0");
    const dict = heap.dict(keys.map((key, n) => [key, n] as const));
    expect(dict.size).toBe(keys.length);
    expect(keys.map((key) => dict.get(key))).toEqual(keys.map((_, n) => n));
  });

  test("what can change is no key, and nothing changes when it is tried", async () => {
    const heap = await open();
    const dict = heap.dict([[1, 2]]);
    const value = heap.list();
    const refused: [Storable, string][] = [
      [heap.list(), "a list cannot be a key, because it can change; use a tuple"],
      [[], "a list cannot be a key"],
      [heap.dict(), "a dict cannot be a key"],
      [{}, "a dict cannot be a key"],
      [heap.defaultdict(() => 1), "a defaultdict cannot be a key"],
      [heap.set(), "a set cannot be a key, because it can change; use a frozenset"],
      [heap.deque(), "a deque cannot be a key"],
      [heap.array("u8", 1), "an array cannot be a key"],
      [heap.tuple([1, heap.tuple([[]])]), "a tuple cannot be a key"],
    ];
    const before = ledger(heap);
    for (const [key, sentence] of refused) {
      const calls = { get: () => dict.get(key), has: () => dict.has(key), delete: () => dict.delete(key) };
      for (const [name, call] of Object.entries({ ...calls, set: () => dict.set(key, value) })) {
        expect(call).toThrow(TypeError);
        expect(call).toThrow(`dict.${name}: ${sentence}`);
      }
    }
    expect([...dict]).toEqual([[1, 2]]);
    expect([ledger(heap), heap.sys.getRefCount(value)]).toEqual([before, 1]);
    heap.verify();
  });

  test("counts: a value and a key have one reference more while they are in it", async () => {
    const heap = await open();
    const Point = heap.struct("Point", { x: "i32" });
    const [key, value] = [new Point(), new Point()];
    const counts = () => [heap.sys.getRefCount(key), heap.sys.getRefCount(value)];
    const dict = heap.dict();
    dict.set(key, value).set("v", value);
    expect(counts()).toEqual([2, 3]);
    dict.set(key, value);
    expect(counts()).toEqual([2, 3]);
    dict.set("v", key);
    expect(counts()).toEqual([3, 2]);
    expect([dict.has(key), dict.get(5), counts()]).toEqual([true, undefined, [3, 2]]);
    using got = dict.get(key) as Handle;
    expect([got.is(value), counts()]).toEqual([true, [3, 3]]);
    expect([dict.delete("v"), counts()]).toEqual([true, [2, 3]]);
    dict.clear();
    expect(counts()).toEqual([1, 2]);
    dict.set(key, value);
    dict.release();
    expect(counts()).toEqual([1, 2]);
    heap.verify();
  });

  test("made of pairs, a Map, a plain object, a dict, and what gives pairs", async () => {
    const heap = await open();
    const shared = heap.list();
    const pairs: [Storable, Storable][] = [
      ["a", 1],
      [2, shared],
      ["a", 3],
    ];
    const content = (dict: Dict) => heap.scope(() => [...dict].map(([key, value]) => [key, value === 3 ? 3 : "list"]));
    const expected = [
      ["a", 3],
      [2, "list"],
    ];
    function* given() {
      yield* pairs;
    }
    const tuples = heap.list(pairs.map((pair) => heap.tuple(pair)));
    const dicts = [heap.dict(pairs), heap.dict(new Map(pairs)), heap.dict(given()), heap.dict(tuples as never)];
    dicts.push(heap.dict(dicts[0]), heap.dict(heap.defaultdict(() => 0, pairs)));
    for (const dict of dicts) expect([content(dict), dict.typeName]).toEqual([expected, "dict"]);
    const object = heap.dict({ b: 1, ["__proto__"]: 2, 7: 3 });
    expect([...object]).toEqual([
      ["7", 3],
      ["b", 1],
      ["__proto__", 2],
    ]);
    expect(heap.toJS(heap.dict(new Map([["a", 1]])))).toEqual(new Map([["a", 1]]));
    expect(heap.toJS(heap.dict(heap.dict(new Map([["a", 1]]))))).toEqual(new Map([["a", 1]]));
    expect(heap.toJS(heap.dict([["a", 1]]))).toEqual({ a: 1 });
    for (const dict of dicts) dict.release();
    expect(dicts.length).toBe(6);
    heap.verify();
  });

  test("pairs that the heap has are read without handles", async () => {
    const heap = await open();
    const value = heap.list();
    const pairs = heap.list([heap.tuple(["a", value]), heap.list([value.address, "b"]), heap.deque([null, value])]);
    const made = [heap.tuple([1, value]), heap.tuple([2, value])];
    const before = [heap.handleCount, heap.sys.getRefCount(value)];
    {
      using dict = heap.dict(pairs as never);
      using other = heap.dict(made as never);
      expect([[...dict.keys()], [...other.keys()]]).toEqual([
        ["a", value.address, null],
        [1, 2],
      ]);
      expect([heap.handleCount, heap.sys.getRefCount(value)]).toEqual([(before[0] as number) + 2, 9]);
    }
    const sentence = (n: number, shown: string) => `heap.dict: entry ${n} must be a pair [key, value], not ${shown}`;
    for (const [wrong, shown] of [
      [null, "null"],
      [7, "7"],
      ["ab", "the str at 0x"],
      [heap.tuple([1]), "the tuple at 0x"],
      [heap.dict([[1, 2]]), "the dict at 0x"],
    ] as const) {
      heap.scope(() => {
        const list = heap.list([made[0] as Handle, wrong]);
        expect(() => heap.dict(list as never)).toThrow(sentence(1, shown));
        if (typeof wrong === "object" && wrong !== null)
          expect(() => heap.dict([wrong] as never)).toThrow(sentence(0, shown));
      });
    }
    expect(heap.sys.getRefCount(value)).toBe(before[1]);
    heap.verify();
  });

  test("a copy holds the same objects and goes its own way", async () => {
    const heap = await open();
    const value = heap.list();
    const dict = heap.dict([
      [1, value],
      ["gone", value],
      ["b", value],
    ]);
    dict.delete("gone");
    const handles = heap.handleCount;
    const copy = heap.dict(dict);
    expect([copy.size, heap.sys.getRefCount(value), heap.handleCount]).toEqual([2, 5, handles + 1]);
    copy.delete(1);
    expect([[...dict.keys()], [...copy.keys()], heap.sys.getRefCount(value)]).toEqual([[1, "b"], ["b"], 4]);
  });

  test("entries that are none leave nothing behind", async () => {
    const heap = await open();
    const list = heap.list([1, 2, 3]);
    const before = ledger(heap);
    const failure = new Error("mine");
    function* failing(): Iterable<[Storable, Storable]> {
      yield ["key of its own", ["a list"]];
      using inside = heap.list();
      yield [1, inside];
      throw failure;
    }
    const refused: [unknown, string][] = [
      [[["a", 1], 5], "heap.dict: entry 1 must be a pair [key, value], not 5"],
      [[["a", []], ["b"]], "heap.dict: entry 1 must be a pair [key, value], not an array of 1"],
      [
        [
          ["a", [1]],
          [[], 2],
        ],
        "heap.dict: a list cannot be a key",
      ],
      [[["a", () => {}]], "heap.dict: the value of entry 0"],
      [list, "heap.dict: entry 0 must be a pair [key, value], not 1"],
      [5, "heap.dict: wants pairs [key, value], a Map, a plain object or a dict, not 5"],
      [null, "heap.dict: wants pairs"],
      ["ab", "heap.dict: wants pairs"],
      [new ArrayBuffer(8), "heap.dict: wants pairs"],
      [{ a: [1], b: Symbol.iterator }, "heap.dict"],
      [
        new Map<unknown, unknown>([
          ["a", 1],
          [[], 2],
        ]),
        "heap.dict",
      ],
    ];
    for (const [entries, sentence] of refused) {
      expect(() => heap.dict(entries as never)).toThrow(TypeError);
      expect(() => heap.dict(entries as never)).toThrow(sentence);
    }
    expect(() => heap.dict(failing())).toThrow(failure);
    const other = await openHeap();
    expect(() => heap.dict(other.dict([[1, 2]]))).toThrow(expect.objectContaining({ code: "HANDLE_FOREIGN" }));
    const gone = heap.dict([[1, 2]]);
    gone.release();
    expect(() => heap.dict(gone)).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
    expect(ledger(heap)).toEqual(before);
    expect(heap.dict([[1, 2]]).get(1)).toBe(2);
    heap.verify();
  });

  test("a handle that is released while its value is converted", async () => {
    const heap = await open();
    const keep = heap.list();
    const before = ledger(heap);
    const dict = heap.dict();
    const value = {
      get text() {
        dict.release();
        return "some text";
      },
    };
    expect(() => dict.set("a key", value)).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
    expect(ledger(heap)).toEqual(before);
    expect(keep.released).toBe(false);
    heap.verify();
  });

  test("growth of memory that fails leaves a dict as it was", async () => {
    const heap = await open({ initialMemory: 2 ** 19, maximumMemory: 2 ** 24, gc: { enabled: false } });
    const dict = heap.dict();
    const model = new Map<Storable, Storable>();
    let failures = 0;
    for (let n = 0; n < 3000; n++) {
      const key = n % 2 === 0 ? `key ${n}` : n;
      const value = n % 2 === 1 ? `${n} `.repeat(100) : n;
      const blocks = heap.sys.getAllocatedBlocks();
      heap.core.failGrowth(1);
      try {
        dict.set(key, value);
      } catch (error) {
        failures++;
        expect(error).toMatchObject({ name: "MemoryError", code: "NO_MEMORY" });
        expect([dict.size, dict.has(key), heap.sys.getAllocatedBlocks()]).toEqual([model.size, false, blocks]);
        heap.core.failGrowth(0);
        dict.set(key, value);
      }
      model.set(key, value);
    }
    heap.core.failGrowth(0);
    expect(failures).toBeGreaterThan(0);
    expect([...dict]).toEqual([...model]);
    heap.verify();
  });
});

test("a block that is found damaged when a value dies is reported, and the call has done what it is for", async () => {
  const heap = await openHeap({ debug: true });
  const Point = heap.struct("Point", { x: "i32" });
  const damaged = (): Handle => {
    const point = new Point();
    // Header and integer, rounded up; then the pad bytes.
    new Uint8Array(heap.memory.buffer)[point.address + 16] = 0;
    return point;
  };
  const dict = heap.dict();
  const replaced = damaged();
  dict.set("a", replaced);
  replaced.release();
  const value = heap.list();
  expect(() => dict.set("a", value)).toThrow(expect.objectContaining({ name: "CorruptionError", rule: "overrun" }));
  expect([dict.size, heap.sys.getRefCount(value)]).toEqual([1, 2]);
  const cleared = damaged();
  dict.set("b", cleared);
  cleared.release();
  const keys = dict.keys();
  expect(keys.next().value).toBe("a");
  expect(() => dict.clear()).toThrow(expect.objectContaining({ name: "CorruptionError", rule: "overrun" }));
  expect([dict.size, heap.sys.getRefCount(value)]).toEqual([0, 1]);
  dict.set("c", 3).set("d", 4);
  expect([...keys]).toEqual(["c", "d"]);
  expect(heap.sys.getRefCount(value)).toBe(1);
});

test("a full collection may make room", async () => {
  const heap = await openHeap({ initialMemory: 2 ** 19, maximumMemory: 2 ** 24 });
  const dict = heap.dict();
  const collections = () => heap.gc.getStats()[2].collections;
  const before = collections();
  for (let n = 0; n < 50_000; n++) {
    heap.core.failGrowth(1);
    dict.set(n, n);
  }
  heap.core.failGrowth(0);
  expect(dict.size).toBe(50_000);
  expect(collections()).toBeGreaterThan(before);
  heap.verify();
});

test("random operations against a Map", async () => {
  const heap = await openHeap();
  const random = new Random(TEST_SEED);
  const texts = Array.from({ length: 40 }, (_, n) =>
    String.fromCharCode(...Array.from({ length: n }, () => random.pick([65, 233, 0x2603, 0xd800]))),
  );
  const keys: (string | number | null)[] = [...texts, null, ...Array.from({ length: 60 }, (_, n) => (n - 30) * 7)];
  keys.push(...Array.from({ length: 30 }, () => random.next() * random.pick([1, 0.5, 2 ** 20, 2 ** 40])));
  const dict = heap.dict();
  const model = new Map<string | number | null, string | number>();
  for (let step = 0; step < 30_000; step++) {
    const key = random.pick(keys);
    const action = random.below(100);
    const at = `seed ${TEST_SEED}, step ${step}`;
    if (action < 40) {
      const value = random.chance(50) ? random.next() : `value ${random.below(10)}`;
      dict.set(key, value);
      model.set(key, value);
    } else if (action < 70) expect(dict.delete(key), at).toBe(model.delete(key));
    else if (action < 85) expect(dict.get(key), at).toBe(model.get(key));
    else if (action < 99) expect(dict.has(key), at).toBe(model.has(key));
    else if (random.chance(10)) {
      dict.clear();
      model.clear();
    }
    if (step % 1000 === 0) {
      expect([...dict], at).toEqual([...model]);
      heap.verify();
    }
    if (dict.size !== model.size) expect(dict.size, at).toBe(model.size);
  }
  dict.release();
  expect([heap.sys.getAllocatedBlocks(), heap.handleCount], `seed ${TEST_SEED}`).toEqual([0, 0]);
});

test("a dict whose handle, or heap, is gone", async () => {
  const heap = await openHeap();
  const dict = heap.dict([[1, 2]]);
  const kept = dict.clone();
  const uses = (target: Dict) => [
    () => target.size,
    () => target.get(1),
    () => target.get("one"),
    () => target.get(0.5),
    () => target.has(1),
    () => target.set(1, 2),
    () => target.delete(1),
    () => target.clear(),
    () => [...target],
    () => target.forEach(() => {}),
  ];
  dict.release();
  for (const use of uses(dict)) expect(use).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
  expect(() => dict.get(1)).toThrow("dict.get: the handle of dict 0x");
  expect([...kept]).toEqual([[1, 2]]);
  heap[Symbol.dispose]();
  for (const use of uses(kept)) expect(use).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
});

test("arguments that are none", async () => {
  const heap = await openHeap();
  const dict = heap.dict();
  expect(() => dict.forEach(5 as never)).toThrow(new TypeError("dict.forEach: wants a function, not 5"));
  expect(() => dict.set("a", (() => {}) as never)).toThrow("dict.set: value");
  expect(() => dict.set(Symbol("s") as never, ["a list"])).toThrow(TypeError);
  const other = await openHeap();
  expect(() => dict.set("a", other.dict())).toThrow(expect.objectContaining({ code: "HANDLE_FOREIGN" }));
  expect(() => dict.get(other.tuple([1]))).toThrow(expect.objectContaining({ code: "HANDLE_FOREIGN" }));
  expect(() => new (Dict as never as new () => Dict)().size).toThrow(TypeError);
  expect([dict.size, ledger(heap)]).toEqual([0, [1, 1]]);
});
