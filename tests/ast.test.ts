// The syntax tree of npm start: from the parser's tree to a table, to records in a heap, and back.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Heap } from "arenaria";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check, differenceOf } from "../bench/ast/check.js";
import type { CrowdOutcome } from "../bench/ast/crowd.js";
import { type HolderProgram, type HolderResult, timeHolders } from "../bench/ast/holders.js";
import { type Holder, Life } from "../bench/ast/lifecycle.js";
import { type TreeOutcome, treeComplaints } from "../bench/ast/outcome.js";
import { childrenOf, readSource, type Source, SourceError } from "../bench/ast/parse.js";
import {
  build,
  buildWithHandles,
  createRecordHolder,
  defineSyntaxNode,
  type SyntaxNodeType,
  walk,
} from "../bench/ast/records.js";
import { cycleOf, NONE, readTree, type Tree, treeOf, walkSum, writeTree } from "../bench/ast/tree.js";
import { Partner } from "../bench/objects/partner.js";
import { projectPath } from "../bench/paths.js";
import { drawLives } from "../bench/picture/lives.js";
import { treeFoot, treeLine, treeTable } from "../bench/report/tree.js";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "ast-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

let written = 0;

function sourceFile(text: string, extension = "js"): string {
  const file = join(directory, `source${written++}.${extension}`);
  writeFileSync(file, text);
  return file;
}

function parsed(text: string): Source {
  return readSource(sourceFile(text));
}

/** Something of everything: nodes that stand in two places, children out of order, no children at all, flags. */
const VARIED = [
  'import fs, { a, b as c } from "m";',
  "export { a as z, c };",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
  "const t = `x${a}y${b}z`, { p, q = 1, ...r } = { p: 1, [a]: 2, async *m() {} };",
  "class C extends a { static #x = a?.b?.(1); get y() { return this.#x } static { ; } }",
  "label: for (const [, e] of c) { if (!e) continue label; else break }",
  "export default async (x) => await x;",
].join("\n");

describe("a source", () => {
  test.each([
    ["a module", 'import a from "b"; await a;'],
    ["a script", "with (a) b = 010;"],
    ["a CommonJS module with a hashbang", "#!/usr/bin/env node\nreturn require('a');"],
    ["nothing", ""],
  ])("may be %s", (_, text) => {
    expect(parsed(text).program.type).toBe("Program");
  });

  test("that cannot be read or does not parse is one sentence with its name", () => {
    expect(() => readSource(join(directory, "none.js"))).toThrow(/none\.js: cannot be read: ENOENT/);
    const broken = sourceFile("let a = 1;\nlet b = ;");
    expect(() => readSource(broken)).toThrow(SourceError);
    expect(() => readSource(broken)).toThrow(`${broken}: is no JavaScript that parses: Unexpected token (2:8)`);
  });

  test("that breaks later as a script than as a module is reported where it breaks as a script", () => {
    expect(() => parsed("with (a) b;\nlet = = 2;")).toThrow(/\(2:6\)/);
  });

  test("nested too deeply for the parser is a sentence, too", () => {
    expect(() => parsed("(".repeat(100_000))).toThrow(/is no JavaScript that parses: Not enough stack/);
  });
});

/** What must hold of every table. */
function expectSound({ nodes, start, parent, previous, firstChild, next }: Tree): void {
  const at = (column: Int32Array, index: number) => column[index] as number;
  expect(at(parent, 0)).toBe(NONE);
  for (let i = 1; i < nodes; i++) {
    expect(at(parent, i)).toBeLessThan(i);
    const before = at(previous, i);
    if (before === NONE) {
      expect(at(firstChild, at(parent, i))).toBe(i);
      expect(at(parent, i)).toBe(i - 1);
    } else {
      expect(at(next, before)).toBe(i);
      expect(at(parent, before)).toBe(at(parent, i));
      expect(at(start, before)).toBeLessThanOrEqual(at(start, i));
    }
  }
  const links = [...firstChild, ...next].filter((link) => link !== NONE);
  expect(new Set(links).size).toBe(nodes - 1);
}

