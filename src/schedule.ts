// When a collection starts by itself: the switch, the thresholds and the counts they are compared with, all in the record
// that the core reads.

import type { Engine } from "./engine.js";
import { G_COUNT, G_ENABLED, G_LIMIT, G_THRESHOLD, GC } from "./layout.js";
import type { GCOptions, Thresholds } from "./options.js";

/** The limit that no count is above. */
const NEVER = 0xffff_ffff;

export class Schedule {
  readonly #engine: Engine;
  #suspended = false;

  /** What the options leave out stays as the heap has it. */
  constructor(engine: Engine, { enabled, threshold }: GCOptions) {
    this.#engine = engine;
    if (threshold !== undefined) this.thresholds = threshold;
    if (enabled !== undefined) this.enabled = enabled;
  }

  get enabled(): boolean {
    return this.#engine.memory.word(GC + G_ENABLED) !== 0;
  }

  set enabled(on: boolean) {
    this.#engine.memory.setWord(GC + G_ENABLED, on ? 1 : 0);
    this.#setLimit();
  }

  get thresholds(): [number, number, number] {
    return this.#three(G_THRESHOLD);
  }

  set thresholds(values: Thresholds) {
    this.#setThree(G_THRESHOLD, values);
    this.#setLimit();
  }

  get counts(): [number, number, number] {
    return this.#three(G_COUNT);
  }

  /** While suspended, nothing is due: not for the host, and not for programs that call the core themselves. */
  set suspended(on: boolean) {
    this.#suspended = on;
    this.#setLimit();
  }

  #setLimit(): void {
    const [first] = this.thresholds;
    const runs = this.enabled && first !== 0 && !this.#suspended;
    this.#engine.memory.setWord(GC + G_LIMIT, runs ? first : NEVER);
  }

  #three(field: number): [number, number, number] {
    const { memory } = this.#engine;
    const at = GC + field;
    return [memory.word(at), memory.word(at + 4), memory.word(at + 8)];
  }

  #setThree(field: number, values: Thresholds): void {
    const { memory } = this.#engine;
    for (const [index, value] of values.entries()) memory.setWord(GC + field + index * 4, value);
  }
}
