// What goes into the heap comes out the same, whatever it is and whichever way it takes.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Heap, Storable, Value } from "../src/index.js";
import { openHeap } from "./helpers/heap.js";
import { comesBackAs, expectNothingLeft, expectSameShape, pythonKey } from "./helpers/plaindata.js";
import { TEST_SEED } from "./helpers/random.js";

const RUN = { seed: TEST_SEED | 0, numRuns: 150 };

// ── values ──────────────────────────────────────────────────────────────────────────────────────────

/** 2^n and its neighbours, with both signs. */
function around(...exponents: number[]): bigint[] {
  return exponents.flatMap((n) => [-1n, 0n, 1n].flatMap((d) => [2n ** BigInt(n) + d, -(2n ** BigInt(n)) - d]));
}

const EXACT = around(0, 7, 8, 15, 16, 29, 30, 31, 32, 33, 52, 53).filter((n) => BigInt(Number(n)) === n);
const BIGINTS = [
  ...around(0, 29, 30, 31, 32, 33, 52, 53, 54, 62, 63, 64, 65, 95, 96, 97, 127, 128, 1023, 1024, 3322),
  10n ** 1000n,
  -(10n ** 1000n),
  10n ** 1000n + 1n,
  7n ** 5000n,
];
const NUMBERS = [
  ...EXACT.map(Number),
  ...[0, -0, NaN, Infinity, -Infinity, 0.1, -0.1, 1.5, 2 ** 53 + 2, -(2 ** 53) - 2, 2 ** 63, 2 ** 64, -(2 ** 63)],
  ...[5e-324, -5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1.7976931348623157e308, 1e300, 2 ** 1000],
];
/** Units at the borders of ASCII, of one byte, of surrogates, and at both ends; the mark that decoders swallow. */
const UNITS = [0, 9, 10, 65, 126, 127, 128, 159, 160, 255, 256, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff];
const BORDERS = [...UNITS, 0xe000, 0xfeff, 0xfffd, 0xfffe, 0xffff].map((unit) => String.fromCharCode(unit));
const TEXTS = [
  "",
  ...BORDERS,
  "\ud83d\ude00",
  "\ude00\ud83d",
  "a\ud83d",
  "__proto__",
  "0",
  "-1",
  "constructor",
  "toString",
];
const KINDS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
] as const;

const upTo = (max: number, size = 80) =>
  fc.string({ unit: fc.integer({ min: 0, max }).map((unit) => String.fromCharCode(unit)), maxLength: size });
const text = fc.oneof(
  fc.constantFrom(...TEXTS),
  upTo(127),
  upTo(255),
  upTo(0xffff),
  fc.string({ unit: fc.constantFrom(...BORDERS), maxLength: 120 }),
  fc.string({ unit: "grapheme" }),
);
const bytes = fc.uint8Array({ maxLength: 300 });
const typed = fc.tuple(fc.constantFrom(...KINDS), bytes).map(([Kind, data]) => {
  const whole = data.length - (data.length % Kind.BYTES_PER_ELEMENT);
  return new Kind(data.slice(0, whole).buffer);
});
const atom = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Storable>(null, undefined, true, false) },
  { weight: 4, arbitrary: fc.oneof(fc.constantFrom(...NUMBERS), fc.double(), fc.maxSafeInteger(), fc.integer()) },
  { weight: 3, arbitrary: fc.oneof(fc.constantFrom(...BIGINTS), fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n })) },
  { weight: 4, arbitrary: text },
);
const key = fc.oneof({ weight: 5, arbitrary: atom }, { weight: 1, arbitrary: bytes });
const leaf = fc.oneof(
  { weight: 8, arbitrary: atom },
  {
    weight: 1,
    arbitrary: fc.oneof(
      bytes,
      bytes.map((data) => data.slice().buffer),
    ),
  },
  { weight: 1, arbitrary: typed },
);

