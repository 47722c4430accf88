// Deep conversion in the core: tokens in, objects out; whatever goes wrong, nothing is left.
import { describe, expect, test } from "vitest";
import {
  BUILD_CONTAINER,
  BUILD_DICT,
  BUILD_FLOAT,
  BUILD_INT,
  BUILD_KEY_TEXT,
  BUILD_LIST,
  BUILD_MAP,
  BUILD_NEGATIVE,
  BUILD_OWNED,
  BUILD_SAME,
  BUILD_SET,
  BUILD_TEXT,
  BUILD_WIDE,
  DICT_TABLE,
  ID_DICT,
  ID_FLOAT,
  ID_INT,
  ID_LIST,
  ID_STR,
  LIST_ITEMS,
  LIST_LENGTH,
  T_OF_MAP,
  TABLE_INDEX,
  TABLE_LOG2,
  TABLE_USED,
  TEXT_DATA,
  TEXT_LENGTH,
} from "../src/layout.js";
import { BAD_ADDRESS, BAD_INDEX, CORRUPT, NO_MEMORY, OK, UNHASHABLE } from "../src/status.js";
import { type CoreHeap, VARIANTS } from "./helpers/core.js";
import { integer, Objects } from "./helpers/objects.js";

function op(operation: number, n = 0): number {
  return ((n << 6) | (operation << 2) | 2) >>> 0;
}

/** A text of one-byte units, as tokens. */
function text(operation: number, units: string): number[] {
  const bytes = new Uint8Array((units.length + 3) & ~3);
  for (let i = 0; i < units.length; i++) bytes[i] = units.charCodeAt(i);
  return [op(operation, units.length), ...new Uint32Array(bytes.buffer)];
}

class Machine {
  readonly heap: CoreHeap;
  readonly objects: Objects;
  readonly at: number;

  constructor(heap: CoreHeap) {
    this.heap = heap;
    this.objects = new Objects(heap);
    this.at = heap.core.buildBegin() >>> 0;
  }

  /** Feeds tokens, all at once or `step` at a time where no token is cut. */
  feed(...tokens: number[]): number {
    const block = this.heap.raw.malloc(tokens.length * 4);
    for (const [i, token] of tokens.entries()) this.heap.poke(block + 4 * i, token);
    const status = this.heap.core.build(this.at, block, tokens.length);
    this.heap.raw.free(block);
    return status;
  }

  end(): number {
    return this.heap.core.buildEnd(this.at) >>> 0;
  }

  items(list: number): number[] {
    const items = this.heap.word(list + LIST_ITEMS);
    return Array.from({ length: this.heap.word(list + LIST_LENGTH) }, (_, i) => this.heap.word(items + 4 * i));
  }

  pairs(dict: number): number[][] {
    const table = this.heap.word(dict + DICT_TABLE);
    if (table === 0) return [];
    const entries = table + TABLE_INDEX + 2 ** this.heap.word(table + TABLE_LOG2);
    return Array.from({ length: this.heap.word(table + TABLE_USED) }, (_, i) => [
      this.heap.word(entries + 8 * i),
      this.heap.word(entries + 8 * i + 4),
    ]);
  }

  text(str: number): string {
    const { bytes } = this.heap.memory;
    const length = this.heap.word(str + TEXT_LENGTH);
    return String.fromCharCode(...bytes.subarray(str + TEXT_DATA, str + TEXT_DATA + length));
  }

  typeOf(word: number): number {
    return this.heap.core.typeOf(word);
  }
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("a value alone", () => {
    const machine = new Machine(open());
    expect(machine.feed(integer(-5))).toBe(OK);
    expect(machine.end()).toBe(integer(-5));
    expect(machine.objects.leftBlocks()).toBe(0);
  });

  test("leaves of all kinds in a list", () => {
    const machine = new Machine(open());
    const half = new Uint32Array(new Float64Array([0.5]).buffer);
    const status = machine.feed(
      op(BUILD_LIST, 6),
      op(BUILD_FLOAT),
      ...half,
      op(BUILD_INT, 2),
      1,
      2,
      op(BUILD_NEGATIVE, 1),
      5,
      ...text(BUILD_TEXT, "hello"),
      op(BUILD_WIDE, 1),
      0x20ac,
      0,
    );
    expect(status).toBe(OK);
    const list = machine.end();
    const items = machine.items(list);
    expect(items.map((word) => (word % 2 === 1 || word === 0 ? word : machine.typeOf(word)))).toEqual([
      ID_FLOAT,
      ID_INT,
      integer(-5),
      ID_STR,
      ID_STR,
      0,
    ]);
    expect(machine.text(items[3] as number)).toBe("hello");
    machine.heap.verify();
    machine.objects.release(list);
    expect(machine.objects.leftBlocks()).toBe(0);
  });

  test("dicts with texts that come again, in pieces", () => {
    const machine = new Machine(open());
    expect(machine.feed(op(BUILD_LIST, 3))).toBe(OK);
    expect(machine.feed(op(BUILD_DICT, 2), ...text(BUILD_KEY_TEXT, "name"), integer(1))).toBe(OK);
    expect(machine.feed(...text(BUILD_KEY_TEXT, "other"), integer(2))).toBe(OK);
    expect(machine.feed(op(BUILD_MAP, 2), op(BUILD_SAME, 1), integer(3), op(BUILD_SAME, 0), op(BUILD_SAME, 0))).toBe(
      OK,
    );
    expect(machine.feed(op(BUILD_SET, 2), op(BUILD_SAME, 1), op(BUILD_SAME, 1))).toBe(OK);
    const list = machine.end();
    const [first, second] = machine.items(list) as [number, number];
    const [[name], [other]] = machine.pairs(first) as [number[], number[]];
    expect(machine.pairs(second)).toEqual([
      [other, integer(3)],
      [name, name],
    ]);
    expect([machine.typeOf(first), machine.objects.typeWord(second) & T_OF_MAP]).toEqual([ID_DICT, T_OF_MAP]);
    expect(machine.objects.typeWord(first) & T_OF_MAP).toBe(0);
    expect(machine.heap.core.refcount(name as number)).toBe(3);
    machine.heap.verify();
    machine.objects.release(list);
    expect(machine.objects.leftBlocks()).toBe(0);
  });

