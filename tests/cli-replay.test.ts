// arenaria replay, on traces that ship.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Heap } from "arenaria";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TracePlayer } from "#traces/player.js";
import { projectPath } from "../bench/paths.js";
import { readTraceFile } from "../bench/trace/files.js";
import { arenaria, arenariaJson } from "./helpers/cli.js";

const trace = (name: string) => projectPath("bench", "traces", `${name}.atrc.gz`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "arenaria-replay-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("arenaria replay", () => {
  test("says of each trace what playing it here comes to", async () => {
    const names = ["sqlite", "perl-words"];
    const found = arenariaJson(["replay", "--rounds", "2", ...names.map(trace)]);
    expect(found.map((replay: { trace: string }) => replay.trace)).toEqual(names);
    for (const [index, name] of names.entries()) {
      const played = await readTraceFile(trace(name));
      const heap = await Heap.create();
      const player = new TracePlayer(heap.core, false, played);
      player.play(played.operations);
      const { peak, reserved } = heap.sys.memoryUsage();
      const malloc = JSON.parse(JSON.stringify(heap.sys.debugMallocStats()));
      const live = heap.sys.getAllocatedBlocks();
      const expected = { operations: played.operations, peak, reserved, malloc, live, left: 0, failures: 0 };
      expect(found[index]).toMatchObject({ ...expected, file: trace(name) });
      expect(found[index].nanoseconds).toHaveLength(2);
      expect(found[index].median).toBe((found[index].nanoseconds[0] + found[index].nanoseconds[1]) / 2);
    }
  });

  test("prints a row for each trace, and size classes if there is only one", () => {
    const both = arenaria(["replay", "--rounds", "1", trace("sqlite"), trace("perl-words")]);
    expect(both).toMatchObject({ status: 0, stderr: "" });
    expect(both.stdout).toMatch(/^2 traces, median of 1 round\n/);
    expect(both.stdout).toMatch(/^ {2}sqlite +378,490 .* 15$/m);
    expect(both.stdout).toMatch(/^ {2}perl-words +282,215 .* 1,574$/m);
    expect(both.stdout).toMatch(/^Verified: /m);
    expect(both.stdout).not.toContain("Size classes");
    expect(arenaria(["replay", "--rounds", "1", trace("sqlite")]).stdout).toContain("Size classes");
  });

  test("takes traces that are not gzipped, whatever they are called", () => {
    const file = join(folder, "unpacked");
    writeFileSync(file, gunzipSync(readFileSync(trace("sqlite"))));
    expect(arenariaJson(["replay", "--rounds", "1", file])[0]).toMatchObject({
      trace: "unpacked",
      operations: 378_490,
    });
  });

  test("with --debug-heap, plays in a heap in debug mode, which takes more", () => {
    const [plain] = arenariaJson(["replay", "--rounds", "1", trace("perl-words")]);
    const [framed] = arenariaJson(["replay", "--rounds", "1", "--debug-heap", trace("perl-words")]);
    expect(framed.peak).toBeGreaterThan(plain.peak);
    expect(framed).toMatchObject({ live: plain.live, left: 0, failures: 0 });
  });

  test("with --trace-events, writes what Perfetto opens: growth of the memory, and what is live on the way", () => {
    const file = join(folder, "events.json");
    const [{ reserved, live }] = arenariaJson(["replay", "--rounds", "1", "--trace-events", file, trace("sqlite")]);
    const { traceEvents } = JSON.parse(readFileSync(file, "utf8"));
    const named = (name: string) => traceEvents.filter((event: { name: string }) => event.name.endsWith(name));
    const last = (name: string) => named(name).at(-1).args;
    expect(last("reserved")).toEqual({ bytes: reserved });
    expect(named("live").length).toBeGreaterThan(900);
    expect(last("blocks")).toEqual({ blocks: live });
    expect(named("sqlite")).toEqual([expect.objectContaining({ ph: "X", args: { operations: 378_490 } })]);
    for (const { ph, ts, pid, tid } of traceEvents) {
      expect(ph).toMatch(/^[MXCi]$/);
      expect([ts, pid, tid].every(Number.isFinite)).toBe(true);
    }
  });
});
