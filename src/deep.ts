// Plain data as objects: what is found in it goes to the core as tokens, with a stack of what is open here, so that depth is no
// matter. Looking at data may run code of the program (getters, proxies), which may do anything, and throw.

import type { ObjectAddress, Word } from "./address.js";
import { MemoryError } from "./errors.js";
import { Handle, refusePosted } from "./handle.js";
import {
  ABSENT,
  BUILD_CONTAINER,
  BUILD_DICT,
  BUILD_LIST,
  BUILD_MAP,
  BUILD_N_MAX,
  BUILD_SAME,
  BUILD_SET,
  CHAR_STR_BYTES,
  CHAR_STR_COUNT,
  CHAR_STRS,
  EMPTY_STR,
  FALSE_OBJECT,
  ID_ARRAY,
  ID_DICT,
  ID_LIST,
  ID_SET,
  ID_TUPLE,
  INTEGER_TAG,
  NAN_OBJECT,
  O_TYPE,
  TEXT_DATA,
  TEXT_SCRATCH,
  TEXT_SCRATCH_BYTES,
  TRUE_OBJECT,
  TUPLE_HASH,
  TYPE_ID_SHIFT,
} from "./layout.js";
import { kindOf, type Leaves } from "./leaves.js";
import { Frame, pathTo } from "./nesting.js";
import { digitsOf } from "./numbers.js";
import { isUnhashable, objectFailure, unhashable } from "./objectfailure.js";
import { isMap, isPlain, isSet, lengthOf, refusal } from "./plaindata.js";
import { OK } from "./status.js";
import { TOKEN_UNITS, TOKEN_WORDS, Tokens } from "./tokens.js";
import { indexOf, isExact, isSmall } from "./word.js";

/** What a conversion needs of its heap. */
export interface Ground extends Leaves {
  addressOf(handle: unknown, call: string): ObjectAddress;
}

/** Key texts are remembered up to this length, and as many as this. */
const KEY_UNITS = 64;
const KEYS = 65536;

/**
 * The word of a new object for what is neither a value nor a handle, with a reference for the caller. `what` begins messages.
 *
 * @throws TypeError for what is no plain data; HandleError for a handle in it; RangeError, MemoryError; what getters throw
 */
export function convert(ground: Ground, value: unknown, what: string): Word {
  ground.collectIfDue();
  try {
    return new Conversion(ground, what).run(value);
  } catch (error) {
    if (!(error instanceof MemoryError) || !ground.collectedForMemory()) throw error;
  }
  return new Conversion(ground, what).run(value);
}

/** Buffers that no conversion uses now, and how many are kept: more than one only if data made others while it was looked at. */
const SPARE = 2;
const spare: Tokens[] = [];

class Conversion {
  readonly #ground: Ground;
  readonly #what: string;
  readonly #tokens: Tokens = spare.pop() ?? new Tokens();
  #machine = 0;
  #top: Frame | null = null;
  /** Containers in the order of their numbers: to ask whether one is new and to add it is one step, which most need only. */
  readonly #containers = new Set<object>();
  /** Their numbers, from the first on that was met again. */
  #numbers: Map<object, number> | null = null;
  /** The numbers of key texts. */
  readonly #texts = new Map<string, number>();
  /** Objects that were made, or that handles hold: kept until the end, when the machine has references of its own. */
  readonly #held: Word[] = [];
  /** The words of typed arrays and buffers among them. */
  readonly #leaves = new Map<object, Word>();
  /** Bytes where the core reads tokens, once there are many. */
  #block: Word = 0;

  constructor(ground: Ground, what: string) {
    this.#ground = ground;
    this.#what = what;
  }

