// heap.globals and heap.frame: names with values, as a module and a call of a function have them in Python.

import type { ObjectAddress } from "./address.js";
import { show } from "./arguments.js";
import { type Dict, storeWord } from "./dict.js";
import { G_GLOBALS, GC } from "./layout.js";
import type { Objects, Storable, Value } from "./objects.js";
import { refusalOf, type Scope } from "./scope.js";
import { defineSummary } from "./summary.js";
import type { Tables } from "./tables.js";

/**
 * A call with its local names. When it has ended, its names are gone, and all methods throw TypeError. Names are any strings.
 *
 * The handles that are made inside are released at the end, as in a scope.
 */
export interface Frame extends Scope {
  readonly name: string;
  /** The value of a local name; undefined if there is none. An object comes as a new handle. */
  get(name: string): Value | undefined;
  /**
   * Gives a local name a value: one reference more to it.
   *
   * @throws TypeError what cannot be stored; HandleError; MemoryError, and then nothing has changed
   */
  set(name: string, value: Storable): void;
  /** Python's `del name`: drops the name, not the object. False if there was none. */
  delete(name: string): boolean;
  /** The local names with their values. Who keeps it has an empty dict once the frame has ended. */
  locals(): Dict;
}

/** The names of one heap. */
export class Frames {
  readonly #tables: Tables;
  #innermost: OpenFrame | null = null;
  /** The last of those whose names could not be dropped, because the engine's stack had ended. */
  #unfinished: OpenFrame | null = null;
  #globals: Dict | null = null;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Names of the frames that run, outermost first. */
  names(): readonly string[] {
    const names: string[] = [];
    for (let frame = this.#innermost; frame !== null; frame = frame.outer) names.push(frame.name);
    return names.reverse();
  }

  /** Dicts of names of the frames that run: each frame owns a reference to its own. */
  dicts(): ObjectAddress[] {
    const dicts: ObjectAddress[] = [];
    for (let frame = this.#innermost; frame !== null; frame = frame.outer) {
      if (frame.names !== null) dicts.push(frame.names.address);
    }
    return dicts;
  }

  /** The frames that own a dict of names, with that, outermost first; those whose names could not be dropped yet come last. */
  owners(): { readonly name: string; readonly dict: ObjectAddress }[] {
    const owners: { readonly name: string; readonly dict: ObjectAddress }[] = [];
    for (let frame = this.#innermost; frame !== null; frame = frame.outer) {
      if (frame.names !== null) owners.unshift({ name: frame.name, dict: frame.names.address });
    }
    for (let frame = this.#unfinished; frame !== null; frame = frame.unfinished) {
      if (frame.names !== null) owners.push({ name: frame.name, dict: frame.names.address });
    }
    return owners;
  }

  /** See {@link Heap.globals}. */
  get globals(): Dict {
    if (this.#globals !== null) return this.#globals;
    const { objects } = this.#tables;
    const at = GC + G_GLOBALS;
    const made = objects.engine.memory.word(at) === 0 ? this.#tables.newDict("heap.globals") : 0;
    // A collection that ran meanwhile may have called code that asked for it, too.
    if (objects.engine.memory.word(at) === 0) objects.engine.memory.setWord(at, made);
    else objects.dropWord(made);
    this.#globals = this.#tables.residentDict(objects.engine.memory.word(at));
    return this.#globals;
  }

  /** See {@link Heap.frame}. */
  run<T>(name: string, body: (frame: Frame) => T): T {
    if (typeof name !== "string") throw new TypeError(`heap.frame: the name must be a string, not ${show(name)}`);
    if (typeof body !== "function") {
      throw new TypeError(`heap.frame(${show(name)}): wants a function, not ${show(body)}`);
    }
    return this.#tables.objects.scoped((scope) => {
      const frame = new OpenFrame(name, this.#tables, scope, this.#innermost);
      this.#innermost = frame;
      let result: T;
      try {
        try {
          result = body(frame);
        } catch (error) {
          this.#end(frame);
          throw error;
        }
        const failure = this.#end(frame);
        if (failure !== null) throw failure.error;
      } finally {
        // Only assignments: at the end of the engine's stack no call can be made, also none that ends a frame.
        this.#innermost = frame.outer;
        if (frame.names !== null) {
          frame.ended = true;
          frame.unfinished = this.#unfinished;
          this.#unfinished = frame;
        }
      }
      if (refusalOf(result) === null) return result;
      throw new TypeError(
        `heap.frame(${show(name)}): the body returned a promise or an iterator, and the frame has ended: its names and handles are ` +
          "gone. Come to an end inside the frame, or open it inside what goes on",
      );
    });
  }

  /** Returns what went wrong; the frame has ended nevertheless. */
  #end(frame: OpenFrame): { readonly error: unknown } | null {
    // First: what dies with its names may look which frames run.
    this.#innermost = frame.outer;
    try {
      frame.end();
      while (this.#unfinished !== null) {
        this.#unfinished.end();
        this.#unfinished = this.#unfinished.unfinished;
      }
    } catch (error) {
      return { error };
    }
    return null;
  }
}

