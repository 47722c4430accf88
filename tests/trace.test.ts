import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  chunksOf,
  forEachOperation,
  freesOfTheRest,
  OP_CALLOC,
  OP_FREE,
  OP_MALLOC,
  OP_REALLOC,
  TRACE_HEADER_BYTES,
  type Trace,
} from "#traces/format.js";
import { profileOf } from "#traces/profile.js";
import { decodeTrace, TraceError } from "#traces/reader.js";
import { projectPath } from "../bench/paths.js";
import { readTraceFile, traceFiles } from "../bench/trace/files.js";
import { encodeTrace, type Operation } from "../bench/trace/writer.js";
import { programs, traceOf } from "./helpers/programs.js";

const anyProgram = programs(fc.oneof(fc.nat(600), fc.nat(0xffffffff)), 300);

function operationsOf({ words }: Trace): Operation[] {
  const operations: Operation[] = [];
  forEachOperation(words, (op, slot, size) => operations.push({ op, slot, size }));
  return operations;
}

describe("a trace", () => {
  test("is read as it was written", () => {
    fc.assert(
      fc.property(anyProgram, (operations) => {
        const trace = decodeTrace(encodeTrace(operations), "written");
        expect(operationsOf(trace)).toEqual(operations);
        expect(trace.operations).toBe(operations.length);
        expect(trace.slots).toBe(Math.max(-1, ...operations.map(({ slot }) => slot)) + 1);
      }),
    );
  });

  test("is the same from memory at any alignment", () => {
    const bytes = encodeTrace([{ op: OP_MALLOC, slot: 0, size: 24 }]);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeTrace(shifted.subarray(3), "shifted").words).toEqual(Uint32Array.of(0, 24));
  });

  test("comes apart into chunks that hold all of it, in order", () => {
    fc.assert(
      fc.property(anyProgram, fc.integer({ min: 1, max: 20 }), (operations, most) => {
        const trace = traceOf(operations);
        const chunks = chunksOf(trace, most);
        expect(chunks.flatMap(({ words }) => [...words])).toEqual([...trace.words]);
        expect(chunks.reduce((sum, { operations }) => sum + operations, 0)).toBe(trace.operations);
        for (const { operations, words } of chunks) {
          expect(operations).toBeLessThanOrEqual(most);
          expect(operationsOf({ ...trace, words }).length).toBe(operations);
        }
      }),
    );
  });

  test("ends with a free for each block that is left", () => {
    const trace = decodeTrace(
      encodeTrace([
        { op: OP_MALLOC, slot: 0, size: 8 },
        { op: OP_CALLOC, slot: 1, size: 8 },
        { op: OP_MALLOC, slot: 2, size: 8 },
        { op: OP_FREE, slot: 1, size: 0 },
        { op: OP_REALLOC, slot: 2, size: 80 },
      ]),
      "written",
    );
    expect([...freesOfTheRest(trace.words, trace.slots)]).toEqual([(0 << 2) | OP_FREE, (2 << 2) | OP_FREE]);
  });

  test("has a peak, and a share of large requests", () => {
    const trace = decodeTrace(
      encodeTrace([
        { op: OP_MALLOC, slot: 0, size: 100 },
        { op: OP_CALLOC, slot: 1, size: 513 },
        { op: OP_REALLOC, slot: 1, size: 512 },
        { op: OP_FREE, slot: 0, size: 0 },
        { op: OP_MALLOC, slot: 0, size: 101 },
      ]),
      "written",
    );
    expect(profileOf(trace)).toEqual({
      mallocs: 2,
      callocs: 1,
      reallocs: 1,
      frees: 1,
      peakBytes: 613,
      peakBlocks: 2,
      peakOperation: 2,
      largeShare: 1 / 4,
    });
  });

  test("that reallocs an empty slot mallocs it, as C does with NULL", () => {
    const trace = decodeTrace(encodeTrace([{ op: OP_REALLOC, slot: 0, size: 40 }]), "written");
    expect(operationsOf(trace)).toEqual([{ op: OP_MALLOC, slot: 0, size: 40 }]);
  });
});

test("the traces that ship are read, and are what their README says", async () => {
  const traces = await Promise.all(traceFiles([]).map(readTraceFile));
  const found = traces.map((trace) => [trace.name, trace.operations, profileOf(trace).peakBytes]);
  expect(found).toEqual([
    ["cfrac", 1500000, 8980],
    ["espresso", 1500000, 355806],
    ["gcc-cc1", 1500000, 5516131],
    ["perl-words", 282215, 4231397],
    ["python-json", 484041, 6503192],
    ["sqlite", 378490, 9829423],
  ]);
});

