// Programs of the oracle in CPython 3.15, which runs in this process (Pyodide).
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";
import type { RuleName } from "./rules.js";
import type { Program } from "./words.js";

export interface PythonOutcome {
  readonly log: readonly string[];
  /** How often the program met each rule. */
  readonly applied: Readonly<Record<RuleName, number>>;
}

const FILES = ["state", "links", "weak", "looking", "order", "run"];

/** The text of the files in python/, one module. */
export const PYTHON_TEXT = FILES.map((name) => readFileSync(`tests/oracle/python/${name}.py`, "utf8")).join("\n\n");

/** Loads Python, which takes some seconds. What is returned runs a program. */
export async function startPython(): Promise<(program: Program) => PythonOutcome> {
  const python = await loadPyodide();
  python.runPython(PYTHON_TEXT);
  const play = python.globals.get("play");
  return (program) => JSON.parse(play(JSON.stringify(program)));
}
