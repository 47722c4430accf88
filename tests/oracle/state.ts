// What a program of the oracle has while it runs in arenaria, and how its words get at it.
import type {
  Finalizer,
  Handle,
  Heap,
  HeapWeakSet,
  Scope,
  Value,
  WeakKeyDictionary,
  WeakValueDictionary,
} from "../../src/index.js";
import { type Finalized, isHandle, isRef, type Struct } from "./kinds.js";
import type { Name, Program, Step } from "./words.js";

/** So many finalizers and callbacks may run inside each other. */
const DEPTH = 12;

/** What a word returns when there is nothing it could do; others return anything else. */
export const SKIPPED = "skipped";
export type Done = typeof SKIPPED | undefined;

/** What a program throws. */
export class Boom extends Error {
  override readonly name = "Boom";
}

export abstract class State {
  protected readonly heap: Heap;
  protected readonly Node: new () => Struct;
  protected readonly Fin: new (init: {
    does: number;
  }) => Finalized;
  protected readonly names = new Map<Name, Handle>();
  /** The number of each object, by its address. */
  protected readonly numbers = new Map<number, number>();
  protected readonly watches: Handle[] = [];
  protected readonly finalizers: Finalizer[] = [];
  protected readonly values: WeakValueDictionary<number, Handle>;
  protected readonly keys: WeakKeyDictionary<Handle, Value>;
  protected readonly members: HeapWeakSet<Handle>;
  /** Weak references that the tables have made to themselves, held until the program ends. */
  protected readonly own: Handle[] = [];
  protected bodies: Program["bodies"] = [];
  /** What was seen so far. */
  log: string[] = [];
  protected step: number | "end" = 0;
  protected number = 0;
  protected left = 0;
  protected depth = 0;
  protected collecting = false;
  /** Of the finalizer or callback that runs. */
  protected scope: Scope | null = null;

  constructor(heap: Heap) {
    this.heap = heap;
    this.values = new heap.weakref.WeakValueDictionary();
    this.keys = new heap.weakref.WeakKeyDictionary();
    this.members = new heap.weakref.WeakSet();
    const fields = { a: "ref", b: "ref", c: "ref", w: "weak", id: "i32" } as const;
    this.Node = heap.struct("Node", fields, { gc: true });
    this.Fin = heap.struct(
      "Fin",
      { ...fields, does: "i32" },
      {
        gc: true,
        finalize: (object, scope) => this.perform(object.does, object, "finalizer of", scope),
      },
    );
  }

  /** For `onUnraisable` of the heap. */
  readonly unraisable = ({ error, message }: { error: unknown; message: string }): void => {
    if (!(error instanceof Boom)) this.say(`${message}: ${error instanceof Error ? error.stack : error}`);
    else this.say(`ignored Boom in ${message.includes("finalizer") ? "finalizer" : "callback"}`);
  };

  /** As Python writes it. */
  protected truth(value: boolean): void {
    this.say(value ? "True" : "False");
  }

  protected say(text: string): void {
    this.log.push(`${this.step} ${text}`);
  }

  protected note<H extends Handle>(object: H): H {
    this.numbers.set(object.address, this.number++);
    return object;
  }

  protected text(value: Value | undefined): string {
    if (value === null || value === undefined) return "null";
    if ((value as Handle).typeName === "keyedref") return "table";
    return `#${this.numbers.get((value as Handle).address) ?? "?"}`;
  }

  /** Runs a body of a finalizer or of a callback; `object` is what it is called with. */
  protected perform(body: number, object: Handle, what: string, scope: Scope): void {
    this.say(`${what} ${this.text(object)}`);
    if (body < 0 || this.depth >= DEPTH) return;
    const before = [this.names.get("self"), this.scope] as const;
    this.depth++;
    this.names.set("self", object);
    this.scope = scope;
    try {
      for (const step of this.bodies[body] as readonly Step[]) this.use(step);
    } finally {
      if (before[0] === undefined) this.names.delete("self");
      else this.names.set("self", before[0]);
      this.scope = before[1];
      this.depth--;
    }
  }

  /** Does what a step says. */
  protected abstract use(step: Step): void;

  // ── names ─────────────────────────────────────────────────────────────────────────────────────────────
  // A word holds what it works with until it is done, and lets go of it in the order of its arguments.

  protected get(name: Name | null): Handle | null {
    return (name !== null && this.names.get(name)?.clone()) || null;
  }

  /** Gives a name to an object, or takes it from everything; the handle is the word's. */
  protected bind(name: Name, value: Value | undefined): void {
    const before = this.names.get(name);
    if (value === null || value === undefined) {
      this.names.delete(name);
      before?.release();
    } else {
      this.names.set(name, this.mine((value as Handle).clone()));
      before?.release();
      (value as Handle).release();
    }
  }

  /** A handle that outlives the finalizer or callback that runs. */
  protected mine<H extends Handle>(handle: H): H {
    return this.scope === null ? handle : this.scope.keep(handle);
  }

  protected letGo(...values: (Value | undefined)[]): void {
    for (const value of values) if (isHandle(value)) value.release();
  }

  /** Does what may be a TypeError in both. */
  protected attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.say("TypeError");
    }
  }

  /** Does something with named objects, if the first is of a kind that it can be done with. */
  protected holding<O extends Handle>(
    [x, ...others]: readonly (Name | null)[],
    fits: (object: Handle | null) => object is O,
    act: (object: O, ...values: (Handle | null)[]) => unknown,
  ): Done {
    const object = this.get(x as Name);
    const values = others.map((name) => this.get(name));
    try {
      return fits(object) && act(object, ...values) !== SKIPPED ? undefined : SKIPPED;
    } finally {
      this.letGo(object, ...values);
    }
  }

  /**
   * Puts something into a table. The weak reference to itself that it may make for that has no number, though there may have been an object
   * with one where it lies; it is held, so that the next one does not lie elsewhere.
   */
  protected putIntoTable(put: () => void): void {
    const before = new Set(this.references().map(letGo));
    const first = this.number;
    this.attempt(put);
    for (const ref of this.references()) {
      const { address } = ref;
      const number = this.numbers.get(address) ?? -1;
      if (before.has(address) || number >= first) {
        ref.release();
      } else {
        this.numbers.delete(address);
        this.own.push(this.mine(ref));
      }
    }
  }

  /** Handles of all weak references but those in tables. */
  private references(): Handle[] {
    return this.heap.gc.getObjects().filter((object) => {
      const found = isRef(object);
      if (!found) object.release();
      return found;
    });
  }

  protected clearTables(): void {
    this.values.clear();
    for (const object of this.members) {
      this.members.delete(object);
      object.release();
    }
    const keys = [...this.keys.keys()];
    for (const object of keys) this.keys.delete(object);
    this.letGo(...keys);
    // Gives back the tables, and takes out those whose referents died without a callback.
    this.members.clear();
    this.keys.clear();
  }
}

/** Releases a handle, and returns what it was of. */
function letGo(handle: Handle): number {
  const { address } = handle;
  handle.release();
  return address;
}
