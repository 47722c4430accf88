// Texts across the boundary: every length around the limits of the routes, each width, and whatever units there are.
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Heap } from "../src/index.js";
import { Views } from "../src/memory.js";
import { isWide, readStr, writeAscii, writeNarrow, writeText, writeWide } from "../src/text.js";
import { VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** Around every limit: of loops, of the scratch, of tokens. */
const LENGTHS = [
  0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 39, 40, 41, 47, 48, 49, 63, 64, 65, 100, 1023, 1024, 1025,
  2047, 2048, 2049, 8191, 8192, 8193, 70_000,
];

/** Texts of a length by what is in them. */
function textsOf(length: number): string[] {
  const of = (unit: (i: number) => number): string =>
    Array.from({ length }, (_, i) => String.fromCharCode(unit(i))).join("");
  const last = length - 1;
  return [
    of((i) => 97 + (i % 26)),
    of((i) => i % 128),
    of((i) => i % 256),
    of((i) => 0x80 + (i % 32)),
    of((i) => (i === last ? 0xe9 : 97)),
    of((i) => (i === last ? 0x100 : 97)),
    of((i) => (i === 0 ? 0x20ac : 0xe9)),
    of((i) => 0x4e00 + i),
    of((i) => (i % 2 === 0 ? 0xd83d : 0xde00)),
    of((i) => (i % 2 === 0 ? 0xde00 : 0xd83d)),
    of((i) => (i === last ? 0xd800 : 97)),
    of((i) => (i === 0 ? 0xdc00 : 0x4e00)),
    of((i) => (i === 0 ? 0xfeff : 97)),
    of((i) => (i === 0 ? 0xfffd : 0xffff)),
  ];
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("texts of every length and width come back as they were, alone and as parts of data", async () => {
    const heap = await open();
    const Box = heap.struct("Box", { value: "ref" });
    using box = new Box();
    for (const length of LENGTHS) {
      for (const text of textsOf(length)) {
        box.value = text;
        // Not toBe: a message with a text of 70,000 units helps nobody.
        expect(box.value === text, `${length} units, ${JSON.stringify(text.slice(0, 8))}…`).toBe(true);
        const back = heap.toJS(heap.from([text, { [text]: 1 }])) as [string, { [name: string]: unknown }];
        expect(back[0] === text && Object.keys(back[1])[0] === text, `${length} units in data`).toBe(true);
      }
    }
    heap.verify();
  });

  test("any text comes back as it was", async () => {
    const heap = await open();
    const Box = heap.struct("Box", { value: "ref" });
    using box = new Box();
    const units = fc.array(fc.oneof(fc.nat(127), fc.nat(255), fc.nat(0xffff)), { maxLength: 200 });
    const texts = units.map((list) => String.fromCharCode(...list));
    fc.assert(
      fc.property(texts, (text) => {
        box.value = text;
        expect(box.value).toBe(text);
      }),
      { seed: TEST_SEED },
    );
    heap.verify();
  });
});

describe("routes", () => {
  const AT = 64;
  const views = () => new Views(new ArrayBuffer(1024));
  const bytesOf = (pages: Views, count: number) => [...pages.u8.subarray(AT, AT + count)];

  test("the narrower width is chosen, and nothing is written behind the text", () => {
    for (const length of LENGTHS.filter((units) => units < 200)) {
      for (const text of textsOf(length)) {
        const pages = views();
        pages.u8.fill(0xaa);
        const wide = [...text].length > 0 && /[\u0100-\uffff]/.test(text) ? 1 : 0;
        expect(isWide(text)).toBe(wide === 1);
        expect(writeText(pages, AT, text)).toBe(wide);
        const bytes = Array.from({ length }, (_, i) => text.charCodeAt(i)).flatMap((unit) =>
          wide === 1 ? [unit & 0xff, unit >>> 8] : [unit],
        );
        expect(bytesOf(pages, bytes.length)).toEqual(bytes);
        expect(pages.u8.subarray(AT + length * 2).every((byte) => byte === 0xaa)).toBe(true);
        expect(pages.u8.subarray(0, AT).every((byte) => byte === 0xaa)).toBe(true);
      }
    }
  });

  test("a text that is not ASCII is not taken for one, also where its bytes would fill the buffer", () => {
    const buffer = new Uint8Array(8);
    expect(writeAscii(buffer, "abcdefgh")).toBe(true);
    expect([...buffer]).toEqual([97, 98, 99, 100, 101, 102, 103, 104]);
    for (const text of ["é", "abcdefgé", "€€", "éééé", "\ud800"]) expect(writeAscii(buffer, text), text).toBe(false);
  });

  test("what a decoder would replace is read as it is", () => {
    const pages = views();
    const text = `${"x".repeat(80)}\ud800\ufffd${"y".repeat(10)}`;
    // A str: header of 8 bytes, length, hash, units.
    pages.u32.set([1, 0x8000, text.length, 0], AT / 4);
    writeWide(pages, AT + 16, text);
    expect(readStr(pages, AT / 4)).toBe(text);
  });

  test("latin-1 is no windows-1252", () => {
    const pages = views();
    const text = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
    pages.u32.set([1, 0, text.length, 0], AT / 4);
    writeNarrow(pages, AT + 16, text);
    expect(readStr(pages, AT / 4)).toBe(text);
  });

  test("ropes and slices, as engines keep them, are written as what they are", () => {
    const random = new Random(TEST_SEED);
    for (let round = 0; round < 200; round++) {
      let rope = "";
      while (rope.length < 90)
        rope += String.fromCharCode(random.below(random.chance(20) ? 0xffff : 128)).repeat(random.below(9));
      const slice = rope.slice(random.below(20), rope.length - random.below(20));
      const pages = views();
      const wide = writeText(pages, AT, slice);
      const read = Array.from({ length: slice.length }, (_, i) =>
        wide === 1 ? (pages.u16[AT / 2 + i] as number) : (pages.u8[AT + i] as number),
      );
      expect(String.fromCharCode(...read), `seed ${TEST_SEED}`).toBe(slice);
    }
  });
});

test("long wide texts are decoded in pieces that keep pairs together", async () => {
  const heap = await Heap.create();
  const decode = vi.spyOn(TextDecoder.prototype, "decode");
  try {
    for (const before of [0, 1]) {
      const text = `${"x".repeat(before)}${"\u{1f600}".repeat(600_000)}`;
      using list = heap.list([text]);
      decode.mockClear();
      expect(list.at(0) === text, `${before} units before the pairs`).toBe(true);
      const lengths = decode.mock.calls.map(([bytes]) => (bytes as Uint8Array).length);
      expect(lengths.length).toBe(2);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(2 ** 21);
      expect(decode.mock.results.some(({ value }) => (value as string).includes("\ufffd"))).toBe(false);
    }
  } finally {
    decode.mockRestore();
  }
});

test("a text that cannot be read is dropped when it was taken out", async () => {
  const heap = await Heap.create();
  using list = heap.list();
  const before = heap.sys.getAllocatedBlocks();
  list.push("\u0416".repeat(5000));
  const decode = vi.spyOn(TextDecoder.prototype, "decode").mockImplementation(() => {
    throw new TypeError("too long");
  });
  try {
    expect(() => list.pop()).toThrow("too long");
  } finally {
    decode.mockRestore();
  }
  list.clear();
  expect([list.length, heap.sys.getAllocatedBlocks()]).toEqual([0, before]);
  heap.verify();
});
