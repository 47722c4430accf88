// Many words at once: from values and back, and to where the core reads them.

import type { Word } from "./address.js";
import type { Core } from "./core.js";
import { Handle } from "./handle.js";
import { TEXT_SCRATCH, TEXT_SCRATCH_BYTES } from "./layout.js";
import type { Objects, Value } from "./objects.js";

/** Words that have room in the scratch. */
const SCRATCH_WORDS = TEXT_SCRATCH_BYTES / 4;
/** The letter of the domain mem. */
const MEM = 0x6d;

/**
 * A word for each value, each with a reference that the caller must hand on or drop; all or none. What runs while values are gone
 * through may release a handle as soon as the next one is wanted. `what` is what messages call the values.
 *
 * @throws as Objects.ownedWord; what `values` throw
 */
export function ownedWords(objects: Objects, values: Iterable<unknown>, what: string): Word[] {
  const words: Word[] = [];
  try {
    for (const value of values) {
      words.push(objects.ownedWord(value, mayBeRefused(value) ? `${what}[${words.length}]` : what));
    }
  } catch (error) {
    for (const word of words) objects.dropWord(word);
    throw error;
  }
  return words;
}

/** The value may be refused, so that messages need a name for it; making one takes longer than storing any other value. */
export function mayBeRefused(value: unknown): boolean {
  return (typeof value === "object" && value !== null) || typeof value === "function" || typeof value === "symbol";
}

/** The values of words that somebody else owns; all or none. */
export function valuesOfWords(objects: Objects, words: readonly Word[]): Value[] {
  return allOrNone(words, (word) => objects.valueOf(word));
}

/** When one cannot be made, the handles among those before it are released. */
export function allOrNone<V extends Value>(words: readonly Word[], make: (word: Word) => V): V[] {
  const made: V[] = [];
  try {
    for (const word of words) made.push(make(word));
  } catch (error) {
    releaseAll(made);
    throw error;
  }
  return made;
}

/** Releases the handles among values. */
export function releaseAll(values: readonly Value[]): void {
  for (const value of values) if (value instanceof Handle) value.release();
}

/** A call of the core with the address where words lie. */
type CallWithWords = (core: Core, at: number) => number;

/**
 * Calls the core with the address where these words lie for as long as the call takes. `prepare` makes the call, and looks at
 * whatever the call relies on: to make room for many words may run code of the program. `what` begins the message.
 *
 * @throws MemoryError when there is no room for them; what `prepare` throws
 */
export function withWords(
  objects: Objects,
  words: readonly Word[],
  what: string,
  prepare: () => CallWithWords,
): number {
  const { engine } = objects;
  const bytes = words.length * 4;
  if (words.length <= SCRATCH_WORDS) {
    const call = prepare();
    const scratch = engine.memory.words;
    for (let i = 0; i < words.length; i++) scratch[(TEXT_SCRATCH >>> 2) + i] = words[i] as Word;
    return engine.run((core) => call(core, TEXT_SCRATCH));
  }
  const block = objects.made(what, bytes, (core) => (engine.debug ? core.debugMalloc(MEM, bytes) : core.malloc(bytes)));
  try {
    const call = prepare();
    engine.memory.words.set(words, block >>> 2);
    return engine.run((core) => call(core, block));
  } finally {
    if (engine.down === null) engine.run((core) => (engine.debug ? core.debugFree(MEM, block) : core.free(block)));
  }
}
