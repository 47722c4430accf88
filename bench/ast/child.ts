// node --expose-gc child.js HOLDER FILE
// A process in which nothing lives but one tree. A round for each line on stdin, counted if it is "count", and then a line
// "done"; at the end of stdin the figures as JSON. FILE is what writeTree in tree.ts wrote.

import { createInterface } from "node:readline";
import { FRESH, type Holder, type JsonLife, Life } from "./lifecycle.js";
import { createPlainHolder } from "./plain.js";
import { liveInPyodide } from "./pyodide.js";
import { createRecordHolder } from "./records.js";
import { readTree } from "./tree.js";

/** The life of the tree of a file in a holder of this process. */
function lifeIn(holder: Holder, file: string): JsonLife {
  const life = new Life(holder, readTree(file));
  return {
    round: (counts) => life.round(counts),
    lives: () => JSON.stringify({ version: process.versions.v8, ...life.lives() }),
  };
}

const LIVES: Readonly<Record<string, (file: string) => Promise<JsonLife>>> = {
  records: async (file) => lifeIn(await createRecordHolder(), file),
  plain: async (file) => lifeIn(createPlainHolder(), file),
  pyodide: (file) => liveInPyodide(file, FRESH),
};

const [name = "", file = ""] = process.argv.slice(2);
const create = LIVES[name];
if (create === undefined) throw new Error(`there is no holder of the name ${name}`);
const life = await create(file);
for await (const line of createInterface({ input: process.stdin })) {
  life.round(line === "count");
  console.log("done");
}
console.log(life.lives());
