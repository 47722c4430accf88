// Lists and tuples through the core: growth as CPython's, references handed over, misuse refused, failure that changes nothing.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ABSENT,
  EMPTY_TUPLE,
  LIST_CAPACITY,
  LIST_ITEMS,
  LIST_LENGTH,
  REFUSED,
  TUPLE_HASH,
  TUPLE_ITEMS,
  TUPLE_LENGTH,
} from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, BAD_INDEX, BAD_TYPE, NO_MEMORY, OK } from "../src/status.js";
import { type CoreHeap, VARIANTS } from "./helpers/core.js";
import { integer, Objects } from "./helpers/objects.js";

/** Lists by their addresses. */
class Lists {
  readonly objects: Objects;
  readonly heap: CoreHeap;

  constructor(heap: CoreHeap) {
    this.heap = heap;
    this.objects = new Objects(heap);
  }

  make(...words: number[]): number {
    const list = this.heap.core.newList(0) >>> 0;
    for (const word of words) expect(this.heap.core.listAppend(list, word)).toBe(OK);
    return list;
  }

  words(list: number): number[] {
    const items = this.heap.word(list + LIST_ITEMS);
    return Array.from({ length: this.heap.word(list + LIST_LENGTH) }, (_, i) => this.heap.word(items + 4 * i));
  }

  capacity(list: number): number {
    return this.heap.word(list + LIST_CAPACITY);
  }

  /** Calls with a block that holds these words. */
  withWords<T>(words: readonly number[], call: (at: number) => T): T {
    const at = this.heap.mem.malloc(words.length * 4);
    for (const [i, word] of words.entries()) this.heap.poke(at + 4 * i, word);
    const result = call(at);
    this.heap.mem.free(at);
    return result;
  }

  splice(list: number, start: number, deleted: number, words: readonly number[]): number {
    return this.withWords(words, (at) => this.heap.core.listSplice(list, start, deleted, at, words.length));
  }

  tuple(...words: number[]): number {
    return this.withWords(words, (at) => this.heap.core.newTuple(at, words.length) >>> 0);
  }
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("capacities of a list that grows item by item are CPython's", () => {
    const lists = new Lists(open());
    const list = lists.make();
    const seen: number[] = [];
    for (let n = 0; n < 1100; n++) {
      lists.heap.core.listAppend(list, integer(n));
      if (seen.at(-1) !== lists.capacity(list)) seen.push(lists.capacity(list));
    }
    expect(seen.join(" ")).toBe(
      "4 8 16 24 32 40 52 64 76 92 108 128 148 172 200 232 268 308 352 400 456 520 592 672 760 860 972 1100",
    );
    lists.heap.verify();
  });

  test("and those of a list of 100 that loses its last item again and again, too", () => {
    const lists = new Lists(open());
    const list = lists.heap.core.newList(100) >>> 0;
    for (let n = 0; n < 100; n++) lists.heap.core.listAppend(list, integer(n));
    const seen: [number, number][] = [];
    for (let n = 99; n >= 0; n--) {
      const before = lists.capacity(list);
      expect(lists.heap.core.listTake(list, n)).toBe(integer(n));
      if (lists.capacity(list) !== before) seen.push([n, lists.capacity(list)]);
    }
    expect(seen).toEqual([
      [49, 60],
      [29, 36],
      [17, 24],
      [11, 16],
      [7, 12],
      [5, 8],
      [1, 4],
      [0, 0],
    ]);
    expect(lists.heap.word(list + LIST_ITEMS)).toBe(0);
  });

  test("room for many more at once is just that, rounded up to four, or to two if they are the first", () => {
    const lists = new Lists(open());
    const [first, list] = [lists.make(), lists.make(integer(1))];
    expect(lists.heap.core.listReserve(first, 1001)).toBe(OK);
    expect(lists.capacity(first)).toBe(1002);
    expect(lists.words(first)).toEqual([]);
    expect(lists.heap.core.listReserve(list, 1000)).toBe(OK);
    expect(lists.capacity(list)).toBe(1004);
  });

