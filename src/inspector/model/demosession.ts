// The demo: a small program of objects that is played as a trace is.

import { Heap, partsOf } from "../../heap.js";
import { ARENA_BYTES, R_ARENAS, R_PEAK_BYTES, RUNTIME } from "../../layout.js";
import type { HeapMemory } from "../../memory.js";
import type { Parts } from "../../parts.js";
import { become, Checkpoints } from "./checkpoints.js";
import { DEMO_LENGTH, DemoProgram } from "./demoprogram.js";
import { liveBytes } from "./numbers.js";
import { OwnSession } from "./ownsession.js";
import { type Score, Transport } from "./transport.js";

/** Operations between two points of the curves, and between two checkpoints. */
const STRIDE = 16;
const CHECKPOINT_OPERATIONS = 800;

/**
 * The program leaves its heap drained, so that whoever looks at it changes nothing. To go back, it begins anew on another heap, which is then made
 * what this one was at a checkpoint: between two operations the program keeps nothing that is not in its heap.
 */
export class DemoSession extends OwnSession implements Score {
  readonly length = DEMO_LENGTH;
  position = 0;
  override readonly player: Transport;
  readonly #transport: Transport;
  #heap: Heap;
  #program: DemoProgram;
  #unsubscribe: () => void;
  readonly #checkpoints = new Checkpoints<null>(CHECKPOINT_OPERATIONS);
  /** Operations that were done at some time: what belongs to them is known. */
  #known = 0;
  /** How often it has begun. */
  #turn = 0;

  static async open(): Promise<DemoSession> {
    return new DemoSession(await demoHeap());
  }

  private constructor(heap: Heap) {
    super("demo", "demo: a shop");
    this.#heap = heap;
    this.#program = new DemoProgram(heap);
    this.#unsubscribe = this.#listen();
    heap.core.drain();
    this.#transport = new Transport(this);
    this.player = this.#transport;
    this.readMaps();
    this.#addPoint();
  }

  get heap(): Heap {
    return this.#heap;
  }

  play(n: number): void {
    for (const end = this.position + n; this.position < end; ) {
      this.#program.run(this.position);
      this.position++;
      if (this.position > this.#known && (this.position % STRIDE === 0 || this.position === this.length)) {
        this.readMaps();
        this.#addPoint();
      }
      this.#known = Math.max(this.#known, this.position);
      if (this.#checkpoints.wants(this.position)) this.#checkpoints.take(this.position, this.#heap, null);
    }
  }

  async approach(position: number): Promise<void> {
    const checkpoint = this.#checkpoints.before(position);
    if (position >= this.position && (checkpoint?.position ?? 0) <= this.position) return;
    const heap = await demoHeap();
    if (this.isClosed || this.#transport.target !== position) {
      heap[Symbol.dispose]();
      return;
    }
    this.#unsubscribe();
    this.#heap[Symbol.dispose]();
    this.#heap = heap;
    this.position = checkpoint?.position ?? 0;
    this.#turn++;
    this.#unsubscribe = this.#listen();
    this.#program = new DemoProgram(heap);
    heap.core.drain();
    if (checkpoint !== undefined) become(heap, checkpoint.bytes);
  }

  describe(): string {
    return DemoProgram.describe(this.position);
  }

  protected dispose(): void {
    this.#transport.stop();
    this.#unsubscribe();
    this.#heap[Symbol.dispose]();
  }

  protected get revision(): number {
    return this.#turn * (this.length + 1) + this.position;
  }

  protected get shown(): HeapMemory {
    return partsOf(this.#heap).engine.memory;
  }

  protected settled(): Parts {
    return partsOf(this.#heap);
  }

  #listen(): () => void {
    return this.#heap.events.subscribe((event) => {
      if (event.kind !== "collection" || this.position < this.#known) return;
      const { generation, trigger, duration, candidates, collected } = event;
      const at = this.position + 1;
      this.collections.add({ generation, automatic: trigger !== "manual", at, pause: duration, candidates, collected });
    });
  }

  #addPoint(): void {
    const memory = this.shown;
    const live = liveBytes(memory, this.map);
    this.series.add({
      x: this.position,
      liveLow: live,
      liveHigh: live,
      peak: memory.word(RUNTIME + R_PEAK_BYTES),
      reserved: memory.byteLength,
      arenas: memory.word(RUNTIME + R_ARENAS) * ARENA_BYTES,
    });
  }
}

/** Young collections come often enough to be seen. */
function demoHeap(): Promise<Heap> {
  return Heap.create({ gc: { threshold: [700, 8, 4] } });
}
