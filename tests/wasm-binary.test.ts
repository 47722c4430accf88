import { describe, expect, test } from "vitest";
import { instanceState, sharingProblems } from "../scripts/wasm-binary.mjs";

const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const I32 = 0x7f;
const F64 = 0x7c;

const ascii = (text: string) => [text.length, ...Buffer.from(text, "ascii")];
/** A section of a module with its items, fewer than 128 of them and less than 128 bytes. */
const section = (id: number, ...items: number[][]) => [id, items.flat().length + 1, items.length, ...items.flat()];
const module = (...sections: number[][]) => Uint8Array.from([...PREAMBLE, ...sections.flat()]);

const types = section(1, [0x60, 0, 0]);
const memoryImport = [...ascii("env"), ...ascii("memory"), 2, 0, 1];
const functions = section(3, [0]);
const code = section(10, [2, 0, 0x0b]);
const constant = (value: number) => [0x41, value, 0x0b];

test("a module with code, its memory and constants carries no state", () => {
  const globals = section(6, [I32, 0, ...constant(11)], [F64, 0, 0x44, 11, 11, 1, 1, 11, 1, 1, 1, 0x0b]);
  expect(instanceState(module(types, section(2, memoryImport), functions, globals, code))).toEqual([]);
});

test("a start function is found", () => {
  expect(instanceState(module(types, functions, [8, 1, 0], code))).toEqual(["has a start function"]);
});

test("a data segment is found", () => {
  const data = section(11, [0, ...constant(8), 1, 99]);
  expect(instanceState(module(section(2, memoryImport), data))).toEqual(["has 1 data segment(s)"]);
});

test("a mutable global is found behind constants whose bytes look like an end", () => {
  const globals = section(6, [I32, 0, ...constant(11)], [I32, 1, ...constant(0)], [I32, 1, ...constant(11)]);
  expect(instanceState(module(globals))).toEqual(["global 1 is mutable", "global 2 is mutable"]);
});

test("an import other than the memory is found", () => {
  const imports = section(2, memoryImport, [...ascii("env"), ...ascii("abort"), 0, 0]);
  expect(instanceState(module(types, imports))).toEqual(["imports env.abort"]);
});

test("a binary that ends too early is refused", () => {
  const whole = module(types, functions, code);
  expect(() => instanceState(whole.subarray(0, whole.length - 1))).toThrow("section 10 is longer than the binary");
});

describe("the core for shared memory", () => {
  const sharedImport = [...ascii("env"), ...ascii("memory"), 2, 3, 1, 2];
  const functionImport = [...ascii("env"), ...ascii("forget"), 0, 0];
  const plain = module(types, section(2, memoryImport), functions, code);
  const shared = module(types, section(2, sharedImport), functions, code);

  test("differs from the other in the memory it imports", () => {
    expect(sharingProblems(shared, plain)).toEqual([]);
    const behindFunction = module(types, section(2, functionImport, sharedImport), functions, code);
    expect(sharingProblems(behindFunction, plain)).toEqual([]);
  });

  test("and must import a shared one", () => {
    expect(sharingProblems(plain, plain)).toEqual(["imports no shared memory"]);
    expect(sharingProblems(module(types, functions, code), plain)).toContain("imports no shared memory");
    expect(sharingProblems(shared, shared)).toEqual(["is a variant of a core that imports shared memory"]);
  });

  test("and must have the same code, and the same sections", () => {
    const otherCode = section(10, [3, 0, 0x01, 0x0b]);
    expect(sharingProblems(module(types, section(2, sharedImport), functions, otherCode), plain)).toEqual([
      "has another section 10",
    ]);
    const more = module(types, section(2, sharedImport), functions, section(6, [I32, 0, ...constant(1)]), code);
    expect(sharingProblems(more, plain)).toEqual(["has another section 6"]);
    expect(sharingProblems(shared, module(types, section(2, memoryImport)))).toEqual([
      "has another section 3",
      "has another section 10",
    ]);
  });
});
