// What the collector does with containers: cycles through each kind, deaths as deep as memory goes.
import { describe, expect, test } from "vitest";
import { EMPTY_TUPLE, IMMORTAL, TEXT_SCRATCH, TRUE_OBJECT } from "../src/layout.js";
import { OK } from "../src/status.js";
import { type CoreHeap, VARIANTS } from "./helpers/core.js";
import { integer, Objects } from "./helpers/objects.js";

class Containers extends Objects {
  static in(heap: CoreHeap): Containers {
    return new Containers(heap);
  }

  list(...words: number[]): number {
    const list = this.core.newList(0) >>> 0;
    for (const word of words) expect(this.core.listAppend(list, word)).toBe(OK);
    return list;
  }

  tuple(...words: number[]): number {
    const at = this.heap.mem.malloc(words.length * 4);
    for (const [i, word] of words.entries()) this.heap.poke(at + 4 * i, word);
    const tuple = this.core.newTuple(at, words.length) >>> 0;
    this.heap.mem.free(at);
    return tuple;
  }

  dict(...pairs: [number, number][]): number {
    const dict = this.core.newDict(0) >>> 0;
    for (const [key, value] of pairs) expect(this.core.dictSet(dict, key, value)).toBe(OK);
    return dict;
  }

  set(...words: number[]): number {
    const set = this.core.newSet(0) >>> 0;
    for (const word of words) expect(this.core.setAdd(set, word)).toBe(OK);
    return set;
  }

  deque(...words: number[]): number {
    const deque = this.core.newDeque(0xffff_ffff) >>> 0;
    for (const word of words) expect(this.core.dequePush(deque, word, 0)).toBe(OK);
    return deque;
  }

  str(text: string): number {
    for (let i = 0; i < text.length; i++) this.heap.memory.bytes[TEXT_SCRATCH + i] = text.charCodeAt(i);
    return this.core.newStr(TEXT_SCRATCH, text.length, 1) >>> 0;
  }

  /** One reference more to an object, handed over. */
  again(object: number): number {
    this.hold(object);
    return object;
  }
}

