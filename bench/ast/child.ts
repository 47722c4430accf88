// node --expose-gc child.js HOLDER FILE
// A process in which nothing lives but one tree. FILE is what writeTree in tree.ts wrote.

import { answer } from "../objects/answer.js";
import { type Holder, type HolderFigures, Life } from "./lifecycle.js";
import { createPlainHolder } from "./plain.js";
import { createRecordHolder } from "./records.js";
import { readTree } from "./tree.js";

const HOLDERS: Readonly<Record<string, () => Holder | Promise<Holder>>> = {
  records: createRecordHolder,
  plain: createPlainHolder,
};

const [name = "", file = ""] = process.argv.slice(2);
const create = HOLDERS[name];
if (create === undefined) throw new Error(`there is no holder of the name ${name}`);
const life = new Life(await create(), readTree(file));
await answer({ round: (): HolderFigures => ({ version: process.versions.v8, ...life.round() }) });
