// Dicts, sets, lists and tuples next to those of CPython 3.15, which is asked for the same: keys, order, hashes, sizes, tracking.
import { beforeAll, describe, expect, test } from "vitest";
import type { Heap, Storable, Value } from "../src/index.js";
import { OK } from "../src/status.js";
import { openHeap } from "./helpers/heap.js";
import { expectNothingLeft } from "./helpers/plaindata.js";
import {
  floatKey,
  intKey,
  type Key,
  keyOf,
  randomKey,
  randomNumberKey,
  similarKey,
  startPython,
  storableOf,
} from "./helpers/python.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const FUNCTIONS = `
def same(pairs):
    return [key(b) in {key(a): 1} for a, b in pairs]

def hashes(keys):
    return [hash(key(one)) for one in keys]

def play(keys, operations):
    keys, d, results = list(map(key, keys)), {}, []
    for operation, k, value in operations:
        k = keys[k]
        match operation:
            case "set": result = d[k] = value
            case "delete":
                result = k in d
                if result: del d[k]
            case "pop": result = d.pop(k, None)
            case "setdefault": result = d.setdefault(k, value)
            case "has": result = k in d
            case "get": result = d.get(k)
            case "clear": result = d.clear()
        results.append([result, len(d)])
    return results, [[spec(k), v] for k, v in d.items()]

def play_set(keys, operations):
    keys, s, results = list(map(key, keys)), set(), []
    for operation, k in operations:
        before = keys[k] in s
        match operation:
            case "add": s.add(keys[k])
            case "delete": s.discard(keys[k])
        results.append([before, len(s)])
    return results, spec(frozenset(s))[1]

def unhashable():
    makers = [lambda: [], lambda: {}, lambda: set(), lambda: collections.deque(), lambda: array.array("i"),
              lambda: collections.defaultdict(int), lambda: ([],), lambda: (1, (2, ({},)))]
    calls = [lambda k: {}[k], lambda k: k in {1: 2}, lambda k: {1: 2}.pop(k, None), lambda k: {}.__setitem__(k, 1),
             lambda k: {1}.add(k), lambda k: frozenset([k]), lambda k: {(k,)}]
    def raised(call, make):
        try: call(make())
        except Exception as error: return type(error).__name__
    return [[raised(call, make) for call in calls] for make in makers]

def list_sizes(operations):
    l, sizes = [], []
    for operation, at, count, new in operations:
        match operation:
            case "append": l.append(1)
            case "pop": l.pop() if l else None
            case "insert": l.insert(at, 1)
            # Many items for a list without any come as by extend, whoever puts them there.
            case "extend" | "splice" if not l and new > 1: l.extend([1] * new)
            case "extend" if l and new != 1: l.extend([1] * new)
            case "extend": l[0:0] = [1] * new
            case "splice": l[at:at + count] = [1] * new
            case "clear": l.clear()
        sizes.append([len(l), sys.getsizeof(l)])
    return sizes

def sizes(counts):
    rows = []
    for n in counts:
        words, d, g, s = [f"key {i}" for i in range(n)], {}, {}, set()
        for i in range(n):
            d[words[i]] = i
            g[i] = i
            s.add(i)
        rows.append([sys.getsizeof(one) for one in
            [d, g, s, tuple(range(n)), "x" * n, "é" * n + "ä", "Ā" * n + "ā", b"x" * n, 2 ** (32 * n + 1), 1.5]])
    return rows

def tracked(specs):
    # Not by literals: constants are tracked at first.
    makers = {"tuple": tuple, "frozenset": frozenset, "list": list}
    def made(spec):
        return makers[spec[0]](list(map(made, spec[1]))) if spec[0] in makers else key(spec)
    gc.disable()
    objects = list(map(made, specs))
    before = list(map(gc.is_tracked, objects))
    for _ in range(5): gc.collect()
    gc.enable()
    return list(zip(before, map(gc.is_tracked, objects)))
