// Random programs in arenaria and in CPython 3.15, line by line; `npm run oracle` runs more of them.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { loadPyodide } from "pyodide";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TEST_SEED } from "./helpers/random.js";
import { programs } from "./oracle/generate.js";
import { type Difference, Oracle } from "./oracle/oracle.js";
import { asJavaScript, asPython, describe } from "./oracle/print.js";
import { RULES } from "./oracle/rules.js";
import type { Program } from "./oracle/words.js";

const PROGRAMS = 2000;
/** The same programs each time, unless TEST_SEED says otherwise: `npm run oracle` is there to look for others. */
const SEED = process.env.TEST_SEED ? TEST_SEED | 0 : 1;
const MINUTES = 60_000;

let oracle: Oracle;
const directory = mkdtempSync(join(tmpdir(), "arenaria-oracle-"));
beforeAll(async () => {
  oracle = await Oracle.start({ wasm: process.env.ARENARIA_WASM });
}, MINUTES);
afterAll(() => rmSync(directory, { recursive: true }));

function told(difference: Difference): string {
  const { program } = difference;
  return [`TEST_SEED=${SEED}`, describe(difference), asJavaScript(program), asPython(program)].join("\n");
}

test(
  `${PROGRAMS} programs have the same log in both`,
  async () => {
    let last: Difference | null = null;
    const property = fc.asyncProperty(programs(), async (program) => {
      const found = await oracle.compare(program);
      if (found !== null) last = found;
      return found === null;
    });
    await fc.check(property, { seed: SEED, numRuns: PROGRAMS });
    expect(last, last === null ? "" : told(last)).toBeNull();
    // Otherwise the programs are about nothing.
    expect(oracle.calls).toBeGreaterThan(PROGRAMS);
    expect(oracle.lines).toBeGreaterThan(10 * PROGRAMS);
    expect(oracle.applied["order-of-survivors"]).toBeGreaterThan(PROGRAMS / 20);
  },
  3 * MINUTES,
);

/** Two objects that refer to each other; a third, which the first finalizer drops; both finalizers end. */
const PROGRAM: Program = {
  steps: [
    ["fin", "n0", 0],
    ["fin", "n1", null],
    ["fin", "n2", 1],
    ["link", "n0", "a", "n1"],
    ["link", "n1", "a", "n0"],
    ["link", "n1", "b", "n2"],
    ["callRef", "n3", "n1", null],
    ["watch", "n2"],
    ["forget", "n2"],
    ["forget", "n1"],
    ["forget", "n0"],
    ["collect", 2],
  ],
  bodies: [
    [
      ["read", "n4", "self", 0],
      ["link", "n4", "b", null],
    ],
    [["throw"]],
  ],
};

const LOG = [
  "11 callback of #3",
  "11 callback of #4",
  "11 finalizer of #0",
  "11 #1",
  "11 finalizer of #2",
  "11 ignored Boom in finalizer",
  "11 finalizer of #1",
  "11 0",
  "end  |  | #0 #1 #3 #4",
  "end n3:null",
  "end 0 0 0:  |  | ",
  "end 2",
  "end 0",
  "end 0",
  "end  |  | ",
];

test(
  "a difference is found, and told: its programs print what was seen, as they stand",
  async () => {
    expect(await oracle.compare(PROGRAM)).toBeNull();
    const { arenaria, cpython } = await oracle.run(PROGRAM);
    expect([arenaria, cpython]).toEqual([LOG, LOG]);

    mkdirSync(join(directory, "node_modules"));
    symlinkSync(resolve("."), join(directory, "node_modules", "arenaria"), "dir");
    const script = join(directory, "program.mjs");
    writeFileSync(script, asJavaScript(PROGRAM));
    expect(execFileSync(process.execPath, [script], { encoding: "utf8" })).toBe(`${LOG.join("\n")}\n`);

    const lines: string[] = [];
    const python = await loadPyodide({ stdout: (line) => lines.push(line) });
    python.runPython(asPython(PROGRAM));
    expect(lines).toEqual(LOG);

    const text = describe({ program: PROGRAM, line: 3, arenaria: [...LOG.slice(0, 3), "11 otherwise"], cpython });
    expect(text).toContain("  body 0: read n4 self 0; link n4 b null\n");
    expect(text).toContain(`  arenaria:\n    11 otherwise\n  CPython:\n    ${LOG[3]}\n`);
  },
  MINUTES,
);

/** What random programs hardly ever do. */
const SELDOM: readonly [string, Program][] = [
  [
    "a callback puts another value under the key of the one that dies",
    {
      steps: [
        ["node", "n0"],
        ["node", "n1"],
        ["valuePut", 0, "n0"],
        ["callRef", "n2", "n0", 0],
        ["forget", "n0"],
        ["tables"],
      ],
      bodies: [[["valuePut", 0, "n1"]]],
    },
  ],
];

test.each(SELDOM)("%s: the same in both", async (_, program) => {
  const difference = await oracle.compare(program);
  expect(difference, difference === null ? "" : told(difference)).toBeNull();
});

test("each rule has a name, a reason, what the oracle does about it, and a row in the map", () => {
  const map = readFileSync("docs/cpython-map.md", "utf8");
  for (const [name, rule] of Object.entries(RULES)) {
    expect(rule.name).toBe(name);
    expect(map).toContain(`\n| \`${name}\` |`);
    expect(rule.reason.length).toBeGreaterThan(20);
    expect(rule.shows).toContain("the oracle");
  }
  expect(Object.keys(oracle.applied)).toEqual(Object.keys(RULES));
});
