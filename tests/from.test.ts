// heap.from and heap.toJS: plain data in and out, whole or not at all.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Dict, type Heap, type List, MemoryError, type Storable, type Value } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { differenceOf } from "./helpers/sameshape.js";

function release(value: Value): void {
  if (typeof value === "object" && value !== null) value.release();
}

/** Data in and out again; nothing stays behind. */
function roundTrip(heap: Heap, data: unknown): unknown {
  const blocks = heap.sys.getAllocatedBlocks();
  const handles = heap.handleCount;
  const value = heap.from(data as Storable);
  const back = heap.toJS(value);
  heap.verify();
  release(value);
  heap.gc.collect();
  expect(heap.handleCount).toBe(handles);
  expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
  return back;
}

/** What `heap.from` throws for data, null if nothing; nothing stays behind. */
function refusal(heap: Heap, data: unknown): unknown {
  const blocks = heap.sys.getAllocatedBlocks();
  const handles = heap.handleCount;
  let thrown: unknown = null;
  try {
    release(heap.from(data as Storable));
  } catch (error) {
    thrown = error;
  }
  heap.verify();
  expect(heap.handleCount).toBe(handles);
  expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
  return thrown;
}

/** Nested data, as a program may have it. */
const DATA = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.bigInt().map((big) => big * 2n ** 60n + 2n ** 80n),
    fc.uint8Array({ maxLength: 40 }),
    fc.float64Array({ maxLength: 10 }),
    fc.int32Array({ maxLength: 10 }),
  ),
  key: fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true, noInteger: true })),
  value: fc.oneof({ maxDepth: 6 }, tie("leaf"), tie("array"), tie("object"), tie("map"), tie("set")),
  array: fc.array(tie("value"), { maxLength: 8 }),
  object: fc.dictionary(fc.string(), tie("value"), { maxKeys: 8, noNullPrototype: true }),
  map: fc.array(fc.tuple(tie("key"), tie("value")), { maxLength: 6 }).map((entries) => new Map(entries)),
  set: fc.array(tie("key"), { maxLength: 6 }).map((keys) => new Set(keys)),
}));

