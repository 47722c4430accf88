// Takes a lock, for the first time and again, in each frame above the end of the stack; posts how often it was not let go of.
// Plain code in a thread of its own: what matters is that nothing has been compiled before.
import { parentPort } from "node:worker_threads";
import { GIL, HEAP_START, L_HOLDER } from "../../dist/src/layout.js";
import { SharedGil } from "../../dist/src/threads/sharedgil.js";

const words = new Int32Array(new SharedArrayBuffer(HEAP_START));
const HOLDER = (GIL + L_HOLDER) >> 2;
const gil = new SharedGil(words, { entered() {}, leaving() {}, report() {} });
const body = () => {};

function below(frames, act) {
  if (frames > 0) below(frames - 1, act);
  else act();
}

const results = [];
for (const act of [() => gil.run(body), () => gil.atomic(body)]) {
  let [done, failed, left] = [0, 0, 0];
  const attempt = (frames) => {
    const before = failed;
    try {
      below(frames, act);
      done++;
    } catch {
      failed++;
    }
    if (words[HOLDER] !== 0 || gil.held) left++;
    words[HOLDER] = 0;
    return failed > before;
  };
  // In large steps to where there is no room for it, and around that in small ones.
  let end = 0;
  while (!attempt(end)) end += 37;
  for (let frames = end - 200; failed < 200; frames++) attempt(frames);
  results.push({ done: done > 0, failed, left });
}
parentPort.postMessage(results);
