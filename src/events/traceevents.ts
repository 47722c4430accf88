// Collections and growth as trace-event JSON, which Perfetto and Chrome's tools open.

import { dispose } from "../dispose.js";
import { defineSummary, summary } from "../summary.js";
import type { CollectionEvent, HeapEvent } from "./heapevents.js";
import type { MemoryInUse } from "./memoryinuse.js";
import { type EventSource, listenTo } from "./recording.js";

export interface TraceEventOptions {
  /** Collections and growths that are kept, an integer from 1 on: of more, the oldest go. 100,000 if not given, some 30 MB. */
  limit?: number;
}

/** One entry of the trace-event format; times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  /** M metadata, X a span of time, C counters, i an instant. */
  readonly ph: "M" | "X" | "C" | "i";
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly cat?: string;
  /** How far an instant reaches: its thread. */
  readonly s?: "t";
  readonly args: { readonly [name: string]: string | number };
}

/** What tools open once it is written to a file as JSON. */
export interface TraceEventFile {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: "ms";
  readonly otherData: {
    /** Collections and growths that were forgotten, as there were more than the limit. */
    readonly dropped: number;
  };
}

export interface TraceEventRecorder extends Disposable {
  /** Collections and growths that were forgotten. */
  readonly dropped: number;
  /** What was recorded so far, for JSON.stringify. */
  toJSON(): TraceEventFile;
  /** Records nothing more, and keeps what it has. */
  stop(): void;
}

const LIMIT = 100_000;
const CATEGORY = "arenaria";
const US_PER_MS = 1000;

/**
 * Records the collections of a heap as spans, the growths of its memory as instants, and what is in use, reserved and how many objects
 * the collector knows as counters. Open `JSON.stringify(recorder)` with ui.perfetto.dev or chrome://tracing.
 *
 * Times are those of `performance.now()`; the track is named after the heap's number.
 *
 * @throws TypeError not a heap; TypeError, RangeError a limit that is no integer from 1 on
 */
export function recordTraceEvents(heap: EventSource, { limit = LIMIT }: TraceEventOptions = {}): TraceEventRecorder {
  if (typeof limit !== "number") throw new TypeError(`recordTraceEvents: limit must be a number, not ${typeof limit}`);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(`recordTraceEvents: limit must be an integer from 1 on, not ${limit}`);
  }
  return new Recorder(heap, limit);
}

class Recorder implements TraceEventRecorder {
  readonly #listening: Disposable & { stop(): void };
  /** In a ring, once it is full. */
  readonly #events: HeapEvent[] = [];
  /** Of all, not only of those that are kept. */
  #count = 0;

  static {
    defineSummary(Recorder.prototype, (recorder) =>
      summary("TraceEventRecorder", { recorded: recorder.#events.length, dropped: recorder.dropped }),
    );
  }

  constructor(heap: EventSource, limit: number) {
    this.#listening = listenTo("recordTraceEvents", heap, (event) => {
      this.#events[this.#count++ % limit] = event;
    });
  }

  get dropped(): number {
    return this.#count - this.#events.length;
  }

  toJSON(): TraceEventFile {
    // Those of the ring may begin anywhere in it, and growth in the middle of a collection is told before that.
    const timed = this.#events.flatMap((event) =>
      event.kind === "collection" ? collectionEvents(event) : growthEvents(event),
    );
    timed.sort((a, b) => a.ts - b.ts);
    return {
      traceEvents: [...namesOf(this.#events), ...timed],
      displayTimeUnit: "ms",
      otherData: { dropped: this.dropped },
    };
  }

  stop(): void {
    this.#listening.stop();
  }

  [dispose](): void {
    this.stop();
  }
}

/** The names of the process and of the track. */
function namesOf(events: readonly HeapEvent[]): TraceEvent[] {
  const { heap } = events[0] ?? { heap: 1 };
  const common = { ph: "M", pid: processId(), tid: heap, ts: 0 } as const;
  return [
    { ...common, name: "process_name", args: { name: "arenaria" } },
    { ...common, name: "thread_name", args: { name: `heap ${heap}` } },
  ];
}

function collectionEvents(event: CollectionEvent): TraceEvent[] {
  const { generation, trigger, start, duration, candidates, collected, uncollectable, before, after } = event;
  const place = { pid: processId(), tid: event.heap, cat: CATEGORY };
  const args = {
    trigger,
    candidates,
    collected,
    uncollectable,
    "bytes before": before.bytes,
    "bytes after": after.bytes,
    "objects before": before.objects,
    "objects after": after.objects,
  };
  const [ts, dur] = [start * US_PER_MS, duration * US_PER_MS];
  return [
    { ...place, name: `generation ${generation}`, ph: "X", ts, dur, args },
    ...counters(event.heap, ts, before),
    ...counters(event.heap, ts + dur, after),
  ];
}

function growthEvents({ heap, start, before, after, arenas }: Extract<HeapEvent, { kind: "growth" }>): TraceEvent[] {
  const ts = start * US_PER_MS;
  const place = { pid: processId(), tid: heap, ts, cat: CATEGORY };
  return [
    { ...place, name: "memory grows", ph: "i", s: "t", args: { before, after, arenas } },
    { ...place, name: `heap ${heap}: reserved`, ph: "C", args: { bytes: after } },
  ];
}

/** Counters belong to the process: their names tell heaps apart. */
function counters(heap: number, ts: number, { bytes, objects, reserved }: MemoryInUse): TraceEvent[] {
  const place = { pid: processId(), tid: heap, ts, cat: CATEGORY, ph: "C" } as const;
  return [
    { ...place, name: `heap ${heap}: in use`, args: { bytes } },
    { ...place, name: `heap ${heap}: reserved`, args: { bytes: reserved } },
    { ...place, name: `heap ${heap}: objects`, args: { objects } },
  ];
}

function processId(): number {
  const { process } = globalThis as { readonly process?: { readonly pid?: number } };
  return process?.pid ?? 1;
}
