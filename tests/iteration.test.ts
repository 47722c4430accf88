// Iterators of dicts and sets while entries come and go: they visit what those of Map and Set visit.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dict, Heap, HeapSet, Value } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** A step of a program: what, and with which key or iterator. */
type Step = readonly ["set" | "delete" | "clear" | "open" | "step" | "drain" | "close", number];

/** What dicts and sets have in common here. */
interface Table {
  readonly size: number;
  add(key: number): void;
  delete(key: number): boolean;
  clear(): void;
  open(kind: number): Iterator<unknown>;
}

function mapTable(map: Map<number, number> | Dict): Table {
  return {
    get size() {
      return map.size;
    },
    add: (key) => map.set(key, -key),
    delete: (key) => map.delete(key),
    clear: () => map.clear(),
    open: (kind) =>
      [() => map.keys(), () => map.values(), () => map.entries(), () => map[Symbol.iterator]()][
        kind % 4
      ]?.() as Iterator<unknown>,
  };
}

function setTable(set: Set<number> | HeapSet): Table {
  return {
    get size() {
      return set.size;
    },
    add: (key) => set.add(key),
    delete: (key) => set.delete(key),
    clear: () => set.clear(),
    open: (kind) =>
      [() => set.keys(), () => set.values(), () => set.entries(), () => set[Symbol.iterator]()][
        kind % 4
      ]?.() as Iterator<unknown>,
  };
}

/** Runs a program on both, and compares every step of every iterator. */
function run(heap: Heap, ours: Table, theirs: Table, steps: readonly Step[]): void {
  const open: [Iterator<unknown>, Iterator<unknown>][] = [];
  for (const [what, n] of steps) {
    const at = n % Math.max(open.length, 1);
    const pair = open[at];
    if (what === "set") {
      ours.add(n);
      theirs.add(n);
    } else if (what === "delete") expect(ours.delete(n)).toBe(theirs.delete(n));
    else if (what === "clear") {
      ours.clear();
      theirs.clear();
    } else if (what === "open") open.push([ours.open(n), theirs.open(n)]);
    else if (pair === undefined) continue;
    else if (what === "close") {
      pair[0].return?.();
      expect(pair[0].next()).toEqual({ done: true, value: undefined });
      open.splice(at, 1);
    } else {
      for (let left = what === "drain" ? 1000 : 1; left > 0; left--) {
        const expected = pair[1].next();
        expect(pair[0].next()).toEqual(expected);
        if (expected.done) break;
      }
    }
    expect(ours.size).toBe(theirs.size);
  }
  heap.verify();
  for (const [mine, other] of open) expect([...rest(mine)]).toEqual([...rest(other)]);
}

function rest(iterator: Iterator<unknown>): Iterable<unknown> {
  return { [Symbol.iterator]: () => iterator };
}

const WORDS = ["set", "set", "set", "delete", "delete", "open", "step", "step", "step"] as const;

const steps = fc.array(
  fc.oneof(
    { weight: 40, arbitrary: fc.tuple(fc.constantFrom(...WORDS), fc.nat(24)) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom("clear" as const, "drain" as const, "close" as const), fc.nat(9)),
    },
  ),
  { maxLength: 300, size: "max" },
);

describe.each(VARIANTS)("$name", ({ open }) => {
  test("any program visits the same with a dict and a Map", async () => {
    const heap = await open();
    fc.assert(
      fc.property(steps, (program) => {
        using dict = heap.dict();
        run(heap, mapTable(dict), mapTable(new Map()), program);
      }),
      { numRuns: 150, seed: TEST_SEED | 0 },
    );
    expect(heap.sys.getAllocatedBlocks()).toBe(0);
  });

  test("and with a set and a Set", async () => {
    const heap = await open();
    fc.assert(
      fc.property(steps, (program) => {
        using set = heap.set();
        run(heap, setTable(set), setTable(new Set<number>()), program);
      }),
      { numRuns: 150, seed: TEST_SEED | 0 },
    );
    expect(heap.sys.getAllocatedBlocks()).toBe(0);
  });

  test("many entries, many iterators, through all sizes of table", async () => {
    const heap = await open();
    const random = new Random(TEST_SEED);
    const dict = heap.dict();
    const program: Step[] = [];
    for (let round = 0; round < 6; round++) {
      const most = random.pick([100, 500, 3000]);
      for (let i = 0; i < 2000; i++) {
        const what = random.pick(["set", "set", "set", "delete", "step", "step"] as const);
        program.push([what, random.below(most)]);
        if (random.chance(2)) program.push(["open", random.below(4)]);
        if (random.chance(0.5)) program.push(["close", random.below(100)]);
      }
      if (random.chance(50)) program.push(["clear", 0]);
    }
    run(heap, mapTable(dict), mapTable(new Map()), program);
  });
});

