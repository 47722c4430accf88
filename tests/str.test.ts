// heap.str, heap.bytes and sys.intern: texts and bytes as objects.
import { beforeEach, describe, expect, test } from "vitest";
import { Bytes, type Heap, Str, type Value } from "../src/index.js";
import { exhaust } from "./helpers/exhaust.js";
import { VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** Texts of both widths and all lengths, with surrogates that stand alone. */
const TEXTS = [
  "",
  "a",
  "\u00ff",
  "€",
  "\0",
  "abc",
  "naïve",
  "\ud800",
  "a\udfffb",
  "😀",
  "\ufeffx",
  "ab".repeat(5000),
  "€".repeat(3000),
];

describe.each(VARIANTS)("$name", ({ open }) => {
  let heap: Heap;
  /** Blocks in use before a test. */
  let before: number;

  beforeEach(async () => {
    heap = await open({ gc: { enabled: false } });
    before = heap.sys.getAllocatedBlocks();
  });

  function expectNothingLeft(): void {
    expect([heap.sys.getAllocatedBlocks() - before, heap.handleCount]).toEqual([0, 0]);
    heap.verify();
  }

  test("a str is its text", () => {
    const random = new Random(TEST_SEED);
    const units = () => String.fromCharCode(...Array.from({ length: random.below(200) }, () => random.below(65536)));
    for (const text of [...TEXTS, ...Array.from({ length: 50 }, units)]) {
      using str = heap.str(text);
      expect(str).toBeInstanceOf(Str);
      expect([str.toString(), `${str}`, str.length, heap.toJS(str)], `seed ${TEST_SEED}`).toEqual([
        text,
        text,
        text.length,
        text,
      ]);
      using list = heap.list([str]);
      expect(list.at(0)).toBe(text);
    }
    for (const text of [5, null, undefined, ["a"], new String("a")]) {
      expect(() => heap.str(text as never)).toThrow("heap.str: wants a string, not ");
    }
    expectNothingLeft();
  });

  test("strs of no or one latin-1 character are always the same, and never counted", () => {
    for (const text of ["", "a", "\u00ff"]) {
      using first = heap.str(text);
      using second = heap.str(text);
      expect([first.is(second), heap.sys.getRefCount(first)]).toEqual([true, 2 ** 31]);
      first.release();
      expect(second.toString()).toBe(text);
    }
    using wide = heap.str("€");
    using other = heap.str("€");
    expect(wide.is(other)).toBe(false);
  });

  test("interned strs are one for each text, as long as somebody holds it", () => {
    const text = "interned text";
    const first = heap.sys.intern(text);
    const second = heap.sys.intern(text);
    using plain = heap.str(text);
    expect([first.is(second), first.is(plain), heap.sys.getRefCount(first)]).toEqual([true, false, 2]);
    expect([first.toString(), heap.sys.intern("").length, heap.sys.intern("€".repeat(2000)).length]).toEqual([
      text,
      0,
      2000,
    ]);
    first.release();
    second.release();
    using again = heap.sys.intern(text);
    expect([again.toString(), heap.sys.getRefCount(again)]).toEqual([text, 1]);
    for (const wrong of [5, null, heap.str("x")]) expect(() => heap.sys.intern(wrong as never)).toThrow(TypeError);
  });

  test("heap.is compares strings, bigints and NaN by value, and objects by what they are", () => {
    heap.scope(() => {
      const str = heap.str("text");
      const pairs: [Value, Value, boolean][] = [
        ["text", "text", true],
        ["text", "Text", false],
        [2n ** 70n, 2n ** 70n, true],
        [Number.NaN, Number.NaN, true],
        [0, -0, false],
        [1, 1n, false],
        [null, null, true],
        [str, "text", false],
        ["text", str, false],
        [str, str.clone(), true],
        [heap.tuple(), heap.tuple(), true],
        [heap.list(), heap.list(), false],
      ];
      for (const [a, b, same] of pairs) expect(heap.is(a, b)).toBe(same);
    });
  });

  test("bytes of what there is, and a copy back", () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (const data of [all, all.buffer, Array.from(all), new Uint8Array(all.buffer, 3, 5), [], new Uint8Array(5000)]) {
      using bytes = heap.bytes(data);
      const wanted = data instanceof ArrayBuffer ? new Uint8Array(data) : Uint8Array.from(data);
      expect(bytes).toBeInstanceOf(Bytes);
      expect([bytes.length, bytes.toUint8Array(), heap.toJS(bytes)]).toEqual([wanted.length, wanted, wanted]);
      const copy = bytes.toUint8Array();
      copy.fill(9);
      expect(bytes.toUint8Array()).toEqual(wanted);
      using list = heap.list([bytes, wanted]);
      expect(list.at(1)).toBeInstanceOf(Bytes);
      (list.pop() as Bytes).release();
    }
    expect(() => heap.bytes([1, 256])).toThrow(
      new RangeError("heap.bytes: byte 1 must be an integer of 0 … 255, not 256"),
    );
    for (const data of [[1.5], [-1]]) expect(() => heap.bytes(data)).toThrow(RangeError);
    for (const data of [["1"], [null], "abc", 5, null, new Uint16Array(1)]) {
      expect(() => heap.bytes(data as never)).toThrow(TypeError);
    }
  });

  test("bytes of the heap's own memory, which grows meanwhile", () => {
    const at = heap.mem.malloc(1000);
    heap.mem.bytes(at, 1000).fill(7);
    const made = Array.from({ length: 1200 }, () => heap.bytes(heap.mem.bytes(at, 1000)));
    for (const bytes of made) expect(bytes.toUint8Array()[999]).toBe(7);
    heap.mem.free(at);
    for (const bytes of made) bytes.release();
    expectNothingLeft();
  });

  test("without memory nothing is left behind", async () => {
    const small = await open({ gc: { enabled: false }, maximumMemory: 2 ** 20 });
    const count = small.sys.getAllocatedBlocks();
    const giveBack = exhaust(small);
    const text = "long enough for a block of its own ".repeat(30);
    for (const make of [() => small.str(text), () => small.sys.intern(text), () => small.bytes(new Uint8Array(1000))]) {
      expect(make).toThrow(expect.objectContaining({ code: "NO_MEMORY" }));
    }
    giveBack();
    expect([small.sys.getAllocatedBlocks(), small.handleCount]).toEqual([count, 0]);
    using str = small.str(text);
    expect(str.length).toBe(text.length);
  });

  test("released, and of a heap that is gone", () => {
    const str = heap.str("text");
    const bytes = heap.bytes([1]);
    const [other, kept] = [heap.str("other"), heap.bytes([1])];
    str.release();
    bytes.release();
    for (const use of [
      () => str.length,
      () => str.toString(),
      () => `${str}`,
      () => bytes.length,
      () => bytes.toUint8Array(),
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
    }
    heap[Symbol.dispose]();
    for (const use of [() => other.length, () => `${other}`, () => kept.length, () => kept.toUint8Array()]) {
      expect(use).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
    }
  });
});