class OpenFrame implements Frame {
  readonly name: string;
  readonly #tables: Tables;
  readonly #scope: Scope;
  readonly outer: OpenFrame | null;
  /** Null as long as there is no name, and once all were dropped. */
  names: Dict | null = null;
  ended = false;
  /** The next of those whose names could not be dropped. */
  unfinished: OpenFrame | null = null;

  static {
    defineSummary(OpenFrame.prototype, (frame) => `Frame(${frame.name})${frame.ended ? " (ended)" : ""}`);
  }

  constructor(name: string, tables: Tables, scope: Scope, outer: OpenFrame | null) {
    this.name = name;
    this.outer = outer;
    this.#tables = tables;
    this.#scope = scope;
  }

  /** A function that needs no `this`, as {@link Scope.keep}. */
  get keep(): Scope["keep"] {
    return this.#scope.keep;
  }

  get(name: string): Value | undefined {
    this.#require("get", name);
    return this.names?.get(name);
  }

  set(name: string, value: Storable): void {
    this.#require("set", name);
    const word = this.#objects.ownedWord(value, "frame.set: value");
    let names: Dict;
    try {
      names = this.#dict("set");
    } catch (error) {
      this.#objects.dropWord(word);
      throw error;
    }
    storeWord(names, name, word, "frame.set");
  }

  delete(name: string): boolean {
    this.#require("delete", name);
    return this.names?.delete(name) ?? false;
  }

  locals(): Dict {
    this.#require("locals", "");
    return this.#objects.wrap(this.#dict("locals").address) as Dict;
  }

  /**
   * Drops all names, also those of a dict that somebody keeps. Where the engine's stack ends meanwhile it keeps them, so that it can
   * be called again.
   */
  end(): void {
    const { names } = this;
    this.ended = true;
    if (names !== null && this.#objects.engine.down === null) {
      try {
        names.clear();
      } catch (error) {
        if (!(error instanceof RangeError)) this.names = null;
        throw error;
      }
      if (this.#objects.engine.down === null) this.#objects.dropWord(names.address);
    }
    this.names = null;
  }

  get #objects(): Objects {
    return this.#tables.objects;
  }

  #dict(method: string): Dict {
    const made = this.names === null ? this.#tables.newDict(`frame.${method}`) : 0;
    // As with globals.
    if (this.names === null) this.names = this.#tables.privateDict(made);
    else this.#objects.dropWord(made);
    return this.names;
  }

  #require(method: string, name: unknown): void {
    if (typeof name !== "string") throw new TypeError(`frame.${method}: a name must be a string, not ${show(name)}`);
    if (!this.ended) return;
    throw new TypeError(
      `frame.${method}: the frame ${show(this.name)} has ended, and its names are gone; use them while its body runs, and return ` +
        "what should live on",
    );
  }
}
