// The examples that everybody tells reference counts by, with exact counts: a name, a call, a container, del, and the end of each.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handle } from "../src/handle.js";
import type { Heap, List, Storable, Value } from "../src/index.js";
import { HEAPS } from "./helpers/containermodel.js";
import { isAlive } from "./helpers/graph.js";

describe.each(HEAPS)("$name", ({ open }) => {
  let heap: Heap;
  let blocks: number;

  beforeEach(async () => {
    heap = await open();
    heap.globals.set("", 0).clear();
    blocks = heap.sys.getAllocatedBlocks();
  });

  afterEach(() => {
    heap.verify();
    // Without a collection: counts alone free all of this.
    expect([heap.handleCount, heap.sys.getAllocatedBlocks()]).toEqual([0, blocks]);
  });

  const count = (object: Handle) => heap.sys.getRefCount(object);

  function scoped(name: string, body: () => void): void {
    test(name, () => heap.scope(() => body()));
  }

  scoped("a = []; b = a; c = b; del b; a = 0; del c", () => {
    const { globals } = heap;
    const list = heap.list();
    const counts = [count(list)];
    const note = (change: () => unknown) => {
      change();
      counts.push(count(list));
    };
    note(() => globals.set("a", list));
    note(() => globals.set("b", list));
    note(() => globals.set("c", list));
    note(() => globals.delete("b"));
    note(() => globals.set("a", 0));
    note(() => globals.set("c", list));
    note(() => globals.delete("c"));
    note(() => globals.delete("c"));
    expect(counts).toEqual([1, 2, 3, 4, 3, 2, 2, 1, 1]);
    globals.clear();
  });

  scoped("passing to a function: one more while the call lasts, one for each call of a recursion", () => {
    const list = heap.list();
    const counts: number[] = [];
    const call = (depth: number): number =>
      heap.frame("f", (frame) => {
        frame.set("x", list);
        counts.push(count(list));
        if (depth > 0) call(depth - 1);
        return count(list);
      });
    expect([call(3), counts, count(list)]).toEqual([2, [2, 3, 4, 5], 1]);
    const fails = () =>
      heap.frame("g", (frame) => {
        frame.set("x", list);
        frame.set("y", [list, list]);
        expect(count(list)).toBe(4);
        throw new Error("out");
      });
    expect(fails).toThrow("out");
    expect([count(list), heap.sys.frames()]).toEqual([1, []]);
  });

  scoped("what a function returns lives on, its locals do not", () => {
    const addresses: number[] = [];
    const made = heap.frame("make", (frame) => {
      frame.set("kept", []);
      frame.set("dropped", []);
      addresses.push((frame.get("kept") as List).address, (frame.get("dropped") as List).address);
      frame.delete("dropped");
      return frame.get("kept") as List;
    });
    expect([made.address, count(made), isAlive(heap, addresses[1] as number)]).toEqual([addresses[0], 1, false]);
  });

  scoped("a local and a global name of one object; the frame's dict, kept, is empty at its end", () => {
    const list = heap.list();
    const locals = heap.frame("f", (frame) => {
      frame.set("x", list);
      heap.globals.set("x", frame.get("x") as Value);
      const kept = frame.locals();
      expect([kept.size, kept.has("x"), count(list), count(kept)]).toEqual([1, true, 4, 2]);
      return kept;
    });
    expect([locals.size, count(locals), count(list)]).toEqual([0, 1, 2]);
    heap.globals.clear();
    expect(count(list)).toBe(1);
  });

  type Containers = readonly (readonly [name: string, more: number, make: (object: Handle) => Handle])[];
  const CONTAINERS: Containers = [
    ["[x]", 1, (x) => heap.list([x])],
    ["[x, x, x]", 3, (x) => heap.list([x, x, x])],
    ["(x, [x])", 2, (x) => heap.tuple([x, [x]])],
    ["{'k': x}", 1, (x) => heap.dict({ k: x })],
    ["{x: x}", 2, (x) => heap.dict([[x, x]])],
    ["{(x,): 1}", 1, (x) => heap.dict([[heap.scope((scope) => scope.keep(heap.tuple([x]))), 1]])],
    ["{x}", 1, (x) => heap.set([x, x])],
    ["frozenset({x})", 1, (x) => heap.frozenset([x])],
    ["deque of it", 2, (x) => heap.deque([x, x])],
    ["deque of at most one", 1, (x) => heap.deque([x, x], { maxLength: 1 })],
    ["defaultdict", 1, (x) => heap.defaultdict(() => 0, [[1, x]])],
    ["plain data around it", 3, (x) => heap.from([x, { k: [x] }, new Map([[1, x]])]) as Handle],
    ["one more handle", 1, (x) => x.clone()],
  ];

  describe("in a container: one more for each place, and as many less when it dies", () => {
    test.each(CONTAINERS)("%s: %i", (_, more, make) => {
      // A key must be one that can be hashed.
      const object = heap.tuple([1]);
      const text = heap.str("a text that is an object");
      for (const one of [object, text]) {
        const container = heap.scope((scope) => scope.keep(make(one)));
        expect(count(one)).toBe(1 + more);
        if (!container.is(one)) expect(count(container)).toBe(1);
        container.release();
        expect(count(one)).toBe(1);
        const outer = heap.scope((scope) => scope.keep(heap.list([make(one), make(one)])));
        expect(count(one)).toBe(1 + 2 * more);
        outer.release();
        expect(count(one)).toBe(1);
      }
      object.release();
      text.release();
    });
  });

  const CHANGES: readonly (readonly [name: string, change: (x: Handle) => unknown])[] = [
    ["list.pop", (x) => heap.list([x]).pop()],
    ["list.set", (x) => heap.list([x]).set(0, 1)],
    ["list.set of itself", (x) => heap.list([x]).set(-1, x)],
    ["list.splice", (x) => heap.list([1, x, x, 2]).splice(1, 2, x)],
    ["list.insert", (x) => heap.list([x]).insert(0, x)],
    ["list.clear", (x) => heap.list([x, x]).clear()],
    ["deque.pop and shift", (x) => [heap.deque([x]).pop(), heap.deque([x]).shift()]],
    ["deque.rotate", (x) => heap.deque([x, 1, x]).rotate(2)],
    ["a deque that is full", (x) => heap.deque([x, x], { maxLength: 2 }).push(1, x, 2)],
    ["a deque that is full, from the front", (x) => heap.deque([x, x], { maxLength: 2 }).unshift(1, x, 2)],
    ["a deque for nothing", (x) => heap.deque([x], { maxLength: 0 }).push(x, x)],
    ["dict.set", (x) => heap.dict().set(x, 1).set(x, x).set(1, x).set(1, 2)],
    ["dict.delete", (x) => heap.dict([[x, x]]).delete(x)],
    ["dict.delete of what is not there", (x) => heap.dict([[1, x]]).delete(x)],
    ["dict.get and has", (x) => [heap.dict([[x, x]]).get(x), heap.dict().has(x), heap.dict().get(x)]],
    ["dict.clear", (x) => heap.dict([[x, x]]).clear()],
    ["iterators", (x) => [[...heap.dict([[x, x]])], [...heap.set([x]).values()], [...heap.list([x]).entries()]]],
    [
      "an iterator left early",
      (x) =>
        heap
          .dict([[x, x]])
          .entries()
          .next(),
    ],
    ["set.add, has, delete", (x) => heap.set([x]).add(x).has(x) && heap.set([x]).delete(x)],
    ["heap.list of a list", (x) => heap.list(heap.list([x]))],
    ["heap.tuple of a dict", (x) => heap.tuple(heap.dict([[x, x]]))],
    ["heap.dict of a dict", (x) => heap.dict(heap.dict([[x, x]]))],
    ["heap.set of a tuple", (x) => heap.set(heap.tuple([x, x]))],
    ["heap.frozenset of one", (x) => heap.frozenset(heap.frozenset([x]))],
    ["heap.deque of a set", (x) => heap.deque(heap.set([x]))],
    ["toArray", (x) => heap.list([x, x]).toArray()],
    ["indexOf and includes", (x) => [heap.list([1, x]).indexOf(x), heap.tuple([x]).includes(x)]],
    ["heap.toJS", (x) => heap.toJS(heap.list([x, [x]]))],
    ["heap.from", (x) => heap.from({ x, all: [x, new Set([x])] })],
    ["a key that cannot be", (x) => refused(() => heap.dict().set([x], x))],
    ["a value that cannot be", (x) => refused(() => heap.list([x]).push(x, [x, { f: () => 1 }] as never))],
    ["an iterable that throws", (x) => refused(() => heap.list(thrower(x)))],
    ["an iterable of pairs that throws", (x) => refused(() => heap.dict(pairs(thrower(x))))],
    ["what is no pair", (x) => refused(() => heap.dict([[x, x], [x] as never]))],
    ["what cannot be in a set", (x) => refused(() => heap.set([x, heap.list([x])]))],
    [
      "a getter that throws",
      (x) =>
        refused(() =>
          heap.from([
            x,
            {
              a: x,
              get b() {
                return refuse();
              },
            },
          ]),
        ),
    ],
    ["a default that throws", (x) => refused(() => heap.defaultdict(refuse, [[1, x]]).get(x))],
    ["a default", (x) => heap.defaultdict(() => [x]).get(x)],
    ["gc lists", (x) => [heap.gc.getObjects(), heap.gc.getReferrers(x), heap.gc.getReferents(heap.list([x]))]],
  ];

  function refuse(): never {
    throw new TypeError("not this");
  }

  function refused(call: () => unknown): void {
    expect(call).toThrow(TypeError);
  }

  function* thrower(x: Storable): Generator<Storable> {
    yield x;
    yield [x];
    refuse();
  }

  function* pairs(values: Iterable<Storable>): Generator<readonly [Storable, Storable]> {
    for (const value of values) yield ["key", value];
  }

  test.each(CHANGES)("%s leaves nothing behind", (_, change) => {
    const objects = [heap.tuple([1]), heap.frozenset(["a"]), heap.str("a text that is an object"), heap.bytes([1, 2])];
    for (const x of objects) {
      const hash = heap.dict([[x, 1]]);
      heap.scope(() => void change(x));
      expect(count(x)).toBe(2);
      hash.release();
      expect(count(x)).toBe(1);
      x.release();
    }
  });

  scoped("interned texts: one object as long as somebody holds it", () => {
    const [first, second] = [heap.sys.intern("interned text"), heap.sys.intern("interned text")];
    expect([first.is(second), count(first)]).toEqual([true, 2]);
    const list = heap.list([first]);
    expect([count(first), heap.str("interned text").is(first)]).toEqual([3, false]);
    first.release();
    second.release();
    const third = heap.sys.intern("interned text");
    expect([count(third), String(third)]).toEqual([2, "interned text"]);
    list.clear();
    third.release();
    expect(count(heap.sys.intern("interned text"))).toBe(1);
  });

  scoped("what is there for good is not counted", () => {
    for (const one of [heap.str(""), heap.str("x"), heap.str("\xff"), heap.tuple(), heap.bytes([])]) {
      const before = count(one);
      expect(before).toBeGreaterThanOrEqual(2 ** 31);
      heap.list([one, one]).push(one);
      expect(count(one)).toBe(before);
    }
  });
});