describe.each(VARIANTS)("$name", ({ open }) => {
  describe("cycles, with the numbers of CPython's test_gc", () => {
    test("test_list: a list that contains itself is 1", () => {
      const make = Containers.in(open());
      const list = make.list();
      make.core.listAppend(list, make.again(list));
      make.release(list);
      expect(make.core.collect(2)).toBe(1);
      expect(make.leftBlocks()).toBe(0);
      make.heap.verify();
    });

    test("test_dict: a dict that contains itself is 1", () => {
      const make = Containers.in(open());
      const dict = make.dict();
      make.core.dictSet(dict, integer(1), make.again(dict));
      make.release(dict);
      expect(make.core.collect(2)).toBe(1);
      expect(make.leftBlocks()).toBe(0);
      make.heap.verify();
    });

    test("test_tuple: a list in a tuple in the list is 2", () => {
      const make = Containers.in(open());
      const list = make.list();
      const tuple = make.tuple(make.again(list));
      make.core.listAppend(list, tuple);
      make.release(list);
      expect(make.core.collect(2)).toBe(2);
      expect(make.leftBlocks()).toBe(0);
      make.heap.verify();
    });

    test("a set with a tuple with a list with the set is 3", () => {
      const make = Containers.in(open());
      const list = make.list();
      const record = make.make(make.type(1));
      make.link(record, 0, list);
      const set = make.set(record);
      make.core.listAppend(list, set);
      make.release(list);
      expect(make.core.collect(2)).toBe(3);
      expect(make.leftBlocks()).toBe(0);
      make.heap.verify();
    });

    test.each([1, 64, 65, 1000])("a deque of %i lists that lead back to it is all trash", (n) => {
      const make = Containers.in(open());
      const deque = make.deque();
      for (let i = 0; i < n; i++) make.core.dequePush(deque, make.list(make.again(deque)), i & 1);
      make.heap.verify();
      make.release(deque);
      expect(make.core.collect(2)).toBe(n + 1);
      expect(make.leftBlocks()).toBe(0);
      make.heap.verify();
    });

    test.each([0, 1, 2])("by generation %i, with survivors that hold on to parts of it", (generation) => {
      const make = Containers.in(open());
      const kept = make.list(integer(1));
      const text = make.str("kept by both");
      const list = make.list(make.again(kept), make.again(text), integer(5), TRUE_OBJECT, 0);
      const dict = make.dict([make.again(text), make.again(list)], [integer(2), make.again(kept)]);
      make.core.listAppend(list, dict);
      make.core.listAppend(kept, make.again(text));
      make.release(list);
      expect(make.core.collect(generation)).toBe(2);
      expect([make.core.refcount(kept), make.core.refcount(text)]).toEqual([1, 2]);
      make.heap.verify();
      make.release(kept, text);
      expect(make.leftBlocks()).toBe(0);
    });

    test("an old list that holds a young cycle keeps it, also through a dict of 1,000 and a deque", () => {
      const make = Containers.in(open());
      const root = make.list();
      make.core.collect(2);
      const dict = make.dict(...Array.from({ length: 1000 }, (_, i): [number, number] => [integer(i), make.list()]));
      const deque = make.deque(dict);
      make.core.listAppend(root, deque);
      expect(make.core.collect(0)).toBe(0);
      expect(make.core.collect(1)).toBe(0);
      expect(make.core.collect(2)).toBe(0);
      expect(make.generation(2).length).toBe(1003);
      make.release(root);
      expect(make.leftBlocks()).toBe(0);
      make.heap.verify();
    });
  });

  describe("deaths", () => {
    test("a list nested a million deep", () => {
      const make = Containers.in(open());
      let outermost = make.list();
      for (let depth = 1; depth < 1_000_000; depth++) {
        const list = make.core.newList(1);
        make.core.listAppend(list, outermost);
        outermost = list;
      }
      make.release(outermost);
      expect(make.leftBlocks()).toBe(0);
      make.heap.verify();
    });

    test("a million deep, of tuples, dicts, deques and sets by turns, by reference counts and by collection", () => {
      for (const cyclic of [false, true]) {
        const make = Containers.in(open());
        const first = make.list();
        let outermost = make.again(first);
        for (let depth = 0; depth < 20_000; depth++) {
          const kind = depth % 3;
          if (kind === 0) outermost = make.tuple(outermost);
          else if (kind === 1) outermost = make.dict([integer(1), outermost]);
          else outermost = make.deque(outermost);
        }
        if (cyclic) make.core.listAppend(first, make.again(outermost));
        make.release(first, outermost);
        expect(make.core.collect(2)).toBe(cyclic ? 20_001 : 0);
        expect(make.leftBlocks()).toBe(0);
        make.heap.verify();
      }
    });

    test("of objects that never die: nothing", () => {
      const make = Containers.in(open());
      const immortals = [EMPTY_TUPLE, TRUE_OBJECT, make.str("x"), make.str(""), make.core.newFloat(Number.NaN) >>> 0];
      for (const object of immortals) expect(make.count(object)).toBe(IMMORTAL | 0);
      const list = make.list(...immortals, ...immortals);
      make.release(list, ...immortals);
      for (const object of immortals) expect([make.count(object), make.isLive(object)]).toEqual([IMMORTAL | 0, true]);
      make.heap.verify();
    });
  });

  test("who refers to whom, through all kinds", () => {
    const make = Containers.in(open());
    const target = make.list();
    const holders = [
      make.list(integer(1), make.again(target)),
      make.tuple(make.again(target), integer(2)),
      make.dict([integer(3), make.again(target)]),
      make.deque(...Array.from({ length: 70 }, (_, i) => integer(i)), make.again(target)),
    ];
    expect(make.referrers(target).sort()).toEqual([...holders].sort());
    expect(make.referents(holders[0] as number)).toEqual([integer(1), target]);
    expect(make.referents(holders[2] as number)).toEqual([integer(3), target]);
    expect(make.referents(holders[3] as number).length).toBe(71);
    make.core.dictTake(holders[2] as number, integer(3));
    expect(make.referents(holders[2] as number)).toEqual([]);
    make.release(target, ...holders, target);
    expect(make.leftBlocks()).toBe(0);
  });
});
