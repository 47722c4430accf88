// CPython compiled to WebAssembly, as Pyodide ships it, with the script that python3 runs.

import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";
import { projectPath } from "../paths.js";
import type { HolderFigures } from "./lifecycle.js";

/** The rounds of a tree in Pyodide, read from a file that writeTree wrote. */
export async function roundsInPyodide(file: string, fresh: number): Promise<() => HolderFigures> {
  const python = await loadPyodide();
  python.FS.writeFile("/tree", readFileSync(file));
  for (const script of ["answer.py", "tree.py"]) {
    python.FS.writeFile(`/${script}`, readFileSync(projectPath("bench", "python", script)));
  }
  const round: () => string = python.runPython(`
    import json, sys
    sys.path.insert(0, "/")
    import tree
    life = tree.Life("/tree", ${fresh})
    lambda: json.dumps(life.round())
  `);
  return () => JSON.parse(round());
}
