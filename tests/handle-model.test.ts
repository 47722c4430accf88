// Random programs of handles, scopes and collections against a model that knows who holds what. The program keeps automatic
// collection on, so that objects die whenever the collector sees fit; what is reachable must be there, with its exact count.
import { describe, expect, test } from "vitest";
import type { Handle, Heap, Value } from "../src/index.js";
import { isAlive, type Node, type NodeType, trackedCount } from "./helpers/graph.js";
import { SHARED, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** An object as the model has it. */
interface Model {
  readonly address: number;
  value: number;
  next: Model | null;
  other: Model | number | boolean | null;
}

/** A handle, the object it is of, and how many scopes were open when it was made. */
interface Held {
  readonly handle: Node;
  readonly object: Model;
  depth: number;
}

class Program {
  readonly #heap: Heap;
  readonly #Node: NodeType;
  readonly #random: Random;
  #held: Held[] = [];
  #depth = 0;
  #steps: number;

  constructor(heap: Heap, random: Random, steps: number) {
    this.#heap = heap;
    this.#Node = heap.struct("Node", { value: "i32", next: "self", other: "ref" });
    this.#random = random;
    this.#steps = steps;
  }

  /** Runs to the end, with everything released there. */
  run(): void {
    while (this.#steps > 0) this.#step();
    for (const { handle } of this.#held) handle.release();
    this.#held = [];
    this.#heap.gc.collect();
    this.#heap.verify();
    expect(trackedCount(this.#heap)).toBe(0);
    expect(this.#heap.sys.getAllocatedBlocks()).toBe(0);
    expect(this.#heap.handleCount).toBe(0);
  }

  #step(): void {
    this.#steps--;
    const random = this.#random;
    const action = random.below(12);
    if (action < 3 || this.#held.length === 0) this.#create();
    else if (action < 5) this.#link();
    else if (action === 5) this.#clone();
    else if (action === 6) this.#follow();
    else if (action < 9) this.#release();
    else if (action === 9 && this.#depth < 4) this.#scope();
    else if (action === 10) this.#heap.gc.collect(random.pick([0, 1, 2] as const));
    else if (random.chance(10)) this.#freeze();
    if (this.#steps % 8 === 0) this.#check();
  }

  #keep(handle: Node, object: Model): void {
    this.#held.push({ handle, object, depth: this.#depth });
  }

  #create(): void {
    const value = this.#random.below(1000);
    const next = this.#held.length > 0 && this.#random.chance(50) ? this.#random.pick(this.#held) : null;
    const handle = new this.#Node({ value, next: next?.handle ?? null });
    this.#keep(handle, { address: handle.address, value, next: next?.object ?? null, other: null });
  }

  #link(): void {
    const random = this.#random;
    const { handle, object } = random.pick(this.#held);
    const to = random.chance(70) ? random.pick(this.#held) : null;
    if (random.chance(50)) {
      handle.next = to?.handle ?? null;
      object.next = to?.object ?? null;
    } else {
      const plain = random.pick([null, true, false, random.below(1000) - 500]);
      handle.other = to?.handle ?? plain;
      object.other = to?.object ?? plain;
    }
  }

  #clone(): void {
    const { handle, object } = this.#random.pick(this.#held);
    this.#keep(handle.clone(), object);
  }

  /** A handle by way of a field. */
  #follow(): void {
    const { handle, object } = this.#random.pick(this.#held);
    const next = handle.next;
    expect(next === null).toBe(object.next === null);
    if (next !== null && object.next !== null) this.#keep(next, object.next);
  }

  #release(): void {
    const index = this.#random.below(this.#held.length);
    const [held] = this.#held.splice(index, 1);
    held?.handle.release();
    expect(() => held?.handle.value).toThrow("released");
  }

  /** A scope with some steps in it; of the handles it made, one is returned and some are kept. */
  #scope(): void {
    const random = this.#random;
    const length = Math.min(random.below(30), this.#steps);
    const outside = this.#depth;
    this.#depth++;
    const returned = this.#heap.scope((scope) => {
      for (let i = 0; i < length && this.#steps > 0; i++) this.#step();
      const own = this.#held.filter(({ depth }) => depth > outside);
      for (const held of own) {
        if (!random.chance(20)) continue;
        scope.keep(held.handle);
        held.depth = outside;
      }
      const last = random.chance(50) ? own.at(-1) : undefined;
      if (last !== undefined) last.depth = outside;
      return last?.handle;
    });
    this.#depth--;
    const dropped = this.#held.filter(({ depth }) => depth > outside);
    this.#held = this.#held.filter(({ depth }) => depth <= outside);
    expect(dropped.every(({ handle }) => handle.released)).toBe(true);
    expect(returned?.released ?? false).toBe(false);
  }

  #freeze(): void {
    this.#heap.gc.freeze();
    this.#heap.gc.unfreeze();
  }

  /** Everything reachable is there, with the fields it should have and no reference more or less than lead to it. */
  #check(): void {
    const { core } = this.#heap;
    this.#heap.verify();
    expect(this.#heap.handleCount).toBe(this.#held.length);
    const objects = new Set(this.#held.map(({ object }) => object));
    for (const { next, other } of objects) {
      for (const to of [next, other]) if (typeof to === "object" && to !== null) objects.add(to);
    }
    const alive = [...objects].filter(({ address }) => isAlive(this.#heap, address));
    expect(alive.length).toBe(objects.size);
    this.#heap.gc.disable();
    for (const { handle, object } of this.#held) {
      expect(handle.value).toBe(object.value);
      using other = new Disposer(handle.other);
      expect(other.plain).toBe(typeof object.other === "object" ? (object.other?.address ?? null) : object.other);
    }
    this.#heap.gc.enable();
    // Trash that was not collected yet may refer to them as well: only a full collection makes counts exact.
    this.#heap.gc.collect();
    const counts = new Map([...objects].map((object) => [object, 0]));
    const count = (object: unknown) => counts.set(object as Model, (counts.get(object as Model) ?? 0) + 1);
    for (const { object } of this.#held) count(object);
    for (const { next, other } of objects) {
      for (const to of [next, other]) if (typeof to === "object" && to !== null) count(to);
    }
    for (const [object, references] of counts) expect(core.refcount(object.address)).toBe(references);
    expect(trackedCount(this.#heap)).toBe(objects.size);
  }
}

/** What a field reads as, released again. */
class Disposer implements Disposable {
  readonly #value: Value;
  readonly plain: Exclude<Value, Handle>;

  constructor(value: Value) {
    this.#value = value;
    this.plain = typeof value === "object" ? (value?.address ?? null) : value;
  }

  [Symbol.dispose](): void {
    if (typeof this.#value === "object") this.#value?.release();
  }
}

const PROGRAMS = 12;
const STEPS = 600;

describe.each([...VARIANTS, SHARED])("$name", ({ open }) => {
  test.each(Array.from({ length: PROGRAMS }, (_, index) => (TEST_SEED + index) >>> 0))("program %i", async (seed) => {
    const random = new Random(seed);
    const threshold = random.pick([
      [2000, 10, 10],
      [5, 2, 2],
      [1, 1, 1],
    ] as const);
    const heap = await open({ gc: { threshold } });
    new Program(heap, random, STEPS).run();
  });
});
