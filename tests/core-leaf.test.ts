// Floats, integers, strs and bytes through the core: what goes in comes out, in the fewest bytes; what is refused changes nothing.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CHAR_STR_BYTES,
  CHAR_STRS,
  EMPTY_BYTES,
  EMPTY_STR,
  INT_SIZE,
  NAN_OBJECT,
  T_ASCII,
  TEXT_DATA,
  TEXT_HASH,
  TEXT_LENGTH,
} from "../src/layout.js";
import { BAD_ADDRESS, BAD_TYPE, NO_MEMORY, OK } from "../src/status.js";
import { VARIANTS } from "./helpers/core.js";
import { Leaves, type Width, widthOf } from "./helpers/leaves.js";
import { integer, takeAllMemory } from "./helpers/objects.js";
import { TEST_SEED } from "./helpers/random.js";

const RUN = { seed: TEST_SEED | 0, numRuns: 200 };

/** 2^n and its neighbours, with both signs. */
function around(...exponents: number[]): bigint[] {
  return exponents.flatMap((n) => [-1n, 0n, 1n].flatMap((d) => [2n ** BigInt(n) + d, -(2n ** BigInt(n)) + d]));
}

/** Texts with units of every kind, lone surrogates among them. */
const text = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
);

describe.each(VARIANTS)("$name", ({ open }) => {
  describe("floats", () => {
    test("keep all their bits, in 16 bytes that the collector does not know", () => {
      const leaves = new Leaves(open());
      const floats: number[] = [];
      const check = (value: number) => {
        const float = leaves.float(value);
        floats.push(float);
        expect(leaves.floatAt(float)).toBe(value);
        expect(leaves.heap.core.sizeOf(float)).toBe(16);
        expect([leaves.objects.count(float), leaves.objects.isTracked(float)]).toEqual([1, false]);
      };
      for (const value of [0, -0, 1, 0.1, Infinity, -Infinity, 5e-324, 2 ** 53, 1.7976931348623157e308]) check(value);
      fc.assert(fc.property(fc.double({ noNaN: true }), check), RUN);
      leaves.heap.verify();
      leaves.objects.release(...floats);
      expect(leaves.objects.leftBlocks()).toBe(0);
    });

    test("there is one NaN, whatever its bits", () => {
      const leaves = new Leaves(open());
      const other = new Float64Array(new BigUint64Array([0xfff8_0000_0000_1234n]).buffer)[0] as number;
      expect([leaves.float(NaN), leaves.float(other)]).toEqual([NAN_OBJECT, NAN_OBJECT]);
      expect(leaves.floatAt(NAN_OBJECT)).toBeNaN();
      leaves.objects.release(NAN_OBJECT);
      leaves.heap.verify();
      expect(leaves.objects.leftBlocks()).toBe(0);
    });
  });

  describe("integers", () => {
    const edges = [...around(0, 8, 29, 30, 31, 32, 33, 52, 53, 62, 63, 64, 65, 96, 128), 10n ** 1000n, -(10n ** 1000n)];

    /** As few bytes as there can be: none in 31 bits, else 12 and 4 for each 32 bits. */
    function bytesFor(value: bigint): number {
      if (value >= -(2n ** 30n) && value < 2n ** 30n) return 0;
      return 12 + 4 * Math.ceil((value < 0n ? -value : value).toString(2).length / 32);
    }

    test("are what their digits say, tagged if they have 31 bits; zeros above them count nothing", () => {
      const leaves = new Leaves(open());
      const made: number[] = [];
      const check = (value: bigint) => {
        for (const zeros of [0, 1, 3]) {
          const word = leaves.int(value, zeros);
          made.push(word);
          expect(leaves.intOf(word)).toBe(value);
          expect(word % 2).toBe(bytesFor(value) === 0 ? 1 : 0);
          if (bytesFor(value) !== 0) expect(leaves.heap.core.sizeOf(word)).toBe(bytesFor(value));
        }
      };
      for (const value of edges) check(value);
      fc.assert(fc.property(fc.bigInt(), check), RUN);
      leaves.heap.verify();
      leaves.objects.release(...made);
      expect(leaves.objects.leftBlocks()).toBe(0);
    });

    test("come from numbers up to 2^53 as from digits", () => {
      const leaves = new Leaves(open());
      const check = (value: number) => {
        const [word, same] = [leaves.number(value), leaves.int(BigInt(value))];
        expect(leaves.intOf(word)).toBe(BigInt(value));
        if (word % 2 === 1) expect(word).toBe(same);
        else expect(leaves.heap.word(word + INT_SIZE)).toBe(leaves.heap.word(same + INT_SIZE));
        leaves.objects.release(word, same);
      };
      for (const value of edges) if (Math.abs(Number(value)) <= 2 ** 53) check(Number(value));
      fc.assert(fc.property(fc.maxSafeInteger(), check), RUN);
      expect(leaves.number(-0)).toBe(integer(0));
      leaves.heap.verify();
      expect(leaves.objects.leftBlocks()).toBe(0);
    });

    test.each([0.5, -1e-300, 2 ** 53 + 2, -(2 ** 60), 1e300, Infinity, -Infinity, NaN])(
      "%d is no integer that a number can be",
      (value) => {
        const { heap } = new Leaves(open());
        const before = heap.snapshot();
        expect([heap.core.newNumber(value), heap.core.lastStatus()]).toEqual([0, BAD_TYPE]);
        expect(heap.firstChange(before)).toBe(-1);
      },
    );

    test("digits beyond memory, or not at a word, are refused", () => {
      const { heap } = new Leaves(open());
      const before = heap.snapshot();
      for (const [at, n] of [
        [65_538, 1],
        [65_536, 0x3fff_ffff],
        [0xffff_fffc, 2],
      ] as const) {
        expect([heap.core.newInt(at, n, 0), heap.core.lastStatus()]).toEqual([0, BAD_ADDRESS]);
      }
      expect(heap.firstChange(before)).toBe(-1);
    });
  });

  describe("strs", () => {
    /** As few bytes as there can be: 16, and 1 or 2 for each unit. */
    function checkStr(leaves: Leaves, str: number, value: string): void {
      expect(leaves.textOf(str)).toBe(value);
      expect(leaves.isWide(str)).toBe(widthOf(value) === 2);
      const isAscii = [...value].every((unit) => unit < "\x80");
      expect((leaves.objects.typeWord(str) & T_ASCII) !== 0).toBe(isAscii);
      expect(leaves.heap.core.sizeOf(str)).toBe(16 + value.length * widthOf(value));
    }

    test("keep their units in the narrowest width, wherever these come from", () => {
      const leaves = new Leaves(open());
      const made: number[] = [];
      const check = (value: string, width: Width, shift: number) => {
        const str = leaves.str(value, width, shift);
        made.push(str);
        checkStr(leaves, str, value);
        if (value.length > 1 || leaves.isWide(str)) expect(leaves.heap.word(str + TEXT_HASH)).toBe(0);
      };
      fc.assert(
        fc.property(text, fc.nat(7), (value, shift) => {
          check(value, widthOf(value), shift);
          check(value, 2, shift & ~1);
        }),
        { ...RUN, numRuns: 500 },
      );
      leaves.heap.verify();
      leaves.objects.release(...made);
      expect(leaves.objects.leftBlocks()).toBe(0);
    });

    test("one unit that is not ASCII, or not latin-1, counts wherever it is, at all lengths up to 40", () => {
      const leaves = new Leaves(open());
      for (let length = 1; length <= 40; length++) {
        for (let at = 0; at < length; at++) {
          for (const odd of ["\x7f", "\x80", "\xff", "\u0100", "\ud800"]) {
            const value = "a".repeat(at) + odd + "a".repeat(length - at - 1);
            for (const width of [widthOf(value), 2] as const) {
              const str = leaves.str(value, width);
              checkStr(leaves, str, value);
              leaves.objects.release(str);
            }
          }
        }
      }
      leaves.heap.verify();
      expect(leaves.objects.leftBlocks()).toBe(0);
    });

    test("'' and the 256 of one latin-1 character are there from the start", () => {
      const leaves = new Leaves(open());
      for (const width of [1, 2] as const) {
        expect(leaves.str("", width)).toBe(EMPTY_STR);
        for (let code = 0; code < 256; code++) {
          const str = leaves.str(String.fromCharCode(code), width);
          expect(str).toBe(CHAR_STRS + CHAR_STR_BYTES * code);
          checkStr(leaves, str, String.fromCharCode(code));
        }
      }
      checkStr(leaves, EMPTY_STR, "");
      expect(leaves.heap.core.roomForStr(0, 1)).toBe(EMPTY_STR);
      expect(leaves.objects.leftBlocks()).toBe(0);
    });

    test("room for a str, which is written and finished", () => {
      const leaves = new Leaves(open());
      for (const value of ["ab", "a\xe9", "\u20ac", "x".repeat(600), "\x80".repeat(5000), "\u0100y".repeat(3000)]) {
        const str = leaves.heap.core.roomForStr(value.length, widthOf(value)) >>> 0;
        expect(leaves.heap.word(str + TEXT_LENGTH)).toBe(value.length);
        const like = leaves.str(value);
        const bytes = value.length * widthOf(value);
        leaves.heap.memory.bytes.copyWithin(str + 16, like + 16, like + 16 + bytes);
        expect(leaves.heap.core.finishStr(str)).toBe(OK);
        checkStr(leaves, str, value);
        expect(leaves.objects.typeWord(str)).toBe(leaves.objects.typeWord(like));
        leaves.objects.release(str, like);
      }
      const float = leaves.float(1.5);
      expect(leaves.heap.core.finishStr(float)).toBe(BAD_TYPE);
      leaves.objects.release(float);
      leaves.heap.verify();
      expect(leaves.objects.leftBlocks()).toBe(0);
    });

    test("units beyond memory, and more than a block can have, are refused", () => {
      const { heap } = new Leaves(open());
      const before = heap.snapshot();
      for (const [at, length, width] of [
        [65_536, 65_537, 1],
        [65_536, 40_000, 2],
        [65_536, 0xffff_ffff, 1],
        [65_536, 0xffff_ffff, 2],
        [0xffff_fff0, 0x20, 1],
      ] as const) {
        expect([heap.core.newStr(at, length, width), heap.core.lastStatus()]).toEqual([0, BAD_ADDRESS]);
      }
      for (const [length, width] of [
        [0x7fff_ffff, 1],
        [0x4000_0000, 2],
        [0xffff_ffff, 1],
        [0xffff_fff0, 2],
      ] as const) {
        expect([heap.core.roomForStr(length, width), heap.core.lastStatus()]).toEqual([0, NO_MEMORY]);
      }
      expect(heap.firstChange(before)).toBe(-1);
    });
  });

  describe("bytes", () => {
    test("keep their bytes, behind 16 others", () => {
      const leaves = new Leaves(open());
      const made: number[] = [];
      const check = (value: Uint8Array) => {
        const object = leaves.bytes(value);
        made.push(object);
        expect(leaves.bytesAt(object)).toEqual(value);
        expect(leaves.heap.core.sizeOf(object)).toBe(16 + value.length);
        expect(leaves.heap.word(object + TEXT_HASH)).toBe(0);
      };
      fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), check), RUN);
      check(new Uint8Array(100_000).fill(7));
      leaves.heap.verify();
      leaves.objects.release(...made);
      expect(leaves.objects.leftBlocks()).toBe(0);
    });

    test("there is one without bytes", () => {
      const leaves = new Leaves(open());
      expect([leaves.bytes(new Uint8Array()), leaves.heap.core.roomForBytes(0)]).toEqual([EMPTY_BYTES, EMPTY_BYTES]);
      expect(leaves.bytesAt(EMPTY_BYTES)).toEqual(new Uint8Array());
    });

    test("bytes beyond memory, and more than a block can have, are refused", () => {
      const { heap } = new Leaves(open());
      const before = heap.snapshot();
      expect([heap.core.newBytes(65_536, 65_537), heap.core.lastStatus()]).toEqual([0, BAD_ADDRESS]);
      expect([heap.core.newBytes(0xffff_fff0, 0x20), heap.core.lastStatus()]).toEqual([0, BAD_ADDRESS]);
      for (const length of [0x7fff_fff0, 0x7fff_ffff, 0xffff_ffff]) {
        expect([heap.core.roomForBytes(length), heap.core.lastStatus()]).toEqual([0, NO_MEMORY]);
      }
      expect(heap.firstChange(before)).toBe(-1);
    });
  });

  test("without memory none of them comes into being, and afterwards they do", () => {
    const leaves = new Leaves(open({ maximumPages: 8 }));
    const { core, memory, raw } = leaves.heap;
    const source = raw.malloc(50_000);
    memory.bytes.fill(0xff, source, source + 50_000);
    const calls = [
      () => core.newFloat(0.5),
      () => core.newNumber(2 ** 40),
      () => core.newInt(source, 3, 0),
      () => core.newStr(source, 50, 1),
      () => core.newStr(source, 50, 2),
      () => core.newStr(source, 50_000, 1),
      () => core.roomForStr(3, 2),
      () => core.newBytes(source, 3),
      () => core.roomForBytes(70_000),
    ];
    const giveBack = takeAllMemory(leaves.heap);
    for (const call of calls) expect([call(), core.lastStatus()]).toEqual([0, NO_MEMORY]);
    leaves.heap.verify();
    giveBack();
    const made = calls.map((call) => call() >>> 0);
    expect(made).not.toContain(0);
    const wide = made[6] as number;
    memory.bytes.fill(0xff, wide + TEXT_DATA, wide + TEXT_DATA + 6);
    expect(core.finishStr(wide)).toBe(OK);
    leaves.heap.verify();
    leaves.objects.release(...made);
    raw.free(source);
    expect(leaves.objects.leftBlocks()).toBe(0);
  });
});
