// Numbers and bigints as objects: which is an int and which a float, and how integers of any size go in and out.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { List } from "../src/index.js";
import { digitsOf } from "../src/numbers.js";
import { VARIANTS } from "./helpers/heap.js";
import { TEST_SEED } from "./helpers/random.js";

/** The type ids that come with the heap; 0 for what is no object. */
const [NO_OBJECT, FLOAT, INT] = [0, 2, 3];

/** Exponents around every limit there is. */
const EXPONENTS = [
  29, 30, 31, 32, 33, 52, 53, 54, 62, 63, 64, 65, 95, 96, 97, 511, 512, 513, 1023, 1024, 16_383, 16_384, 16_385,
];

/** Powers of two and their neighbours, with both signs. */
const INTEGERS = EXPONENTS.flatMap((exponent) =>
  [-1n, 0n, 1n].flatMap((more) => [2n ** BigInt(exponent) + more, -(2n ** BigInt(exponent)) + more]),
);

/** What an integer reads as. */
function readAs(integer: bigint): number | bigint {
  return integer >= -(2n ** 53n) && integer <= 2n ** 53n ? Number(integer) : integer;
}

describe.each(VARIANTS)("$name", ({ open }) => {
  async function setUp() {
    const heap = await open();
    const Box = heap.struct("Box", { value: "ref" });
    const box = new Box();
    const window = Box.cursor(box.address);
    /** The id of the type of what is in the box. */
    const typeInBox = (): number => {
      const word = window.value;
      return word === 0 || (word & 1) === 1 ? NO_OBJECT : heap.core.typeOf(word);
    };
    return { heap, box, typeInBox };
  }

  test("integers are ints, within words as long as they fit; everything else is a float", async () => {
    const { heap, box, typeInBox } = await setUp();
    const cases: [number, number[]][] = [
      [NO_OBJECT, [0, 1, -1, 2 ** 30 - 1, -(2 ** 30)]],
      [INT, [2 ** 30, -(2 ** 30) - 1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -(2 ** 53)]],
      [FLOAT, [-0, 0.5, -1.5, 5e-324, 2 ** 53 + 2, -(2 ** 53) - 2, 1e300, Number.POSITIVE_INFINITY, Number.NaN]],
    ];
    for (const [type, values] of cases) {
      for (const value of values) {
        box.value = value;
        expect([box.value, typeInBox()]).toEqual([value, type]);
        expect(Object.is(box.value, value)).toBe(true);
        const [back] = heap.toJS(heap.from([value])) as number[];
        expect(Object.is(back, value), String(value)).toBe(true);
      }
    }
    heap.verify();
  });

  test("a bigint is an int, and reads as a number where that is exact", async () => {
    const { heap, box, typeInBox } = await setUp();
    for (const integer of [0n, 1n, -1n, ...INTEGERS, 10n ** 1000n, -(10n ** 1000n)]) {
      box.value = integer;
      expect(box.value === readAs(integer), `${integer}`).toBe(true);
      expect(typeInBox()).toBe(integer >= -(2n ** 30n) && integer < 2n ** 30n ? NO_OBJECT : INT);
      const [back] = heap.toJS(heap.from([integer])) as unknown[];
      expect(back === readAs(integer), `${integer} in data`).toBe(true);
    }
    heap.verify();
  });

  test("integers of any size come back", async () => {
    const { heap, box } = await setUp();
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(3000), (integer, shift) => {
        for (const value of [integer, integer << BigInt(shift)]) {
          box.value = value;
          expect(box.value).toBe(readAs(value));
        }
      }),
      { seed: TEST_SEED },
    );
    heap.verify();
  });

  test("an integer of a million digits comes back, and leaves nothing behind", async () => {
    const { heap, box } = await setUp();
    const before = heap.sys.getAllocatedBlocks();
    // Written as text it would take longer to compare.
    const huge = (1n << 3_321_929n) - 987_654_321n;
    box.value = -huge;
    expect(box.value === -huge).toBe(true);
    {
      using list = heap.from([huge]) as List;
      const [back] = heap.toJS(list) as unknown[];
      expect(back === huge).toBe(true);
    }
    box.value = null;
    heap.verify();
    expect(heap.sys.getAllocatedBlocks()).toBe(before);
  });
});

test("digits are those of the number without its sign, least first, and the last is not 0", () => {
  expect([...digitsOf(0n)]).toEqual([]);
  expect([...digitsOf(5n)]).toEqual([5]);
  expect([...digitsOf(-(2n ** 32n))]).toEqual([0, 1]);
  expect([...digitsOf(2n ** 64n - 1n)]).toEqual([0xffffffff, 0xffffffff]);
  expect([...digitsOf(2n ** 64n)]).toEqual([0, 0, 1]);
  for (const integer of INTEGERS) {
    const digits = digitsOf(integer);
    const value = digits.reduceRight((sum, digit) => (sum << 32n) | BigInt(digit), 0n);
    expect(value).toBe(integer < 0n ? -integer : integer);
    expect(digits.at(-1)).not.toBe(0);
  }
});
