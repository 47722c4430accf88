// node --expose-gc child.js HOLDER FILE
// A process in which nothing lives but one tree. FILE is what writeTree in tree.ts wrote.

import { answer } from "../objects/answer.js";
import { FRESH, type Holder, type HolderFigures, Life } from "./lifecycle.js";
import { createPlainHolder } from "./plain.js";
import { roundsInPyodide } from "./pyodide.js";
import { createRecordHolder } from "./records.js";
import { readTree } from "./tree.js";

/** The rounds of the tree of a file in a holder of this process. */
function roundsIn(holder: Holder, file: string): () => HolderFigures {
  const life = new Life(holder, readTree(file));
  return () => ({ version: process.versions.v8, ...life.round() });
}

const ROUNDS: Readonly<Record<string, (file: string) => Promise<() => HolderFigures>>> = {
  records: async (file) => roundsIn(await createRecordHolder(), file),
  plain: async (file) => roundsIn(createPlainHolder(), file),
  pyodide: (file) => roundsInPyodide(file, FRESH),
};

const [name = "", file = ""] = process.argv.slice(2);
const create = ROUNDS[name];
if (create === undefined) throw new Error(`there is no holder of the name ${name}`);
await answer({ round: await create(file) });
