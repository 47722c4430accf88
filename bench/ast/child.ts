// node --expose-gc child.js HOLDER FILE WARM_UP COUNTED
// A process in which nothing lives but one tree. Prints "round" after each round, then the figures as JSON.

import { FRESH, type Holder, live } from "./lifecycle.js";
import { createPlainHolder } from "./plain.js";
import { runInPyodide } from "./pyodide.js";
import { createRecordHolder } from "./records.js";
import { readTree } from "./tree.js";

const HOLDERS: Readonly<Record<string, () => Holder | Promise<Holder>>> = {
  records: createRecordHolder,
  plain: createPlainHolder,
};

const [name = "", file = "", warmUp, counted] = process.argv.slice(2);
const create = HOLDERS[name];
if (name === "pyodide") {
  console.log(await runInPyodide(file, [Number(warmUp), Number(counted), FRESH]));
} else if (create !== undefined) {
  const rounds = { warmUp: Number(warmUp), counted: Number(counted) };
  const lives = live(await create(), readTree(file), rounds, () => console.log("round"));
  console.log(JSON.stringify({ version: process.versions.v8, ...lives }));
} else {
  throw new Error(`there is no holder of the name ${name}`);
}
