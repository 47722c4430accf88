// node --expose-gc child.js WHO
// A process for one task on weak references.

import { serveWork } from "../objects/worker.js";
import { ourWork } from "./ourwork.js";
import { plainWork } from "./plainwork.js";
import type { WeakTask } from "./task.js";

await serveWork<WeakTask>({ ours: { work: ourWork }, plain: { work: plainWork } }, process.argv[2]);
