// A trace, played on a heap: once to look at what it does to the heap, then against the clock.

import { CorruptionError } from "../errors.js";
import type { TraceEventFile } from "../events/traceevents.js";
import { Heap } from "../heap.js";
import type { MallocStats } from "../stats.js";
import type { Trace } from "../traces/format.js";
import { TracePlayer } from "../traces/player.js";
import { profileOf } from "../traces/profile.js";
import { median } from "./figures.js";
import { Problem } from "./problem.js";
import { playRecorded } from "./replayevents.js";

/** Rounds before those that count: memory grows, and the engine optimizes. */
const WARM_UP_ROUNDS = 2;
/** Operations of a call: between two calls, wasm code changes to its optimized form. */
const CHUNK = 4096;

export interface ReplayOptions {
  /** Rounds that count. */
  readonly rounds: number;
  /** A heap in debug mode. */
  readonly debug: boolean;
  /** Whether the first round is recorded as trace events. */
  readonly record: boolean;
  /** Hears of each round that is done. */
  readonly onRound: () => void;
}

/** What a trace came to. Sizes are bytes. */
export interface Replay {
  readonly trace: string;
  readonly operations: number;
  /** Of an operation, in each round that counts. */
  readonly nanoseconds: readonly number[];
  readonly median: number;
  /** Most bytes live at a time, as the program asked for them. */
  readonly peakRequested: number;
  /** Most bytes in arenas and large blocks at a time. */
  readonly peak: number;
  /** Linear memory. */
  readonly reserved: number;
  /** Calls that found no memory. */
  readonly failures: number;
  /** Blocks live after the last operation. */
  readonly live: number;
  /** Blocks that are left when those are freed, too: none. */
  readonly left: number;
  /** After the last operation. */
  readonly malloc: MallocStats;
  /** Of the first round, if it was recorded. */
  readonly traceEvents: TraceEventFile | null;
}

/** Rounds in all that a trace takes. */
export function roundsOf({ rounds }: ReplayOptions): number {
  return 1 + WARM_UP_ROUNDS + rounds;
}

/**
 * Plays a trace. The heap is verified after the last operation of the first round, and when all is freed.
 *
 * @throws Problem when that does not hold
 */
export async function replay(trace: Trace, options: ReplayOptions): Promise<Replay> {
  const heap = await Heap.create({ debug: options.debug });
  try {
    return await replayOn(heap, trace, options);
  } finally {
    heap[Symbol.dispose]();
  }
}

async function replayOn(heap: Heap, trace: Trace, options: ReplayOptions): Promise<Replay> {
  const { rounds, debug, record, onRound } = options;
  const player = new TracePlayer(heap.core, debug, trace);
  const traceEvents = record ? await playRecorded(heap, player) : null;
  player.play(trace.operations);
  verify(heap, trace, "after the last operation");
  const malloc = heap.sys.debugMallocStats();
  const { peak, reserved } = heap.sys.memoryUsage();
  const live = heap.sys.getAllocatedBlocks();
  player.freeAll();
  verify(heap, trace, "when all is freed");
  const left = heap.sys.getAllocatedBlocks();
  onRound();
  const nanoseconds: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    const milliseconds = timeRound(heap, trace, debug);
    if (round >= WARM_UP_ROUNDS) nanoseconds.push((milliseconds * 1e6) / Math.max(1, trace.operations));
    onRound();
  }
  return {
    trace: trace.name,
    operations: trace.operations,
    nanoseconds,
    median: median(nanoseconds),
    peakRequested: profileOf(trace).peakBytes,
    peak,
    reserved,
    failures: player.failures,
    live,
    left,
    malloc,
    traceEvents,
  };
}

/** Milliseconds of one round. What is left at its end is freed off the clock. */
function timeRound(heap: Heap, trace: Trace, debug: boolean): number {
  const player = new TracePlayer(heap.core, debug, trace);
  const start = performance.now();
  while (player.play(CHUNK) > 0);
  const milliseconds = performance.now() - start;
  player.freeAll();
  return milliseconds;
}

function verify(heap: Heap, { name }: Trace, when: string): void {
  try {
    heap.verify();
  } catch (cause) {
    if (!(cause instanceof CorruptionError)) throw cause;
    throw new Problem(`${name}: the heap does not hold ${when}: ${cause.message}`, undefined, { cause });
  }
}