test("each entry is taken out as it is visited, while as many come", async () => {
  const heap = await openHeap();
  const dict = heap.dict(Array.from({ length: 100 }, (_, n) => [n, n] as const));
  const visited: Value[] = [];
  for (const key of dict.keys()) {
    visited.push(key);
    dict.delete(key);
    if (visited.length < 1000) dict.set((key as number) + 100, 0);
  }
  expect(visited).toEqual(Array.from({ length: 1099 }, (_, n) => n));
  expect(dict.size).toBe(0);
  heap.verify();
});

test("a second iterator, opened later, does not disturb the first", async () => {
  const heap = await openHeap();
  const set = heap.set([1, 2, 3, 4]);
  const first = set.values();
  expect([first.next().value, first.next().value]).toEqual([1, 2]);
  set.delete(1);
  const second = set.values();
  expect(second.next().value).toBe(2);
  for (let n = 5; n < 40; n++) set.add(n);
  expect([second.next().value, first.next().value]).toEqual([3, 3]);
  expect([...second]).toEqual(Array.from({ length: 36 }, (_, n) => n + 4));
  expect([...first].length).toBe(36);
});

test("an iterator that has come to the end stays there", async () => {
  const heap = await openHeap();
  const dict = heap.dict();
  const keys = dict.keys();
  expect(keys.next()).toEqual({ done: true, value: undefined });
  dict.set(1, 1);
  expect([keys.next(), [...keys]]).toEqual([{ done: true, value: undefined }, []]);
});

test("two dicts at the same address one after the other", async () => {
  const heap = await openHeap();
  const old = heap.dict([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  const { address } = old;
  const stale = old.keys();
  stale.next();
  old.release();
  const dict = heap.dict([["a", 1]]);
  expect(dict.address).toBe(address);
  const keys = dict.keys();
  expect(keys.next().value).toBe("a");
  dict.delete("a");
  for (let n = 0; n < 20; n++) dict.set(n, n);
  expect(() => stale.next()).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
  expect(stale.next()).toEqual({ done: true, value: undefined });
  expect([...keys]).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

test("the handle must live as long as the iteration", async () => {
  const heap = await openHeap();
  const seen = heap.scope(() => {
    const dict = heap.dict([
      [1, 2],
      [3, 4],
    ]);
    const keys = dict.keys();
    keys.next();
    return { keys };
  });
  expect(() => seen.keys.next()).toThrow("dict iterator: the handle of dict 0x");
});

test("another handle of the same dict changes it", async () => {
  const heap = await openHeap();
  const dict = heap.dict([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  using other = dict.clone();
  const keys = dict.keys();
  expect([keys.next().value, keys.next().value]).toEqual([1, 2]);
  other.delete(1);
  for (let n = 10; n < 30; n++) other.set(n, n);
  expect([...keys]).toEqual([3, ...Array.from({ length: 20 }, (_, n) => n + 10)]);
});

test("a value that a defaultdict makes, and names that end, are noticed", async () => {
  const heap = await openHeap();
  const counts = heap.defaultdict(
    () => 0,
    [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ],
  );
  const keys = counts.keys();
  expect([keys.next().value, keys.next().value]).toEqual(["a", "b"]);
  counts.delete("a");
  for (let n = 0; n < 20; n++) counts.get(n);
  expect([...keys]).toEqual(["c", ...Array.from({ length: 20 }, (_, n) => n)]);
  const locals = heap.frame("f", (frame) => {
    for (let n = 0; n < 10; n++) frame.set(`x${n}`, n);
    return frame.keep(frame.locals());
  });
  expect([...locals]).toEqual([]);
});

test("a loop that ends early ends the iteration, and iterators do what iterators do", async () => {
  const heap = await openHeap();
  const dict = heap.dict([
    [1, 2],
    [3, 4],
  ]);
  const keys = dict.keys();
  for (const key of keys) if (key === 1) break;
  expect([...keys]).toEqual([]);
  const [first] = dict;
  expect(first).toEqual([1, 2]);
  const prototypeOf = (object: object): object => Object.getPrototypeOf(object);
  expect(prototypeOf(prototypeOf(dict.values()))).toBe(prototypeOf(prototypeOf([].values())));
  expect(dict.values()[Symbol.iterator]().next()).toEqual({ done: false, value: 2 });
});