`;

/** A key, or a tuple or list of such. */
type Nested = Key | readonly ["tuple" | "list", readonly Nested[]];

function randomNested(random: Random, depth: number): Nested {
  if (random.chance(depth === 3 ? 10 : 40)) return randomKey(random, depth);
  const items = Array.from({ length: depth === 0 ? 0 : random.below(3) }, () => randomNested(random, depth - 1));
  return [random.chance(80) ? "tuple" : "list", items];
}

function nestedIn(heap: Heap, nested: Nested): Value {
  const [kind, items] = nested;
  if (kind === "tuple") return heap.tuple(items.map((item) => nestedIn(heap, item)));
  return kind === "list"
    ? heap.list(items.map((item) => nestedIn(heap, item)))
    : (storableOf(heap, nested as Key) as Value);
}

let ask: Awaited<ReturnType<typeof startPython>>;
beforeAll(async () => {
  ask = await startPython(FUNCTIONS);
});

const random = new Random(TEST_SEED);

describe.each([
  ["plain heap", false],
  ["debug heap", true],
])("%s", (_, debug) => {
  let heap: Heap;
  beforeAll(async () => {
    heap = await openHeap({ debug });
  });

  test("two keys are one in both, or two in both", () => {
    const pairs: [Key, Key][] = Array.from({ length: 5000 }, () => {
      const key = randomKey(random);
      return [key, random.chance(80) ? similarKey(random, key) : randomKey(random)];
    });
    const answers = ask("same", pairs) as boolean[];
    // Otherwise the test is about nothing.
    for (const answer of [true, false]) expect(answers.filter((one) => one === answer).length).toBeGreaterThan(1000);
    expectNothingLeft(heap, () => {
      for (const [i, pair] of pairs.entries()) {
        heap.scope(() => {
          const [a, b] = pair.map((key) => storableOf(heap, key)) as [Storable, Storable];
          const inDict = heap.dict([[a, 1]]).has(b);
          const inSet = heap.set([a]).has(b);
          const inList = heap.list([a]).includes(b);
          const message = `TEST_SEED=${TEST_SEED}: ${JSON.stringify(pair)}`;
          expect([inDict, inSet, inList], message).toEqual(Array(3).fill(answers[i]));
        });
      }
    });
  });

  test("numbers have Python's hash of 32 bits", () => {
    const Box = heap.struct("Box", { value: "ref" });
    const keys: Key[] = [["None"], ["bool", true], ["bool", false], intKey(-1), intKey(-2), floatKey(-1)];
    while (keys.length < 5000) {
      const key = randomNumberKey(random);
      // Python's hash of NaN is by identity.
      if (!(key[0] === "float" && key[1].startsWith("7ff8"))) keys.push(key);
    }
    const wanted = ask("hashes", keys) as number[];
    expectNothingLeft(heap, () => {
      const box = new Box();
      const cursor = Box.cursor(box.address);
      for (const [i, key] of keys.entries()) {
        box.value = storableOf(heap, key) as Value;
        const hash = heap.core.hashOf(cursor.value) | 0;
        expect([hash, heap.core.lastStatus()], JSON.stringify(key)).toEqual([wanted[i], OK]);
      }
    });
  });

  test("random operations on a dict: the same results, the same items in the same order, the first of equal keys", () => {
    for (let round = 0; round < 40; round++) {
      const first = Array.from({ length: 25 }, () => randomKey(random));
      const keys = [
        ...first,
        ...first.map((key) => similarKey(random, key)),
        ...first.map((key) => similarKey(random, key)),
      ];
      const kinds = ["set", "set", "set", "setdefault", "delete", "delete", "pop", "has", "get"];
      const operations = Array.from({ length: 300 }, (_, i) => {
        return [random.below(300) === 0 ? "clear" : random.pick(kinds), random.below(keys.length), i] as const;
      });
      const [results, items] = ask("play", keys, operations) as [[unknown, number][], [Key, number][]];
      expectNothingLeft(heap, () => {
        const dict = heap.dict();
        const made = keys.map((key) => storableOf(heap, key));
        for (const [i, [operation, k, value]] of operations.entries()) {
          const key = made[k] as Storable;
          const there = dict.has(key);
          let result: unknown = null;
          if (operation === "clear") dict.clear();
          else if (operation === "set") result = dict.set(key, value) && value;
          else if (operation === "delete") result = dict.delete(key);
          else if (operation === "pop") result = [dict.get(key) ?? null, dict.delete(key)][0];
          else if (operation === "setdefault") result = (there ? dict : dict.set(key, value)).get(key);
          else result = operation === "has" ? there : (dict.get(key) ?? null);
          expect([result, dict.size], `TEST_SEED=${TEST_SEED}, round ${round}, step ${i}`).toEqual(results[i]);
        }
        const found = [...dict].map(([key, value]) => [keyOf(heap, key), value]);
        expect(found, `TEST_SEED=${TEST_SEED}, round ${round}`).toEqual(items);
      });
    }
  });

  test("random operations on a set: the same results, and the first of equal values", () => {
    for (let round = 0; round < 20; round++) {
      const first = Array.from({ length: 25 }, () => randomKey(random));
      const keys = [...first, ...first.map((key) => similarKey(random, key))];
      const operations = Array.from({ length: 200 }, () => {
        return [random.pick(["add", "add", "delete"]), random.below(keys.length)] as const;
      });
      const [results, items] = ask("play_set", keys, operations) as [[boolean, number][], Key[]];
      expectNothingLeft(heap, () => {
        const set = heap.set();
        const made = keys.map((key) => storableOf(heap, key));
        for (const [i, [operation, k]] of operations.entries()) {
          const key = made[k] as Storable;
          const there = set.has(key);
          if (operation === "add") set.add(key);
          else expect(set.delete(key)).toBe(there);
          expect([there, set.size], `TEST_SEED=${TEST_SEED}, round ${round}, step ${i}`).toEqual(results[i]);
        }
        expect(keyOf(heap, heap.frozenset(set))[1]).toEqual(items);
      });
    }
  });

  test("what cannot be a key is a TypeError in both, and changes nothing", () => {
    const makers: (() => Value)[] = [
      () => heap.list(),
      () => heap.dict(),
      () => heap.set(),
      () => heap.deque(),
      () => heap.array("i32"),
      () => heap.defaultdict(() => 0),
      () => heap.tuple([heap.list()]),
      () => heap.tuple([1, [2]].map((item) => (item === 1 ? 1 : heap.tuple([2, heap.tuple([{}])])))),
    ];
    expect(ask("unhashable")).toEqual(makers.map(() => Array(7).fill("TypeError")));
    for (const make of makers) {
      expectNothingLeft(heap, () => {
        const key = make();
        const dict = heap.dict([[1, 2]]);
        const set = heap.set([1]);
        const calls: (() => unknown)[] = [
          () => dict.get(key),
          () => dict.has(key),
          () => dict.delete(key),
          () => dict.set(key, 1),
          () => set.add(key),
          () => set.has(key),
          () => set.delete(key),
          () => heap.frozenset([key]),
          () => heap.set([heap.tuple([key])]),
          () => heap.dict([[key, 1]]),
          () => heap.dict(new Map([[key, 1]])),
          () => heap.from(new Set([key])),
          () => heap.from({ deep: [new Map([[key, 1]])] }),
        ];
        for (const call of calls) expect(call).toThrow(TypeError);
        expect([[...dict], [...set]]).toEqual([[[1, 2]], [1]]);
      });
    }
    for (const plain of [[], {}, new Set(), new Map(), Int8Array.of(1)] as Storable[]) {
      expectNothingLeft(heap, () => {
        expect(() => heap.dict([[plain, 1]])).toThrow(TypeError);
        expect(() => heap.dict().get(plain)).toThrow(TypeError);
        expect(() => heap.set().has(plain)).toThrow(TypeError);
        expect(() => heap.set([plain])).toThrow(TypeError);
      });
    }
  });

  // ── sizes and tracking ──────────────────────────────────────────────────────────────────────────────

  type Change = readonly [operation: string, at: number, count: number, added: number];

  function expectListSizes(changes: readonly Change[]): void {
    const wanted = ask("list_sizes", changes) as [number, number][];
    expectNothingLeft(heap, () => {
      const list = heap.list();
      for (const [i, [operation, at, count, added]] of changes.entries()) {
        if (operation === "append") list.push(1);
        else if (operation === "pop") list.pop();
        else if (operation === "insert") list.insert(at, 1);
        else if (operation === "extend") list.push(...Array(added).fill(1));
        else if (operation === "splice") list.splice(at, count, ...Array(added).fill(1));
        else list.clear();
        const message = `TEST_SEED=${TEST_SEED}, step ${i}: ${operation} ${at} ${count} ${added}, after ${wanted[i - 1]}`;
        expect([list.length, heap.sys.getSizeOf(list)], message).toEqual(wanted[i]);
      }
    });
  }

  test("a list takes the bytes of Python's while it grows by 1,000 items, and loses them again", () => {
    expectListSizes(Array.from({ length: 2000 }, (_, i): Change => [i < 1000 ? "append" : "pop", 0, 0, 0]));
  });

  test("a list takes the bytes of Python's after whatever is done with it", () => {
    const kinds = ["append", "pop", "insert", "extend", "splice", "splice"];
    expectListSizes(
      Array.from({ length: 3000 }, (): Change => {
        const added = random.chance(10) ? random.below(200) : random.below(5);
        const count = random.chance(10) ? random.below(300) : random.below(5);
        return [random.below(200) === 0 ? "clear" : random.pick(kinds), random.below(400), count, added];
      }),
    );
  });

  test("no container, text or number takes more bytes than Python's", () => {
    const counts = [
      0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 19, 21, 22, 42, 43, 77, 85, 86, 170, 171, 341, 682, 1365, 1366, 5461,
    ];
    const wanted = ask("sizes", counts) as number[][];
    for (const [row, n] of counts.entries()) {
      const ours = heap.scope(() => {
        const items = Array.from({ length: n }, (_, i) => i);
        const [strs, ints, set] = [heap.dict(), heap.dict(), heap.set()];
        for (const i of items) {
          strs.set(`key ${i}`, i);
          ints.set(i, i);
          set.add(i);
        }
        const texts = ["x".repeat(n), `${"é".repeat(n)}ä`, `${"Ā".repeat(n)}ā`].map((text) => heap.str(text));
        const rest = [heap.bytes(new Uint8Array(n)), 2n ** BigInt(32 * n + 1), 1.5];
        return [strs, ints, set, heap.tuple(items), ...texts, ...rest].map((one) => heap.sys.getSizeOf(one));
      });
      for (const [column, bytes] of ours.entries()) {
        expect(bytes, `row ${n}, column ${column}`).toBeLessThanOrEqual(wanted[row]?.[column] as number);
      }
    }
  });

  test("tuples, frozensets and lists are tracked or not, when they are made and after collections", () => {
    const nested: Nested[] = Array.from({ length: 300 }, () => randomNested(random, 3));
    const wanted = ask("tracked", nested) as [boolean, boolean][];
    // Otherwise the test is about nothing.
    for (const [before, after] of [
      [true, true],
      [true, false],
      [false, false],
    ]) {
      expect(wanted.filter((row) => row[0] === before && row[1] === after).length).toBeGreaterThan(20);
    }
    heap.gc.disable();
    const found = heap.scope(() => {
      const made = nested.map((one) => nestedIn(heap, one));
      const before = made.map((one) => heap.gc.isTracked(one));
      // One for each level.
      for (let i = 0; i < 5; i++) heap.gc.collect();
      heap.verify();
      return made.map((one, i) => [before[i], heap.gc.isTracked(one)]);
    });
    heap.gc.enable();
    for (const [i, one] of nested.entries()) {
      expect(found[i], `TEST_SEED=${TEST_SEED}: ${JSON.stringify(one)}`).toEqual(wanted[i]);
    }
  });
});