  test("cycles and shared parts", () => {
    const machine = new Machine(open());
    const status = machine.feed(
      op(BUILD_LIST, 3),
      op(BUILD_LIST, 1),
      op(BUILD_CONTAINER, 0),
      op(BUILD_CONTAINER, 1),
      op(BUILD_CONTAINER, 0),
    );
    expect(status).toBe(OK);
    const list = machine.end();
    const [inner] = machine.items(list) as [number];
    expect(machine.items(list)).toEqual([inner, inner, list]);
    expect(machine.items(inner)).toEqual([list]);
    expect([machine.heap.core.refcount(list), machine.heap.core.refcount(inner)]).toEqual([3, 2]);
    machine.objects.release(list);
    expect(machine.heap.core.collect(2)).toBe(2);
    expect(machine.objects.leftBlocks()).toBe(0);
  });

  test("objects that are there, kept or handed over", () => {
    const machine = new Machine(open());
    const record = machine.objects.make(machine.objects.type(1));
    machine.objects.hold(record);
    expect(machine.feed(op(BUILD_LIST, 2), record, op(BUILD_OWNED), record)).toBe(OK);
    const list = machine.end();
    expect(machine.heap.core.refcount(record)).toBe(3);
    machine.objects.release(list);
    expect(machine.heap.core.refcount(record)).toBe(1);
  });

  test("a million lists in each other", () => {
    const machine = new Machine(open());
    const depth = 1_000_000;
    for (let i = 0; i < depth; i += 10_000) {
      const block = Array.from({ length: 10_000 }, () => op(BUILD_LIST, 1));
      expect(machine.feed(...block)).toBe(OK);
    }
    expect(machine.feed(integer(1))).toBe(OK);
    const list = machine.end();
    machine.objects.release(list);
    expect(machine.objects.leftBlocks()).toBe(0);
  });

  describe("what is refused, and leaves nothing", () => {
    const list = op(BUILD_LIST, 4);
    test.each<[string, number, number[]]>([
      ["a key that is a list", UNHASHABLE, [op(BUILD_DICT, 1), op(BUILD_LIST, 1), integer(1), integer(2)]],
      ["a set in a set", UNHASHABLE, [op(BUILD_SET, 1), op(BUILD_SET, 0)]],
      ["a word that is no object", BAD_ADDRESS, [list, integer(1), 0x7fff_0000]],
      ["one that is handed over", BAD_ADDRESS, [list, op(BUILD_OWNED), 0x10008]],
      ["a text that was not there", BAD_INDEX, [list, op(BUILD_SAME, 0)]],
      ["a container that was not there", BAD_INDEX, [list, op(BUILD_CONTAINER, 1)]],
      ["a second root", BAD_INDEX, [integer(1), integer(2)]],
      ["an unknown operation", CORRUPT, [list, op(15)]],
      ["a text that is cut", BAD_ADDRESS, [list, op(BUILD_TEXT, 0x3ffffff)]],
      ["more items than memory", NO_MEMORY, [op(BUILD_LIST, 0x3ffffff)]],
    ])("%s", (_, status, tokens) => {
      const machine = new Machine(open({ pages: 6, maximumPages: 20 }));
      expect(machine.feed(...tokens)).toBe(status);
      machine.heap.core.buildAbort(machine.at);
      expect(machine.objects.leftBlocks()).toBe(0);
      machine.heap.verify();
    });

    test("an end before the end", () => {
      const machine = new Machine(open());
      expect(machine.end()).toBe(2);
      expect(machine.feed(op(BUILD_DICT, 1), ...text(BUILD_KEY_TEXT, "key"))).toBe(OK);
      expect(machine.end()).toBe(2);
      expect(machine.heap.core.lastStatus()).toBe(BAD_INDEX);
      machine.heap.core.buildAbort(machine.at);
      expect(machine.objects.leftBlocks()).toBe(0);
    });

    test("memory that runs out, wherever it does", () => {
      const tokens = [op(BUILD_LIST, 1000)];
      for (let i = 0; i < 1000; i++) {
        tokens.push(op(BUILD_DICT, 2), ...text(BUILD_KEY_TEXT, `key ${i}`), op(BUILD_LIST, 3), integer(1), 0);
        tokens.push(
          ...text(BUILD_TEXT, "some text that takes a little room"),
          op(BUILD_SAME, i),
          op(BUILD_CONTAINER, 0),
        );
      }
      let failures = 0;
      for (let maximumPages = 5; ; maximumPages++) {
        const machine = new Machine(open({ pages: 4, maximumPages }));
        const status = machine.feed(...tokens);
        if (status === OK) {
          const root = machine.end();
          expect(machine.typeOf(root)).toBe(ID_LIST);
          machine.objects.release(root);
          expect(machine.heap.core.collect(2)).toBeGreaterThan(1000);
        } else {
          expect(status).toBe(NO_MEMORY);
          machine.heap.core.buildAbort(machine.at);
          machine.heap.core.collect(2);
          failures++;
        }
        expect(machine.objects.leftBlocks()).toBe(0);
        machine.heap.verify();
        if (status === OK) break;
      }
      expect(failures).toBeGreaterThan(2);
    });
  });
});
