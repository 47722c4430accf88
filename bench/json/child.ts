// node --expose-gc child.js HOLDER FILE
// A process in which nothing lives but one document. FILE has its text.

import { readFileSync } from "node:fs";
import { Heap } from "arenaria";
import { answer } from "../objects/answer.js";
import { createHeapHolder } from "./heap.js";
import { type Holder, type HolderFigures, Life } from "./lifecycle.js";
import { createPlainHolder } from "./plain.js";

const HOLDERS: Readonly<Record<string, () => Holder | Promise<Holder>>> = {
  heap: async () => createHeapHolder(await Heap.create()),
  plain: createPlainHolder,
};

const [name = "", file = ""] = process.argv.slice(2);
const create = HOLDERS[name];
if (create === undefined) throw new Error(`there is no holder of the name ${name}`);
const life = new Life(await create(), readFileSync(file, "utf8"));
await answer({ round: (): HolderFigures => ({ version: process.versions.v8, ...life.round() }) });
