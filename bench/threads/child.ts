// node --expose-gc child.js WHO
// A process for one task in a heap of one thread.

import { serveWork } from "../objects/worker.js";
import { aloneWork } from "./alone.js";
import type { AloneTask } from "./task.js";

await serveWork<AloneTask>({ ours: { work: aloneWork } }, process.argv[2]);