  run(root: unknown): Word {
    const { engine } = this.#ground;
    try {
      this.#machine = this.#ground.made(this.#what, 0, (core) => core.buildBegin());
      this.#value(root);
      this.#items();
      this.#flush();
      const word = engine.run((core) => core.buildEnd(this.#machine)) >>> 0;
      if (word === ABSENT) throw this.#failure();
      this.#machine = 0;
      return word;
    } finally {
      this.#end();
    }
  }

  /** Leaves nothing behind, unless the heap itself is gone. */
  #end(): void {
    this.#tokens.take();
    if (spare.length < SPARE) spare.push(this.#tokens);
    const { engine } = this.#ground;
    if (engine.down !== null) return;
    if (this.#machine !== 0) engine.run((core) => core.buildAbort(this.#machine));
    for (const word of this.#held) this.#ground.dropWord(word);
    this.#ground.dropWord(this.#block);
  }

  // ── what there is ─────────────────────────────────────────────────────────────────────────────────

  /** Goes through everything that is open. */
  #items(): void {
    for (let frame = this.#top; frame !== null; frame = this.#top) {
      if (frame.index >= frame.end) this.#top = frame.outer;
      else if (frame.keys !== null) this.#pairsOf(frame, frame.keys);
      else if (frame.operation === BUILD_LIST) this.#itemsOf(frame);
      else this.#keysOf(frame);
    }
  }

  /** Goes on with an array, up to the next item that opens another container. So do the two that follow. */
  #itemsOf(frame: Frame): void {
    const { source, end } = frame;
    while (frame.index < end && this.#top === frame) {
      this.#makeRoom(0);
      this.#value(source[frame.index++]);
    }
  }

  #pairsOf(frame: Frame, keys: readonly string[]): void {
    const { source, end } = frame;
    while (frame.index < end && this.#top === frame) {
      const key = keys[frame.index++] as string;
      this.#makeRoom(0);
      this.#text(key, true);
      this.#value(source[key]);
    }
  }

  /** Of a Map or a Set. */
  #keysOf(frame: Frame): void {
    const { source, end } = frame;
    while (frame.index < end && this.#top === frame) {
      const index = frame.index++;
      this.#makeRoom(0);
      if (frame.isKey(index)) this.#key(source[index]);
      else this.#value(source[index]);
    }
  }

  #value(value: unknown): void {
    if (typeof value === "string") this.#text(value, false);
    else if (typeof value === "number") this.#number(value);
    else if (value === null || value === undefined) this.#word(0);
    else if (typeof value === "object") this.#object(value);
    else if (typeof value === "boolean") this.#word(value ? TRUE_OBJECT : FALSE_OBJECT);
    else if (typeof value === "bigint") this.#bigint(value);
    else throw refusal(value, this.#path());
  }

