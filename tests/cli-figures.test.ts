// How the command line writes numbers, and when it uses colours.

import { describe, expect, test } from "vitest";
import { bytes, change, count, decimal, median, percent, plural, time } from "../src/cli/figures.js";
import { wantsColours } from "../src/cli/terminal.js";

describe("numbers as people read them", () => {
  test.each([
    [count, 1234567, "1,234,567"],
    [count, 999, "999"],
    [decimal, 9.994, "9.99"],
    [decimal, 9.996, "10.0"],
    [decimal, 99.96, "100"],
    [decimal, 1234.5, "1,235"],
    [bytes, 0, "0 B"],
    [bytes, 1023, "1023 B"],
    [bytes, 1024, "1.00 KiB"],
    [bytes, 1536 * 1024, "1.50 MiB"],
    [bytes, 3 * 2 ** 30, "3.00 GiB"],
    [time, 0, "0 ms"],
    [time, 0.0123, "12.3 µs"],
    [time, 1, "1.00 ms"],
    [time, 999, "999 ms"],
    [time, 61_000, "61.0 s"],
    [percent, 0.1234, "12.3 %"],
  ] as const)("%o of %d is %s", (format, value, text) => {
    expect(format(value)).toBe(text);
  });

  test("differences have a sign, and nothing is none", () => {
    expect([change(-2048, bytes), change(1200, count), change(0, bytes)]).toEqual(["−2.00 KiB", "+1,200", ""]);
  });

  test("one is one", () => {
    expect([plural(1, "block"), plural(1200, "block"), plural(0, "entry", "entries")]).toEqual([
      "1 block",
      "1,200 blocks",
      "0 entries",
    ]);
  });

  test("a median is between its neighbours", () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2.5, 7]);
  });
});

test.each([
  [true, {}, true],
  [true, { TERM: "dumb" }, false],
  [true, { NO_COLOR: "1" }, false],
  [true, { FORCE_COLOR: "0" }, false],
  [false, {}, false],
  [undefined, {}, false],
  [undefined, { FORCE_COLOR: "" }, true],
  [undefined, { FORCE_COLOR: "3", TERM: "dumb" }, true],
  [undefined, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
] as const)("a stream with isTTY %s and %j gets colours: %s", (isTTY, environment, expected) => {
  expect(wantsColours(isTTY === undefined ? {} : { isTTY }, environment)).toBe(expected);
});
