// Words about weak references.
import type { Handle, Scope, Value } from "../../src/index.js";
import { type AnyRef, isAny, isRef, isReferable, isStruct } from "./kinds.js";
import { LinkWords } from "./links.js";
import { type Done, SKIPPED } from "./state.js";
import type { Name } from "./words.js";

export abstract class WeakWords extends LinkWords {
  ref(x: Name, y: Name): Done {
    const { weakref } = this.heap;
    const object = this.get(y);
    if (object === null) return SKIPPED;
    if (!isReferable(object)) {
      this.attempt(() => weakref.ref(object));
      object.release();
      return undefined;
    }
    const count = weakref.getWeakRefCount(object);
    const made = weakref.ref(object);
    if (weakref.getWeakRefCount(object) > count) this.note(made);
    this.say(this.text(made));
    object.release();
    this.bind(x, made);
  }

  callRef(x: Name, y: Name, body: number | null): Done {
    const made = this.newRef(y, body);
    if (made === null) return SKIPPED;
    this.bind(x, made);
  }

  watch(y: Name): Done {
    const made = this.newRef(y, null);
    if (made === null) return SKIPPED;
    this.watches.push(this.mine(made));
  }

  protected newRef(y: Name, body: number | null): AnyRef | null {
    const object = this.names.get(y) ?? null;
    if (!isReferable(object)) return null;
    const callback = (ref: AnyRef, scope: Scope) => this.perform(body ?? -1, ref, "callback of", scope);
    return this.note(this.heap.weakref.ref(object, callback));
  }

  unwatch(i: number): Done {
    if (this.watches.length === 0) return SKIPPED;
    this.letGo(...this.watches.splice(i % this.watches.length, 1));
  }

  deref(x: Name, y: Name): Done {
    return this.nameResult(x, () =>
      this.holding([y], isRef, (ref) => {
        this.result = ref.deref();
      }),
    );
  }

  answers(): void {
    const found: string[] = [];
    for (const name of [...this.names.keys()].sort()) {
      const ref = this.names.get(name) as Handle;
      if (name === "self" || !isRef(ref)) continue;
      const referent = ref.deref();
      found.push(`${name}:${this.text(referent)}`);
      referent?.release();
    }
    this.say(found.join(" "));
  }

  refs(x: Name): Done {
    const { weakref } = this.heap;
    const object = this.names.get(x);
    if (object === undefined) return SKIPPED;
    const found = weakref.getWeakRefs(object);
    this.say(`${weakref.getWeakRefCount(object)}: ${found.map((ref) => this.text(ref)).join(" ")}`);
    this.letGo(...found);
  }

  hasCallback(x: Name): Done {
    const ref = this.names.get(x) ?? null;
    if (!isRef(ref)) return SKIPPED;
    const referent = ref.deref();
    if (referent === undefined) return SKIPPED;
    referent.release();
    this.truth(ref.callback !== null);
  }

  /** Makes a weak reference to an object that is not the program's, and has no number, wherever it lies. */
  private madeBy<T>(object: Handle, make: () => T): T {
    const before = new Set(this.addressesOfRefs(object));
    const made = make();
    for (const address of this.addressesOfRefs(object)) if (!before.has(address)) this.numbers.delete(address);
    return made;
  }

  private addressesOfRefs(object: Handle): number[] {
    const refs = this.heap.weakref.getWeakRefs(object);
    const addresses = refs.map(({ address }) => address);
    this.letGo(...refs);
    return addresses;
  }

  linkWeak(x: Name, y: Name | null): Done {
    return this.holding([x, y], isStruct, (object, value) => {
      this.attempt(() => {
        if (value === null) object.w = null;
        else this.madeBy(value, () => (object.w = value));
      });
    });
  }

  readWeak(x: Name, y: Name): Done {
    return this.nameResult(x, () =>
      this.holding([y], isStruct, (object) => {
        this.result = object.w;
      }),
    );
  }

  onDeath(y: Name): Done {
    const object = this.names.get(y) ?? null;
    if (!isReferable(object)) return SKIPPED;
    const tell = (number: number) => this.say(`function ${number}`);
    const { finalizers } = this;
    finalizers.push(this.madeBy(object, () => this.heap.weakref.finalize(object, tell, finalizers.length)));
    return undefined;
  }

  callNow(i: number): Done {
    const { finalizers } = this;
    if (finalizers.length === 0) return SKIPPED;
    finalizers[i % finalizers.length]?.call();
    return undefined;
  }

  detach(i: number): Done {
    const { finalizers } = this;
    if (finalizers.length === 0) return SKIPPED;
    this.truth(finalizers[i % finalizers.length]?.detach() ?? false);
    return undefined;
  }

  // Tables of weak references, not the program's own.

  valuePut(key: number, y: Name): Done {
    return this.holding([y], isAny, (object) => {
      this.putIntoTable(() => this.values.set(key, object));
    });
  }

  valueTake(key: number): void {
    this.truth(this.values.delete(key));
  }

  keyPut(x: Name, y: Name): Done {
    return this.holding([x, y], isAny, (object, value) => {
      this.putIntoTable(() => this.keys.set(object, value as Value));
    });
  }

  keyTake(x: Name): Done {
    return this.holding([x], isAny, (object) => {
      this.attempt(() => this.truth(this.keys.delete(object)));
    });
  }

  setPut(x: Name): Done {
    return this.holding([x], isAny, (object) => {
      this.putIntoTable(() => this.members.add(object));
    });
  }

  setTake(x: Name): Done {
    return this.holding([x], isAny, (object) => {
      this.attempt(() => this.members.delete(object));
    });
  }

  tables(): void {
    const entries = <K>(of: Iterable<[K, Value]>, name: (key: K) => string) =>
      [...of].map(([key, value]) => {
        const line = `${name(key)}:${this.text(value)}`;
        this.letGo(key as Value, value);
        return line;
      });
    const members = [...this.members].map((object) => {
      const number = this.numbers.get(object.address) as number;
      object.release();
      return number;
    });
    const lists = [
      entries(this.values as Iterable<[number, Value]>, String),
      entries(this.keys as Iterable<[Handle, Value]>, (key) => this.text(key)),
      members.sort((a, b) => a - b).map((number) => `#${number}`),
    ];
    const sizes = [this.values.size, this.keys.size, this.members.size].join(" ");
    this.say(`${sizes}: ${lists.map((list) => list.join(" ")).join(" | ")}`);
  }
}
