// The floors of assembly/, src/ and the programs in it: each README lists the files from lowest to highest, and a file imports
// only from those above it in the list, which are the lower ones.
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";

interface Tree {
  /** Folder, from the root of the repository. */
  root: string;
  /** Folders in it that are trees of their own. */
  without: readonly string[];
  /** What any file of this tree may import besides: files, by their paths, folders, which end with a slash, and packages. */
  outside: readonly string[];
}

/** The programs in src/: they may import all of the library, and nothing of each other. */
const PROGRAMS = ["src/cli", "src/inspector"];

const TREES: Tree[] = [
  { root: "assembly", without: [], outside: [] },
  {
    root: "src",
    without: PROGRAMS,
    outside: [
      "assembly/invariants.ts",
      "assembly/layout.ts",
      "assembly/objectlayout.ts",
      "assembly/status.ts",
      "@assemblyscript/loader",
    ],
  },
  {
    root: "src/cli",
    without: [],
    outside: ["src/", "node:", "acorn", "cli-progress", "cli-table3", "commander"],
  },
  { root: "src/inspector", without: [], outside: ["src/", "uplot"] },
];

/** The file names of the first fenced block that lists any, one a line, in order. */
function listedIn(readme: string): string[] {
  for (const [, block = ""] of readme.matchAll(/^```\w*\n(.*?)^```/gms)) {
    const names = [...block.matchAll(/^\s*([\w./-]+\.ts)(?!\S)/gm)].map(([, name = ""]) => name);
    if (names.length > 0) return names;
  }
  return [];
}

/** What a source imports: files from the root of the repository, or packages. */
function importsOf(path: string, text: string): string[] {
  const code = text.replace(/\/\*.*?\*\//gs, "").replace(/^\s*\/\/.*$/gm, "");
  const found = code.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g);
  return [...found].map(([, specifier = ""]) => {
    if (!specifier.startsWith(".")) return specifier;
    const file = posix.join(posix.dirname(path), specifier);
    return /\.css$/.test(file) ? file : `${file.replace(/\.[jt]s$/, "")}.ts`;
  });
}

/** Whether a file, folder or package of `outside` is imported: `node:` and the files of a package begin as it does. */
function isOutside(target: string, { root, outside }: Tree): boolean {
  if (PROGRAMS.some((program) => target.startsWith(`${program}/`))) return false;
  if (target.startsWith(`${root}/`)) return false;
  return outside.some((name) => target === name || target.startsWith(/[/:]$/.test(name) ? name : `${name}/`));
}

/** A sentence for each file that is not in the list or imports what it may not. */
function violations(tree: Tree, order: readonly string[], sources: ReadonlyMap<string, string>): string[] {
  const { root } = tree;
  const floor = new Map(order.map((name, index) => [`${root}/${name}`, index]));
  const found: string[] = [];
  for (const listed of floor.keys()) {
    if (!sources.has(listed)) found.push(`${listed} is in the list and does not exist`);
  }
  for (const [path, text] of sources) {
    const own = floor.get(path);
    if (own === undefined) {
      found.push(`${path} is not in the list`);
      continue;
    }
    for (const target of importsOf(path, text)) {
      if (target.endsWith(".css") || isOutside(target, tree)) continue;
      const below = floor.get(target);
      if (below === undefined) found.push(`${path} imports ${target}, which is not of this tree`);
      else if (below >= own) found.push(`${path} imports ${target}, which is not below it`);
    }
  }
  return found;
}

function sourcesOf({ root, without }: Tree): Map<string, string> {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((name) => posix.join(root, name.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
    .filter((path) => !without.some((folder) => path.startsWith(`${folder}/`)));
  return new Map(files.sort().map((path) => [path, readFileSync(path, "utf8")]));
}

for (const tree of TREES) {
  test(`every file of ${tree.root}/ is listed once and imports from lower floors only`, () => {
    const order = listedIn(readFileSync(`${tree.root}/README.md`, "utf8"));
    expect(order).toEqual([...new Set(order)]);
    expect(violations(tree, order, sourcesOf(tree))).toEqual([]);
  });
}

describe("the check itself", () => {
  const tree: Tree = { root: "t", without: [], outside: ["shared/numbers.ts", "lib/", "tables"] };
  const check = (files: Record<string, string>) =>
    violations(tree, ["low.ts", "deep/mid.ts", "high.ts"], new Map(Object.entries(files)));
  const sound = {
    "t/low.ts": 'import { A } from "../shared/numbers.js";',
    "t/deep/mid.ts": 'import type { B } from "../low";',
    "t/high.ts":
      'export * from "./deep/mid.js";\nimport "./low.js";\nimport "../lib/a.js";\nimport "tables/style.css";',
  };

  test("passes a sound tree", () => {
    expect(check(sound)).toEqual([]);
  });

  test.each([
    [
      "an upward import",
      { "t/low.ts": 'import {\n  a,\n} from "./high";' },
      "t/low.ts imports t/high.ts, which is not below it",
    ],
    ["an import of itself", { "t/low.ts": 'import "./low.js";' }, "t/low.ts imports t/low.ts, which is not below it"],
    [
      "an upward re-export",
      { "t/low.ts": 'export * from "./high.js"' },
      "t/low.ts imports t/high.ts, which is not below it",
    ],
    [
      "an upward import at run time",
      { "t/low.ts": 'await import("./high.js")' },
      "t/low.ts imports t/high.ts, which is not below it",
    ],
    ["an unlisted file", { "t/extra.ts": "" }, "t/extra.ts is not in the list"],
    ["a package", { "t/low.ts": 'import "node:fs";' }, "t/low.ts imports node:fs, which is not of this tree"],
    [
      "one with a longer name",
      { "t/low.ts": 'import "tables2";' },
      "t/low.ts imports tables2, which is not of this tree",
    ],
    [
      "a program",
      { "t/low.ts": 'import "../src/cli/a.js";' },
      "t/low.ts imports src/cli/a.ts, which is not of this tree",
    ],
  ])("finds %s", (_, change, sentence) => {
    expect(check({ ...sound, ...change })).toEqual([sentence]);
  });

  test("finds a listed file that is gone", () => {
    const { "t/high.ts": _, ...rest } = sound;
    expect(check(rest)).toEqual(["t/high.ts is in the list and does not exist"]);
  });

  test("reads the list from the first block that has one", () => {
    expect(
      listedIn("```sh\nnpm test\n```\n\n```\n-- floor 0\nlow.ts   numbers, see high.ts\n  deep/mid.ts\n```\n"),
    ).toEqual(["low.ts", "deep/mid.ts"]);
  });
});
