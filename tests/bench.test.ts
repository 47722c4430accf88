import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectPath } from "../bench/paths.js";
import { bytes, decimal, integer, percent } from "../bench/report/format.js";
import { complaints, type Outcome } from "../bench/report/outcome.js";
import { withFigures } from "../bench/report/readme.js";
import { footOf } from "../bench/report/table.js";
import { geometricMean, median } from "../bench/statistics.js";
import { rowsOf } from "../bench/suites/suite.js";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "bench-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function run(program: string, ...options: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [projectPath("build/bench", program), ...options], { encoding: "utf8" });
}

describe("npm start", () => {
  test("prints a table of everybody, writes the figures and a picture, and ends with what to look at", () => {
    const json = join(directory, "figures.json");
    const { status, stdout, stderr } = run("start.js", "--smoke", "--out", directory, "--figures", json, "perl-words");
    expect(stderr).toBe("  0 %  perl-words\n100 %\n");
    expect(status).toBe(0);
    for (const words of ["ns/op", "of TLSF", "peak live", "peak memory", "÷ live", "large", "failed"]) {
      expect(stdout).toContain(words);
    }
    for (const name of ["ours", "tlsf", "dlmalloc", "thi.ng"]) expect(stdout).toMatch(new RegExp(`│ ${name} +│`));
    expect(stdout).toMatch(
      /verify\(\) held 22 times on the way; with everything freed, at most [01] arenas? (is|are) left/,
    );
    expect(stdout.split("\n\n").slice(-2)).toEqual([
      `pictures\n  ${join(directory, "heap-perl-words.svg")}`,
      expect.stringMatching(/^look at it\n {2}\S.* npx arenaria inspect \S*perl-words\.atrc\.gz\n$/),
    ]);
    const [{ results, profile }] = JSON.parse(readFileSync(json, "utf8")).outcomes;
    expect(profile.peakBytes).toBe(4231397);
    expect(results[0]).toMatchObject({ allocator: "ours", operations: 282215, failures: 0 });
    expect(results[0].footprint / profile.peakBytes).toBeLessThan(1.2);
  });

  test("draws nothing when told so, and leaves out who is not named", () => {
    const before = readdirSync(directory);
    const { stdout } = run("start.js", "--smoke", "--no-picture", "--only", "tlsf", "--out", directory, "sqlite");
    expect(stdout).not.toMatch(/│ ours +│|dlmalloc +│/);
    expect(readdirSync(directory)).toEqual(before);
  });

  test.each([
    [["--rounds", "0"], /integer of 1 or more/],
    [["--rounds", "many"], /integer of 1 or more/],
    [["--only", "jemalloc"], /There are ours, tlsf, dlmalloc, thi\.ng/],
    [["--wasm", "file.wasm"], /name=file/],
    [["--colour"], /unknown option/],
    [["no-such-trace"], /^no-such-trace: cannot be read: ENOENT/],
  ])("%j is a sentence and not a stack", (options, sentence) => {
    const { status, stdout, stderr } = run("start.js", ...options);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toBe("");
    expect(status).not.toBe(0);
  });
});

test("a run in which our calls fail or arenas stay is not a success", () => {
  const result = { allocator: "ours", nanoseconds: 1, overBase: null, operations: 1, rounds: 1, footprint: 1 };
  const outcome = (failures: number, arenasLeft: number): Outcome =>
    ({ trace: "t", operations: 1, results: [{ ...result, failures, arenasLeft }] }) as unknown as Outcome;
  expect(complaints([outcome(0, 1)], "ours")).toEqual([]);
  expect(complaints([outcome(2, 1)], "ours")).toEqual(["t: 2 calls of ours failed"]);
  expect(complaints([outcome(0, 2)], "ours")[0]).toMatch(/2 arenas are left/);
  expect(complaints([outcome(2, 2)], "tlsf")).toEqual([]);
  const broken = { ...outcome(0, 0), results: [{ ...result, failures: 0, error: "it trapped" }] };
  expect(complaints([broken], "ours")).toEqual(["t: ours broke down: it trapped"]);
  expect(footOf([broken], [])).toContain("t with ours: it trapped");
});

test("the benchmarks run", () => {
  const { status, stdout, stderr } = run("run.js", "--smoke", "pairs", "size");
  expect(stderr).toBe("pairs …\nsize …\n");
  expect(status).toBe(0);
  expect(stdout).toMatch(/malloc \+ free, 65536 B, in one module/);
});

test("the figures in bench/README.md are those of bench/results/", () => {
  const readme = readFileSync(projectPath("bench/README.md"), "utf8");
  expect(withFigures(readme)).toBe(readme);
});

test("rows are medians, and ratios are to the base of the same case", () => {
  const cases = ["a", "b"].flatMap((name) => ["ours", "tlsf"].map((allocator) => ({ case: name, allocator })));
  const rows = rowsOf(cases, [
    [[1, 9, 2], [8]],
    [[4, 4, 4], [4]],
    [[3, 3], [3]],
    [[30, 10, 20], [20]],
  ]);
  expect(rows.map(({ nanoseconds, least, overBase, samples }) => [nanoseconds, least, overBase, samples])).toEqual([
    [5, 1, 1.25, 4],
    [4, 4, null, 4],
    [3, 3, 0.15, 3],
    [20, 10, null, 4],
  ]);
});

test("means and numbers", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), geometricMean([1, 4])]).toEqual([2, 2.5, 2]);
  expect([Number.NaN, 0.031, 9.994, 9.996, 99.94, 99.96, 1234567].map(decimal)).toEqual([
    "n/a",
    "0.03",
    "9.99",
    "10.0",
    "99.9",
    "100",
    "1 234 567",
  ]);
  expect([0, 999, 1000, 12345678].map(integer)).toEqual(["0", "999", "1 000", "12 345 678"]);
  expect([0, 1023, 1024, 1536 * 1024].map(bytes)).toEqual(["0 B", "1023 B", "1.00 KiB", "1.50 MiB"]);
  expect([0, 0.0001, 0.093, 1].map(percent)).toEqual(["0.0 %", "< 0.1 %", "9.3 %", "100.0 %"]);
});
