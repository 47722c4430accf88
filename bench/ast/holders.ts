// Who holds the tree, each in a process of its own: started, listened to, and its figures put together.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { projectPath } from "../paths.js";
import type { Rounds } from "../replay/timing.js";
import { median } from "../statistics.js";
import { FRESH, type Lives, PARTS, type Part } from "./lifecycle.js";
import { SCRIPT } from "./pyodide.js";
import { type Tree, writeTree } from "./tree.js";

/** One of those that hold the tree. */
export interface HolderProgram {
  readonly name: string;
  readonly description: string;
  readonly command: string;
  /** Arguments before the file, and after it. */
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

/**
 * Takes a tree through its rounds with everybody, taking turns round by round, so that whatever else the machine does
 * falls on all of them alike. `onRound` is called after each round of each.
 */
export async function timeHolders(
  tree: Tree,
  { warmUp, counted }: Rounds,
  onRound: () => void,
  programs: readonly HolderProgram[] = HOLDERS,
): Promise<(HolderResult | HolderFailure)[]> {
  const directory = mkdtempSync(join(tmpdir(), "arenaria-"));
  try {
    const file = join(directory, "tree");
    writeTree(tree, file);
    const turns = programs.map((program) => new Turns(program, file));
    for (let round = 0; round < warmUp + counted; round++) {
      for (let turn = 0; turn < turns.length; turn++) {
        await turns[(turn + round) % turns.length]?.take(round >= warmUp);
        onRound();
      }
    }
    return await Promise.all(turns.map((each) => each.end()));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The rounds of one holder, in its process. One that breaks down takes no more turns; the others go on. */
class Turns {
  readonly #program: HolderProgram;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;
  #failure: NodeJS.ErrnoException | null = null;
  #complaint = "";

  constructor(program: HolderProgram, file: string) {
    const { command, before, after } = program;
    this.#program = program;
    this.#child = spawn(command, [...before, file, ...after], { stdio: ["pipe", "pipe", "pipe"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint += text;
    });
    // A process that is gone does not read; that it is gone shows when it is listened to.
    this.#child.stdin.on("error", () => {});
    this.#closed = new Promise((resolve) => {
      this.#child.on("close", resolve).on("error", (error) => {
        this.#failure = error;
        resolve(error);
      });
    });
  }

  async take(counts: boolean): Promise<void> {
    if (this.#failure !== null) return;
    this.#child.stdin.write(counts ? "count\n" : "warm up\n");
    await this.#line();
  }

  async end(): Promise<HolderResult | HolderFailure> {
    const { name: holder, optional } = this.#program;
    this.#child.stdin.end();
    const text = this.#failure === null ? await this.#line() : null;
    if (this.#failure !== null || text === null) {
      const missing = optional && this.#failure?.code === "ENOENT";
      return { holder, error: this.#failure?.message ?? "it said nothing", missing };
    }
    const { times, otherwise, version, ...rest } = JSON.parse(text) as Lives & { version: string };
    const medians = Object.fromEntries(PARTS.map((part) => [part, median(times[part])])) as Record<Part, number>;
    return { holder, version, ...rest, times: medians, otherwise: otherwise.length > 0 ? median(otherwise) : null };
  }

  /** The next line it prints; null if it ended instead. What it said about itself is then the message of the failure. */
  async #line(): Promise<string | null> {
    const line = await Promise.race([this.#lines.next(), this.#closed.then(() => null)]);
    if (line !== null && !line.done) return line.value;
    await this.#closed;
    this.#failure ??= new Error(reasonIn(this.#complaint) ?? `it ended with ${this.#exit()}`);
    return null;
  }

  #exit(): string {
    return this.#child.signalCode ?? `status ${this.#child.exitCode}`;
  }
}

/** The line of a stack trace that says what happened: Node's and Python's both have it as `SomeError: …`. */
function reasonIn(stack: string): string | undefined {
  return stack
    .split("\n")
    .filter((line) => /^\w*(Error|Exception)\b.*:/.test(line))
    .at(-1);
}
