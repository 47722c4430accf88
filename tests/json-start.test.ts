// The JSON document of npm start: from a file to a heap and back, what is asked of it, and the command as a shell runs it.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Heap } from "arenaria";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check } from "../bench/json/check.js";
import { createHeapHolder, surveyHeap } from "../bench/json/heap.js";
import { type HolderResult, timeHolders } from "../bench/json/holders.js";
import { type Holder, Life } from "../bench/json/lifecycle.js";
import { type JsonOutcome, jsonComplaints } from "../bench/json/outcome.js";
import { PLAIN_READER } from "../bench/json/plain.js";
import { differenceOf } from "../bench/json/same.js";
import { type Json, type JsonSource, readJson, SHIPPED } from "../bench/json/source.js";
import { numbersOf, survey } from "../bench/json/survey.js";
import { Partner, pyodidePartner } from "../bench/objects/partner.js";
import { projectPath } from "../bench/paths.js";
import { jsonFoot, jsonLine, jsonTable } from "../bench/report/json.js";
import { SourceError } from "../bench/source.js";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "json-start-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

let written = 0;

function jsonFile(text: string | Uint8Array): string {
  const file = join(directory, `document${written++}.json`);
  writeFileSync(file, text);
  return file;
}

function sourceOf(text: string): JsonSource {
  return readJson(jsonFile(text));
}

/** Something of everything: empty containers, keys that are no names, numbers of all kinds, text of all widths. */
const VARIED = JSON.stringify({
  items: [1, -0.5, 1e300, 2 ** 53, [], {}, null, true, false, ""],
  "": { "a b": { items: "Århus", 7: "“quoted”", 3: "😀😀" } },
  items2: { items: { items: [[[["deepest"]]]] } },
}).replace('"items2"', '"__proto__":[0],"items2"');

