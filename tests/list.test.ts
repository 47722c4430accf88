// heap.list: an array of the heap, against JavaScript's Array.
import { beforeEach, describe, expect, test } from "vitest";
import { type Heap, List, type Storable, type Value } from "../src/index.js";
import { exhaust } from "./helpers/exhaust.js";
import { defineNode } from "./helpers/graph.js";
import { VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { BROKEN, randomValue } from "./helpers/valuesamples.js";

/** Calls as a program without types makes them. */
// biome-ignore lint/suspicious/noExplicitAny: what the types refuse is tested too
type Loose = any;

describe.each(VARIANTS)("$name", ({ open }) => {
  let heap: Heap;
  /** Blocks in use before a test. */
  let before: number;

  beforeEach(async () => {
    heap = await open({ gc: { enabled: false } });
    before = heap.sys.getAllocatedBlocks();
  });

  /** Nothing is left of what a test has made. */
  function expectNothingLeft(): void {
    expect([heap.sys.getAllocatedBlocks() - before, heap.handleCount]).toEqual([0, 0]);
    heap.verify();
  }

  test("made of any iterable", () => {
    const shared = [1];
    const cases: [Iterable<Storable>, unknown[]][] = [
      [[], []],
      [
        [1, "two", 3.5, null, true, 2n ** 70n],
        [1, "two", 3.5, null, true, 2n ** 70n],
      ],
      ["añ€", ["a", "ñ", "€"]],
      [new Set([1, 2]), [1, 2]],
      [new Map([[1, "a"]]), [[1, "a"]]],
      [new Uint8Array([1, 2]), [1, 2]],
      [
        (function* () {
          yield 1;
          yield undefined;
        })(),
        [1, null],
      ],
      [Array.from({ length: 2000 }, (_, i) => i), Array.from({ length: 2000 }, (_, i) => i)],
      [Array.from({ length: 40 }, (_, i) => `${i}`), Array.from({ length: 40 }, (_, i) => `${i}`)],
      [
        [[1, [2]], { a: 1 }],
        [[1, [2]], { a: 1 }],
      ],
    ];
    for (const [items, expected] of cases) {
      using list = heap.list(items);
      expect(list).toBeInstanceOf(List);
      expect(heap.toJS(list)).toEqual(expected);
      expect(list.length).toBe(expected.length);
    }
    expect(heap.list().length).toBe(0);
    heap.scope(() => {
      const pair = heap.list([shared, shared]);
      expect(heap.is(pair.at(0) as Value, pair.at(1) as Value)).toBe(true);
      const cyclic: Loose[] = [];
      cyclic.push(cyclic);
      const round = heap.list(cyclic);
      expect(heap.is(round, round.at(0) as Value)).toBe(true);
      round.clear();
    });
  });

  test("made of containers of the heap: the same objects, and no handle", () => {
    heap.scope(() => {
      const node = new (defineNode(heap))();
      const text = heap.str("shared text");
      const sources = [
        heap.list([node, text]),
        heap.tuple([node, text]),
        heap.deque([node, text]),
        heap.set([node, text]),
        heap.frozenset([node, text]),
      ];
      const handles = heap.handleCount;
      for (const source of sources) {
        const list = heap.list(source);
        expect(heap.is(list.at(0) as Value, node)).toBe(true);
        expect(list.at(1)).toBe("shared text");
        expect(heap.sys.getRefCount(text)).toBe(1 + sources.length + 1);
        list.release();
      }
      expect(heap.handleCount).toBe(handles + sources.length);
      const items = heap.list(Array.from({ length: 1500 }, (_, i) => [i]));
      expect(heap.toJS(heap.list(items))).toEqual(Array.from({ length: 1500 }, (_, i) => [i]));
      const count = heap.handleCount;
      expect(heap.toJS(heap.list(heap.dict({ a: [1] })))).toEqual([["a", [1]]]);
      // That of the list; the values that the dict's iterator gave are released.
      expect(heap.handleCount).toBe(count + 2);
    });
  });

  test("what is no iterable", () => {
    for (const items of [5, null, {}, () => 1, true, 1n]) {
      expect(() => heap.list(items as Loose)).toThrow(/^heap\.list: wants an iterable of items, not /);
    }
    expect(() => heap.list(heap.str("abc") as Loose)).toThrow(TypeError);
    expect(() => new (List as Loose)()).toThrow("new List: a heap makes its handles");
  });

  test.each(BROKEN)("%s leaves nothing behind", (_, items, message) => {
    const list = heap.list([1]);
    const made = heap.sys.getAllocatedBlocks();
    expect(() => heap.list(items())).toThrow(message);
    const given = itemsUpToTheBreak(items);
    for (const add of [
      () => list.push(...given),
      () => list.splice(0, 1, ...given),
      () => list.insert(0, given),
      () => list.set(0, given),
    ]) {
      expect(add).toThrow();
      expect([heap.sys.getAllocatedBlocks(), heap.handleCount, list.length, list.at(0)]).toEqual([made, 1, 1, 1]);
    }
    list.release();
    expectNothingLeft();
  });

  test("a generator that uses the heap, collects and grows memory", () => {
    const list = heap.list(
      (function* () {
        yield "first";
        const inner = heap.list([1, 2]);
        yield inner;
        inner.release();
        heap.gc.collect();
        heap.memory.grow(1);
        yield heap.scope(() => heap.toJS(heap.list(["x"]))) as Storable;
      })(),
    );
    expect(heap.toJS(list)).toEqual(["first", [1, 2], ["x"]]);
    list.release();
    expectNothingLeft();
  });

  test("items: indexes from both ends, and what is none", () => {
    using list = heap.list(["a", "b", "c"]);
    for (const index of [0, 1, 2, -1, -3, 3, -4, 1.9, -1.9, Number.NaN, Infinity, -Infinity, "1", undefined, 2 ** 32]) {
      expect(list.at(index as number)).toBe(["a", "b", "c"].at(index as number));
    }
    expect(() => list.at(1n as Loose)).toThrow(TypeError);
    list.set(-1, "z");
    list.set(0, { a: 1 });
    expect(heap.toJS(list)).toEqual([{ a: 1 }, "b", "z"]);
    for (const index of [3, -4, 1.5, Number.NaN, Infinity]) {
      expect(() => list.set(index, 1)).toThrow(
        new RangeError(`list.set: the index must be an integer of -3 … 2, not ${index}`),
      );
    }
    for (const index of ["1", undefined, null, 1n]) expect(() => list.set(index as Loose, 1)).toThrow(TypeError);
    list.clear();
    expect(() => list.set(0, 1)).toThrow("list.set: there is no item 0; the list is empty");
    expect([list.length, list.pop(), list.at(0)]).toEqual([0, undefined, undefined]);
  });

  test("does what an array does, for random calls", () => {
    const random = new Random(TEST_SEED);
    const list = heap.list();
    const model: Loose[] = [];
    for (let step = 0; step < 1500; step++) {
      const values = Array.from({ length: random.below(random.chance(2) ? 700 : 4) }, () => randomValue(random));
      const index = random.between(-model.length - 2, model.length + 2);
      const what = random.below(9);
      const call = [
        () => [list.push(...values), model.push(...values)],
        () => [list.pop(), model.pop()],
        () => [list.pop(), model.pop()],
        () => [list.insert(index, values[0]), void model.splice(index, 0, values[0] ?? null)],
        () => [list.splice(index, random.between(-1, 0), ...values), model.splice(index, 0, ...values)],
        () => {
          const count = random.below(model.length + 2);
          return [list.splice(index, count, ...values), model.splice(index, count, ...values)];
        },
        () => (random.chance(5) ? [list.splice(index), model.splice(index)] : []),
        () => (random.chance(3) ? [list.clear(), void model.splice(0)] : []),
        () => {
          const at = index < 0 ? index + model.length : index;
          if (at < 0 || at >= model.length) return [];
          model[at] = values[0] ?? null;
          return [list.set(index, values[0]), undefined];
        },
      ][what] as () => [unknown, unknown];
      const note = `seed ${TEST_SEED}, step ${step}, call ${what}`;
      const [got, wanted] = call();
      expect(got, note).toEqual(wanted);
      expect(list.length, note).toBe(model.length);
      expect(list.at(index), note).toEqual(model.at(index));
      if (step % 50 === 0) {
        expect(list.toArray(), note).toEqual(model);
        expect(heap.toJS(list), note).toEqual(model);
        heap.verify();
      }
    }
    list.release();
    expectNothingLeft();
  });

  test("splice gives handles of what it took out, each with a reference of its own", () => {
    heap.scope(() => {
      const node = new (defineNode(heap))();
      const list = heap.list([node, node, "text", node]);
      expect(heap.sys.getRefCount(node)).toBe(4);
      const [taken, text] = list.splice(1, 2, 5) as [typeof node, string];
      expect([heap.is(taken, node), text, list.length]).toEqual([true, "text", 3]);
      expect(heap.sys.getRefCount(node)).toBe(4);
      taken.release();
      expect(heap.sys.getRefCount(node)).toBe(3);
      expect((list.pop() as typeof node).address).toBe(node.address);
    });
    expectNothingLeft();
  });

  test("counts: one more for each place in a list, one less when it is left", () => {
    const Node = defineNode(heap);
    heap.scope(() => {
      const node = new Node();
      const count = () => heap.sys.getRefCount(node);
      const list = heap.list([node]);
      const counts = [count()];
      list.push(node, node);
      counts.push(count());
      list.set(0, 7);
      counts.push(count());
      list.insert(0, node);
      counts.push(count());
      heap.scope(() => void list.pop());
      counts.push(count());
      list.set(0, node);
      counts.push(count());
      list.clear();
      counts.push(count());
      list.push(node);
      list.release();
      counts.push(count());
      expect(counts).toEqual([2, 4, 3, 4, 3, 3, 1, 1]);
    });
    heap.scope(() => {
      const list = heap.list();
      list.push(list);
      expect(heap.sys.getRefCount(list)).toBe(2);
    });
    expect(heap.gc.collect()).toBe(1);
    expectNothingLeft();
  });

  test("iterators are those of arrays: by index, to the end that there is by then", () => {
    using list = heap.list(["a", "b"]);
    const model = ["a", "b"];
    const seen: unknown[] = [];
    for (const value of list) {
      seen.push(value);
      if (seen.length < 4) list.push(`${value}${seen.length}`);
      if (seen.length === 3) list.splice(0, 1);
    }
    const wanted: unknown[] = [];
    for (const value of model) {
      wanted.push(value);
      if (wanted.length < 4) model.push(`${value}${wanted.length}`);
      if (wanted.length === 3) model.splice(0, 1);
    }
    expect(seen).toEqual(wanted);
    expect([...list.keys()]).toEqual([...model.keys()]);
    expect([...list.values()]).toEqual([...model]);
    expect([...list.entries()]).toEqual([...model.entries()]);
    const iterator = list[Symbol.iterator]();
    expect(iterator[Symbol.iterator]()).toBe(iterator);
    while (!iterator.next().done);
    list.push("late");
    expect(iterator.next()).toEqual({ value: undefined, done: true });
    expect(Object.getPrototypeOf(Object.getPrototypeOf(iterator))).toBe(
      Object.getPrototypeOf(Object.getPrototypeOf([].values())),
    );
  });

  test("indexOf and includes compare as keys are compared", () => {
    heap.scope(() => {
      const node = new (defineNode(heap))();
      const list = heap.list([0, 1.5, "text", true, 2n ** 80n, Number.NaN, node, [1], heap.tuple([1, "a"]), null, -0]);
      const found = (value: Storable, from?: number) => list.indexOf(value, from);
      expect([found(0), found(1.5), found("text"), found(1), found(2n ** 80n)]).toEqual([0, 1, 2, 3, 4]);
      expect([found(Number.NaN), found(node), found([1]), found(heap.tuple([1, "a"]))]).toEqual([5, 6, -1, 8]);
      expect([found(null), found(undefined), found(0, 1), found(0, -1), found("tex"), found(0, 99)]).toEqual([
        9, 9, 10, 10, -1, -1,
      ]);
      expect([found(2n ** 80n + 1n), found(2 ** 80), found(2), found(1.25), found(false)]).toEqual([-1, 4, -1, -1, 0]);
      expect([list.includes("text"), list.includes("text", 3)]).toEqual([true, false]);
      expect(() => list.indexOf((() => 1) as Loose)).toThrow("list.indexOf: value: ");
      const deep = () => {
        let tuple = heap.tuple(["end"]);
        for (let i = 0; i < 1100; i++) tuple = heap.tuple([tuple]);
        return tuple;
      };
      list.push(deep());
      expect(() => list.indexOf(deep())).toThrow(RangeError);
    });
    expectNothingLeft();
  });

  test("a list without memory to grow stays as it is, and nothing is lost", async () => {
    const small = await open({ gc: { enabled: false }, maximumMemory: 2 ** 20 });
    const list = small.list(Array.from({ length: 100 }, (_, i) => (i === 50 ? [i] : `item ${i}`)));
    const kept = small.str("kept");
    const items = small.toJS(list);
    const many = Array.from({ length: 2000 }, (_, i) => i);
    for (const grow of [
      () => {
        for (;;) list.push(1);
      },
      () => list.push(...many),
      () => list.push(kept, ...many),
      () => list.push("a text that is new", "another"),
      () => list.splice(50, 1, kept, ...many),
      () => list.splice(0, 100, "new and long enough to need a block"),
      () => small.list(many),
      () => small.list([kept]),
      () => small.list(list),
    ]) {
      const count = small.sys.getAllocatedBlocks();
      const giveBack = exhaust(small);
      expect(grow, String(grow)).toThrow(expect.objectContaining({ code: "NO_MEMORY" }));
      list.splice(100);
      expect(small.toJS(list)).toEqual(items);
      expect([small.sys.getRefCount(kept), small.handleCount]).toEqual([1, 2]);
      giveBack();
      expect(small.sys.getAllocatedBlocks()).toBe(count);
      small.verify();
    }
    expect(list.push(...many)).toBe(2100);
    expect(small.list(list).length).toBe(2100);
    small.verify();
  });

  test("memory that is short is collected first", async () => {
    const small = await open({ maximumMemory: 2 ** 20 });
    small.gc.setThreshold(2 ** 30);
    const list = small.list([1, 2, 3]);
    const deque = small.deque();
    const array = small.array("i32", [1]);
    const many = Array.from({ length: 500 }, (_, i) => i);
    for (const store of [
      () => list.push(...many),
      () => list.splice(1, 1, ...many),
      () => deque.push(...many),
      () => deque.rotate(-700),
      () => array.push(...many),
      () => small.list(many).release(),
      () => small.list(list).release(),
      () => small.tuple(many).release(),
      () => small.deque(many).release(),
      () => small.array("i32", many).release(),
      () => {
        for (const value of many) list.push(value);
      },
    ]) {
      small.scope(() => {
        const ring = small.list(Array.from({ length: 20000 }, (_, i) => i));
        ring.push(ring);
      });
      const giveBack = exhaust(small);
      expect(store, String(store)).not.toThrow();
      small.verify();
      giveBack();
    }
    expect([list.length, deque.length, array.length]).toEqual([1502, 500, 501]);
  });

  test("what a getter does to the list while a value is converted", () => {
    const list = heap.list([1, 2, 3]);
    const emptying = {
      get items() {
        list.clear();
        return "late";
      },
    };
    expect(() => list.set(2, emptying)).toThrow("list.set: the list became shorter while the value was converted");
    list.push(1, 2);
    expect([list.push(0, emptying), heap.toJS(list)]).toEqual([2, [0, { items: "late" }]]);
    const releasing = {
      get items() {
        list.release();
        return "late";
      },
    };
    for (const store of [() => list.push(releasing), () => list.push(1, 2), () => list.set(0, 1), () => list.pop()]) {
      expect(store).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
    }
    expectNothingLeft();
  });

  test("released, of another heap, of a heap that is gone", async () => {
    const other = await open();
    const list = heap.list([1]);
    const stranger = other.list([1]);
    expect(() => list.push(stranger)).toThrow(expect.objectContaining({ code: "HANDLE_FOREIGN" }));
    expect(() => heap.list(stranger)).toThrow(expect.objectContaining({ code: "HANDLE_FOREIGN" }));
    expect(() => list.push(1, stranger)).toThrow(/values\[1\]/);
    const uses: ((list: List) => unknown)[] = [
      (l) => l.length,
      (l) => l.at(0),
      (l) => l.set(0, 1),
      (l) => l.push(1),
      (l) => l.push(1, 2),
      (l) => l.pop(),
      (l) => l.insert(0, 1),
      (l) => l.splice(0, 1),
      (l) => l.clear(),
      (l) => l.toArray(),
      (l) => l.indexOf(1),
      (l) => [...l],
      (l) => heap.list(l),
    ];
    list.release();
    for (const use of uses) expect(() => use(list)).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
    other[Symbol.dispose]();
    for (const use of uses.slice(0, -1)) {
      expect(() => use(stranger)).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
    }
    expectNothingLeft();
  });

  test("memory may have grown since the last look", () => {
    using list = heap.list([1, "two"]);
    for (const use of [
      () => list.length,
      () => list.at(1),
      () => list.push(3),
      () => list.pop(),
      () => list.indexOf(1),
    ]) {
      heap.memory.grow(1);
      expect(use).not.toThrow();
    }
    heap.memory.grow(1);
    expect([...list]).toEqual([1, "two"]);
  });

  test("a list nested 100,000 deep dies, and a list and a tuple that refer to each other are 2", () => {
    heap.scope(() => {
      let list = heap.list();
      for (let i = 0; i < 100_000; i++) {
        const outer = heap.list();
        outer.push(list);
        list.release();
        list = outer;
      }
    });
    expectNothingLeft();
    heap.scope(() => {
      const list = heap.list();
      list.push(heap.tuple([list]));
    });
    expect(heap.gc.collect()).toBe(2);
    expectNothingLeft();
  });
});

/** The items up to where they break, and there what cannot be converted. */
function itemsUpToTheBreak(items: () => Iterable<Storable>): Storable[] {
  const given: Storable[] = [];
  try {
    for (const item of items()) given.push(item);
  } catch {
    given.push((() => 1) as Loose);
  }
  return given;
}
