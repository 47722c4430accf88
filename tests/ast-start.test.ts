// npm start with a syntax tree, as it is run from a shell.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSource, SHIPPED } from "../bench/ast/parse.js";
import { projectPath } from "../bench/paths.js";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "ast-start-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function sourceFile(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

describe("npm start", () => {
  function start(...options: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, [projectPath("build/bench/start.js"), ...options], { encoding: "utf8" });
  }

  test("takes the tree of the file that is there anyway", () => {
    const json = join(directory, "figures.json");
    const { status, stdout, stderr } = start(
      "--smoke",
      "--no-traces",
      "--no-json",
      "--out",
      directory,
      "--figures",
      json,
    );
    expect(stderr).toMatch(/^ {2}0 % {2}coreBundle\.js: every node against the parser's\n.*100 %\n$/s);
    expect(status).toBe(0);
    for (const name of ["arenaria", "JavaScript", "Pyodide"]) expect(stdout).toMatch(new RegExp(`│ ${name} +│`));
    const pictures = ["tree-coreBundle.svg", "threads-coreBundle.svg"].map((name) => `  ${join(directory, name)}`);
    const image = join(directory, "tree-coreBundle.image");
    expect(stdout.split("\n\n").slice(-2)).toEqual([
      ["pictures", ...pictures].join("\n"),
      expect.stringMatching(/^look at it\n( {2}\S.* npx arenaria (inspect|stats|snapshot) \S.*\n){3}$/),
    ]);
    expect(stdout.match(/npx arenaria \w+ (\S+)/g)).toEqual(
      ["inspect", "stats", "snapshot"].map((command) => `npx arenaria ${command} ${image}`),
    );
    const { outcomes, tree } = JSON.parse(readFileSync(json, "utf8"));
    expect(outcomes).toEqual([]);
    expect(tree.facts.bytes).toBeGreaterThan(2 ** 20);
    expect(tree.check).toEqual({ compared: tree.facts.nodes, freed: tree.facts.nodes, left: 0, faults: [] });
    for (const { wrongWalks, wrongFrees } of tree.results) expect([wrongWalks, wrongFrees]).toEqual([0, 0]);
    expect([tree.troubles, tree.saved.faults, tree.crowd.faults]).toEqual([[], [], []]);
    expect(readFileSync(join(directory, "tree-coreBundle.image")).length).toBe(tree.saved.results[0].bytes);
    const { threads, nodes } = tree.crowd;
    const sum = (tally: number[]) => tally.reduce((total, count) => total + count, 0);
    expect(threads.map(({ tally }: { tally: number[] }) => sum(tally))).toEqual([nodes, nodes, 0]);
    for (const { spans } of threads) expect(spans.length).toBeGreaterThan(0);
    expect(threads.at(-1).samples.length).toBeGreaterThan(0);
    expect(stdout).toContain("and nothing is left.");
  }, 300_000);

  test("leaves out what it is told to, and writes no image where nobody said", () => {
    const small = sourceFile("plain.js", "f(a, b);");
    const run = (...options: string[]) => start("--smoke", "--no-picture", "--ast", small, ...options);
    expect(run("--no-images", "--no-threads").stdout).not.toMatch(/tree saved by|what it did|tree-plain/);
    const threads = run("--no-images", "--out", directory);
    expect([threads.status, threads.stdout.match(/tree saved by|what it did|tree-plain\.image/g)]).toEqual([
      0,
      ["what it did"],
    ]);
    const images = run("--no-threads");
    expect([images.status, images.stdout.match(/tree saved by|what it did|tree-plain\.image/g)]).toEqual([
      0,
      ["tree saved by"],
    ]);
  }, 300_000);

  test("takes another file, and then no traces; with traces named no tree", () => {
    const small = sourceFile("small.js", "f(a, b);");
    const { status, stdout } = start("--smoke", "--no-picture", "--ast", small);
    expect(status).toBe(0);
    expect(stdout).toMatch(/│ tree in +│/);
    expect(stdout).not.toMatch(/│ tlsf +│/);
    expect(start("--smoke", "--no-picture", "--only", "ours", "cfrac").stdout).not.toMatch(/│ tree in +│/);
  });

  test("says in a sentence that a file does not parse, or that nothing is left to do", () => {
    const broken = start("--ast", sourceFile("broken.js", "let = = 1"));
    expect(broken.stderr).toMatch(/^\S+: is no JavaScript that parses: Unexpected token \(1:6\)\n$/);
    expect(broken).toMatchObject({ status: 2, stdout: "" });
    const idle = start("--no-ast", "--no-traces", "--no-json");
    expect(idle.stderr).toBe("error: with these options there is nothing to do\n");
    expect(idle.status).toBe(1);
  });

  test("works on a file that is installed with the project", () => {
    expect(readSource(SHIPPED).bytes).toBeGreaterThan(2 ** 20);
  });
});