describe("the table of a tree", () => {
  test("has parents before children, and siblings in order", () => {
    const { tree, facts } = treeOf(parsed("f(a, b);"));
    const kinds = [...tree.kind].map((kind) => facts.kinds[kind]);
    expect(kinds).toEqual([
      "Program",
      "ExpressionStatement",
      "CallExpression",
      "Identifier",
      "Identifier",
      "Identifier",
    ]);
    expect([...tree.parent]).toEqual([-1, 0, 1, 2, 2, 2]);
    expect([...tree.previous]).toEqual([-1, -1, -1, -1, 3, 4]);
    expect([...tree.firstChild]).toEqual([1, 2, 3, -1, -1, -1]);
    expect([...tree.next]).toEqual([-1, -1, -1, 4, 5, -1]);
    expect([...tree.start]).toEqual([0, 0, 0, 0, 2, 5]);
    expect([...tree.end]).toEqual([8, 8, 7, 1, 3, 6]);
    expect(facts).toMatchObject({ nodes: 6, depth: 4, bytes: 8 });
    expect(treeOf(parsed("f(a); b;")).facts.depth).toBe(4);
    expect(walkSum(tree)).toBe(8 + 8 + 7 + 1 + 1 + 1 + (0 + 1 + 2 + 3 + 3 + 3));
  });

  test("is sound for all kinds of code", () => {
    expectSound(treeOf(parsed(VARIED)).tree);
    expectSound(treeOf(readSource(projectPath("scripts/build.mjs"))).tree);
  });

  test("has a node that stands in two places of its parent once, and children by where they begin", () => {
    const [declaration] = (parsed('import { a } from "m";').program as unknown as { body: never[] }).body;
    const [specifier] = childrenOf(declaration as never) as [never];
    expect(childrenOf(specifier)).toHaveLength(1);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
    const { tree, facts } = treeOf(parsed("`a${b}c${d}e`"));
    const names = [...tree.kind].map((kind) => facts.kinds[kind]);
    const [element, name] = ["TemplateElement", "Identifier"];
    expect(names.slice(3)).toEqual([element, name, element, name, element]);
  });

  test("has flags that tell apart what kinds do not", () => {
    const flags = (text: string, type: string) => {
      const { tree, facts } = treeOf(parsed(text));
      return tree.flags[tree.kind.indexOf(facts.kinds.indexOf(type))];
    };
    expect(flags("a.b", "MemberExpression")).toBe(0);
    expect(flags("a[b]", "MemberExpression")).not.toBe(flags("a?.b", "MemberExpression"));
    expect(flags("async () => { }", "ArrowFunctionExpression")).toBe(1);
  });

  test("goes through a file unchanged", () => {
    const { tree } = treeOf(parsed(VARIED));
    const file = join(directory, "tree");
    writeTree(tree, file);
    expect(readTree(file)).toEqual(tree);
  });
});

describe("the tree in a heap", () => {
  test("is the parser's, and nothing of it stays", async () => {
    for (const source of [parsed(VARIED), parsed(""), readSource(projectPath("scripts/build.mjs"))]) {
      const { tree, facts } = treeOf(source);
      const found = await check(source, tree, facts);
      expect(found).toEqual({ compared: tree.nodes, freed: cycleOf(tree), left: 0, faults: [] });
    }
  });

  test("is the same whichever way it is built, and walks as the table does", async () => {
    const source = parsed(VARIED);
    const { tree, facts } = treeOf(source);
    const heap = await Heap.create();
    const SyntaxNode = defineSyntaxNode(heap);
    const before = heap.sys.getAllocatedBlocks();
    for (const way of [build, buildWithHandles]) {
      const root = way(heap, SyntaxNode, tree);
      expect(differenceOf(SyntaxNode, root.address, source.program, facts.kinds)).toEqual({
        compared: tree.nodes,
        difference: null,
      });
      expect(walk(SyntaxNode, root.address)).toBe(walkSum(tree));
      expect(heap.handleCount).toBe(1);
      expect(heap.gc.collect()).toBe(0);
      root.release();
      expect(heap.gc.collect()).toBe(tree.nodes);
      expect(heap.sys.getAllocatedBlocks()).toBe(before);
    }
  });

  const changes: [string, (record: ReturnType<SyntaxNodeType["cursor"]>, root: number) => void, RegExp][] = [
    ["kind", (record) => record.kind++, /^CallExpression at 0: kind is Identifier and should be CallExpression$/],
    ["start", (record) => record.start++, /^CallExpression at 0: start is 1 and should be 0$/],
    ["end", (record) => record.end--, /^CallExpression at 0: end is 6 and should be 7$/],
    ["flags", (record) => (record.flags ^= 4), /^CallExpression at 0: flags is /],
    [
      "parent",
      (record, root) => {
        record.parent = root;
      },
      /^CallExpression at 0: parent is /,
    ],
    [
      "a missing child",
      (record) => {
        record.firstChild = 0;
      },
      /^CallExpression at 0: there is no record of a child$/,
    ],
    [
      "a sibling too many",
      (record, root) => {
        record.nextSibling = root;
      },
      /^ExpressionStatement at 0: there is a record too many below it$/,
    ],
  ];
  test.each(changes)("%s that differs is found", async (_, change, sentence) => {
    const source = parsed("f(a, b);");
    const { tree, facts } = treeOf(source);
    const heap = await Heap.create();
    const SyntaxNode = defineSyntaxNode(heap);
    const root = build(heap, SyntaxNode, tree);
    const record = SyntaxNode.cursor(root.address);
    for (let down = 0; down < 2; down++) record.address = record.firstChild;
    change(record, root.address);
    expect(differenceOf(SyntaxNode, root.address, source.program, facts.kinds).difference).toMatch(sentence);
  });
});

