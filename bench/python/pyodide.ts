// node pyodide.js SCRIPT [ARGUMENT…]
// A script of bench/python/ run by CPython compiled to WebAssembly, as Pyodide ships it: what python3 does, with the same
// questions on stdin and answers on stdout. Files named by absolute paths are where the script expects them.

import { dirname, isAbsolute } from "node:path";
import { loadPyodide } from "pyodide";
import { projectPath } from "../paths.js";

const [script = "", ...parameters] = process.argv.slice(2);
const scripts = projectPath("bench", "python");

const python = await loadPyodide();
const directories = new Set([scripts, ...parameters.filter(isAbsolute).map((file) => dirname(file))]);
for (const directory of directories) python.mountNodeFS(directory, directory);
python.globals.set("arguments", python.toPy([scripts, `${scripts}/${script}`, ...parameters]));
python.runPython(`
  import runpy, sys
  directory, *sys.argv = arguments
  sys.path.insert(0, directory)
  sys.dont_write_bytecode = True
  runpy.run_path(sys.argv[0], run_name="__main__")
`);