/** Containers that refer to each other at random. */
function randomGraph(random: Random): unknown {
  const nodes: unknown[] = Array.from({ length: random.between(1, 30) }, () =>
    random.pick([() => [], () => ({}), () => new Map(), () => new Float32Array(random.below(4))])(),
  );
  for (let edge = random.below(100); edge > 0; edge--) {
    const from = random.pick(nodes);
    const to = random.chance(70) ? random.pick(nodes) : random.next();
    if (Array.isArray(from)) from.push(to);
    else if (from instanceof Map) from.set(random.below(50), to);
    else if (!ArrayBuffer.isView(from)) (from as { [name: string]: unknown })[`k${random.below(50)}`] = to;
  }
  return nodes;
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("nested data comes back as it was", async () => {
    const heap = await open();
    fc.assert(
      fc.property(DATA.value, (data) => {
        expect(differenceOf(data, roundTrip(heap, data))).toBe(null);
      }),
      { seed: TEST_SEED, numRuns: 60 },
    );
  });

  test("graphs with cycles and shared parts come back in the same shape", async () => {
    const heap = await open();
    const random = new Random(TEST_SEED);
    for (let round = 0; round < 60; round++) {
      const graph = randomGraph(random);
      expect(differenceOf(graph, roundTrip(heap, graph)), `seed ${TEST_SEED}, round ${round}`).toBe(null);
    }
  });

  test("each kind of data becomes what Python has for it", async () => {
    const heap = await open();
    const names = (data: unknown): string => {
      using value = heap.from(data as Storable) as List;
      return value.typeName;
    };
    expect(
      [[], {}, Object.create(null), new Map(), new Set(), new Uint8Array(1), new ArrayBuffer(1), new Int8Array(1)].map(
        names,
      ),
    ).toEqual(["list", "dict", "dict", "dict", "set", "bytes", "bytes", "array"]);
    expect(heap.from(undefined)).toBe(null);
    expect(heap.from("text")).toBe("text");
    // Holes, and what is undefined, are null; what is no own enumerable text is left out.
    const odd = Object.assign(Object.create(null), { a: undefined, [Symbol("s")]: 1 });
    Object.defineProperty(odd, "hidden", { value: 1 });
    // biome-ignore lint/suspicious/noSparseArray: holes are what this is about
    expect(roundTrip(heap, [odd, [, undefined]])).toEqual([{ a: null }, [null, null]]);
    expect(roundTrip(heap, new Uint8ClampedArray([1, 300]))).toEqual(new Uint8Array([1, 255]));
    expect(roundTrip(heap, new Uint8Array([1, 2]).buffer)).toEqual(new Uint8Array([1, 2]));
    expect(roundTrip(heap, new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toEqual(new Uint8Array([2, 3]));
    heap.verify();
  });

  test("typed arrays of each kind keep their kind and their bits", async () => {
    const heap = await open();
    const arrays = [
      new Int8Array([-128, 127]),
      new Int16Array([-32768, 32767]),
      new Uint16Array([65535]),
      new Int32Array([-(2 ** 31)]),
      new Uint32Array([2 ** 32 - 1]),
      new BigInt64Array([-(2n ** 63n)]),
      new BigUint64Array([2n ** 64n - 1n]),
      new Float32Array([0.5, -0]),
      new Float64Array([Number.NaN, 1e-320]),
    ];
    expect(differenceOf(arrays, roundTrip(heap, arrays))).toBe(null);
    expect(differenceOf(new Float64Array(0), roundTrip(heap, new Float64Array(0)))).toBe(null);
    const shared = new Int32Array([1, 2]);
    expect(differenceOf([shared, { shared }], roundTrip(heap, [shared, { shared }]))).toBe(null);
  });

  test("data that lies in the heap's own memory is copied before that grows", async () => {
    const heap = await open({ initialMemory: 2 ** 20 });
    const block = heap.mem.malloc(400_000);
    heap.mem.bytes(block).fill(7);
    const view = new Uint8Array(heap.memory.buffer, block, 400_000);
    expect((roundTrip(heap, view) as Uint8Array).every((byte) => byte === 7)).toBe(true);
    // Memory has grown, so that the view is of the old one.
    const words = new Int32Array(heap.memory.buffer, block, 100_000);
    expect(roundTrip(heap, { words, fill: new Uint8Array(3_000_000), again: [words] })).toMatchObject({
      words: { 99999: 0x07070707 },
    });
    heap.mem.free(block);
  });

  test("a dict is a plain object if all its keys are texts and it was made of none but a plain object", async () => {
    const heap = await open();
    expect(roundTrip(heap, new Map([["a", 1]]))).toEqual(new Map([["a", 1]]));
    const data = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2, "": 3, "é": 4, "漢": 5}');
    const back = roundTrip(heap, data) as object;
    expect(Object.entries(back)).toEqual(Object.entries(data));
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    using dict = heap.from({ a: 1 }) as Dict;
    dict.set(5, "five");
    expect(heap.toJS(dict)).toEqual(
      new Map<unknown, unknown>([
        ["a", 1],
        [5, "five"],
      ]),
    );
  });

  test("keys that are equal in Python become one, and the last value counts", async () => {
    const heap = await open();
    expect(
      roundTrip(
        heap,
        new Map<unknown, unknown>([
          [1, "a"],
          [true, "b"],
          [2n, "c"],
          [2, "d"],
        ]),
      ),
    ).toEqual(
      new Map([
        [1, "b"],
        [2, "d"],
      ]),
    );
    expect(roundTrip(heap, new Set([0, false, -0, 0n, Number.NaN, Number.NaN]))).toEqual(new Set([0, Number.NaN]));
    expect(roundTrip(heap, new Map([[new Uint8Array([1]), 1]]))).toEqual(new Map([[new Uint8Array([1]), 1]]));
  });

  test("more keys and longer texts than fit into one batch come back", async () => {
    const heap = await open();
    const data: { [name: string]: unknown } = {};
    for (let i = 0; i < 70_000; i++) data[`key ${i}`] = i;
    data["k".repeat(9000)] = "é".repeat(8192);
    data["漢".repeat(64)] = "漢".repeat(8193);
    const twice = [data, Object.fromEntries(Object.entries(data).reverse())];
    const texts = Array.from({ length: 60 }, (_, i) => "x".repeat(8190 + (i % 6)));
    const big = Array.from({ length: 20 }, (_, i) => 2n ** BigInt(32 * 8180 + 32 * i));
    for (const part of [twice, texts, big]) {
      const back = roundTrip(heap, part);
      expect(differenceOf(part, back)).toBe(null);
    }
  });

  test("data tens of thousands of levels deep comes back", async () => {
    const heap = await open();
    let data: unknown = 7;
    for (let i = 0; i < 30_000; i++) data = i % 3 === 0 ? [data] : i % 3 === 1 ? { a: data } : new Map([[1, data]]);
    expect(differenceOf(data, roundTrip(heap, data))).toBe(null);
    let bad: unknown = () => 1;
    for (let i = 0; i < 30_000; i++) bad = [bad];
    expect(String(refusal(heap, bad))).toContain(`value${"[0]".repeat(8)}…${"[0]".repeat(8)}: wants a value`);
  });

  test("handles in data are the same objects, with one reference for each place", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u8", next: "ref" });
    using node = new Node({ id: 7 });
    using list = heap.from([node, { node }, node]) as List;
    expect(heap.sys.getRefCount(node)).toBe(4);
    using first = list.at(0) as typeof node;
    expect(heap.is(first, node)).toBe(true);
    first.release();
    expect(heap.sys.getRefCount(node)).toBe(4);
    const back = heap.toJS(list) as { id: number; next: unknown }[];
    expect(back).toEqual([{ id: 7, next: null }, { node: { id: 7, next: null } }, { id: 7, next: null }]);
    expect(back[0]).toBe(back[2]);
    node.next = list;
    const cycle = heap.toJS(node) as { next: unknown[] };
    expect(cycle.next[0]).toBe(cycle);
    list.clear();
    expect(heap.sys.getRefCount(node)).toBe(1);
    heap.verify();
  });

  test("every container is read: tuples, deques and frozensets too", async () => {
    const heap = await open();
    using tuple = heap.tuple([1, "a", [2]]);
    using deque = heap.deque([1, [2], 3]);
    deque.rotate(1);
    using frozen = heap.frozenset([1, "x"]);
    using text = heap.str("text");
    using bytes = heap.bytes([1, 2]);
    using array = heap.array("f32", [1.5]);
    expect(heap.toJS(tuple)).toEqual([1, "a", [2]]);
    expect(heap.toJS(deque)).toEqual([3, 1, [2]]);
    expect(heap.toJS(frozen)).toEqual(new Set([1, "x"]));
    expect(heap.toJS(text)).toBe("text");
    expect(heap.toJS(bytes)).toEqual(new Uint8Array([1, 2]));
    expect(heap.toJS(array)).toEqual(new Float32Array([1.5]));
    for (const value of [null, true, 5, -0, 2n ** 70n, "s"]) expect(heap.toJS(value)).toBe(value);
    for (const value of [{}, [], () => 1, Symbol("s")]) {
      expect(() => heap.toJS(value as unknown as Value)).toThrow(
        "heap.toJS: wants null, a boolean, number, bigint, string or handle",
      );
    }
  });
});

