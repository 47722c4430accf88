// node --expose-gc records.js WHO
// A process in which records come and go.

import { collectJavaScript } from "./answer.js";
import { callWork } from "./callwork.js";
import { insideGround, linkedGround } from "./ours.js";
import { plainWork } from "./plainwork.js";
import { wasmWork } from "./wasmwork.js";
import type { Task } from "./work.js";
import { serveWork } from "./worker.js";

await serveWork<Task>(
  {
    calls: { work: (task) => callWork(linkedGround(), task) },
    linked: { work: (task) => wasmWork(linkedGround(), task) },
    inside: { work: (task) => wasmWork(insideGround(), task) },
    plain: { work: plainWork, settle: collectJavaScript },
  },
  process.argv[2],
);
