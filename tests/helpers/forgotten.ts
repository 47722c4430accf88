// Handles that a program forgets: how to wait until the engine has collected them.
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/**
 * Lets the engine collect what nobody refers to, and registries do their work, until `done`. Node 20 can come to a state in which
 * no registry of the process is ever called again: false then, and a test of it would say nothing.
 */
export async function untilForgotten(done: () => boolean): Promise<boolean> {
  let called = false;
  const registry = new FinalizationRegistry(() => {
    called = true;
  });
  (() => registry.register({}, null))();
  for (let i = 0; i < 60 && !(called && done()); i++) {
    collectGarbage();
    await wait(50);
  }
  return called;
}
