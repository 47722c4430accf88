// Programs of the oracle in arenaria, through nothing but what the package exports.
import { readFileSync } from "node:fs";
import { Heap } from "../../src/index.js";
import { Runtime } from "./runtime.js";
import type { Program } from "./words.js";

/** Every so many programs, the heap is looked at from end to end. */
const VERIFY_EVERY = 50;

/** A heap for many programs; a new one after each that left it in disorder. */
export class Arenaria {
  readonly #wasm: WebAssembly.Module | undefined;
  #runtime: Runtime | null = null;
  #heap: Heap | null = null;
  #runs = 0;
  /** Blocks in use when nothing of a program is there. */
  #blocks = 0;

  /** `wasm` is the file of a core other than the package's own. */
  constructor(wasm?: string) {
    this.#wasm = wasm === undefined ? undefined : new WebAssembly.Module(readFileSync(wasm));
  }

  /** What was seen. An error of the heap is the last line. */
  async run(program: Program): Promise<readonly string[]> {
    const runtime = await this.#open();
    try {
      const log = runtime.run(program);
      this.#check();
      return log;
    } catch (error) {
      this.#heap = null;
      return [...runtime.log, `error ${error instanceof Error ? error.stack : error}`];
    }
  }

  async #open(): Promise<Runtime> {
    if (this.#heap !== null && this.#runtime !== null) return this.#runtime;
    const heap = await Heap.create({
      gc: { enabled: false },
      onUnraisable: (event) => this.#runtime?.unraisable(event),
      ...(this.#wasm && { wasm: this.#wasm }),
    });
    this.#heap = heap;
    this.#runtime = new Runtime(heap);
    this.#blocks = heap.sys.getAllocatedBlocks();
    return this.#runtime;
  }

  /** Nothing of a program is left, and all is in order. */
  #check(): void {
    const heap = this.#heap as Heap;
    const blocks = heap.sys.getAllocatedBlocks();
    if (blocks !== this.#blocks) throw new Error(`${blocks} blocks are left, ${this.#blocks} expected`);
    if (this.#runs++ % VERIFY_EVERY === 0) heap.verify();
  }
}