/** What is put into one container: an atom, or the container with that number. */
const part = fc.record({ to: fc.nat(), key, name: text, leaf: fc.oneof(leaf, fc.constant("container")) });
const kind = fc.constantFrom("array", "object", "bare", "map", "set");
/** Containers that refer to each other in any way: some are shared, some part of cycles. The first leads to many of them. */
const graph = fc
  .array(fc.tuple(kind, fc.array(part, { maxLength: 12 })), { minLength: 1, maxLength: 12 })
  .map((nodes): Storable => {
    const made: unknown[] = nodes.map(([kind]) => {
      if (kind === "array") return [];
      if (kind === "map") return new Map();
      if (kind === "set") return new Set();
      return kind === "bare" ? Object.create(null) : {};
    });
    for (const [index, [kind, parts]] of nodes.entries()) {
      const target = made[index];
      for (const { to, key, name, leaf } of parts) {
        const value = leaf === "container" ? made[to % made.length] : leaf;
        if (kind === "array") (target as unknown[]).push(value);
        else if (kind === "map") (target as Map<unknown, unknown>).set(key, value);
        else if (kind === "set") (target as Set<unknown>).add(key);
        else setOwn(target as object, name, value);
      }
    }
    return made[0] as Storable;
  });

function setOwn(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

// ── ways in and out ─────────────────────────────────────────────────────────────────────────────────

describe.each([
  ["plain heap", false],
  ["debug heap", true],
])("%s", (_, debug) => {
  let heap: Heap;
  let Box: ReturnType<typeof defineBox>;
  beforeAll(async () => {
    heap = await openHeap({ debug });
    Box = defineBox(heap);
    // Types and namespaces stay.
    heap.globals.set("there", 0);
  });
  afterAll(() => heap.verify());

  function defineBox(heap: Heap) {
    return heap.struct("Box", { n: "u32", value: "ref" });
  }

  const WAYS: [name: string, way: (value: Storable) => Value | undefined][] = [
    ["heap.from", (value) => heap.from(value)],
    ["heap.list", (value) => heap.list([0, value]).at(1)],
    ["list.push", (value) => pushed(value).at(-1)],
    ["list.push of many", (value) => listAfter((list) => list.push(1, value, 2)).at(1)],
    ["list.set", (value) => listAfter((list) => list.push(0) && list.set(0, value)).at(0)],
    ["list.insert", (value) => listAfter((list) => list.push(0) && list.insert(0, value)).at(0)],
    ["list.splice", (value) => listAfter((list) => list.splice(0, 0, value)).splice(0, 1)[0]],
    ["list.pop", (value) => pushed(value).pop()],
    ["list.toArray", (value) => pushed(value).toArray()[0]],
    ["a loop over a list", (value) => [...pushed(value)][0]],
    ["heap.dict of pairs", (value) => heap.dict([["k", value]]).get("k")],
    ["heap.dict of an object", (value) => heap.dict({ k: value }).get("k")],
    ["dict.set", (value) => heap.dict().set("key", value).get("key")],
    ["dict.set, number key", (value) => heap.dict().set(-7, value).get(-7)],
    ["dict.values", (value) => heap.dict().set(1, value).values().next().value],
    ["dict.entries", (value) => [...heap.dict().set(1, value)][0]?.[1]],
    ["heap.defaultdict", (value) => heap.defaultdict(() => value).get("missing")],
    ["heap.tuple", (value) => heap.tuple([value, 1]).at(-2)],
    ["heap.deque", (value) => heap.deque([value]).at(0)],
    ["deque.push", (value) => dequeAfter((deque) => deque.push(value)).pop()],
    ["deque.unshift", (value) => dequeAfter((deque) => deque.unshift(1, value)).at(1)],
    ["deque.shift", (value) => dequeAfter((deque) => deque.unshift(value)).shift()],
    ["a field", (value) => new Box({ value }).value],
    ["a field, set", (value) => Object.assign(new Box({ n: 1 }), { value }).value],
    ["heap.globals", (value) => heap.globals.set("there", value).get("there")],
    ["a frame", inFrame],
  ];

  function listAfter(change: (list: ReturnType<Heap["list"]>) => unknown): ReturnType<Heap["list"]> {
    const list = heap.list();
    change(list);
    return list;
  }

  function pushed(value: Storable): ReturnType<Heap["list"]> {
    return listAfter((list) => list.push(value));
  }

  function dequeAfter(change: (deque: ReturnType<Heap["deque"]>) => unknown): ReturnType<Heap["deque"]> {
    const deque = heap.deque();
    change(deque);
    return deque;
  }

  function inFrame(value: Storable): Value | undefined {
    return heap.frame("f", (frame) => {
      frame.set("local", value);
      return frame.get("local");
    });
  }

  /** In by one way, out as plain data. */
  function check(value: Storable, way: (value: Storable) => Value | undefined): void {
    expectNothingLeft(heap, () => {
      const read = way(value);
      if (typeof read !== "object") expect(read).toBe(comesBackAs(value));
      expectSameShape(heap.toJS(read as Value), value);
      heap.verify();
      heap.globals.set("there", 0);
    });
  }

  test.each(WAYS)("%s: each special number, text, and array of bytes or scalars", (_, way) => {
    const all: Storable[] = [null, undefined, true, false, ...NUMBERS, ...BIGINTS, ...TEXTS];
    const data = KINDS.flatMap((Kind) => [new Kind(0), new Kind(Uint8Array.of(1, 128, 255, 0, 7, 0, 0, 0xc0).buffer)]);
    expectNothingLeft(heap, () => {
      for (const value of all) expect(way(value), `${typeof value} ${value}`).toBe(comesBackAs(value));
      for (const value of data) expect(heap.toJS(way(value) as Value)).toStrictEqual(comesBackAs(value));
      heap.globals.set("there", 0);
    });
  });

  test.each(WAYS)("%s: random graphs of containers, shared and cyclic", (_, way) => {
    fc.assert(
      fc.property(fc.oneof({ weight: 3, arbitrary: graph }, { weight: 1, arbitrary: leaf }), (value) =>
        check(value as Storable, way),
      ),
      { ...RUN, numRuns: 12 },
    );
  });

  test("random graphs, many", () => {
    fc.assert(
      fc.property(graph, (value) => check(value, (given) => heap.from(given))),
      RUN,
    );
  });

  test("keys: dict and set find what was put in, and give it back", () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 30 }), (keys) =>
        expectNothingLeft(heap, () => {
          const dict = heap.dict();
          const set = heap.set(keys);
          const model = new Map<string, unknown>();
          for (const key of keys) {
            dict.set(key, [key]);
            if (!model.has(pythonKey(key))) model.set(pythonKey(key), key);
          }
          const wanted = [...model.values()];
          expectSameShape(
            [...dict.keys()].map((key) => heap.toJS(key)),
            wanted,
          );
          expectSameShape(
            [...set].map((item) => heap.toJS(item)),
            wanted,
          );
          for (const key of keys) {
            expect([dict.has(key), set.has(key), heap.frozenset(keys).has(key)]).toEqual([true, true, true]);
            expect(pythonKey((heap.toJS(dict.get(key) as Value) as unknown[])[0])).toBe(pythonKey(comesBackAs(key)));
          }
        }),
      ),
      { ...RUN, numRuns: 60 },
    );
  });

  describe("texts", () => {
    const LENGTHS = [1, 2, 3, 4, 15, 16, 17, 40, 47, 48, 49, 63, 64, 65, 1023, 1024, 1025, 8191, 8192, 8193, 100_003];
    const last = (ending: string) => (length: number) => "x".repeat(length - 1) + ending;
    const STYLES: [name: string, make: (length: number) => string][] = [
      ["ASCII", (length) => "all ASCII. ".repeat(length).slice(0, length)],
      ["latin-1", (length) => "é\x80ÿ\x9f".repeat(length).slice(0, length)],
      ["latin-1 at the end", last("\xff")],
      ["128 at the end", last("\x80")],
      ["256 at the end", last("Ā")],
      ["wide", (length) => "漢字Ā".repeat(length).slice(0, length)],
      ["pairs of surrogates", (length) => "\ud83d\ude00".repeat(length).slice(0, length)],
      ["a high surrogate at the end", last("\ud800")],
      ["a low surrogate first", (length) => `\udc00${"y".repeat(length - 1)}`],
      ["the replacement character", (length) => "�".repeat(length)],
      ["a byte order mark first", (length) => `\ufeff${"z".repeat(length - 1)}`],
      ["zeros", (length) => "\0".repeat(length)],
    ];

    test.each(STYLES)("%s, of lengths at the borders of every route", (_, make) => {
      expectNothingLeft(heap, () => {
        for (const length of LENGTHS) {
          const text = make(length);
          expect(text.length).toBe(length);
          const same = (found: unknown) => expect(found === text, `${length} units`).toBe(true);
          same(heap.toJS(heap.from(text)));
          same(heap.str(text).toString());
          expect(heap.str(text).length).toBe(length);
          same(heap.list([text]).at(0));
          same(pushed(text).at(0));
          same(new Box({ value: text }).value);
          same((heap.toJS(heap.from([[text]])) as string[][])[0]?.[0]);
          same(Object.keys(heap.toJS(heap.from({ [text]: 1 })) as object)[0]);
          const dict = heap.dict().set(text, text);
          same(dict.get(text));
          same([...dict.keys()][0]);
          expect([dict.has(`${text}!`), dict.has(text.slice(1))]).toEqual([false, false]);
          same(heap.sys.intern(text).toString());
          // As few bytes as there can be, whichever way they came.
          const bytes = 16 + length * (/[^\0-\xff]/.test(text) ? 2 : 1);
          expect(heap.sys.getSizeOf(heap.str(text))).toBe(bytes);
          expect(heap.sys.getSizeOf(text)).toBe(bytes);
        }
      });
    });
  });

  test("names that objects have of their own, and names that are numbers", () => {
    const given = JSON.parse(
      '{"__proto__":{"a":1},"constructor":2,"hasOwnProperty":3,"10":"ten","9":"nine","-1":4,"1.5":5,"":6,"4294967295":7}',
    );
    expectNothingLeft(heap, () => {
      const result = heap.toJS(heap.from(given)) as Record<string, unknown>;
      expectSameShape(result, given);
      expect(Object.getOwnPropertyDescriptor(result, "__proto__")).toEqual({
        value: { a: 1 },
        writable: true,
        enumerable: true,
        configurable: true,
      });
      expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    });
  });

  test("depth is no matter, nor are holes, and what is no own enumerable string property is left out", () => {
    let deep: Storable = [];
    for (let i = 0; i < 100_000; i++) deep = i % 2 === 0 ? [deep] : { in: deep };
    expectNothingLeft(heap, () => expectSameShape(heap.toJS(heap.from(deep)), deep));
    const holes: Storable[] = [1];
    holes[4] = 2;
    const odd = Object.defineProperty({ a: 1, [Symbol("s")]: 2 }, "hidden", { value: 3 });
    expectNothingLeft(heap, () => {
      expect(heap.toJS(heap.from(holes))).toStrictEqual([1, null, null, null, 2]);
      expect(heap.toJS(heap.from(odd))).toStrictEqual({ a: 1 });
      expect(heap.toJS(heap.from(Buffer.from([1, 2])))).toStrictEqual(Uint8Array.of(1, 2));
    });
  });

  test("a Map stays a Map, also an empty one, and one with keys that are all strings", () => {
    expectNothingLeft(heap, () => {
      for (const map of [
        new Map(),
        new Map([["a", 1]]),
        new Map<Storable, Storable>([
          [1, 2],
          ["1", 3],
          [null, 4],
        ]),
      ]) {
        expectSameShape(heap.toJS(heap.from(map)), map);
        expectSameShape(heap.toJS(heap.from([map, { map }])), [map, { map }]);
        expectSameShape(heap.toJS(heap.dict(map)), map);
      }
      expect(heap.toJS(heap.dict({ a: 1 }))).toStrictEqual({ a: 1 });
      expect(heap.toJS(heap.dict([["a", 1]]))).toStrictEqual({ a: 1 });
      expect(heap.toJS(heap.dict([[1, "a"]]))).toStrictEqual(new Map([[1, "a"]]));
    });
  });
});
