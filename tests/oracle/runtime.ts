// The words that programs of the oracle are made of, in arenaria; those of CPython are in python/.
import { isRef, isSized } from "./kinds.js";
import { Boom, type Done, SKIPPED } from "./state.js";
import { WeakWords } from "./weak.js";
import type { Name, Program, Step } from "./words.js";

/** So many words a program may use, those of finalizers and callbacks included. */
const ROUNDS = 400;

/** Runs programs in one heap, which should do nothing else. */
export class Runtime extends WeakWords {
  /** What was seen. Errors of the heap itself are thrown. */
  run({ steps, bodies }: Program): string[] {
    this.bodies = bodies;
    this.log = [];
    this.number = 0;
    this.collecting = false;
    this.left = ROUNDS;
    for (const [i, step] of steps.entries()) {
      this.step = i;
      this.use(step);
    }
    this.end();
    this.numbers.clear();
    this.finalizers.length = 0;
    return this.log;
  }

  protected override use([word, ...given]: Step): void {
    if (--this.left < 0) return;
    const act = this[word] as (...given: unknown[]) => unknown;
    if (act.apply(this, given) === SKIPPED) this.say(SKIPPED);
  }

  /** Lets go of everything, and sees that nothing of the program is left. */
  private end(): void {
    this.step = "end";
    this.census();
    this.answers();
    this.tables();
    this.left = 0;
    for (const name of [...this.names.keys()].sort()) this.forget(name);
    while (this.watches.length > 0) this.watches.pop()?.release();
    this.clearTables();
    while (this.own.length > 0) this.own.pop()?.release();
    this.heap.gc.unfreeze();
    for (let i = 0; i < 3; i++) this.collect(2);
    this.census();
  }

  // ── looking ───────────────────────────────────────────────────────────────────────────────────────────

  countRefs(x: Name): Done {
    const object = this.names.get(x);
    if (this.depth > 0 || object === undefined) return SKIPPED;
    this.say(String(this.heap.sys.getRefCount(object)));
  }

  tracked(x: Name): Done {
    const object = this.names.get(x);
    if (object === undefined) return SKIPPED;
    this.truth(this.heap.gc.isTracked(object));
  }

  finalized(x: Name): Done {
    const object = this.names.get(x);
    if (object === undefined) return SKIPPED;
    this.truth(this.heap.gc.isFinalized(object));
  }

  size(x: Name): Done {
    return this.holding([x], isSized, (object) => {
      this.say(String("size" in object ? object.size : object.length));
    });
  }

  census(): void {
    const generations = ([0, 1, 2] as const).map((generation) => {
      const objects = this.heap.gc.getObjects(generation);
      const own = objects.filter((object) => object.typeName !== "keyedref" && !(this.collecting && isRef(object)));
      const numbers = own.map((object) => this.numbers.get(object.address)).filter((n) => n !== undefined);
      this.letGo(...objects);
      return numbers
        .sort((a, b) => a - b)
        .map((number) => `#${number}`)
        .join(" ");
    });
    this.say(generations.join(" | "));
  }

  /** All of the heap is in order, whatever is going on. */
  verify(): void {
    this.heap.verify();
  }

  // ── the collector ─────────────────────────────────────────────────────────────────────────────────────

  collect(generation: 0 | 1 | 2): void {
    const before = this.collecting;
    this.collecting = true;
    const collected = this.heap.gc.collect(generation);
    this.collecting = before;
    this.say(String(collected));
  }

  freeze(): Done {
    if (this.depth > 0) return SKIPPED;
    this.heap.gc.freeze();
  }

  unfreeze(): Done {
    if (this.depth > 0) return SKIPPED;
    this.heap.gc.unfreeze();
  }

  throw(): Done {
    if (this.depth === 0) return SKIPPED;
    throw new Boom();
  }
}
