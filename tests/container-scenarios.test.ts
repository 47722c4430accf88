// What CPython's own tests of its collector (Lib/test/test_gc.py) pin down about containers, with exact counts, and lives and deaths
// of containers nested a million deep. Tests bear the names of CPython's where there are such.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Dict, Heap, List, Storable, Value } from "../src/index.js";
import { HEAPS } from "./helpers/containermodel.js";
import { isAlive, trackedCount } from "./helpers/graph.js";

describe.each(HEAPS)("$name", ({ open, debug }) => {
  /** Debug heaps look at each block when it goes. */
  const DEPTH = debug ? 100_000 : 1_000_000;

  let heap: Heap;
  let box: (value: Storable) => Value;
  /** Blocks and tracked objects that stay. */
  let blocks: number;
  let tracked: number;

  beforeEach(async () => {
    heap = await open({ gc: { enabled: false } });
    const Box = heap.struct("Box", { value: "ref" });
    box = (value) => new Box({ value });
    blocks = heap.sys.getAllocatedBlocks();
    tracked = 0;
  });

  afterEach(() => {
    heap.verify();
    heap.gc.collect();
    expect([heap.handleCount, trackedCount(heap), heap.sys.getAllocatedBlocks()]).toEqual([0, tracked, blocks]);
  });

  /** A list of which `fill` makes something. */
  function listWith(fill: (list: List) => unknown): List {
    const list = heap.list();
    fill(list);
    return list;
  }

  function dictWith(fill: (dict: Dict) => unknown): Dict {
    const dict = heap.dict();
    fill(dict);
    return dict;
  }

  const selfList = () => listWith((list) => list.push(list));

  describe("cycles", () => {
    function dequeOfItself(): void {
      const deque = heap.deque();
      for (let i = 0; i < 200; i++) deque.unshift(deque);
    }

    function setThatLeadsToItself(): void {
      const set = heap.set();
      set.add(box(set));
    }

    function defaultdictThatMadeItself(): void {
      const dict: Dict = heap.defaultdict(() => dict);
      expect(dict.is(dict.get("missing") as Value)).toBe(true);
    }

    function plainCycle(): Storable {
      const cycle: { [key: string]: Storable } = {};
      cycle.list = [cycle];
      return cycle;
    }

    function ring(length: number): void {
      const first = heap.list();
      let last = first;
      for (let i = 1; i < length; i++) {
        const before = last;
        last = listWith((list) => before.push(list));
      }
      last.push(first);
    }

    const CYCLES: readonly (readonly [name: string, objects: number, make: () => unknown])[] = [
      ["test_list: a list that contains itself", 1, () => selfList()],
      ["a list that contains itself a hundred times", 1, () => listWith((list) => list.push(...Array(100).fill(list)))],
      ["test_dict: a dict that is a value of its own", 1, () => dictWith((dict) => dict.set(1, dict))],
      ["a defaultdict that made itself", 1, defaultdictThatMadeItself],
      ["a deque that contains itself, in several blocks", 1, dequeOfItself],
      ["test_tuple: a list and a tuple", 2, () => listWith((list) => list.push(heap.tuple([list])))],
      ["a list and a list", 2, () => listWith((list) => list.push(heap.list([list])))],
      ["a dict and a list", 2, () => dictWith((dict) => dict.set("list", heap.list([1, dict])))],
      ["a dict and a key that leads to it", 3, () => dictWith((dict) => dict.set(heap.tuple([box(dict)]), 1))],
      ["a set and an item that leads to it", 2, setThatLeadsToItself],
      [
        "a frozenset with an item that leads to it",
        3,
        () => listWith((list) => list.push(heap.frozenset([box(list)]))),
      ],
      ["test_function: a namespace and what refers to it", 2, () => dictWith((dict) => dict.set("f", box(dict)))],
      ["two cycles with a bridge between them", 2, () => selfList().push(selfList())],
      ["a cycle with atoms and texts that nobody else has", 1, () => selfList().push("a text", 2n ** 99n, 1.5)],
      ["a cycle with an array and bytes", 1, () => selfList().push(Uint8Array.of(1), Float64Array.of(2))],
      ["a cycle, and what hangs on it", 4, () => selfList().push([1], { a: new Map([["b", 2]]) })],
      ["plain data that contain themselves", 2, () => heap.from(plainCycle())],
      ["100 rings of 20 lists", 2000, () => Array.from({ length: 100 }, () => ring(20))],
    ];

    test.each(CYCLES)("%s: %i", (_, objects, make) => {
      heap.scope(() => {
        make();
        // As long as somebody holds them, nothing is garbage.
        expect(heap.gc.collect()).toBe(0);
      });
      const [, , before] = heap.gc.getStats();
      expect(heap.gc.collect()).toBe(objects);
      const [, , after] = heap.gc.getStats();
      expect([after.collected - before.collected, after.uncollectable]).toEqual([objects, 0]);
      expect(heap.gc.collect()).toBe(0);
      expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
    });

    test("all of a cycle stays while somebody holds one member, and all goes when that is dropped", () => {
      const list = heap.list();
      heap.scope(() => list.push(heap.tuple([heap.dict([["list", list]])])));
      expect(heap.gc.collect()).toBe(0);
      expect([heap.sys.getRefCount(list), trackedCount(heap)]).toEqual([2, 3]);
      list.release();
      expect(heap.gc.collect()).toBe(3);
    });

    test("a cycle that is broken by hand needs no collector", () => {
      const list = heap.list();
      heap.scope(() => list.push(list, heap.dict([["list", list]])));
      expect([heap.sys.getRefCount(list), trackedCount(heap)]).toEqual([3, 2]);
      list.clear();
      expect([heap.sys.getRefCount(list), trackedCount(heap)]).toEqual([1, 1]);
      list.release();
      expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
      expect(heap.gc.collect()).toBe(0);
    });

    test("test_saveall: a list that contains itself is in gc.garbage, the same object, once", () => {
      const garbage = heap.gc.garbage;
      blocks = heap.sys.getAllocatedBlocks();
      tracked = trackedCount(heap);
      expect([garbage.length, tracked]).toEqual([0, 1]);
      heap.gc.setDebug(heap.gc.DEBUG_SAVEALL);
      const { address } = heap.scope(() => {
        const list = selfList();
        return { address: list.address };
      });
      expect(heap.gc.collect()).toBe(1);
      heap.gc.setDebug(0);
      expect(garbage.length).toBe(1);
      heap.scope(() => {
        const saved = garbage.at(0) as List;
        expect([saved.address, saved.typeName, saved.length]).toEqual([address, "list", 1]);
        expect(saved.is(saved.at(0) as Value)).toBe(true);
      });
      heap.scope(() => void garbage.pop());
      expect(heap.gc.collect()).toBe(1);
      expect(isAlive(heap, address)).toBe(false);
      garbage.clear();
    });
  });

  /** A test whose handles are all released at its end. */
  function scoped(name: string, body: () => void): void {
    test(name, () => heap.scope(() => body()));
  }

  describe("generations", () => {
    scoped("test_get_count: a list is one more, what is no container none", () => {
      heap.gc.collect();
      expect(heap.gc.getCount()).toEqual([0, 0, 0]);
      const list = heap.list();
      expect(heap.gc.getCount()).toEqual([1, 0, 0]);
      list.push("text", 1.5, 2n ** 70n, Uint8Array.of(1), Float64Array.of(1), true, null);
      expect(heap.gc.getCount()).toEqual([1, 0, 0]);
      list.push([], {}, new Set([1]), heap.tuple([1]), heap.frozenset([1]), heap.deque());
      expect(heap.gc.getCount()).toEqual([7, 0, 0]);
    });

    scoped("test_collect_generations: a list trickles from 0 to 1 to 2", () => {
      heap.gc.collect();
      const list = selfList();
      const where = () => ([0, 1, 2] as const).filter((n) => heap.gc.getObjects(n).some((one) => one.is(list)));
      const found = [0, 1, 2].map((generation) => {
        const at = where();
        heap.gc.collect(generation as 0 | 1 | 2);
        return [at, heap.gc.getCount()];
      });
      expect([...found, where()]).toEqual([[[0], [0, 1, 0]], [[1], [0, 0, 1]], [[2], [0, 0, 0]], [2]]);
      list.clear();
    });

    scoped("test_heap_size: one more when a list is made, one less when it is dropped", () => {
      expect(trackedCount(heap)).toBe(0);
      const made = [
        heap.list(),
        heap.dict(),
        heap.set(),
        heap.deque(),
        heap.tuple([heap.list()]),
        heap.defaultdict(() => 0),
      ];
      expect(trackedCount(heap)).toBe(7);
      for (const [i, one] of made.entries()) {
        one.release();
        expect(trackedCount(heap)).toBe(i === 4 ? 2 : i === 5 ? 1 : 6 - i);
      }
      // The list in the tuple has a handle still.
      expect(heap.gc.getObjects().map(({ typeName }) => typeName)).toEqual(["list"]);
    });

    test("test_incremental_gc_handles_fast_cycle_creation: automatic collections keep up with 20,000 rings", async () => {
      const heap = await open();
      let most = 0;
      for (let i = 0; i < 20_000; i++) {
        heap.scope(() => {
          const first = heap.list();
          first.push(heap.tuple([heap.dict([["first", first]])]));
        });
        if (i % 100 === 0) most = Math.max(most, trackedCount(heap));
      }
      expect(most).toBeLessThan(5000);
      heap.gc.collect();
      expect(trackedCount(heap)).toBe(0);
      heap.verify();
    });
  });

  describe("lists of objects", () => {
    scoped("test_get_referents: items, keys and values, several arguments, and none of atoms", () => {
      const { gc } = heap;
      expect(gc.getReferents(heap.list([1, 3, 5]))).toEqual([1, 3, 5]);
      expect(gc.getReferents(heap.tuple([1, 3, 5]))).toEqual([1, 3, 5]);
      expect(gc.getReferents(heap.deque([1, 3, 5]))).toEqual([1, 3, 5]);
      expect(gc.getReferents(heap.set([1, 3]), heap.frozenset(["a"]))).toEqual([1, 3, "a"]);
      const pairs: [Storable, Storable][] = [
        [5, 7],
        ["k", "v"],
      ];
      expect(
        gc.getReferents(
          heap.dict(pairs),
          heap.defaultdict(() => 0, pairs),
        ),
      ).toEqual([5, 7, "k", "v", 5, 7, "k", "v"]);
      const dict = heap.dict([[3, 4]]);
      dict.set("gone", 1).delete("gone");
      expect(gc.getReferents(heap.list([1, 2]), dict, heap.tuple([0, 0, 0]))).toEqual([1, 2, 3, 4, 0, 0, 0]);
      expect(gc.getReferents(1, "a", 2.5, null, heap.str("a"), heap.bytes([1]), heap.array("u8", 3))).toEqual([]);
      const [list] = gc.getReferents(heap.list([heap.list(["inner"])])) as [List];
      expect(list.at(0)).toBe("inner");
    });

    scoped("get_referrers: each container that has the object, once", () => {
      const list = heap.list();
      const holders = [
        heap.list([list, list]),
        heap.tuple([list]),
        heap.dict([["v", list]]),
        heap.deque([1, list]),
        heap.dict([[heap.tuple([1]), 1]]).set(0, list),
      ];
      heap.list([holders[0] as List]);
      const found = heap.gc.getReferrers(list);
      expect(found.map(({ address }) => address).sort()).toEqual(holders.map(({ address }) => address).sort());
      const frozen = heap.frozenset([1]);
      const [key, item] = [heap.dict([[frozen, 1]]), heap.set([frozen])];
      expect(heap.gc.getReferrers(frozen).map(({ address }) => address)).toEqual([key.address, item.address]);
    });

    scoped("test_is_tracked: containers are, atoms and texts are not", () => {
      const tracked = [heap.list(), heap.dict(), heap.set(), heap.deque(), heap.defaultdict(() => 0), heap.tuple([[]])];
      const not = [
        heap.str("text"),
        heap.bytes([1]),
        heap.array("f64", 1),
        heap.tuple(),
        heap.sys.intern("a"),
        1,
        1.5,
        "a",
      ];
      const isTracked = (value: Value) => heap.gc.isTracked(value);
      expect([...tracked.map(isTracked), ...not.map(isTracked)]).toEqual([
        ...Array(6).fill(true),
        ...Array(8).fill(false),
      ]);
      heap.gc.collect();
      expect([...tracked.map(isTracked), ...not.map(isTracked)]).toEqual([
        ...Array(6).fill(true),
        ...Array(8).fill(false),
      ]);
      expect([...tracked, ...not].some((value) => heap.gc.isFinalized(value))).toBe(false);
    });

    scoped("test_get_objects: a fresh cycle is listed", () => {
      const list = selfList();
      expect(heap.gc.getObjects().filter((object) => object.is(list))).toHaveLength(1);
    });
  });

  describe("freeze", () => {
    scoped("test_freeze: containers are set aside, changed all the same, and collected later", () => {
      const { address } = heap.scope(() => ({ address: selfList().address }));
      const list = heap.list([1]);
      heap.gc.freeze();
      expect([heap.gc.getFreezeCount(), heap.gc.getObjects().length, heap.gc.collect()]).toEqual([2, 0, 0]);
      for (let i = 0; i < 100; i++) list.push(i);
      expect(list.length).toBe(101);
      heap.gc.unfreeze();
      expect([heap.gc.getFreezeCount(), heap.gc.collect(), isAlive(heap, address)]).toEqual([0, 1, false]);
    });

    scoped("test_traverse_frozen_objects: a cycle that refers to a frozen list", () => {
      const x = heap.list([1, 2, 3]);
      heap.gc.freeze();
      heap.scope(() => void selfList().push(heap.list([x])));
      heap.scope(() => void listWith((list) => list.push(list, x)));
      expect(heap.gc.collect()).toBe(3);
      heap.verify();
      expect([heap.sys.getRefCount(x), heap.toJS(x)]).toEqual([1, [1, 2, 3]]);
      heap.gc.unfreeze();
    });
  });

  describe("depth", () => {
    scoped("test_trashcan, without finalizers: nested lists and dicts, with collections between them", () => {
      for (let round = 1; round <= 68; round++) {
        heap.scope(() => {
          let list: Storable = heap.list();
          let dict: Storable = heap.dict();
          for (let depth = 0; depth < 150; depth++) {
            list = heap.list([list]);
            dict = heap.dict([[1, dict]]);
          }
        });
        if (round % 17 === 0) expect(heap.gc.collect()).toBe(0);
        expect(trackedCount(heap)).toBe(0);
      }
    });

    /** Puts a word into a new container of one kind after another, and gives back the outermost; made by the core, to be quick. */
    function nest(depth: number, kinds: readonly ("list" | "dict" | "deque" | "tuple")[]): number {
      const { core } = heap;
      const at = heap.mem.malloc(4);
      let word = core.newList(0) >>> 0;
      for (let i = 0; i < depth; i++) {
        const kind = kinds[i % kinds.length];
        let outer: number;
        if (kind === "list") {
          outer = core.newList(1) >>> 0;
          core.listAppend(outer, word);
        } else if (kind === "dict") {
          outer = core.newDict(1) >>> 0;
          core.dictSet(outer, 3, word);
        } else if (kind === "deque") {
          outer = core.newDeque(0xffff_ffff) >>> 0;
          core.dequePush(outer, word, 0);
        } else {
          new DataView(heap.memory.buffer).setUint32(at, word, true);
          outer = core.newTuple(at, 1) >>> 0;
        }
        word = outer;
      }
      heap.mem.free(at);
      return word;
    }

    test(`a list nested ${DEPTH} deep dies, and all in it`, () => {
      const top = nest(DEPTH, ["list"]);
      expect(trackedCount(heap)).toBe(DEPTH + 1);
      heap.core.decref(top);
      expect(trackedCount(heap)).toBe(0);
    });

    scoped("lists, tuples, dicts and deques nested deep: found, kept, and gone", () => {
      const holder = heap.list();
      heap.core.listAppend(holder.address, nest(100_000, ["list", "tuple", "dict", "deque"]));
      expect(heap.gc.collect()).toBe(0);
      expect(trackedCount(heap)).toBe(100_002);
      heap.verify();
      holder.clear();
      expect(trackedCount(heap)).toBe(1);
    });

    test(`a cycle of ${DEPTH} lists, one in the other, is found and freed`, () => {
      const { core } = heap;
      const top = nest(DEPTH, ["list"]);
      const innermost = heap.scope(() => heap.gc.getObjects(0)[0]?.address as number);
      core.listAppend(innermost, top);
      expect(trackedCount(heap)).toBe(DEPTH + 1);
      expect(heap.gc.collect()).toBe(DEPTH + 1);
      expect(trackedCount(heap)).toBe(0);
    });
  });
});
