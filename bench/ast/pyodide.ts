// CPython compiled to WebAssembly, as Pyodide ships it, with the script that python3 runs.

import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";
import { projectPath } from "../paths.js";
import type { JsonLife } from "./lifecycle.js";

/** Python's side of the rounds. */
export const SCRIPT = projectPath("bench", "ast", "graph.py");

/** A tree in Pyodide, read from a file that writeTree wrote. */
export async function liveInPyodide(file: string, fresh: number): Promise<JsonLife> {
  const python = await loadPyodide();
  python.FS.writeFile("/tree", readFileSync(file));
  python.FS.writeFile("/graph.py", readFileSync(SCRIPT));
  return python.runPython(`import sys; sys.path.insert(0, "/"); import graph; graph.Life("/tree", ${fresh})`);
}
