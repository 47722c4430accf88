// Compares the runs of a program in arenaria and in CPython, line by line.
import { Arenaria } from "./arenaria.js";
import { type PythonOutcome, startPython } from "./python.js";
import { RULES, type RuleName } from "./rules.js";
import type { Program } from "./words.js";

/** What both saw, in order: the number of the step, and a line of text. */
export interface Logs {
  readonly arenaria: readonly string[];
  readonly cpython: readonly string[];
}

export interface Difference extends Logs {
  readonly program: Program;
  /** The first line that differs. */
  readonly line: number;
}

export interface OracleOptions {
  /** The file of a core other than the package's own. */
  readonly wasm?: string | undefined;
}

export class Oracle {
  readonly #arenaria: Arenaria;
  readonly #play: (program: Program) => PythonOutcome;
  /** How many programs met each rule. */
  readonly applied: Record<RuleName, number>;
  programs = 0;
  /** Of CPython's logs. */
  lines = 0;
  /** Finalizers and callbacks that ran. */
  calls = 0;

  private constructor(arenaria: Arenaria, play: (program: Program) => PythonOutcome) {
    this.#arenaria = arenaria;
    this.#play = play;
    this.applied = Object.fromEntries(Object.keys(RULES).map((name) => [name, 0])) as Record<RuleName, number>;
  }

  /** Loads CPython, which takes some seconds. */
  static async start({ wasm }: OracleOptions = {}): Promise<Oracle> {
    return new Oracle(new Arenaria(wasm), await startPython());
  }

  /** Runs a program in both. */
  async run(program: Program, counts = true): Promise<Logs> {
    const { log: cpython, applied } = this.#play(program);
    const arenaria = await this.#arenaria.run(program);
    if (counts) this.#count(cpython, applied);
    return { arenaria, cpython };
  }

  #count(log: readonly string[], applied: PythonOutcome["applied"]): void {
    this.programs++;
    this.lines += log.length;
    this.calls += log.filter((line) => / (finalizer|callback) of /.test(line)).length;
    for (const name of Object.keys(applied) as RuleName[]) if (applied[name] > 0) this.applied[name]++;
  }

  /** Runs a program in both; null if their logs are the same. */
  async compare(program: Program, counts = true): Promise<Difference | null> {
    const logs = await this.run(program, counts);
    const line = firstDifference(logs);
    return line < 0 ? null : { program, line, ...logs };
  }
}

/** -1 if there is none. */
function firstDifference({ arenaria, cpython }: Logs): number {
  for (let i = 0; i < Math.max(arenaria.length, cpython.length); i++) if (arenaria[i] !== cpython[i]) return i;
  return -1;
}
