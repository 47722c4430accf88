// heap.defaultdict: dicts that make the values of missing keys, and the functions that do.

import { Dict, SET } from "./dict.js";
import type { Engine } from "./engine.js";
import { DICT_FACTORY, ID_DEFAULTDICT } from "./layout.js";
import type { Storable, Value } from "./objects.js";
import { OK } from "./status.js";
import { addressAt, indexOf, isAddress } from "./word.js";

/** Makes the value of a key that is not there. */
export type Factory = () => Storable;

/** Defaultdicts that are made before anybody looks which are still alive. */
const FEW_DICTS = 64;

/**
 * A dict of which `get` stores what a function returns for a key that is not there, as `d[key]` does in Python. `has` does not, nor
 * does anything else.
 */
export abstract class DefaultDict extends Dict {
  /** On the prototype. */
  declare protected readonly $factories: Factories;

  /**
   * When the function throws, the dict is as it was.
   *
   * @throws what the function throws; as set
   */
  protected override $missing(key: Storable): Value {
    const objects = this.$owner;
    const factory = this.$factories.get(objects.engine.memory.word(addressAt(this.$hold.index) + DICT_FACTORY));
    // Held while the function runs, which may let go of everything else.
    const word = objects.ownedWord(key, "defaultdict.get");
    let value: number;
    try {
      value = objects.ownedWord(factory(), "defaultdict.get: the value of a missing key");
    } catch (error) {
      objects.dropWord(word);
      throw error;
    }
    // Held too: in place of what the function itself has stored, whose finalizer may take it out again.
    if (isAddress(value)) objects.incref(indexOf(value));
    try {
      this.$insertWord("get", word, null, value, SET);
    } catch (error) {
      objects.dropWord(value);
      throw error;
    }
    return objects.adoptValue(value);
  }
}

/** Numbers that there can be. 0 is none. */
const NUMBERS = 2 ** 32;

/**
 * The functions of a heap's defaultdicts, by the numbers that these hold. A function stays as long as some dict has its number: which
 * do is found out each time their number has doubled.
 *
 * Other threads give numbers too, and the program whose image a heap was has given some. So each begins somewhere else: a number that
 * somebody else gave is most likely none here.
 */
export class Factories {
  readonly #engine: Engine;
  readonly #functions = new Map<number, Factory>();
  readonly #numbers = new Map<Factory, number>();
  readonly #free: number[] = [];
  #next = Math.floor(Math.random() * NUMBERS);
  /** Where there is a defaultdict, or was. */
  #dicts: number[] = [];
  #limit = FEW_DICTS;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Functions that are kept. */
  get size(): number {
    return this.#numbers.size;
  }

  /** The number of a function for a dict that is about to be made. */
  numberOf(factory: Factory): number {
    if (this.#dicts.length >= this.#limit) this.#sweep();
    const known = this.#numbers.get(factory);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.#fresh();
    this.#functions.set(number, factory);
    this.#numbers.set(factory, number);
    return number;
  }

  /** To be called when the dict is there. */
  made(address: number): void {
    this.#dicts.push(address);
  }

  /** @throws TypeError the number stands for no function of this program */
  get(number: number): Factory {
    const factory = this.#functions.get(number);
    if (factory !== undefined) return factory;
    throw new TypeError(
      "defaultdict.get: the function for missing keys is not known here; use has and set, or make a heap.defaultdict of its entries",
    );
  }

  #fresh(): number {
    const number = this.#next || 1;
    this.#next = (number + 1) % NUMBERS;
    return number;
  }

  #sweep(): void {
    const { memory } = this.#engine;
    const alive = this.#engine.run((core) =>
      [...new Set(this.#dicts)].filter((address) => core.checkObject(address, ID_DEFAULTDICT) === OK),
    );
    const used = new Set(alive.map((address) => memory.word(address + DICT_FACTORY)));
    for (const [factory, number] of this.#numbers) {
      if (used.has(number)) continue;
      this.#numbers.delete(factory);
      this.#functions.delete(number);
      this.#free.push(number);
    }
    this.#dicts = alive;
    this.#limit = Math.max(FEW_DICTS, alive.length * 2);
  }
}