describe("the rounds", () => {
  test("of records come to their end with nothing wrong and nothing left", async () => {
    const { tree } = treeOf(parsed(VARIED));
    const life = new Life(await createRecordHolder(), tree);
    for (let round = 0; round < 3; round++) {
      const figures = life.round();
      expect(figures).toMatchObject({ wrongWalks: 0, wrongFrees: 0, left: 0 });
      expect(figures.times.build).toHaveLength(1);
      expect(figures.otherwise).toHaveLength(1);
    }
  });

  test("notice a walk that goes wrong, a tree that is not freed, and blocks that are left", () => {
    const { tree } = treeOf(parsed(VARIED));
    const nothing = () => undefined;
    const holder: Holder = {
      build: nothing,
      walk: () => walkSum(tree) - 1,
      makeFresh: nothing,
      dropFresh: nothing,
      drop: nothing,
      collectYoung: nothing,
      collectFull: () => 0,
      bytes: () => 0,
      left: () => 7,
    };
    const life = new Life(holder, tree);
    life.round();
    expect(life.round()).toMatchObject({
      wrongWalks: 6,
      wrongFrees: 2,
      left: 7,
      otherwise: [],
    });
  });
});

/** Gives figures in which the times are 100 in the first round and then 1 and 3, and the walks gone wrong 1, 2, 3. */
const ANSWERING = `
  let wrongWalks = 0;
  require("node:readline").createInterface(process.stdin).on("line", (line) => {
    if (line !== '["round"]') throw new Error(line);
    const values = [[100, 1, 3][wrongWalks++]];
    const times = Object.fromEntries(["build", "walk", "young", "full", "free"].map((part) => [part, values]));
    console.log(JSON.stringify({ version: "7", times, otherwise: [], bytesPerNode: 8, wrongWalks }));
  });`;

/** Gives nothing but an end in the last round. */
const ENDING_LATE = `
  let left = 2;
  process.stdin.on("data", () => left-- > 0 ? console.log("{}") : process.exit());`;

test("everybody takes turns in a process of its own, and who fails does not stop the others", async () => {
  const { tree } = treeOf(parsed("a;"));
  const program = (name: string, code: string, command = process.execPath): HolderProgram => {
    return { name, description: "", start: () => new Partner(name, command, ["-e", code]) };
  };
  const programs = [
    program("answering", ANSWERING),
    program("failing", "process.stdin.once('data', () => { throw new RangeError('no room'); })"),
    program("ending", "process.stdin.once('data', () => process.exit(3))"),
    program("ending late", ENDING_LATE),
    program("missing", "", join(directory, "no-such-program")),
  ];
  let rounds = 0;
  const results = await timeHolders(tree, { warmUp: 1, counted: 2 }, () => rounds++, programs);
  expect(rounds).toBe(3 * programs.length);
  expect(results[0]).toEqual({
    holder: "answering",
    version: "7",
    times: { build: 2, walk: 2, young: 2, full: 2, free: 2 },
    otherwise: null,
    bytesPerNode: 8,
    wrongWalks: 3,
  });
  expect(results.slice(1)).toMatchObject([
    { holder: "failing", error: "RangeError: no room", missing: false },
    { holder: "ending", error: "it ended with status 3", missing: false },
    { holder: "ending late", error: "it ended with status 0", missing: false },
    { holder: "missing", error: expect.stringMatching(/ENOENT/), missing: true },
  ]);
});

