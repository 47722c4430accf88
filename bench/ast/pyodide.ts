// CPython compiled to WebAssembly, as Pyodide ships it, with the script that python3 runs.

import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";
import { projectPath } from "../paths.js";

/** Python's side of the rounds. */
export const SCRIPT = projectPath("bench", "ast", "graph.py");

/** Runs graph.py in Pyodide: what it prints is printed, and its figures come back as JSON. */
export async function runInPyodide(file: string, numbers: readonly number[]): Promise<string> {
  const python = await loadPyodide();
  python.FS.writeFile("/tree", readFileSync(file));
  python.FS.writeFile("/graph.py", readFileSync(SCRIPT));
  return python.runPython(
    `import json, sys; sys.path.insert(0, "/"); import graph; json.dumps(graph.live("/tree", ${numbers.join(", ")}))`,
  );
}
