// What a trace does to a heap while it is played, as trace events for Perfetto.

import { liveMemory } from "../events/livememory.js";
import { recordTraceEvents, type TraceEvent, type TraceEventFile } from "../events/traceevents.js";
import { type Heap, partsOf } from "../heap.js";
import type { TracePlayer } from "../traces/player.js";

/** How often a trace is looked at on its way. */
const SAMPLES = 1000;
const US_PER_MS = 1000;

/** Plays a trace from where the player is to its end: growth of memory, and what is live on the way. */
export async function playRecorded(heap: Heap, player: TracePlayer): Promise<TraceEventFile> {
  const { name, operations } = player.trace;
  const { engine } = partsOf(heap);
  const recorder = recordTraceEvents(heap);
  const every = Math.max(1, Math.ceil(operations / SAMPLES));
  const start = performance.now();
  const samples = [{ time: start, ...liveMemory(engine) }];
  while (player.play(every) > 0) samples.push({ time: performance.now(), ...liveMemory(engine) });
  const duration = performance.now() - start;
  // Growth is told when what needed it is over.
  await Promise.resolve();
  recorder.stop();
  const recorded = recorder.toJSON();
  const { pid = 1, tid = 1 } = recorded.traceEvents[0] ?? {};
  const at = (time: number) => ({ pid, tid, ts: time * US_PER_MS });
  const own: TraceEvent[] = [
    { ...at(start), name, ph: "X", dur: duration * US_PER_MS, args: { operations } },
    ...samples.flatMap(({ time, bytes, blocks }): TraceEvent[] => [
      { ...at(time), name: `heap ${tid}: live`, ph: "C", args: { bytes } },
      { ...at(time), name: `heap ${tid}: blocks`, ph: "C", args: { blocks } },
    ]),
  ];
  return { ...recorded, traceEvents: [...recorded.traceEvents, ...own] };
}