test("an array a million levels deep comes back", async () => {
  const heap = await openHeap();
  let data: unknown[] = [];
  for (let i = 0; i < 1_000_000; i++) data = [data];
  let back = roundTrip(heap, data) as unknown[];
  let levels = 0;
  for (; back.length > 0; levels++) back = back[0] as unknown[];
  expect(levels).toBe(1_000_000);
});

describe("refusals", () => {
  test("say what is wrong and where it is", async () => {
    const heap = await openHeap();
    const other = await openHeap();
    const Node = heap.struct("Node", { id: "u8" });
    const released = new Node();
    released.release();
    const foreign = other.list();
    using mutable = heap.tuple([[]]);
    const cases: [unknown, string][] = [
      [() => 1, "heap.from: value: wants a value (null, boolean, number, bigint, string, handle) or plain data"],
      [{ users: [1, 2, 3, { onClick() {} }] }, "heap.from: value.users[3].onClick: wants a value"],
      [{ "a b": [Symbol("s")] }, 'heap.from: value["a b"][0]: wants a value'],
      [[new Date()], "heap.from: value[0]: wants a value"],
      [[[], [new (class Thing {})()]], "heap.from: value[1][0]: wants a value"],
      [new Map([["k", [() => 1]]]), 'heap.from: value.get("k")[0]: wants a value'],
      [
        new Map<unknown, unknown>([
          [1, 2],
          [Symbol("s"), 3],
        ]),
        "heap.from: value.keys()[1]: wants a value",
      ],
      [new Set([1, new Date()]), "heap.from: value.values()[1]: "],
      [{ x: new DataView(new ArrayBuffer(1)) }, "heap.from: value.x: wants a value"],
      [new Map([[[1], 1]]), "heap.from: value.keys()[0]: a list cannot be a key, because it can change; use a tuple"],
      [
        new Set([{}]),
        "heap.from: value.values()[0]: a dict cannot be a key, because it can change; use a tuple of its entries",
      ],
      [
        [new Set([new Set()])],
        "heap.from: value[0].values()[0]: a set cannot be a key, because it can change; use a frozenset",
      ],
      [new Set([new Float32Array(1)]), "heap.from: value.values()[0]: an array cannot be a key"],
      [new Set([mutable]), "heap.from: value.values()[0]: a tuple cannot be a key if something in it can change"],
      [[released], "heap.from: value[0]: the handle of Node"],
      [[foreign], "heap.from: value[0]: the handle of list"],
      [new Array(2 ** 26), "heap.from: value: has 67108864 items"],
    ];
    for (const [data, message] of cases) {
      expect(String((refusal(heap, data) as Error).message), message).toContain(message);
      expect(String((refusal(heap, [1, "x", { y: 5n ** 50n, data }]) as Error).message)).toContain(
        "heap.from: value[2].data",
      );
    }
  });

  test("what getters and proxies throw comes out, and nothing stays behind", async () => {
    const heap = await openHeap({ debug: true });
    const oops = new Error("oops");
    const fail = (): never => {
      throw oops;
    };
    const many = Array.from({ length: 20_000 }, (_, i) => ({ id: i, text: `text ${i}` }));
    const Node = heap.struct("Node", { id: "u8" });
    using node = new Node();
    for (const bad of [
      Object.defineProperty({}, "x", { get: fail, enumerable: true }),
      new Proxy({}, { ownKeys: fail }),
      new Proxy([1], { get: fail }),
      new Proxy({}, { getPrototypeOf: fail }),
    ]) {
      for (const data of [
        bad,
        [bad],
        [many, "long ".repeat(4000), node, new Int8Array(50), bad],
        new Map([["k", bad]]),
      ]) {
        expect(refusal(heap, data)).toBe(oops);
        expect(heap.sys.getRefCount(node)).toBe(1);
      }
    }
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(refusal(heap, [proxy])).toBeInstanceOf(TypeError);
  });

  test("getters may use the heap, collect, and change what is converted", async () => {
    const heap = await openHeap({ initialMemory: 2 ** 20 });
    const array: unknown[] = [1, 2, 3];
    const map = new Map<unknown, unknown>([
      ["a", 1],
      ["b", 2],
    ]);
    const object = {
      first: 1,
      get nested() {
        using inner = heap.from({ deep: [1, { x: "é".repeat(3000) }] });
        heap.gc.collect();
        // Memory grows, so that all views of it are new.
        const block = heap.mem.malloc(3_000_000);
        heap.mem.free(block);
        return heap.toJS(inner);
      },
      get shrinks() {
        array.length = 1;
        map.clear();
        return "shrunk";
      },
      last: "last",
    };
    const back = roundTrip(heap, [array, object, map]) as unknown[];
    expect(back[1]).toEqual({
      first: 1,
      nested: { deep: [1, { x: "é".repeat(3000) }] },
      shrinks: "shrunk",
      last: "last",
    });
    const shrinking = [object, 2, 3];
    Object.defineProperty(shrinking, 1, {
      get() {
        shrinking.length = 2;
        return "was second";
      },
    });
    const odd = roundTrip(heap, shrinking) as unknown[];
    expect(odd.slice(1)).toEqual(["was second", null]);
  });

  test("a getter that releases a handle of the data takes nothing away from what was met before", async () => {
    const heap = await openHeap({ debug: true });
    const Node = heap.struct("Node", { id: "u8" });
    const node = new Node({ id: 9 });
    const data = {
      node,
      get release() {
        node.release();
        return 1;
      },
    };
    using dict = heap.from(data) as Dict;
    expect(node.released).toBe(true);
    expect(heap.toJS(dict)).toEqual({ node: { id: 9 }, release: 1 });
    using again = dict.get("node") as typeof node;
    expect(heap.sys.getRefCount(again)).toBe(2);
    heap.verify();
  });

  test("a getter that ends the heap ends the conversion", async () => {
    const heap = await openHeap();
    const data = {
      get end() {
        heap[Symbol.dispose]();
        return 1;
      },
    };
    expect(() => heap.from(["x".repeat(100_000), data])).toThrow("the heap was disposed of");
  });
});

