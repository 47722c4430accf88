// Containers and texts as people read them: in consoles, in text, as JSON.
import { inspect } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import type { Handle, Heap } from "../src/index.js";
import { LIST_ITEMS, LIST_LENGTH } from "../src/layout.js";
import { VARIANTS } from "./helpers/heap.js";

const WIDE = { breakLength: Number.POSITIVE_INFINITY };

const COLOR = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");

function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}

describe.each(VARIANTS)("$name", ({ open }) => {
  let heap: Heap;

  beforeEach(async () => {
    heap = await open({ gc: { enabled: false } });
  });

  test("containers show what is in them, with brackets of their own, and make no handle", () => {
    const Point = heap.struct("Point", { x: "i32", note: "ref" });
    heap.scope(() => {
      const inner = heap.list();
      const point = new Point({ x: 1, note: "a note" });
      const [list, dot] = [`<list ${hex(inner.address)}>`, `<Point ${hex(point.address)}>`];
      const shown = "Point { x: 1, note: 'a note' }";
      const cases: [Handle, string, unknown][] = [
        [heap.list(), "list []", []],
        [
          heap.list([1, "two", 3.5, null, true, 2n ** 70n, inner, point]),
          `list [1, 'two', 3.5, null, true, 1180591620717411303424n, list [], ${shown}]`,
          [1, "two", 3.5, null, true, "1180591620717411303424", list, dot],
        ],
        [heap.tuple([1, inner]), "tuple (1, list [])", [1, list]],
        [heap.tuple(), "tuple ()", []],
        [heap.deque(["a", -0]), "deque ['a', -0]", ["a", 0]],
        [heap.deque(["a"], { maxLength: 3 }), "deque of at most 3 ['a']", ["a"]],
        [heap.set([1, "a"]), "set {1, 'a'}", [1, "a"]],
        [heap.frozenset(["a"]), "frozenset {'a'}", ["a"]],
        [heap.dict({ a: 1, b: inner }), "dict {'a': 1, 'b': list []}", { a: 1, b: list }],
        [heap.dict([[1, "a"]]), "dict {1: 'a'}", [[1, "a"]]],
        [heap.dict({ ["__proto__"]: 1 }), "dict {'__proto__': 1}", JSON.parse('{"__proto__":1}')],
        [heap.defaultdict(() => 0, { a: 1 }), "defaultdict {'a': 1}", { a: 1 }],
        [heap.array("u8", [1, 255]), "array of u8 [1, 255]", [1, 255]],
        [heap.array("i64", [-1n]), "array of i64 [-1n]", ["-1"]],
        [heap.array("f32"), "array of f32 []", []],
        [heap.bytes([0, 255]), "bytes [0, 255]", [0, 255]],
        [heap.str("it's"), `str "it's"`, "it's"],
        [heap.str(""), "str ''", ""],
        [point, shown, { x: 1, note: "a note" }],
      ];
      const handles = heap.handleCount;
      const counts = cases.map(([handle]) => heap.sys.getRefCount(handle));
      for (const [handle, text, json] of cases) {
        expect(inspect(handle, WIDE)).toBe(text);
        expect(JSON.stringify(handle)).toBe(JSON.stringify(json));
      }
      expect([heap.handleCount, cases.map(([handle]) => heap.sys.getRefCount(handle))]).toEqual([handles, counts]);
      expect(`${heap.list([1])}`).toMatch(/^list 0x\w{8}$/);
    });
    heap.verify();
  });

  test("what contains itself is marked", () => {
    using list = heap.list([1]);
    list.push(list);
    expect(inspect(list)).toBe("<ref *1> list [1, [Circular *1]]");
    expect(inspect({ list }, { depth: 0 })).toBe(`{ list: [list ${hex(list.address)}] }`);
    expect(JSON.stringify(list)).toBe(`[1,"<list ${hex(list.address)}>"]`);
  });

  test("of many items the first hundred are shown, and how many more there are", () => {
    const numbers = Array.from({ length: 150 }, (_, i) => i);
    const pairs = numbers.map((i) => [`k${i}`, i] as const);
    heap.scope(() => {
      const shown = numbers.slice(0, 100);
      for (const [handle, name, [open, close]] of [
        [heap.list(numbers), "list", "[]"],
        [heap.tuple(numbers), "tuple", "()"],
        [heap.deque(numbers), "deque", "[]"],
        [heap.set(numbers), "set", "{}"],
        [heap.array("u8", numbers), "array of u8", "[]"],
        [heap.bytes(numbers), "bytes", "[]"],
      ] as const) {
        expect(inspect(handle, WIDE)).toBe(`${name} ${open}${shown.join(", ")}, … 50 more${close}`);
        expect(JSON.parse(JSON.stringify(handle))).toEqual([...shown, "… 50 more"]);
      }
      const dict = heap.dict(pairs);
      expect(inspect(dict, WIDE)).toMatch(/^dict \{'k0': 0, .*, 'k99': 99, … 50 more\}$/);
      expect(JSON.parse(JSON.stringify(dict))).toEqual({
        ...Object.fromEntries(pairs.slice(0, 100)),
        "…": "… 50 more",
      });
      const mixed = heap.dict(numbers.map((i) => [i, i] as const));
      expect(JSON.parse(JSON.stringify(mixed)).at(-1)).toBe("… 50 more");
      mixed.delete(0);
      expect(inspect(mixed, WIDE)).toMatch(/^dict \{1: 1, .*, 100: 100, … 49 more\}$/);
      expect(inspect(heap.list(numbers), { maxArrayLength: 2 })).toBe("list [0, 1, … 148 more]");
      for (const most of [-1, 0, 0.5, Number.NaN]) {
        expect(inspect(heap.array("u8", 3), { maxArrayLength: most })).toBe("array of u8 [… 3 more]");
      }
      expect(inspect(heap.bytes([1, 2]), { maxArrayLength: 1.5 })).toBe("bytes [1, … 1 more]");
      expect(inspect(heap.list([numbers]), { ...WIDE, maxArrayLength: null })).toContain("149]]");
    });
  });

  test("long texts and ints are cut, or named", () => {
    heap.scope(() => {
      const text = heap.str("ab".repeat(1000));
      const wide = "€".repeat(1001);
      const cut = `${"ab".repeat(500)}… 1000 more`;
      expect(JSON.stringify(text)).toBe(JSON.stringify(cut));
      expect(inspect(text)).toBe(`str '${cut}'`);
      expect(JSON.stringify(heap.list([text, wide]))).toBe(JSON.stringify([cut, `${"€".repeat(1000)}… 1 more`]));
      const ints = heap.list([2n ** 2047n, -(2n ** 2048n)]);
      expect(JSON.parse(JSON.stringify(ints))).toEqual([String(2n ** 2047n), expect.stringMatching(/^<int 0x\w+>$/)]);
    });
  });

  test("lines keep to the width of the console", () => {
    using list = heap.list(Array.from({ length: 40 }, (_, i) => i * 1000));
    for (let width = 30; width < 60; width++) {
      for (const line of inspect(list, { breakLength: width }).split("\n"))
        expect(line.length).toBeLessThanOrEqual(width);
    }
    const lines = inspect(list).split("\n");
    expect([lines[0], lines.at(-1), lines.length > 3]).toEqual(["list [", "]", true]);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.slice(1, -1).join("").replaceAll(/\s/g, "")).toBe(list.toArray().join(","));
    expect(inspect(list, { breakLength: 1000 })).not.toContain("\n");
    expect(inspect({ a: { b: list } }, { depth: 0 })).toContain("[Object]");
    expect(inspect({ a: { b: list } }, { depth: 1 })).toContain(`[list ${hex(list.address)}]`);
    expect(inspect(list, { colors: true })).toContain("\u001b[33m0\u001b[39m");
  });

  test("containers inside each other are opened as deep as the console goes, and indented", () => {
    using dict = heap.dict({ a: [[[1]]], b: { long: "x".repeat(50), also: ["y".repeat(20)] } });
    expect(inspect(dict, { depth: 0 })).toMatch(/^dict \{'a': \[list 0x\w+\], 'b': \[dict 0x\w+\]\}$/);
    expect(inspect(dict, { ...WIDE, depth: 2 })).toMatch(
      /^dict \{'a': list \[list \[\[list 0x\w+\]\]\], 'b': dict \{'long': /,
    );
    expect(inspect(dict, { depth: null })).toBe(
      [
        "dict {",
        "  'a': list [list [list [1]]],",
        "  'b': dict {",
        `    'long': '${"x".repeat(50)}',`,
        `    'also': list ['${"y".repeat(20)}']`,
        "  }",
        "}",
      ].join("\n"),
    );
    using list = heap.list([...Array(40).keys(), "a text"]);
    for (const handle of [dict, list]) {
      const plain = inspect(handle, { depth: null });
      expect(inspect(handle, { depth: null, colors: true }).replaceAll(COLOR, "")).toBe(plain);
    }
  });

  test("what is not there any more says why, and nothing throws", () => {
    const handles = [
      heap.list([1]),
      heap.tuple([1]),
      heap.deque(),
      heap.dict(),
      heap.set(),
      heap.array("u8", 3),
      heap.bytes([1]),
      heap.str("text"),
    ];
    const kept = heap.str("kept");
    const { garbage } = heap.gc;
    for (const handle of handles) {
      const line = `${handle.typeName} ${hex(handle.address)} (released)`;
      handle.release();
      expect([inspect(handle), JSON.parse(JSON.stringify(handle))]).toEqual([line, line]);
    }
    const [text, list] = [hex(kept.address), hex(garbage.address)];
    heap[Symbol.dispose]();
    expect(inspect([kept, garbage], WIDE)).toBe(`[ str ${text} (heap disposed), list ${list} (heap disposed) ]`);
    expect(JSON.stringify(kept)).toBe(`"str ${text} (heap disposed)"`);
  });

  test("memory may have grown since the last look", () => {
    using list = heap.list(["two"]);
    using array = heap.array("f64", [1.5]);
    for (const [handle, text] of [
      [list, "list ['two']"],
      [array, "array of f64 [1.5]"],
    ] as const) {
      heap.memory.grow(1);
      expect(inspect(handle)).toBe(text);
    }
  });

  test("records that make no sense are shown as they are", () => {
    const list = heap.list([1, 2]);
    const words = new Uint32Array(heap.memory.buffer);
    words[(list.address + LIST_LENGTH) / 4] = 2 ** 32 - 1;
    expect(inspect(list)).toMatch(/^list \[\s+1, 2, /);
    words[(list.address + LIST_ITEMS) / 4] = 2 ** 32 - 8;
    expect(inspect(list)).toBe("list [… 4294967295 more]");
    expect(JSON.stringify(list)).toBe('["… 4294967295 more"]');
  });

  test("inspect() names the types that come with the heap", () => {
    heap.scope(() => {
      heap.list([0.5, 2 ** 40, "text", [1], heap.bytes([1]), heap.array("u8", 1), heap.tuple([1])]);
      heap.dict([[1, heap.set([1])]]);
      heap.defaultdict(() => 1);
      heap.frozenset([1]);
      heap.deque([1]);
      expect(heap.inspect().types.map(({ name, objects }) => [name, objects])).toEqual([
        ["float", 1],
        ["int", 1],
        ["str", 1],
        ["bytes", 1],
        ["tuple", 1],
        ["list", 2],
        ["dict", 1],
        ["set", 1],
        ["frozenset", 1],
        ["deque", 1],
        ["array", 1],
        ["defaultdict", 1],
      ]);
    });
  });
});