  /** A key of a Map or an item of a Set. */
  #key(value: unknown): void {
    if (typeof value === "string") {
      this.#text(value, true);
    } else {
      if (typeof value === "object" && value !== null) this.#requireHashable(value);
      this.#value(value);
    }
  }

  #number(value: number): void {
    if (isSmall(value)) {
      this.#word(((value << 1) | INTEGER_TAG) >>> 0);
    } else if (Number.isNaN(value)) {
      this.#word(NAN_OBJECT);
    } else if (isExact(value)) {
      this.#tokens.integer(value);
    } else {
      this.#tokens.float(value);
    }
  }

  #bigint(value: bigint): void {
    const digits = digitsOf(value);
    if (digits.length > TOKEN_UNITS) {
      this.#hold(this.#ground.bigintWord(value, this.#what));
    } else {
      this.#makeRoom(1 + digits.length);
      this.#tokens.digits(digits, value < 0n);
    }
  }

  #text(text: string, isKeyText: boolean): void {
    const { length } = text;
    const known = isKeyText ? this.#texts.get(text) : undefined;
    if (known !== undefined) {
      this.#operation(BUILD_SAME, known);
    } else if (length === 0) {
      this.#word(EMPTY_STR);
    } else if (length === 1 && text.charCodeAt(0) < CHAR_STR_COUNT) {
      this.#word(CHAR_STRS + text.charCodeAt(0) * CHAR_STR_BYTES);
    } else if (length > TOKEN_UNITS) {
      this.#hold(this.#ground.textWord(text, this.#what));
    } else {
      const remember = isKeyText && length <= KEY_UNITS && this.#texts.size < KEYS;
      this.#makeRoom(2 + (length >>> 1));
      this.#tokens.text(text, remember);
      if (remember) this.#texts.set(text, this.#texts.size);
    }
  }

  #object(object: object): void {
    if (Array.isArray(object)) {
      if (this.#isNew(object)) this.#open(BUILD_LIST, object, null, lengthOf(object));
    } else if (isPlain(object)) {
      if (!this.#isNew(object)) return;
      const keys = Object.keys(object);
      if (keys[0] === "$hold") refusePosted(object, this.#path());
      this.#open(BUILD_DICT, object, keys, keys.length);
    } else if (object instanceof Handle) {
      this.#handle(object);
    } else if (isMap(object)) {
      if (!this.#isNew(object)) return;
      // A copy: the program may change it while what is in it is looked at.
      const items: unknown[] = [];
      Map.prototype.forEach.call(object, (value, key) => items.push(key, value));
      this.#open(BUILD_MAP, items, null, items.length);
    } else if (isSet(object)) {
      if (!this.#isNew(object)) return;
      const items: unknown[] = [];
      Set.prototype.forEach.call(object, (item) => items.push(item));
      this.#open(BUILD_SET, items, null, items.length);
    } else {
      this.#leaf(object);
    }
  }

  /** The container is met for the first time, and has its number now; one that was met before is referred to by its own. */
  #isNew(container: object): boolean {
    const before = this.#containers.size;
    if (this.#containers.add(container).size === before) {
      this.#operation(BUILD_CONTAINER, this.#numberOf(container));
      return false;
    }
    this.#numbers?.set(container, before);
    return true;
  }

  /** Opens a container of `end` items, or pairs for which there are keys. */
  #open(operation: number, source: object, keys: readonly string[] | null, end: number): void {
    this.#operation(operation, operation === BUILD_MAP ? end / 2 : end);
    if (end > 0) this.#top = new Frame(operation, source, keys, end, this.#top);
  }

  #numberOf(container: object): number {
    this.#numbers ??= new Map([...this.#containers].map((known, number) => [known, number]));
    return this.#numbers.get(container) as number;
  }

  #handle(handle: Handle): void {
    const address = this.#addressOf(handle);
    this.#ground.incref(indexOf(address));
    this.#hold(address);
  }

  #addressOf(handle: Handle): ObjectAddress {
    try {
      return this.#ground.addressOf(handle, this.#what);
    } catch {
      // Once more, with a message that says where: to put the path together takes time.
      return this.#ground.addressOf(handle, this.#path());
    }
  }

  /** Typed arrays and buffers. */
  #leaf(object: object): void {
    const known = this.#leaves.get(object);
    if (known !== undefined) {
      this.#word(known);
    } else {
      const word = this.#leafWord(object);
      this.#leaves.set(object, word);
      this.#hold(word);
    }
  }

  #leafWord(object: object): Word {
    if (object instanceof Uint8Array) return this.#ground.bytesWord(object, this.#what);
    if (object instanceof ArrayBuffer) return this.#ground.bytesWord(new Uint8Array(object), this.#what);
    const kind = ArrayBuffer.isView(object) ? kindOf(object) : -1;
    if (kind < 0) throw refusal(object, this.#path());
    return this.#ground.arrayWord(object as Float64Array, kind, this.#what);
  }

  #requireHashable(value: object): void {
    const typeId = this.#typeOf(value);
    if (isUnhashable(typeId)) throw unhashable(this.#path(), typeId);
    if (typeId !== ID_TUPLE) return;
    const address = this.#addressOf(value as Handle);
    if (this.#ground.engine.memory.word(address + TUPLE_HASH) === 0) throw unhashable(this.#path(), typeId);
  }

  /** The type of the object that stands for this; 0 if any that can be a key. */
  #typeOf(value: object): number {
    if (Array.isArray(value)) return ID_LIST;
    if (value instanceof Handle) {
      return this.#ground.engine.memory.word(this.#addressOf(value) + O_TYPE) >>> TYPE_ID_SHIFT;
    }
    if (value instanceof Uint8Array || value instanceof ArrayBuffer) return 0;
    if (isSet(value)) return ID_SET;
    if (ArrayBuffer.isView(value)) return ID_ARRAY;
    if (isPlain(value) || isMap(value)) return ID_DICT;
    throw refusal(value, this.#path());
  }

  // ── tokens ────────────────────────────────────────────────────────────────────────────────────────

  #makeRoom(words: number): void {
    if (this.#tokens.hasRoom(words)) return;
    this.#flush();
    this.#ground.letOthersIn();
  }

  #word(word: Word): void {
    this.#tokens.word(word);
  }

  #operation(operation: number, n: number): void {
    if (n > BUILD_N_MAX)
      throw new RangeError(
        `${this.#path()}: has ${n} items, or follows as many; at most ${BUILD_N_MAX} can be converted`,
      );
    this.#tokens.operation(operation, n);
  }

  /** A word that comes with a reference: the machine takes another, when it comes to it. */
  #hold(word: Word): void {
    this.#held.push(word);
    this.#word(word);
  }

  /** Lets the core make what the tokens say. */
  #flush(): void {
    const { engine } = this.#ground;
    const words = this.#tokens.take();
    const at = words.byteLength <= TEXT_SCRATCH_BYTES ? TEXT_SCRATCH : this.#blockForTokens();
    engine.memory.words.set(words, at >>> 2);
    if (engine.run((core) => core.build(this.#machine, at, words.length)) !== OK) throw this.#failure();
  }

  /** Of the heap, so that it has a frame where blocks have one. */
  #blockForTokens(): number {
    const bytes = TOKEN_WORDS * 4;
    if (this.#block === 0) this.#block = this.#ground.made(this.#what, bytes, (core) => core.roomForBytes(bytes));
    return this.#block + TEXT_DATA;
  }

  // ── errors ────────────────────────────────────────────────────────────────────────────────────────

  #failure(): Error {
    const { engine } = this.#ground;
    const at = engine.run((core) => core.faultAddress()) >>> 0;
    return objectFailure(
      engine,
      this.#what,
      at,
      engine.run((core) => core.lastStatus()),
    );
  }

  #path(): string {
    return this.#what + pathTo(this.#top);
  }
}
