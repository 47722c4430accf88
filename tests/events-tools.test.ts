// What listens to heap.events: measures for DevTools, trace-event JSON for Perfetto, lines as V8's.
import { PerformanceObserver } from "node:perf_hooks";
import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type CollectionEvent,
  type Heap,
  type HeapEvent,
  type HeapListener,
  measureHeap,
  printCollections,
  recordTraceEvents,
  type TraceEvent,
  type TraceEventFile,
} from "../src/index.js";
import { openHeap } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const heaps: Heap[] = [];
afterEach(() => {
  for (const heap of heaps.splice(0)) heap[Symbol.dispose]();
});

async function opened(options = {}): Promise<Heap> {
  const heap = await openHeap(options);
  heaps.push(heap);
  return heap;
}

/** A source of events that tells what it is told to. */
function sourceOf() {
  const listeners = new Set<HeapListener>();
  const events = {
    subscribe(listener: HeapListener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const tell = (event: HeapEvent) => {
    for (const listener of listeners) listener(event);
  };
  return { events, listeners, tell };
}

const LIVE = { bytes: 4.8 * 2 ** 20, objects: 5, reserved: 5.8 * 2 ** 20 };

function collection(given: Partial<CollectionEvent> = {}): CollectionEvent {
  return {
    kind: "collection",
    heap: 3,
    generation: 2,
    trigger: "automatic",
    start: 1234.4,
    duration: 4.618,
    candidates: 45_678,
    collected: 12_345,
    uncollectable: 0,
    before: LIVE,
    after: { ...LIVE, bytes: 4.3 * 2 ** 20, objects: 2 },
    ...given,
  };
}

const GROWTH: HeapEvent = { kind: "growth", heap: 3, start: 12.6, before: 2 ** 20, after: 2 ** 21, arenas: 4 };

describe("measures", () => {
  test("a collection is a measure in a track of its own, growth one without length, and the buffer stays as it was", async () => {
    const heap = await opened({ initialMemory: 2 ** 17 });
    performance.mark("the program's own");
    const entries: PerformanceEntry[] = [];
    const observer = new PerformanceObserver((list) => void entries.push(...(list.getEntries() as PerformanceEntry[])));
    observer.observe({ entryTypes: ["measure", "mark"] });
    const events: HeapEvent[] = [];
    heap.events.subscribe((event) => events.push(event));
    using measuring = measureHeap(heap);
    heap.gc.collect(1);
    heap.raw.malloc(2 ** 20);
    heap.gc.collect(2);
    measuring.stop();
    heap.gc.collect(0);
    await new Promise((resolve) => setImmediate(resolve));
    observer.disconnect();
    const measures = entries.filter(({ entryType }) => entryType === "measure") as PerformanceMeasure[];
    const growths = measures.filter(({ name }) => name.endsWith(": memory grows"));
    const [first, second, ...more] = measures.filter((measure) => !growths.includes(measure));
    const told = events[0] as CollectionEvent;
    expect(first).toMatchObject({ name: `arenaria ${told.heap}: generation 1`, startTime: told.start });
    expect(first?.duration).toBeCloseTo(told.duration, 6);
    expect(first?.detail.arenaria).toEqual(told);
    expect(first?.detail.devtools).toMatchObject({
      dataType: "track-entry",
      track: `Heap ${told.heap}`,
      trackGroup: "arenaria",
      color: "tertiary",
      tooltipText: "Generation 1 (manual): 0 of 0 objects collected",
    });
    expect(first?.detail.devtools.properties).toContainEqual(["examined", "0 objects"]);
    expect(second?.detail.devtools.color).toBe("tertiary-dark");
    expect(more).toEqual([]);
    const grown = events.filter(({ kind }) => kind === "growth");
    expect(grown.length).toBeGreaterThan(0);
    expect(growths.map(({ name, startTime, duration }) => [name, startTime, duration])).toEqual(
      grown.map(({ start }) => [`arenaria ${told.heap}: memory grows`, start, 0]),
    );
    expect(growths[0]?.detail.devtools).toMatchObject({ dataType: "track-entry", color: "secondary" });
    expect(performance.getEntriesByType("measure")).toEqual([]);
    expect(performance.getEntriesByType("mark").map(({ name }) => name)).toEqual(["the program's own"]);
    performance.clearMarks();
  });

  test("tracks have names, and entries stay where the program wants it", () => {
    const source = sourceOf();
    using _ = measureHeap(source, { track: "Documents", trackGroup: "Server", keep: true });
    const other = sourceOf();
    using __ = measureHeap(other);
    source.tell(collection());
    source.tell(GROWTH);
    other.tell(collection({ heap: 4 }));
    const measures = performance.getEntriesByType("measure") as PerformanceMeasure[];
    expect(measures.map(({ detail }) => [detail.devtools.track, detail.devtools.trackGroup])).toEqual([
      ["Documents", "Server"],
      ["Documents", "Server"],
    ]);
    expect(measures.map(({ startTime }) => startTime)).toContain(12.6);
    performance.clearMeasures();
  });
});

describe("lines", () => {
  test("a line a collection, as --trace-gc prints them", () => {
    const source = sourceOf();
    const lines: string[] = [];
    const printing = printCollections(source, (line) => lines.push(line));
    source.tell(collection());
    source.tell(collection({ generation: 0, trigger: "memory", collected: 0, candidates: 7, duration: 0.0123 }));
    source.tell(GROWTH);
    source.tell({ ...GROWTH, before: 2 ** 17, after: 2 ** 20, arenas: 1 });
    printing.stop();
    expect(source.listeners.size).toBe(0);
    expect(lines).toEqual([
      `[${process.pid}:3] 1234 ms: arenaria gen 2 (automatic) 4.8 (5.8) -> 4.3 (5.8) MB, 12,345 of 45,678 objects, 4.62 ms`,
      `[${process.pid}:3] 1234 ms: arenaria gen 0 (memory) 4.8 (5.8) -> 4.3 (5.8) MB, 0 of 7 objects, 0.01 ms`,
      `[${process.pid}:3] 13 ms: arenaria memory 1.0 -> 2.0 MB, 4 arenas`,
      `[${process.pid}:3] 13 ms: arenaria memory 0.13 -> 1.0 MB, 1 arena`,
    ]);
  });

  test("go to console.error, and need no process", () => {
    const source = sourceOf();
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    vi.stubGlobal("process", undefined);
    try {
      using _ = printCollections(source);
      source.tell(GROWTH);
      expect(error.mock.calls).toEqual([["[3] 13 ms: arenaria memory 1.0 -> 2.0 MB, 4 arenas"]]);
    } finally {
      vi.unstubAllGlobals();
      error.mockRestore();
    }
  });
});

/** What keeps a file from being trace-event JSON that Perfetto opens without a complaint, as sentences. */
function complaintsAbout(file: TraceEventFile): string[] {
  const complaints: string[] = [];
  const ends = new Map<string, number[]>();
  let last = Number.NEGATIVE_INFINITY;
  if (!["ms", "ns"].includes(file.displayTimeUnit)) complaints.push("no displayTimeUnit");
  for (const [n, event] of file.traceEvents.entries()) {
    const complain = (what: string) => void complaints.push(`event ${n} (${event.name}): ${what}`);
    if (typeof event.name !== "string" || event.name === "") complain("no name");
    if (!Number.isInteger(event.pid) || !Number.isInteger(event.tid)) complain("pid and tid must be integers");
    if (!Number.isFinite(event.ts) || event.ts < 0) complain("ts must be microseconds from 0 on");
    if (event.ph !== "M" && event.ts < last) complain("not in order of time");
    if (event.ph !== "M") last = event.ts;
    checkKind(event, complain);
    if (event.ph !== "X") continue;
    // Spans of a thread nest or are apart.
    const open = (ends.get(`${event.pid} ${event.tid}`) ?? []).filter((end) => end > event.ts);
    const end = event.ts + (event.dur ?? 0);
    if (open.some((outer) => end > outer)) complain("overlaps a span that it is not inside of");
    ends.set(`${event.pid} ${event.tid}`, [...open, end]);
  }
  return complaints;
}

function checkKind(event: TraceEvent, complain: (what: string) => void): void {
  const keys = new Set(Object.keys(event));
  const allowed: { [ph: string]: string[] } = { X: ["dur", "cat"], C: ["cat"], i: ["cat", "s"], M: [] };
  const own = allowed[event.ph];
  if (own === undefined) {
    complain(`ph ${event.ph} is not one of those that are written here`);
    return;
  }
  for (const key of ["name", "ph", "pid", "tid", "ts", "args", ...own]) {
    if (!keys.delete(key)) complain(`${key} is missing`);
  }
  if (keys.size > 0) complain(`${[...keys].join(", ")} too many`);
  if (event.ph === "X" && !(Number.isFinite(event.dur) && (event.dur as number) >= 0)) complain("no dur");
  if (event.ph === "i" && event.s !== "t") complain("s must say how far it reaches");
  if (event.ph === "C" && !Object.values(event.args).every(Number.isFinite)) complain("a counter that is no number");
  if (event.ph === "M" && !["process_name", "thread_name"].includes(event.name))
    complain("no metadata that tools know");
}

describe("trace events", () => {
  test("a program's collections and growths are a trace that tools open", async () => {
    const heap = await opened({ initialMemory: 2 ** 17, gc: { threshold: [50, 3, 3] } });
    const random = new Random(TEST_SEED);
    using recorder = recordTraceEvents(heap);
    const events: HeapEvent[] = [];
    heap.events.subscribe((event) => events.push(event));
    for (let n = 0; n < 300; n++) {
      heap.scope(() => {
        const ring = heap.list();
        ring.push(heap.list([ring, "x".repeat(random.below(2000))]));
      });
      if (random.chance(2)) heap.raw.malloc(random.below(200_000));
      if (random.chance(2)) heap.gc.collect();
      if (random.chance(5)) await null;
    }
    await null;
    const file: TraceEventFile = JSON.parse(JSON.stringify(recorder));
    expect(complaintsAbout(file), `TEST_SEED=${TEST_SEED}`).toEqual([]);
    const of = (ph: string) => file.traceEvents.filter((event) => event.ph === ph);
    const told = events.filter((event) => event.kind === "collection");
    expect(told.length).toBeGreaterThan(10);
    expect(of("X")).toHaveLength(told.length);
    expect(of("i")).toHaveLength(events.length - told.length);
    expect(of("i").length).toBeGreaterThan(0);
    expect(of("X")[0]).toMatchObject({ ts: (told[0]?.start as number) * 1000, args: { trigger: told[0]?.trigger } });
    const reserved = of("C").filter(({ name }) => name.endsWith("reserved"));
    expect(reserved.at(-1)?.args.bytes).toBe(heap.sys.memoryUsage().reserved);
    expect(of("C").filter(({ name }) => name.endsWith("in use"))).toHaveLength(2 * told.length);
  });

  test("the checks of this file find what is wrong", () => {
    const source = sourceOf();
    const recorder = recordTraceEvents(source);
    source.tell(collection());
    source.tell(collection({ start: 1236, duration: 10 }));
    expect(complaintsAbout(recorder.toJSON())).toEqual([
      expect.stringContaining("overlaps a span that it is not inside of"),
    ]);
    const file = recorder.toJSON();
    const [name, , span] = file.traceEvents as [TraceEvent, TraceEvent, TraceEvent];
    for (const [wrong, complaint] of [
      [{ ...name, name: "other" }, "no metadata that tools know"],
      [{ ...span, ts: -1 }, "ts must be"],
      [{ ...span, pid: 0.5 }, "pid and tid"],
      [{ ...span, s: "t" }, "s too many"],
      [{ ...span, ph: "C" }, "dur too many"],
      [{ ...span, ph: "B" }, "ph B"],
    ] as const) {
      const complaints = complaintsAbout({ ...file, traceEvents: [wrong as TraceEvent] });
      expect(complaints.join("\n")).toContain(complaint);
    }
  });

  test("of more than the limit the newest are kept", () => {
    const source = sourceOf();
    using recorder = recordTraceEvents(source, { limit: 3 });
    for (let n = 0; n < 8; n++) source.tell(collection({ start: n * 100, duration: 1 }));
    const file = recorder.toJSON();
    const spans = file.traceEvents.filter(({ ph }) => ph === "X");
    expect(spans.map(({ ts }) => ts)).toEqual([500_000, 600_000, 700_000]);
    expect([recorder.dropped, file.otherData.dropped]).toEqual([5, 5]);
    expect(inspect(recorder)).toBe("TraceEventRecorder { recorded: 3, dropped: 5 }");
    recorder.stop();
    source.tell(collection());
    expect(recorder.dropped).toBe(5);
    expect(complaintsAbout(recorder.toJSON())).toEqual([]);
  });

  test("an empty recording is a trace, and limits are checked", () => {
    expect(complaintsAbout(recordTraceEvents(sourceOf()).toJSON())).toEqual([]);
    expect(() => recordTraceEvents(sourceOf(), { limit: 0 })).toThrow(RangeError);
    expect(() => recordTraceEvents(sourceOf(), { limit: 1.5 })).toThrow(RangeError);
    // @ts-expect-error no number
    expect(() => recordTraceEvents(sourceOf(), { limit: "many" })).toThrow(TypeError);
  });
});

test("what is no heap is refused", () => {
  for (const wrong of [null, undefined, {}, 3]) {
    // @ts-expect-error no heap
    for (const call of [() => measureHeap(wrong), () => printCollections(wrong), () => recordTraceEvents(wrong)]) {
      expect(call).toThrow(/^(measureHeap|printCollections|recordTraceEvents): wants a heap, not /);
    }
  }
});

test("where there is no process.getBuiltinModule there are no channels", async () => {
  for (const process of [undefined, {}, { getBuiltinModule: () => undefined }]) {
    vi.resetModules();
    vi.stubGlobal("process", process);
    try {
      const { channels } = await import("../src/events/channel.js");
      expect([channels(), channels()]).toEqual([null, null]);
    } finally {
      vi.unstubAllGlobals();
    }
  }
  vi.resetModules();
  const { channels } = await import("../src/events/channel.js");
  expect(channels()).toMatchObject({
    collection: { name: "arenaria:collection" },
    growth: { name: "arenaria:growth" },
  });
});
