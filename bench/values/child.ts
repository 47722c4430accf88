// node --expose-gc child.js WHO
// A process for one task on values.

import { serveWork } from "../objects/worker.js";
import { ourWork } from "./ourwork.js";
import { plainWork } from "./plainwork.js";
import type { ValueTask } from "./task.js";

await serveWork<ValueTask>({ ours: { work: ourWork }, plain: { work: plainWork } }, process.argv[2]);
