// The same graphs as plain objects, saved and loaded by the engine.

import { deserialize, serialize } from "node:v8";
import { timeOf } from "./clock.js";
import { buildPlain, checkPlain } from "./graphs.js";
import type { GraphFacts, ImageTask, PlainPart, RoundTimes } from "./task.js";

/** A graph, and the bytes that the engine makes of it. */
export class PlainImages {
  readonly #root: unknown;
  readonly #records: number;
  readonly #bytes: Buffer;

  constructor(task: ImageTask) {
    const { root, records } = buildPlain(task);
    this.#root = root;
    this.#records = records;
    this.#bytes = serialize(root);
    checkPlain(deserialize(this.#bytes), task);
  }

  facts(): GraphFacts {
    return { bytes: this.#bytes.length, records: this.#records };
  }

  /** Every part, each for that many milliseconds, or once if it takes longer. */
  async round(milliseconds: number): Promise<RoundTimes<PlainPart>> {
    const time = (run: () => unknown) => timeOf({ run }, milliseconds);
    return {
      serialize: await time(() => serialize(this.#root)),
      deserialize: await time(() => deserialize(this.#bytes)),
      clone: await time(() => structuredClone(this.#root)),
    };
  }
}
