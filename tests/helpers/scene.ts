// A heap on which finalizers and callbacks run: they log what they do, what they throw is noted, and in the end nothing may be left.
import { expect } from "vitest";
import type { Handle, Heap, HeapOptions, List, Scope, UnraisableEvent, Value, WeakReference } from "../../src/index.js";
import type { Variant } from "./heap.js";

export class Scene {
  readonly heap: Heap;
  /** Who ran, in order. */
  readonly log: string[] = [];
  readonly #unraisable: UnraisableEvent[];
  readonly #before: string[];

  private constructor(heap: Heap, unraisable: UnraisableEvent[]) {
    this.heap = heap;
    this.#unraisable = unraisable;
    heap.globals.clear();
    this.#before = objectsOf(heap);
  }

  /** Collections start only when the program says so, unless the options have it otherwise. */
  static async open({ open }: Variant, options: HeapOptions = {}): Promise<Scene> {
    const unraisable: UnraisableEvent[] = [];
    const heap = await open({
      gc: { enabled: false },
      onUnraisable: (event) => void unraisable.push(event),
      ...options,
    });
    return new Scene(heap, unraisable);
  }

  /** What ran since the last call. */
  ran(): string[] {
    return this.log.splice(0);
  }

  /** What finalizers and callbacks threw since the last call. */
  thrown(): UnraisableEvent[] {
    return this.#unraisable.splice(0);
  }

  /** For each, whether it answers; without a handle left over. */
  answers(...refs: readonly WeakReference[]): boolean[] {
    return this.heap.scope(() => refs.map((ref) => ref.deref() !== undefined));
  }

  /** Throws unless the heap is sound, nothing was thrown that was not looked at, and all objects are gone but what globals hold. */
  close(): void {
    const { heap } = this;
    heap.verify();
    expect(this.thrown()).toEqual([]);
    expect(heap.handleCount).toBe(0);
    heap.globals.clear();
    heap.gc.collect();
    heap.verify();
    expect([this.thrown(), objectsOf(heap)]).toEqual([[], this.#before]);
  }
}

/** Live objects by type. */
function objectsOf(heap: Heap): string[] {
  return heap.inspect().types.map(({ name, objects }) => `${objects} ${name}`);
}

// ── resurrection ────────────────────────────────────────────────────────────────────────────────────

/** Where finalizers put objects that are to live on. */
export interface Refuge {
  take(object: Handle, scope: Scope): void;
  /** Addresses of what is there, in the order in which it came. */
  addresses(): number[];
  /** Drops what is there. */
  clear(): void;
}

export type RefugeIn = (heap: Heap) => Refuge;

/** The two ways for a finalizer to revive an object. */
export const REFUGES: readonly (readonly [name: string, RefugeIn])[] = [
  ["a list of the heap", listRefuge],
  ["handles that the program keeps", handleRefuge],
];

function listRefuge(heap: Heap): Refuge {
  const inList = <T>(look: (list: List) => T): T => heap.scope(() => look(heap.globals.get("survivors") as List));
  heap.globals.set("survivors", []);
  return {
    take: (object) => inList((list) => void list.push(object)),
    addresses: () => inList((list) => list.toArray().map((object: Value) => (object as Handle).address)),
    clear: () => inList((list) => list.clear()),
  };
}

function handleRefuge(): Refuge {
  const kept: Handle[] = [];
  return {
    take: (object, scope) => void kept.push(scope.keep(object)),
    addresses: () => kept.map(({ address }) => address),
    clear() {
      for (const handle of kept.splice(0)) handle.release();
    },
  };
}
