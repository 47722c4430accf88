// What a heap consists of, from its running core up.

import { type Allocator, createAllocator } from "./allocator.js";
import { Containers } from "./containers.js";
import { Engine } from "./engine.js";
import { EventHub } from "./events/heapevents.js";
import { Exit } from "./exit.js";
import { Frames } from "./frames.js";
import { createGC, type GC } from "./gc.js";
import type { HostCalls } from "./hostcalls.js";
import type { RunningCore } from "./instantiate.js";
import { WASM_PAGE_BYTES } from "./layout.js";
import { leakTeller } from "./leaks/atexit.js";
import type { LeakOption } from "./leaks/leakreport.js";
import type { LeakSources } from "./leaks/leaksources.js";
import { Objects } from "./objects.js";
import type { GCOptions } from "./options.js";
import { Structs } from "./struct.js";
import { createSys, type Sys } from "./sys.js";
import { Tables } from "./tables.js";
import { allocatorInTurn } from "./threads/checkpoints.js";
import { type GIL, PlainGil } from "./threads/gil.js";
import { SharedExit } from "./threads/sharedexit.js";
import { SharedMemory } from "./threads/sharedmemory.js";
import { type Attached, type AttachOptions, Sharing } from "./threads/sharing.js";
import { createTracemalloc, type TracemallocParts } from "./tracing/tracemalloc.js";
import { createUnraisable, type ReportUnraisable, type UnraisableEvent } from "./unraisable.js";
import { createWeakref, type WeakrefParts } from "./weakref.js";

export interface Parts {
  readonly engine: Engine;
  readonly raw: Allocator;
  readonly mem: Allocator;
  readonly obj: Allocator;
  readonly objects: Objects;
  readonly structs: Structs;
  readonly containers: Containers;
  readonly tables: Tables;
  readonly frames: Frames;
  /** What happens in the heap, to whoever listens. */
  readonly events: EventHub;
  readonly gc: GC;
  readonly sys: Sys;
  readonly weakref: WeakrefParts;
  readonly tracemalloc: TracemallocParts;
  readonly gil: GIL;
  /** Null if no other thread can have the heap. */
  readonly sharing: Sharing | null;
  /** Where leaks are looked for. */
  readonly leaks: LeakSources;
  readonly exit: Exit;
}

/** What of the options concerns the parts. */
export interface PartSettings {
  readonly debug: boolean;
  /** What is not given stays as the heap has it. */
  readonly gc: GCOptions;
  readonly maximumPages: number;
  readonly onUnraisable: ((event: UnraisableEvent) => void) | undefined;
  readonly leaks: LeakOption | undefined;
}

/** The parts of a heap that is there already, or was just made, in memory that no other thread has yet. */
export function createParts(running: RunningCore, settings: PartSettings): Parts {
  const { calls, core, memory } = running;
  const report = createUnraisable(settings.onUnraisable);
  const maximumBytes = settings.maximumPages * WASM_PAGE_BYTES;
  if (memory instanceof SharedMemory) {
    const sharing = new Sharing(running, settings.debug, maximumBytes, report);
    return sharing.gil.run(() => sharedParts(sharing, calls, settings.gc, settings.leaks, report));
  }
  const engine = new Engine(core, memory, settings.debug, maximumBytes);
  const parts = partsOf(new Objects(engine, report), calls, settings.gc, report);
  const { frames, gc, structs, weakref } = parts;
  calls.finalize = (object) => structs.finalize(object);
  calls.callBack = (ref) => weakref.callbacks.callBack(ref);
  calls.forget = (ref) => weakref.callbacks.forget(ref);
  calls.grew = (pagesBefore) => parts.events.grew(pagesBefore);
  const leaks: LeakSources = {
    objects: parts.objects,
    frames,
    weakref,
    isWhole: () => true,
    tracebackOf: parts.tracemalloc.tracebackOf,
  };
  const tellLeaks = leakTeller(settings.leaks, leaks, report);
  return {
    ...parts,
    gil: new PlainGil(),
    sharing: null,
    leaks,
    exit: new Exit(engine, gc, frames, weakref.finalizers, parts.events, tellLeaks),
  };
}

/** The parts of a heap at memory that other threads have. Waits for the lock without blocking. */
export async function attachParts(attached: Attached, { onUnraisable }: AttachOptions): Promise<Parts> {
  const { debug, maximumMemory, running } = attached;
  const report = createUnraisable(onUnraisable);
  const sharing = new Sharing(running, debug, maximumMemory, report);
  try {
    return await sharing.gil.runAsync(() => sharedParts(sharing, running.calls, {}, undefined, report));
  } catch (error) {
    sharing.gil.close();
    throw error;
  }
}

/** To be called with the lock. */
function sharedParts(
  sharing: Sharing,
  calls: HostCalls,
  gcOptions: GCOptions,
  leakOption: LeakOption | undefined,
  report: ReportUnraisable,
): Parts {
  const { engine, gil, objects } = sharing;
  const parts = partsOf(objects, calls, gcOptions, report);
  const { frames, gc, structs, weakref } = parts;
  const { memory } = engine;
  // What the core calls in the middle of a call has to see the memory that it has got since.
  const caughtUp = (called: (argument: number) => void) => (argument: number) => {
    memory.catchUp();
    called(argument);
  };
  calls.finalize = caughtUp((object) => structs.finalize(object));
  calls.callBack = caughtUp((ref) => weakref.callbacks.callBack(ref));
  calls.forget = caughtUp((ref) => weakref.callbacks.forget(ref));
  calls.grew = caughtUp((pagesBefore) => parts.events.grew(pagesBefore));
  // A thread that ends while it calls gc.callbacks leaves automatic collections suspended.
  sharing.whenTakenOver = () => gc.setThreshold(...gc.getThreshold());
  sharing.catchUp = () => weakref.callbacks.catchUp();
  const raw = allocatorInTurn(parts.raw, objects.turns);
  const mem = allocatorInTurn(parts.mem, objects.turns);
  const obj = allocatorInTurn(parts.obj, objects.turns);
  const leaks: LeakSources = {
    objects,
    frames,
    weakref,
    isWhole: () => !gil.hasOthers,
    tracebackOf: parts.tracemalloc.tracebackOf,
  };
  const tellLeaks = leakTeller(leakOption, leaks, report);
  const exit = new SharedExit(objects, gil, gc, frames, weakref.finalizers, parts.events, tellLeaks);
  return { ...parts, raw, mem, obj, gil, sharing, leaks, exit };
}

type CommonParts = Omit<Parts, "gil" | "sharing" | "leaks" | "exit">;

/** What heaps have whether they are shared or not. */
function partsOf(objects: Objects, calls: HostCalls, gcOptions: GCOptions, report: ReportUnraisable): CommonParts {
  const { engine } = objects;
  const mem = createAllocator(engine, "mem");
  const containers = new Containers(objects);
  const tables = new Tables(objects);
  const frames = new Frames(tables);
  const events = new EventHub(engine, report);
  return {
    engine,
    raw: createAllocator(engine, "raw"),
    mem,
    obj: createAllocator(engine, "obj"),
    objects,
    structs: new Structs(objects, mem),
    containers,
    tables,
    frames,
    events,
    gc: createGC(objects, mem, gcOptions, report, events),
    sys: createSys(engine, objects, containers, frames),
    weakref: createWeakref(objects, tables),
    tracemalloc: createTracemalloc(objects, calls),
  };
}