describe("bad input", () => {
  const good = encodeTrace([
    { op: OP_MALLOC, slot: 0, size: 24 },
    { op: OP_MALLOC, slot: 1, size: 48 },
    { op: OP_FREE, slot: 0, size: 0 },
  ]);

  /** `good` with the 32-bit word at byte `offset` replaced. */
  function withWord(offset: number, word: number): Uint8Array {
    const bytes = good.slice();
    new DataView(bytes.buffer).setUint32(offset, word, true);
    return bytes;
  }

  /** Words in a file of their own: 2 slots, and as many operations as are given. */
  function ofWords(operations: number, ...words: number[]): Uint8Array {
    const header = [0x43525441, 1, words.length, 2, operations];
    return new Uint8Array(Uint32Array.from([...header, ...words]).buffer);
  }

  const gzipped = gzipSync(
    encodeTrace(Array.from({ length: 5000 }, (_, slot) => ({ op: OP_MALLOC, slot, size: slot }))),
  );
  const damaged = gzipped.slice();
  damaged.fill(0x55, gzipped.length >> 1, (gzipped.length >> 1) + 16);

  const cases: readonly (readonly [string, Uint8Array, number | "on the way", RegExp])[] = [
    ["an empty file", new Uint8Array(0), 0, /cut off inside the header/],
    ["a file of something else", new TextEncoder().encode("<!doctype html>"), 0, /does not begin with "ATRC"/],
    ["half a header", good.subarray(0, 11), 11, /cut off inside the header/],
    ["another version", withWord(4, 2), 4, /version 2; this program reads version 1/],
    ["words that are missing", good.subarray(0, good.length - 4), good.length - 4, /cut off.*5 words.*byte 40/],
    ["half a word", good.subarray(0, good.length - 2), good.length - 2, /cut off/],
    ["bytes after the last word", Uint8Array.of(...good, 1, 2, 3), good.length, /3 bytes follow the last word/],
    ["more slots than operations", withWord(12, 4), 12, /4 slots for 3 operations/],
    ["more operations than words", withWord(16, 6), 16, /6 operations in 5 words/],
    ["operations that are counted wrong", withWord(16, 4), 16, /4 operations, but there are 3/],
    [
      "a slot out of range",
      withWord(TRACE_HEADER_BYTES + 8, 2 << 2),
      TRACE_HEADER_BYTES + 8,
      /operation 1 .*slot 2.* 2 slots/,
    ],
    [
      "a free of an empty slot",
      ofWords(2, 0, 24, (1 << 2) | OP_FREE),
      TRACE_HEADER_BYTES + 8,
      /frees slot 1.*no block/,
    ],
    ["a second free", ofWords(3, 0, 24, OP_FREE, OP_FREE), TRACE_HEADER_BYTES + 12, /operation 2 frees slot 0/],
    ["a malloc in a slot that is taken", ofWords(2, 0, 24, 0, 24), TRACE_HEADER_BYTES + 8, /slot 0, which still holds/],
    ["a size that is missing", ofWords(2, 0, 24, 1 << 2), TRACE_HEADER_BYTES + 12, /operation 1 has no size/],
    ["gzip that is cut off", gzipped.subarray(0, gzipped.length - 100), "on the way", /gzip.*unexpected end of file/],
    ["gzip that is damaged", damaged, "on the way", /gzip data is damaged/],
    ["gzip of something else", gzipSync("hello, world"), 0, /does not begin with "ATRC"/],
  ];

  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "trace-"));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test.each(cases)("%s", async (name, bytes, offset, sentence) => {
    const file = join(directory, `${name.replaceAll(" ", "-")}.atrc`);
    writeFileSync(file, bytes);
    const error = await readTraceFile(file).then(
      () => new Error("it was read"),
      (thrown: Error) => thrown,
    );
    expect(error).toBeInstanceOf(TraceError);
    expect(error.message).toMatch(sentence);
    expect(error.message.startsWith(`${file}: `)).toBe(true);
    expect(error.message).toMatch(/ \(at byte \d+\)$/);
    if (offset !== "on the way") expect((error as TraceError).offset).toBe(offset);
    else expect((error as TraceError).offset).toBeGreaterThan(0);
  });

  test("a file that is not there, and a directory", async () => {
    await expect(readTraceFile(join(directory, "none.atrc"))).rejects.toThrow(/none\.atrc: cannot be read: ENOENT/);
    await expect(readTraceFile(directory)).rejects.toThrow(/cannot be read: EISDIR/);
  });

  test("any bytes in a header and its words give a trace or a sentence", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 12 }), fc.nat(12), (words, cut) => {
        const bytes = ofWords(Math.ceil(words.length / 2), ...words);
        try {
          decodeTrace(bytes.subarray(0, bytes.length - cut), "any");
        } catch (error) {
          expect(error).toBeInstanceOf(TraceError);
        }
      }),
    );
  });

  test("the command ends with the sentence and status 2 before it replays anything", () => {
    const file = join(directory, "cut.atrc");
    writeFileSync(file, good.subarray(0, 30));
    const run = spawnSync(process.execPath, [projectPath("build/bench/start.js"), "cfrac", file], { encoding: "utf8" });
    expect(run.stderr).toBe(`${file}: cut off: the header announces 5 words, which end at byte 40 (at byte 30)\n`);
    expect(run.stdout).toBe("");
    expect(run.status).toBe(2);
  });
});
