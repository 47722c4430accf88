// Handles of deques.

import type { Word } from "./address.js";
import { show } from "./arguments.js";
import { isDone } from "./container.js";
import type { Core } from "./core.js";
import { inside } from "./handle.js";
import { wordOfDeque } from "./items.js";
import { ABSENT, DEQUE_LENGTH, DEQUE_MOST } from "./layout.js";
import type { Storable, Value } from "./objects.js";
import { requireNames } from "./options.js";
import { placeOf, Sequence, wholeOf } from "./sequence.js";
import { NO_MEMORY, OK } from "./status.js";
import { ownedWords } from "./words.js";

const LENGTH = DEQUE_LENGTH >>> 2;
const MOST = DEQUE_MOST >>> 2;
/** What the core has instead of a limit. */
const NO_LIMIT = 2 ** 32 - 1;

const push = (core: Core, at: number, word: number, front: number) => core.dequePush(at, word, front);
const take = (core: Core, at: number, front: number) => core.dequeTake(at, front);

export interface DequeOptions {
  /** Most items it ever has. Default: no limit. */
  readonly maxLength?: number | undefined;
}

/**
 * A queue with two ends, in blocks of 64 items: what is done at either end takes the same time, however long it is.
 *
 * What stores values throws what they cannot be converted for (TypeError, HandleError), and MemoryError; then the deque is as it was.
 */
export abstract class Deque extends Sequence {
  get length(): number {
    const at = this.$hold.index + LENGTH;
    return this.$owner.views.u32[at] ?? (this.$owner.ready(inside(this), "deque.length").u32[at] as number);
  }

  /** Most items it ever has; null if there is no limit. */
  get maxLength(): number | null {
    const at = this.$hold.index + MOST;
    const most = this.$owner.views.u32[at] ?? (this.$owner.ready(inside(this), "deque.maxLength").u32[at] as number);
    return most === NO_LIMIT ? null : most;
  }

  at(index: number): Value | undefined {
    const whole = wholeOf(index);
    const objects = this.$owner;
    const header = this.$hold.index;
    const length =
      objects.views.u32[header + LENGTH] ?? (objects.ready(inside(this), "deque.at").u32[header + LENGTH] as number);
    const i = placeOf(whole, length);
    return i >= 0 && i < length ? objects.valueOf(this.$word(i)) : undefined;
  }

  protected $word(index: number): Word {
    return wordOfDeque(this.$owner.views.u32, this.$hold.index, index);
  }

  /**
   * Adds values at the end, all or none, and returns the length then. When there are more than `maxLength`, those at the front are
   * dropped.
   */
  push(...values: Storable[]): number {
    return this.$pushAll("deque.push", values, 0);
  }

  /** Takes the last item out; undefined if the deque is empty. */
  pop(): Value | undefined {
    return this.$taken("deque.pop", 0);
  }

  /**
   * Adds values at the front, all or none, the first of them as the first, and returns the length then. When there are more than
   * `maxLength`, those at the end are dropped.
   */
  unshift(...values: Storable[]): number {
    return this.$pushAll("deque.unshift", values, 1);
  }

  /** Takes the first item out; undefined if the deque is empty. */
  shift(): Value | undefined {
    return this.$taken("deque.shift", 1);
  }

  /**
   * Moves so many items from the end to the front; with a number below 0 from the front to the end.
   *
   * @throws TypeError not a number; RangeError no integer; MemoryError
   */
  rotate(steps = 1): void {
    if (typeof steps !== "number") throw new TypeError(`deque.rotate: steps must be a number, not ${show(steps)}`);
    if (!Number.isInteger(steps)) throw new RangeError(`deque.rotate: steps must be an integer, not ${steps}`);
    const status = this.$tried(() => {
      const at = this.$at("deque.rotate");
      const { length } = this;
      return this.$owner.engine.run((core) => core.dequeRotate(at, length === 0 ? 0 : steps % length));
    });
    if (status !== OK) throw this.$failure("deque.rotate", status, 4);
  }

  /** Takes all items out. */
  clear(): void {
    this.$do("deque.clear", (core, at) => core.dequeClear(at));
  }

  protected $taken(what: string, front: number): Value | undefined {
    const word = this.$take(what, take, front);
    return word === ABSENT ? undefined : this.$owner.adoptValue(word);
  }

  /** Pushes values one after another at one end, when there is room for all of them. */
  protected $pushAll(what: string, values: readonly Storable[], front: number): number {
    if (values.length === 1) {
      this.$store(what, values[0], push, front);
      return this.length;
    }
    const objects = this.$owner;
    this.$at(what);
    const words = ownedWords(objects, values, `${what}: values`);
    if (front !== 0) words.reverse();
    let status = NO_MEMORY;
    let pushed = 0;
    try {
      status = this.$tried(() => this.$reserve(what, words.length, front));
      if (status === OK) {
        const at = this.$at(what);
        // Held meanwhile: an item that drops out may have a finalizer, which lets go of everything else.
        objects.incref(this.$hold.index);
        objects.engine.run((core) => {
          for (const word of words) {
            const one = core.dequePush(at, word, front);
            if (one !== OK) status = one;
            if (!isDone(one)) break;
            pushed++;
          }
        });
        objects.dropWord(at >>> 0);
      }
      if (status !== OK) throw this.$failure(what, status, words.length * 4);
    } finally {
      for (const word of words.slice(pushed)) objects.dropWord(word);
    }
    return this.length;
  }

  /** Makes room for so many more items at one end. Returns a status. */
  protected $reserve(what: string, items: number, front: number): number {
    const at = this.$at(what);
    return this.$owner.engine.run((core) => core.dequeReserve(at, items, front));
  }

  get [Symbol.toStringTag](): string {
    return "Deque";
  }
}

/**
 * The limit of a deque as the core has it.
 *
 * @throws TypeError, RangeError for options that are none
 */
export function limitOf(call: string, options: DequeOptions): number {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${call}: options must be an object, not ${show(options)}`);
  }
  requireNames(call, "option", options, ["maxLength"]);
  const { maxLength } = options;
  if (maxLength === undefined) return NO_LIMIT;
  if (typeof maxLength !== "number") {
    throw new TypeError(`${call}: maxLength must be a number, not ${show(maxLength)}`);
  }
  if (maxLength >>> 0 === maxLength && maxLength < NO_LIMIT) return maxLength;
  throw new RangeError(`${call}: maxLength must be an integer of 0 … ${NO_LIMIT - 1}, not ${maxLength}`);
}