const times = { build: 1, walk: 2, young: 3, full: 4, free: 5 };
const result: HolderResult = {
  holder: "arenaria",
  version: "1",
  bytesPerNode: 40,
  wrongWalks: 0,
  wrongFrees: 0,
  left: 0,
  times,
  otherwise: 9,
};
const outcome: TreeOutcome = {
  facts: { name: "a&b.js", bytes: 1024, parseTime: 1, nodes: 4, depth: 3, kinds: ["Program"] },
  check: { compared: 4, freed: 4, left: 0, faults: [] },
  results: [result, { ...result, holder: "JavaScript", left: null, otherwise: null }],
  failures: [{ holder: "python3", error: "spawn python3 ENOENT", missing: true }],
  saved: { nodes: 4, results: [], clone: 1, faults: [] },
  crowd: null,
  troubles: [],
};

describe("what is said about it", () => {
  test("a run in which something went wrong is not a success", () => {
    expect(treeComplaints(outcome)).toEqual([]);
    const broken: TreeOutcome = {
      ...outcome,
      check: { ...outcome.check, faults: ["1 blocks are left"] },
      results: [{ ...result, wrongWalks: 1, wrongFrees: 2, left: 3 }],
      failures: [
        { holder: "arenaria", error: "RuntimeError: unreachable", missing: false },
        { holder: "Pyodide", error: "Error: no room", missing: false },
      ],
      saved: { nodes: 4, results: [], clone: 1, faults: ["it is another tree"] },
      crowd: { threads: [], faults: ["2 passes are missing"] } as unknown as CrowdOutcome,
      troubles: ["saving and loading broke down: a trap"],
    };
    expect(treeComplaints(broken)).toEqual([
      "a&b.js: 1 blocks are left",
      "a&b.js: saving and loading broke down: a trap",
      "a&b.js: saved and loaded: it is another tree",
      "a&b.js: shared by threads: 2 passes are missing",
      "a&b.js: arenaria broke down: RuntimeError: unreachable",
      "a&b.js: arenaria: 1 walks over the tree saw another tree",
      "a&b.js: arenaria: in 2 rounds the collection did not free the whole tree",
      "a&b.js: arenaria: 3 blocks are left when the tree is freed",
    ]);
  });

  test("the table has a row for everybody who took part, and the foot says why others did not", () => {
    expect(treeLine(outcome)).toBe("a&b.js: 1.00 KiB of JavaScript, 4 nodes of 1 kinds, 3 deep; the parser took 1 ms");
    const table = treeTable(outcome);
    expect(table).toMatch(/│ arenaria +│ +40\.0 │ +1\.00 │ +2\.00 │ +3 000 │ +4\.00 │ +5\.00 │ +0 │/);
    expect(table).toMatch(/│ JavaScript .* n\/a │/);
    expect(treeFoot(outcome)).toMatch(/^python3 .*: not on this machine$/m);
    expect(treeFoot(outcome)).toMatch(
      /4 of 4 nodes compared with the parser's; the collection freed 4, and 0 blocks are/,
    );
  });

  test("the picture has a bar for everybody, and nothing in it that is no number", () => {
    const svg = drawLives(outcome);
    expect(svg).toContain('<title id="title">a&amp;b.js: the life of a syntax tree</title>');
    expect([...svg.matchAll(/data-holder="([^"]+)"/g)].map(([, name]) => name)).toEqual(["arenaria", "JavaScript"]);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const instant = { ...result, times: { build: 0, walk: 0, young: 0, full: 0, free: 0 } };
    for (const results of [[], [instant]]) {
      expect(drawLives({ ...outcome, results })).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});
