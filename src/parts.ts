// What a heap consists of, from its running core up.

import { type Allocator, createAllocator } from "./allocator.js";
import { Containers } from "./containers.js";
import type { Engine } from "./engine.js";
import { Exit } from "./exit.js";
import { Frames } from "./frames.js";
import { createGC, type GC } from "./gc.js";
import type { HostCalls } from "./hostcalls.js";
import { Objects } from "./objects.js";
import type { GCOptions } from "./options.js";
import { Structs } from "./struct.js";
import { createSys, type Sys } from "./sys.js";
import { Tables } from "./tables.js";
import { createUnraisable, type UnraisableEvent } from "./unraisable.js";
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
  readonly gc: GC;
  readonly sys: Sys;
  readonly weakref: WeakrefParts;
  readonly exit: Exit;
}

/** What of the options concerns the parts. */
export interface PartSettings {
  /** What is not given stays as the heap has it. */
  readonly gc: GCOptions;
  readonly onUnraisable: ((event: UnraisableEvent) => void) | undefined;
}

/** The parts of a heap that is there already, or was just made; `calls` is what its core calls from now on. */
export function createParts(engine: Engine, calls: HostCalls, settings: PartSettings): Parts {
  const report = createUnraisable(settings.onUnraisable);
  const objects = new Objects(engine, report);
  const mem = createAllocator(engine, "mem");
  const containers = new Containers(objects);
  const tables = new Tables(objects);
  const frames = new Frames(tables);
  const structs = new Structs(objects, mem);
  const weakref = createWeakref(objects, tables);
  const gc = createGC(objects, mem, settings.gc, report);
  calls.finalize = (object) => structs.finalize(object);
  calls.callBack = (ref) => weakref.callbacks.callBack(ref);
  calls.forget = (ref) => weakref.callbacks.forget(ref);
  return {
    engine,
    raw: createAllocator(engine, "raw"),
    mem,
    obj: createAllocator(engine, "obj"),
    objects,
    structs,
    containers,
    tables,
    frames,
    gc,
    sys: createSys(engine, objects, containers, frames),
    weakref,
    exit: new Exit(engine, gc, frames, weakref.finalizers),
  };
}
