// Breaks a lock after a minute, so that a thread which blocks for ever fails instead.
import { workerData } from "node:worker_threads";

const { buffer, broken, over } = workerData;
const words = new Int32Array(buffer);
if (Atomics.wait(words, over, 0, 60_000) === "timed-out") Atomics.store(words, broken, 1);
