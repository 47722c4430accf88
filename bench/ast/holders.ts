// Who holds the tree, each in a process of its own: started, listened to, and its figures put together.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { projectPath } from "../paths.js";
import type { Rounds } from "../replay/timing.js";
import type { Progress } from "../report/progress.js";
import { median } from "../statistics.js";
import { FRESH, type Lives, PARTS, type Part } from "./lifecycle.js";
import { SCRIPT } from "./pyodide.js";
import { type Tree, writeTree } from "./tree.js";

/** One of those that hold the tree. */
export interface HolderProgram {
  readonly name: string;
  readonly description: string;
  readonly command: string;
  /** Arguments before file and rounds, and after them. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Whether a machine may be without it. */
  readonly optional: boolean;
}

const CHILD = projectPath("build", "bench", "ast", "child.js");

/** This process's own Node runs a holder of child.ts. */
function inNode(name: string, description: string, holder: string): HolderProgram {
  const before = ["--expose-gc", CHILD, holder];
  return { name, description, command: process.execPath, before, after: [], optional: holder === "pyodide" };
}

/** Name of our own. */
export const OURS = "arenaria";

export const HOLDERS: readonly HolderProgram[] = [
  inNode(OURS, "struct records in a heap: allocate(), a cursor to fill and link them", "records"),
  inNode("JavaScript", "plain objects of a class in V8's heap", "plain"),
  inNode("Pyodide", "CPython in wasm: objects of a class with __slots__", "pyodide"),
  {
    name: "python3",
    description: "CPython on the machine itself: the same script",
    command: "python3",
    before: [SCRIPT],
    after: [String(FRESH)],
    optional: true,
  },
];

/** What came out of one holder, medians in milliseconds; or why nothing did. */
export type HolderResult = { readonly holder: string; readonly version: string } & Omit<
  Lives,
  "times" | "otherwise"
> & {
    readonly times: Readonly<Record<Part, number>>;
    /** Of the other way to build; null where there is none. */
    readonly otherwise: number | null;
  };

export interface HolderFailure {
  readonly holder: string;
  readonly error: string;
  /** The machine has no such program: nothing is wrong. */
  readonly missing: boolean;
}

/** Takes a tree through its rounds with everybody, one after the other: a part of `progress` each, and a step each round. */
export async function timeHolders(
  tree: Tree,
  rounds: Rounds,
  progress: Progress,
): Promise<(HolderResult | HolderFailure)[]> {
  const directory = mkdtempSync(join(tmpdir(), "arenaria-"));
  try {
    const file = join(directory, "tree");
    writeTree(tree, file);
    const results: (HolderResult | HolderFailure)[] = [];
    for (const program of HOLDERS) {
      progress.part(`syntax tree in ${program.name}`);
      results.push(await timeHolder(program, file, rounds, progress.step));
    }
    return results;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function timeHolder(
  program: HolderProgram,
  file: string,
  { warmUp, counted }: Rounds,
  onRound: () => void,
): Promise<HolderResult | HolderFailure> {
  const { name: holder, command, before, after } = program;
  let left = warmUp + counted;
  const step = () => {
    if (left-- > 0) onRound();
  };
  try {
    const text = await run(command, [...before, file, String(warmUp), String(counted), ...after], step);
    const { times, otherwise, version, ...rest } = JSON.parse(text) as Lives & { version: string };
    const medians = Object.fromEntries(PARTS.map((part) => [part, median(times[part])])) as Record<Part, number>;
    return { holder, version, ...rest, times: medians, otherwise: otherwise.length > 0 ? median(otherwise) : null };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { holder, error: message, missing: program.optional && code === "ENOENT" };
  } finally {
    while (left > 0) step();
  }
}

/** Runs a holder; gives the last line it prints. What it says about itself when it fails is the error's message. */
async function run(command: string, parameters: readonly string[], onRound: () => void): Promise<string> {
  const child = spawn(command, parameters, { stdio: ["ignore", "pipe", "pipe"] });
  let last = "";
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const read = async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === "round") onRound();
      else last = line;
    }
  };
  const [[code, signal]] = await Promise.all([once(child, "close"), read()]);
  if (code !== 0) throw new Error(reasonIn(complaint) ?? `it ended with ${signal ?? code}`);
  return last;
}

/** The line of a stack trace that says what happened: Node's and Python's both have it as `SomeError: …`. */
function reasonIn(stack: string): string | undefined {
  return stack
    .split("\n")
    .filter((line) => /^\w*(Error|Exception)\b.*:/.test(line))
    .at(-1);
}
