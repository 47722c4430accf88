import { expect, test } from "vitest";
import { instrument } from "../scripts/instrument.mjs";

/** The instrumented text without the import at its end, and what is counted as line and kind. */
function counted(text: string): { text: string; points: string[] } {
  const points: Parameters<typeof instrument>[2] = [];
  const [body = ""] = instrument("assembly/file.ts", text, points).split("\n// @ts-ignore");
  return { text: body, points: points.map(({ line, kind }) => `${line} ${kind}`) };
}

test("functions, branches and loops are counted, with braces or without", () => {
  const { text, points } = counted(
    "function f(a: u32): u32 {\n  if (a > 1) return 1;\n  else if (a) { a--; }\n  while (a) for (;;) a++;\n  return a;\n}",
  );
  expect(text).toBe(
    "function f(a: u32): u32 {__cov(0);\n  if (a > 1) {__cov(1);return 1;}\n  else {__cov(2);if (a) {__cov(3); a--; }}\n" +
      "  while (a) {__cov(4);for (;;) {__cov(5);a++;}}\n  return a;\n}",
  );
  expect(points).toEqual(["1 function", "2 if", "3 else", "3 if", "4 loop", "4 loop"]);
});

test("both arms of a conditional expression are counted, also one inside another", () => {
  expect(counted("function f(a: u32): u32 {\n  return a ? 1 : a ? 2 : 3;\n}")).toEqual({
    text: "function f(a: u32): u32 {__cov(0);\n  return a ? (__cov(1),1) : (__cov(2),a ? (__cov(3),2) : (__cov(4),3));\n}",
    points: ["1 function", "2 ?", "2 :", "2 ?", "2 :"],
  });
});

test("a constant outside functions stays a constant", () => {
  expect(counted("const A: u32 = isDefined(B) ? 1 : 2;")).toEqual({
    text: "const A: u32 = isDefined(B) ? 1 : 2;",
    points: [],
  });
});

test("the cases of a switch are counted", () => {
  expect(
    counted(
      "function f(a: u32): void {\n  switch (a) {\n    case 1:\n    case 2: g(); break;\n    default: h();\n  }\n}",
    ),
  ).toEqual({
    text:
      "function f(a: u32): void {__cov(0);\n  switch (a) {\n    case 1:\n    case 2: __cov(1);g(); break;\n" +
      "    default: __cov(2);h();\n  }\n}",
    points: ["1 function", "4 case", "5 case"],
  });
});