describe("a document", () => {
  test("may begin with a mark", () => {
    expect(sourceOf('\ufeff{"a":1}').value).toEqual({ a: 1 });
  });

  test("that cannot be read is one sentence with its name", () => {
    expect(() => readJson(join(directory, "none.json"))).toThrow(/none\.json: cannot be read: ENOENT/);
    const broken = jsonFile('{\n  "a": [1,\n  }\n');
    expect(() => readJson(broken)).toThrow(SourceError);
    const message = (() => {
      try {
        readJson(broken);
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(message).toMatch(/^\S+: is no JSON that can be read: [^\n]+$/);
    expect(() => sourceOf("")).toThrow(/is no JSON that can be read/);
  });

  test("that ships with the project is real and large", () => {
    expect(readJson(SHIPPED).bytes).toBeGreaterThan(100_000);
  });
});

describe("a survey", () => {
  test("counts values by kind, and finds what is deepest, most frequent and longest", () => {
    const answers = survey<Json>({ a: [1, { a: "xyz", b: null }], b: true, "c d": [[["é😀"]]] }, PLAIN_READER);
    expect(answers).toEqual({
      kinds: { object: 2, array: 4, string: 2, number: 1, boolean: 1, null: 1 },
      depth: 5,
      keys: 3,
      counts: [2, 2, 1],
      longest: 3,
      path: '["c d"][0][0][0]',
      frequent: ["a", "b", "c d"],
      text: expect.stringMatching(/^(xyz|é😀)$/),
    });
    expect(survey<Json>([0, [1], [2]], PLAIN_READER).path).toBe("[2][0]");
    expect(survey<Json>(7, PLAIN_READER)).toMatchObject({ depth: 1, keys: 0, longest: 0, path: "" });
  });

  test("has the same answers in a heap as among plain objects", async () => {
    const heap = await Heap.create();
    for (const text of [VARIED, "[]", '"a"', "12345678901234567890", "null"]) {
      const value = JSON.parse(text);
      expect(surveyHeap(heap, heap.from(value))).toEqual(survey<Json>(value, PLAIN_READER));
    }
  });

  test("has the same answers in Python", async () => {
    const python = pyodidePartner("document.py", jsonFile(VARIED));
    const { answers } = await python.ask<{ answers: unknown }>("round");
    python.end();
    expect(answers).toEqual(numbersOf(survey<Json>(JSON.parse(VARIED), PLAIN_READER)));
  }, 60_000);

  test("goes as deep as a document does", () => {
    const deep = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
    expect(survey<Json>(deep, PLAIN_READER).depth).toBe(100_000);
    expect(differenceOf(deep, deep)).toBe(null);
  });
});

describe("two values", () => {
  const value = JSON.parse(VARIED);

  test("are the same if all of them is", () => {
    expect(differenceOf(JSON.parse(VARIED), value)).toBe(null);
  });

  test.each<[unknown, Json, string]>([
    [1, 2, "value: is 1 and should be 2"],
    [-0, 0, "value: is 0 and should be 0"],
    ["a", null, 'value: is "a" and should be null'],
    [{ a: [1, 2] }, { a: [1, 3] }, "value.a[1]: is 2 and should be 3"],
    [{ a: [1] }, { a: [1, 3] }, "value.a: has 1 items and should have 2"],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, 'value: key 0 is "a" and should be "b"'],
    [{ a: 1, b: 2 }, { a: 1 }, 'value: has a key too many, "b"'],
    [{ a: 1 }, { a: 1, b: 2 }, 'value: key 1 is undefined and should be "b"'],
    [[], {}, "value: is an array and should be an object"],
    [{}, [], "value: is an object and should be an array"],
    [undefined, null, "value: is undefined and should be null"],
  ])("%j is not %j", (found, wanted, sentence) => {
    expect(differenceOf(found, wanted)).toBe(sentence);
  });
});

describe("in a heap", () => {
  test.each([VARIED, "[]", '"text"', "1", "null"])("%s comes back as it was, and nothing stays", async (text) => {
    const source = sourceOf(text);
    expect(await check(source, survey(source.value, PLAIN_READER))).toEqual({ left: 0, faults: [] });
  });

  test("other answers than those of plain objects are a fault", async () => {
    const source = sourceOf(VARIED);
    const answers = { ...survey(source.value, PLAIN_READER), depth: 99 };
    expect((await check(source, answers)).faults).toEqual([
      "the heap's answers about the document are not those of plain objects",
    ]);
  });

  test("a life comes to its end with nothing left", async () => {
    const life = new Life(createHeapHolder(await Heap.create()), VARIED);
    const answers = numbersOf(survey<Json>(JSON.parse(VARIED), PLAIN_READER));
    for (let round = 0; round < 3; round++) {
      const figures = life.round();
      expect(figures).toMatchObject({ wrongFrees: 0, left: 0, answers });
      expect(figures.times.load).toHaveLength(3);
      expect(figures.back).toHaveLength(1);
      expect(figures.bytes).toBeGreaterThan(VARIED.length);
    }
  });

  test("a life notices collections that free something, and blocks that are left", () => {
    const answers = survey<Json>([], PLAIN_READER);
    const holder: Holder = {
      load: () => undefined,
      query: () => answers,
      drop: () => undefined,
      collect: () => 1,
      bytes: () => 0,
      left: () => 7,
    };
    const life = new Life(holder, "[]");
    life.round();
    expect(life.round()).toMatchObject({ wrongFrees: 2, left: 7, back: [] });
  });
});

const result: HolderResult = {
  holder: "arenaria",
  version: "1",
  times: { load: 6, query: 2, full: 3, drop: 4, after: 5 },
  back: 9,
  overPlain: 2.5,
  bytes: 4096,
  wrongAnswers: 0,
  wrongFrees: 0,
  left: 0,
};
const outcome: JsonOutcome = {
  name: "a.json",
  file: "data/a.json",
  bytes: 2048,
  answers: survey<Json>(JSON.parse(VARIED), PLAIN_READER),
  check: { left: 0, faults: [] },
  results: [result, { ...result, holder: "JavaScript", left: null, back: null, overPlain: null }],
  failures: [{ holder: "python3", error: "spawn python3 ENOENT", missing: true }],
};

describe("what is said about it", () => {
  test("a run in which something went wrong is not a success", () => {
    expect(jsonComplaints(outcome)).toEqual([]);
    const broken: JsonOutcome = {
      ...outcome,
      check: { left: 1, faults: ["1 blocks are left"] },
      results: [{ ...result, wrongAnswers: 1, wrongFrees: 2, left: 3 }],
      failures: [
        { holder: "arenaria", error: "RuntimeError: unreachable", missing: false },
        { holder: "Pyodide", error: "RecursionError: too deep", missing: false },
      ],
    };
    expect(jsonComplaints(broken)).toEqual([
      "a.json: 1 blocks are left",
      "a.json: arenaria broke down: RuntimeError: unreachable",
      "a.json: arenaria: in 1 rounds the answers were not those of plain objects",
      "a.json: arenaria: in 2 rounds collections freed what counts should have freed",
      "a.json: arenaria: 3 blocks are left when the document is dropped",
    ]);
    expect(jsonFoot(broken)).toMatch(/^arenaria: 1 blocks are left\.$/m);
  });

  test("the table has a row for everybody who took part, and the foot says why others did not", () => {
    expect(jsonLine(outcome)).toMatch(/^a\.json: 2\.00 KiB of JSON, 26 values: object 6, array 7, /);
    expect(jsonLine(outcome)).toContain("file: data/a.json");
    expect(jsonLine(outcome)).toContain("deepest, with 8 values on the way: .items2.items.items[0][0][0][0]\n");
    expect(jsonLine(outcome)).toContain('7 keys, most frequent: "items" 4, "" 1,');
    const deep = { ...outcome, answers: { ...outcome.answers, path: `.start${"[0]".repeat(1000)}.end` } };
    expect(jsonLine(deep)).toMatch(/^deepest, .*: \.start\[0\].{30,50} … .{30,50}\[0\]\.end$/m);
    const table = jsonTable(outcome);
    expect(table).toMatch(
      /│ arenaria +│ +4\.00 KiB │ +2\.00 │ +6\.00 │ +2\.50 │ +2\.00 │ +3\.00 │ +4\.00 │ +5\.00 │ +0 │/,
    );
    expect(table).toMatch(/│ JavaScript .* 1 │.* n\/a │/);
    const foot = jsonFoot(outcome);
    expect(foot).toMatch(/^python3 .*: not on this machine$/m);
    expect(foot).toContain("2.50 times as long as JavaScript's; aim: ≤ 3 times JSON.parse to plain objects, met.");
    expect(foot).toMatch(/26 values came back as the parser had made them/);
    expect(jsonFoot({ ...outcome, results: [{ ...result, overPlain: 3.1 }] })).toContain(", not met.");
  });

  test("answers that are not those of plain objects are counted, and loading is compared round by round", async () => {
    const answers = survey<Json>([1], PLAIN_READER);
    const wrong = { ...numbersOf(answers), depth: 9 };
    const figures = (load: number, given: object) =>
      JSON.stringify({
        version: "1",
        times: { load: [load], query: [], full: [], drop: [], after: [] },
        back: [],
        answers: given,
      });
    const answering = (lines: readonly string[]) =>
      `const lines = ${JSON.stringify(lines)}; process.stdin.on("data", () => console.log(lines.shift()));`;
    const program = (name: string, lines: readonly string[]) => ({
      name,
      description: "",
      start: () => new Partner(name, process.execPath, ["-e", answering(lines)]),
    });
    const right = numbersOf(answers);
    const programs = [
      program("arenaria", [figures(6, right), figures(20, wrong), figures(30, right)]),
      program("JavaScript", [figures(2, right), figures(5, right), figures(6, right)]),
    ];
    const results = await timeHolders("[1]", answers, { warmUp: 0, counted: 3 }, () => undefined, programs);
    expect(results).toMatchObject([
      { holder: "arenaria", wrongAnswers: 1, overPlain: 4, times: { load: 20 } },
      { holder: "JavaScript", wrongAnswers: 0, overPlain: null },
    ]);
  });
});

test("what a process says at its end is no answer, but why there is none", async () => {
  const dying = 'console.log("Stack:"); console.log("RangeError: too deep"); process.exit(1);';
  const start = () => new Partner("dying", process.execPath, ["-e", `process.stdin.once("data", () => { ${dying} })`]);
  const program = { name: "dying", description: "", start };
  const answers = survey<Json>([], PLAIN_READER);
  const results = await timeHolders("[]", answers, { warmUp: 0, counted: 2 }, () => undefined, [program]);
  expect(results).toEqual([{ holder: "dying", error: "RangeError: too deep", missing: false }]);
});

describe("npm start", () => {
  function start(...options: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, [projectPath("build/bench/start.js"), ...options], { encoding: "utf8" });
  }

  test("loads the document that is there anyway", () => {
    const figures = join(directory, "figures.json");
    const { status, stdout, stderr } = start("--smoke", "--no-traces", "--no-ast", "--figures", figures);
    expect(stderr).toMatch(/^ {2}0 % {2}configuration_schema\.json: every value against the parser's\n.*100 %\n$/s);
    expect(status).toBe(0);
    expect(stdout).toContain(`file: ${SHIPPED}`);
    for (const name of ["arenaria", "JavaScript", "Pyodide"]) expect(stdout).toMatch(new RegExp(`│ ${name} +│`));
    expect(stdout).not.toMatch(/│ tree in +│|│ tlsf +│|pictures/);
    const { outcomes, tree, json } = JSON.parse(readFileSync(figures, "utf8"));
    expect([outcomes, tree]).toEqual([[], null]);
    expect(json.bytes).toBeGreaterThan(100_000);
    expect(json.check).toEqual({ left: 0, faults: [] });
    for (const { wrongAnswers, wrongFrees } of json.results) expect([wrongAnswers, wrongFrees]).toEqual([0, 0]);
  }, 120_000);

  test("takes another file, and then nothing else", () => {
    const { status, stdout } = start("--smoke", "--json", jsonFile(VARIED));
    expect(status).toBe(0);
    expect(stdout).toMatch(/│ document in +│/);
    expect(stdout).not.toMatch(/│ tree in +│|│ tlsf +│/);
  }, 60_000);

  test("says in a sentence that a file is no JSON, or that nothing is left to do", () => {
    const broken = start("--json", jsonFile("[1,"));
    expect(broken.stderr).toMatch(/^\S+: is no JSON that can be read: .*\n$/);
    expect(broken).toMatchObject({ status: 2, stdout: "" });
    const idle = start("--no-ast", "--no-traces", "--no-json");
    expect(idle.stderr).toBe("error: with these options there is nothing to do\n");
    expect(idle.status).toBe(1);
  });
});
