// The benchmarks of heap images: that both sides save and load the same graph and notice another one, and what is judged.

import { spawnSync } from "node:child_process";
import { Heap } from "arenaria";
import { describe, expect, test } from "vitest";
import { buildInHeap, buildPlain, checkInHeap, checkPlain, type PlainRecord } from "../bench/images/graphs.js";
import { OurImages } from "../bench/images/ours.js";
import { PlainImages } from "../bench/images/plain.js";
import { type ImageTask, OUR_PARTS, type OurPart, type PlainPart } from "../bench/images/task.js";
import { SHIPPED } from "../bench/json/source.js";
import { projectPath } from "../bench/paths.js";
import { imageTable } from "../bench/report/images.js";
import { failuresOf, type ImageSamples, rowsOf } from "../bench/suites/images.js";

const RECORDS: ImageTask = { kind: "records", size: 100 };
const DOCUMENT: ImageTask = { kind: "document", file: SHIPPED };

describe("graphs", () => {
  test.each([RECORDS, DOCUMENT])("of $kind are saved and loaded by both", async (task) => {
    const ours = (await OurImages.open(task)).facts();
    const plain = new PlainImages(task).facts();
    expect(ours.records).toBe(plain.records);
    expect(ours.records).toBeGreaterThanOrEqual(100);
    expect(ours.bytes).toBeGreaterThan(2 ** 16);
    expect(plain.bytes).toBeGreaterThan(2 ** 10);
  });

  test("a record that is missing or changed is noticed", async () => {
    const heap = await Heap.create();
    buildInHeap(heap, RECORDS);
    checkInHeap(await Heap.restore(heap.snapshot()), RECORDS);
    expect(() => checkInHeap(heap, { kind: "records", size: 101 })).toThrow("struct type of that name");
    const { root } = buildPlain(RECORDS) as { root: PlainRecord };
    checkPlain(root, RECORDS);
    expect(() => checkPlain(root, { kind: "records", size: 101 })).toThrow("has 100 of 101 records");
    expect(() => checkPlain({ ...root, weight: 1 }, RECORDS)).toThrow("which come to 7426 and not 7425");
  });

  test("so is another heap or document", async () => {
    const heap = await Heap.create();
    buildInHeap(heap, { kind: "records", size: 99 });
    const restored = await Heap.restore(heap.snapshot());
    expect(() => checkInHeap(restored, RECORDS)).toThrow("has 99 of 100 records");
    const other = await Heap.create();
    other.globals.set("root", ["something else"]);
    expect(() => checkInHeap(other, DOCUMENT)).toThrow("is another one");
    expect(() => checkPlain(["something else"], DOCUMENT)).toThrow("is another one");
  });
});

describe("figures", () => {
  const part = (time: number) => Object.fromEntries(OUR_PARTS.map((name) => [name, time])) as Record<OurPart, number>;
  const ours = (...times: number[]): ImageSamples<OurPart> => ({
    facts: { bytes: 2e6, records: 1000 },
    rounds: times.map(part),
  });
  const plain = (...times: number[]): ImageSamples<PlainPart> => ({
    facts: { bytes: 1e6, records: 1000 },
    rounds: times.map((time) => ({ serialize: time, deserialize: time, clone: time })),
  });
  const judged = { name: "records", judged: true };

  test("are medians, and ratios of each round", () => {
    const rows = rowsOf(judged, ours(1, 2, 4), plain(40, 20, 160));
    const [save, load, both, touched] = rows;
    expect(save).toMatchObject({ step: "save: heap.snapshot()", milliseconds: 2, nanoseconds: 2000, gigabytes: 1 });
    expect(save).toMatchObject({ against: "v8.serialize", faster: 40, met: true, samples: 3 });
    expect(load).toMatchObject({ against: "v8.deserialize", faster: 40, met: true });
    expect(both).toMatchObject({ against: "structuredClone", milliseconds: 4, faster: 20, met: true });
    expect(touched).toMatchObject({ against: "v8.serialize", faster: 40, limit: "≥ 1 GB/s", met: true });
    expect(rows.at(-1)).toMatchObject({ step: "structuredClone", milliseconds: 40, bytes: 1e6, met: null });
    expect(failuresOf(rows)).toEqual([]);
  });

  test("below the limits are failures, of the large graph only", () => {
    const rows = rowsOf(judged, ours(4), plain(40));
    expect(failuresOf(rows)).toEqual([
      "records, save: heap.snapshot(): 10.0 times as fast as v8.serialize, which should be ≥ 20 times as fast as the engine",
      "records, load: Heap.restore(): 10.0 times as fast as v8.deserialize, which should be ≥ 20 times as fast as the engine",
      "records, save and load: 5.00 times as fast as structuredClone, which should be ≥ 20 times as fast as the engine",
      "records, save: heap.snapshot(into): 0.50 GB/s, which should be ≥ 1 GB/s",
      "records, load, memory touched before: 0.50 GB/s, which should be ≥ 1 GB/s",
    ]);
    expect(failuresOf(rowsOf({ name: "document", judged: false }, ours(4), plain(40)))).toEqual([]);
  });

  test("are a table for each graph", () => {
    const rows = rowsOf(judged, ours(1), plain(40));
    const table = (head: readonly string[], lines: readonly (readonly string[])[]) =>
      [head, ...lines].map((cells) => cells.join(" | ")).join("\n");
    const text = imageTable([...rows, ...rows.map((row) => ({ ...row, graph: "other" }))], table, ({ met }) => [
      String(met),
    ]);
    expect(text.match(/^(records|other) \| ms \|/gm)).toHaveLength(2);
    expect(text).toContain("save: heap.snapshot() | 1.00 | 1 000 | 2.00 | v8.serialize | 40.0 | ");
    expect(text).toContain("The image has 1.91 MiB; v8.serialize makes 977 KiB of the same as plain objects.");
  });
});

test("the suite runs", () => {
  const program = projectPath("build", "bench", "run.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "--smoke", "images"], { encoding: "utf8" });
  expect([status, stderr.match(/Error.*/)?.[0]]).toEqual([0, undefined]);
  for (const words of ["load: Heap.restore()", "of a load: verify", "structuredClone"]) expect(stdout).toContain(words);
}, 300_000);
