// A trace that is played on a real heap.

import { hex } from "../../address.js";
import { Heap, partsOf } from "../../heap.js";
import { ARENA_BYTES, R_ARENAS, R_PEAK_BYTES, RUNTIME } from "../../layout.js";
import type { HeapMemory } from "../../memory.js";
import type { Parts } from "../../parts.js";
import { OP_CALLOC, OP_FREE, OP_REALLOC, type Trace } from "../../traces/format.js";
import { type PlayerState, TracePlayer } from "../../traces/player.js";
import { become, Checkpoints, heapOf, memoryOf } from "./checkpoints.js";
import { LargeMap } from "./largemap.js";
import { OwnSession } from "./ownsession.js";
import { PoolMap } from "./poolmap.js";
import { SERIES_POINTS } from "./series.js";
import { Tally } from "./tally.js";
import { type Score, Transport } from "./transport.js";

/** Operations between two checkpoints at first, about. */
const CHECKPOINT_OPERATIONS = 50_000;

interface State {
  readonly player: PlayerState;
  readonly live: number;
}

/**
 * What is drawn is the heap that is played on, and nothing ever changes it but the operations: so a position has one state, whoever looked at
 * it before. Whoever looks into the heap gets a copy, which can be drained.
 */
export class TraceSession extends OwnSession implements Score {
  readonly #trace: Trace;
  #played: Heap;
  #copy: Heap;
  /** The position that the copy is of. */
  #copied = -1;
  readonly #copyMap = new PoolMap();
  readonly #copyLarge = new LargeMap();
  #tally: Tally;
  #player: TracePlayer;
  readonly #transport: Transport;
  override readonly player: Transport;
  /** Operations between two points of the curves. */
  readonly #stride: number;
  readonly #checkpoints: Checkpoints<State>;
  /** How often a seek has begun with another heap. */
  #turn = 0;

  static async open(trace: Trace): Promise<TraceSession> {
    return new TraceSession(trace, await Heap.create(), await Heap.create());
  }

  private constructor(trace: Trace, played: Heap, copy: Heap) {
    super("trace", trace.name);
    this.#trace = trace;
    this.#played = played;
    this.#copy = copy;
    this.#stride = Math.max(1, Math.ceil(trace.operations / (SERIES_POINTS - 2)));
    this.#checkpoints = new Checkpoints(this.#stride * Math.ceil(CHECKPOINT_OPERATIONS / this.#stride));
    this.#tally = new Tally(played.core, 0);
    this.#player = new TracePlayer(this.#tally.core, false, trace);
    this.#transport = new Transport(this);
    this.player = this.#transport;
    this.#addPoint();
  }

  get heap(): Heap {
    this.settled();
    return this.#copy;
  }

  get length(): number {
    return this.#trace.operations;
  }

  get position(): number {
    return this.#player.position;
  }

  play(n: number): void {
    const end = this.position + n;
    while (this.position < end) {
      const next = Math.min(end, (Math.floor(this.position / this.#stride) + 1) * this.#stride);
      this.#player.play(next - this.position);
      if (next % this.#stride !== 0 && next !== this.length) continue;
      this.#addPoint();
      if (!this.#checkpoints.wants(next)) continue;
      this.#checkpoints.take(next, this.#played, { player: this.#player.state(), live: this.#tally.live });
    }
  }

  async approach(position: number): Promise<void> {
    const checkpoint = this.#checkpoints.before(position);
    const isBehind = position < this.position;
    if (!isBehind && (checkpoint?.position ?? 0) <= this.position) return;
    const [played, copy] = await Promise.all([
      checkpoint === undefined ? Heap.create() : heapOf(checkpoint.bytes),
      Heap.create(),
    ]);
    if (this.isClosed || this.player.target !== position) {
      played[Symbol.dispose]();
      copy[Symbol.dispose]();
      return;
    }
    this.#played[Symbol.dispose]();
    this.#copy[Symbol.dispose]();
    this.#played = played;
    this.#copy = copy;
    this.#copied = -1;
    this.#turn++;
    this.#tally = new Tally(played.core, checkpoint?.state.live ?? 0);
    this.#player = new TracePlayer(this.#tally.core, false, this.#trace, checkpoint?.state.player);
  }

  describe(): string {
    const next = this.#player.next;
    if (next === null) return "the end";
    const { op, size, address } = next;
    if (op === OP_FREE) return `free(${hex(address)})`;
    if (op === OP_REALLOC) return `realloc(${hex(address)}, ${size})`;
    return op === OP_CALLOC ? `calloc(1, ${size})` : `malloc(${size})`;
  }

  protected dispose(): void {
    this.#transport.stop();
    this.#played[Symbol.dispose]();
    this.#copy[Symbol.dispose]();
  }

  protected get revision(): number {
    return this.#turn * (this.length + 1) + this.position;
  }

  protected get shown(): HeapMemory {
    return partsOf(this.#played).engine.memory;
  }

  protected settled(): Parts {
    const parts = partsOf(this.#copy);
    if (this.#copied !== this.position) {
      become(this.#copy, memoryOf(this.#played));
      parts.engine.run((core) => core.drain());
      this.#copied = this.position;
    }
    return parts;
  }

  protected override settledMaps(parts: Parts): { map: PoolMap; large: LargeMap } {
    const { memory } = parts.engine;
    this.#copyMap.read(memory);
    this.#copyLarge.read(memory, this.#copyMap);
    return { map: this.#copyMap, large: this.#copyLarge };
  }

  /** There are no objects. */
  protected override get isCounted(): boolean {
    return true;
  }

  #addPoint(): void {
    const memory = this.shown;
    const { low, high } = this.#tally;
    this.series.add({
      x: this.position,
      liveLow: low,
      liveHigh: high,
      peak: memory.word(RUNTIME + R_PEAK_BYTES),
      reserved: memory.byteLength,
      arenas: memory.word(RUNTIME + R_ARENAS) * ARENA_BYTES,
    });
    this.#tally.restart();
  }
}
