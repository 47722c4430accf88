// Objects of the core with finalizers, by their numbers: to see who dies when, and to do something then.
import { T_FINALIZER, T_TRACKED } from "../../src/layout.js";
import { Containers, ok } from "./containers.js";
import type { CoreHeap } from "./core.js";

export class Mourners extends Containers {
  /** Type of objects with two references and a finalizer. */
  readonly type: number;
  readonly #numbers = new Map<number, number>();
  #deaths: number[] = [];
  /** What finalizers do; with the number of the one that runs. */
  onDeath: (number: number) => void = () => {};

  constructor(heap: CoreHeap) {
    super(heap);
    this.type = this.core.defineType(2, 16, T_TRACKED | T_FINALIZER, 0, 0);
    heap.host.finalize = (object) => {
      const number = this.#numbers.get(object) ?? Number.NaN;
      this.#numbers.delete(object);
      this.#deaths.push(number);
      this.onDeath(number);
    };
  }

  /** A new object with this number, with one reference for the caller. */
  one(number: number): number {
    const object = this.objects.make(this.type);
    this.#numbers.set(object, number);
    return object;
  }

  /** Objects with the numbers from 0 on. */
  some(count: number): number[] {
    return Array.from({ length: count }, (_, number) => this.one(number));
  }

  /** Numbers of those whose finalizers ran since the last call, in order. */
  deaths(): number[] {
    return this.#deaths.splice(0);
  }

  /** Takes the words over. */
  list(...words: number[]): number {
    const list = this.core.newList(0) >>> 0;
    for (const word of words) ok(this.core.listAppend(list, word));
    return list;
  }

  /** Takes the words over. It has at most `most` items, or any number. */
  deque(most: number, ...words: number[]): number {
    const deque = this.core.newDeque(most) >>> 0;
    for (const word of words) ok(this.core.dequePush(deque, word, 0));
    return deque;
  }

  release(...objects: number[]): void {
    this.objects.release(...objects);
  }

  /** What `use` returns of a block with these words. */
  withWords<T>(words: readonly number[], use: (at: number) => T): T {
    const at = this.heap.raw.malloc(Math.max(4 * words.length, 4));
    for (const [i, word] of words.entries()) this.heap.poke(at + 4 * i, word);
    const result = use(at);
    this.heap.raw.free(at);
    return result;
  }

  /** Blocks that are left, but those of the collector and of types. */
  left(): number {
    return this.objects.leftBlocks();
  }
}
