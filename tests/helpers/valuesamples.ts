// Values that containers are tested with.
import type { Storable } from "../../src/index.js";
import type { Random } from "./random.js";

/** A value that reads as it was stored, and is equal to no other that is not the same in JavaScript. */
export function randomValue(random: Random): null | number | bigint | string {
  switch (random.below(8)) {
    case 0:
      return null;
    case 1:
      return random.between(2, 2 ** 30 + 5);
    case 2:
      return -random.between(2 ** 30 - 5, 2 ** 31);
    case 3:
      return random.below(100) + 0.5;
    case 4:
      return 2n ** 64n + BigInt(random.below(1000));
    case 5:
      return "abcdefghij".slice(random.below(10));
    case 6:
      return "äöü€".repeat(random.below(30));
    default:
      return random.between(2, 9);
  }
}

/** Iterables that throw, or give what cannot be stored, after some items that can be. */
export const BROKEN: readonly [string, () => Iterable<Storable>, RegExp][] = [
  [
    "a generator that throws",
    function* () {
      yield "one";
      yield [1, "two"];
      throw new Error("out of items");
    },
    /out of items/,
  ],
  ["a function among the items", () => ["one", 2n ** 70n, [1], (() => 1) as never], /items\[3\].*a function/],
  ["a function deep inside", () => ["one", { deep: [1, (() => 1) as never] }], /items\[1\]\.deep\[1\].*a function/],
  [
    "a getter that throws",
    () => [
      "one",
      {
        get two(): never {
          throw new Error("no two");
        },
      },
    ],
    /no two/,
  ],
];
