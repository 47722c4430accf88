// Parts of the library that it does not export: what Heap.restore is put together from, to time it piece by piece.

import { pathToFileURL } from "node:url";
import type * as ImageFormat from "../../dist/src/images/format.js";
import type * as Image from "../../dist/src/images/image.js";
import type * as ImagePages from "../../dist/src/images/pages.js";
import type * as Instantiate from "../../dist/src/instantiate.js";
import type * as Memory from "../../dist/src/memory.js";
import type * as Options from "../../dist/src/options.js";
import { projectPath } from "../paths.js";

export type { ImageHead } from "../../dist/src/images/format.js";
export type { HeapMemory } from "../../dist/src/memory.js";

export const { bytesToPlace, frontOf, placeImage } = await load<typeof Image>("images/image");
export const { headBytes, RUNTIME_END, RUNTIME_START } = await load<typeof ImageFormat>("images/format");
export const { usedRuns } = await load<typeof ImagePages>("images/pages");
export const { makeCore } = await load<typeof Instantiate>("instantiate");
export const { HeapMemory: MemoryOfHeap } = await load<typeof Memory>("memory");
export const { settle } = await load<typeof Options>("options");

async function load<Module>(name: string): Promise<Module> {
  return import(pathToFileURL(projectPath("dist", "src", `${name}.js`)).href);
}