describe("memory that does not grow", () => {
  const data = {
    texts: Array.from({ length: 5000 }, (_, i) => `text number ${i}`),
    long: "x".repeat(150_000),
    big: 3n ** 100_000n,
    bytes: new Uint8Array(100_000),
    doubles: new Float64Array(10_000),
    table: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key ${i}`, i])),
    map: new Map(Array.from({ length: 5000 }, (_, i) => [i + 0.5, [i]])),
    set: new Set(Array.from({ length: 5000 }, (_, i) => i * 1e6)),
  };
  /** Growths of memory that the conversion takes, and some more. */
  const GROWTHS = 12;

  test.each([false, true])("at each growth in turn leaves nothing behind, debug: %s", async (debug) => {
    let failures = 0;
    for (let growth = 1; growth <= GROWTHS; growth++) {
      const heap = await openHeap({ initialMemory: 2 ** 20, debug, gc: { enabled: false } });
      heap.core.failGrowth(growth);
      const error = refusal(heap, data);
      heap.core.failGrowth(0);
      // The core may have found another way, and debug mode lets go of blocks that it keeps before it gives up.
      if (error === null) continue;
      expect(error).toBeInstanceOf(MemoryError);
      expect((error as Error).message).toMatch(/^heap\.from: value: no memory: /);
      failures++;
      expect(differenceOf(data, roundTrip(heap, data))).toBe(null);
    }
    expect(failures).toBeGreaterThan(0);
  });

  test("is tried again after a collection", async () => {
    const heap = await openHeap({ initialMemory: 2 ** 20 });
    for (let growth = 1; growth <= 3; growth++) {
      heap.core.failGrowth(growth);
      expect(differenceOf(data, roundTrip(heap, data))).toBe(null);
    }
  });

  test("a heap that is too small for the data is as it was", async () => {
    const heap = await openHeap({ initialMemory: 2 ** 20, maximumMemory: 2 ** 20 });
    expect(refusal(heap, data)).toBeInstanceOf(MemoryError);
    expect(refusal(heap, "x".repeat(3_000_000))).toBeInstanceOf(MemoryError);
    expect(refusal(heap, 2n ** 20_000_000n)).toBeInstanceOf(MemoryError);
    expect(refusal(heap, new Uint8Array(3_000_000))).toBeInstanceOf(MemoryError);
    expect(roundTrip(heap, [1, "x"])).toEqual([1, "x"]);
  });
});