  test("random operations do to a list what they do to an array", () => {
    const word = fc.integer({ min: -(2 ** 30), max: 2 ** 30 - 1 }).map(integer);
    const operation = fc.oneof(
      fc.record({ kind: fc.constant("append" as const), word }),
      fc.record({ kind: fc.constant("insert" as const), word, at: fc.nat(40) }),
      fc.record({ kind: fc.constant("set" as const), word, at: fc.nat(40) }),
      fc.record({ kind: fc.constant("take" as const), at: fc.nat(40) }),
      fc.record({ kind: fc.constant("splice" as const), at: fc.nat(40), n: fc.nat(20), words: fc.array(word) }),
      fc.record({ kind: fc.constant("clear" as const) }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const lists = new Lists(open());
        const { core } = lists.heap;
        const list = lists.make();
        const model: number[] = [];
        for (const operation of operations) {
          if (operation.kind === "append") {
            model.push(operation.word);
            expect(core.listAppend(list, operation.word)).toBe(OK);
          } else if (operation.kind === "insert") {
            const inside = operation.at <= model.length;
            if (inside) model.splice(operation.at, 0, operation.word);
            expect(core.listInsert(list, operation.at, operation.word)).toBe(inside ? OK : BAD_INDEX);
          } else if (operation.kind === "set") {
            const inside = operation.at < model.length;
            if (inside) model[operation.at] = operation.word;
            expect(core.listSet(list, operation.at, operation.word)).toBe(inside ? OK : BAD_INDEX);
          } else if (operation.kind === "take") {
            const [taken] = operation.at < model.length ? model.splice(operation.at, 1) : [REFUSED];
            expect(core.listTake(list, operation.at) >>> 0).toBe(taken);
          } else if (operation.kind === "splice") {
            const inside = operation.at + operation.n <= model.length;
            if (inside) model.splice(operation.at, operation.n, ...operation.words);
            const status = lists.splice(list, operation.at, operation.n, operation.words);
            expect(status).toBe(inside ? OK : BAD_INDEX);
          } else {
            model.length = 0;
            expect(core.listClear(list)).toBe(OK);
          }
          expect(lists.words(list)).toEqual(model);
        }
        lists.heap.verify();
      }),
      { numRuns: 60 },
    );
  });

  test("a list takes over references, and gives up those of items that go", () => {
    const lists = new Lists(open());
    const { core } = lists.heap;
    const record = lists.objects.make(lists.objects.type(1));
    lists.objects.hold(record, record, record, record);
    const list = lists.make(record, record);
    expect(core.refcount(record)).toBe(5);
    expect(core.listInsert(list, 0, record)).toBe(OK);
    expect(core.listSet(list, 1, integer(1))).toBe(OK);
    expect(core.refcount(record)).toBe(4);
    expect(core.listTake(list, 0) >>> 0).toBe(record);
    expect(core.refcount(record)).toBe(4);
    expect(lists.splice(list, 0, 2, [])).toBe(OK);
    expect(core.refcount(record)).toBe(3);
    core.listAppend(list, record);
    core.listClear(list);
    expect(core.refcount(record)).toBe(2);
    core.listAppend(list, record);
    core.decref(list);
    expect(core.refcount(record)).toBe(1);
    lists.heap.verify();
  });

  test("what is no list, no word or no index is refused, and nothing changes", () => {
    const lists = new Lists(open());
    const { core } = lists.heap;
    const list = lists.make(integer(1), integer(2));
    const record = lists.objects.make(lists.objects.type(1));
    const gone = lists.make();
    core.decref(gone);
    for (const [no, status] of [
      [record, BAD_TYPE],
      [gone, ALREADY_FREE],
      [list + 8, BAD_ADDRESS],
      [3, BAD_ADDRESS],
      [0, BAD_ADDRESS],
    ] as const) {
      expect(core.listAppend(no, integer(1))).toBe(status);
      expect(core.listReserve(no, 1)).toBe(status);
      expect(core.listSet(no, 0, integer(1))).toBe(status);
      expect(core.listInsert(no, 0, integer(1))).toBe(status);
      expect(core.listTake(no, 0)).toBe(REFUSED);
      expect(core.lastStatus()).toBe(status);
      expect(core.listSplice(no, 0, 0, 0, 0)).toBe(status);
      expect(core.listClear(no)).toBe(status);
    }
    for (const word of [ABSENT, REFUSED, list + 4, gone, 0x7fff_fff8]) {
      expect(core.listAppend(list, word)).not.toBe(OK);
      expect(core.listSet(list, 0, word)).not.toBe(OK);
      expect(core.listInsert(list, 0, word)).not.toBe(OK);
      expect(lists.splice(list, 0, 1, [integer(5), word])).not.toBe(OK);
    }
    expect(core.listSplice(list, 0, 1, 0xffff_fff0, 100)).toBe(BAD_ADDRESS);
    expect(core.listSplice(list, 0, 1, 0, 0x7fff_ffff)).toBe(NO_MEMORY);
    expect(core.listReserve(list, 0xffff_ffff)).toBe(NO_MEMORY);
    expect(core.newList(0xffff_ffff)).toBe(0);
    expect(lists.words(list)).toEqual([integer(1), integer(2)]);
    lists.heap.verify();
  });

  test("growth that fails leaves the list as it was", () => {
    const lists = new Lists(open({ pages: 5, maximumPages: 5 }));
    const { core } = lists.heap;
    const list = lists.make();
    let length = 0;
    while (core.listAppend(list, integer(length)) === OK) length++;
    const [capacity, words] = [lists.capacity(list), lists.words(list)];
    expect(words).toEqual(Array.from({ length }, (_, i) => integer(i)));
    expect(core.listInsert(list, 0, integer(7))).toBe(NO_MEMORY);
    expect(core.listReserve(list, 100_000)).toBe(NO_MEMORY);
    expect(lists.words(list)).toEqual(words);
    expect(lists.capacity(list)).toBe(capacity);
    core.decref(list);
    lists.heap.verify();
  });

  test("a tuple holds the words it was made of, and their references", () => {
    const lists = new Lists(open());
    const { core } = lists.heap;
    const record = lists.objects.make(lists.objects.type(1));
    lists.objects.hold(record);
    const tuple = lists.tuple(record, integer(7), 0);
    expect([0, 1, 2].map((i) => lists.heap.word(tuple + TUPLE_ITEMS + 4 * i))).toEqual([record, integer(7), 0]);
    expect(lists.heap.word(tuple + TUPLE_LENGTH)).toBe(3);
    expect(lists.heap.word(tuple + TUPLE_HASH)).not.toBe(0);
    expect(core.refcount(record)).toBe(2);
    core.decref(tuple);
    expect(core.refcount(record)).toBe(1);
    lists.heap.verify();
  });

  test("a tuple with a list in it has no hash", () => {
    const lists = new Lists(open());
    expect(lists.heap.word(lists.tuple(integer(1), lists.make()) + TUPLE_HASH)).toBe(0);
  });

  test("there is one empty tuple, and it never dies", () => {
    const lists = new Lists(open());
    const { core } = lists.heap;
    expect(lists.tuple()).toBe(EMPTY_TUPLE);
    for (let i = 0; i < 5; i++) expect(core.decref(EMPTY_TUPLE)).toBe(OK);
    expect(core.typeOf(EMPTY_TUPLE)).not.toBe(0);
    expect(core.checkObject(EMPTY_TUPLE, 0)).toBe(OK);
    const list = lists.make(EMPTY_TUPLE);
    expect(core.collect(2)).toBe(0);
    core.decref(list);
    lists.heap.verify();
  });

  test.each([1, 100, 121, 122, 123, 124, 125, 126, 1000, 40_000])("a tuple of %i items lives and dies", (n) => {
    const lists = new Lists(open());
    const { core } = lists.heap;
    const record = lists.objects.make(lists.objects.type(1));
    for (let i = 0; i < n; i++) core.incref(record);
    const tuple = lists.tuple(...Array.from({ length: n }, () => record));
    expect(core.sizeOf(tuple)).toBe(24 + 4 * n);
    expect(core.collect(2)).toBe(0);
    lists.heap.verify();
    core.decref(tuple);
    expect(core.refcount(record)).toBe(1);
    core.decref(record);
    lists.heap.verify();
  });
});
