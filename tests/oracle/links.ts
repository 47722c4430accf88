// Words that make objects and change what they refer to.

import type { Value } from "../../src/index.js";
import {
  isAtomic,
  isContainer,
  isDeque,
  isDict,
  isIndexed,
  isList,
  isReadable,
  isRow,
  isSet,
  isStruct,
  isTuple,
  isUnlooked,
  nameIn,
  readFrom,
} from "./kinds.js";
import { type Done, SKIPPED, State } from "./state.js";
import type { Name } from "./words.js";

/** Items of a tuple that has a block of its own. */
const WIDE = 150;

export abstract class LinkWords extends State {
  node(x: Name): void {
    this.bind(x, this.note(new this.Node()));
  }

  fin(x: Name, body: number | null): void {
    this.bind(x, this.note(new this.Fin({ does: body ?? -1 })));
  }

  container(x: Name, kind: "list" | "dict" | "set" | "deque"): void {
    this.bind(x, this.note(this.heap[kind]()));
  }

  wide(x: Name, ...items: Name[]): Done {
    return this.tuple(x, ...items, ...Array(WIDE - items.length).fill(null));
  }

  tuple(x: Name, ...items: (Name | null)[]): Done {
    const values = items.map((item) => (item !== null && this.names.get(item)) || null);
    if (values.some(isTuple) && values.every(isAtomic)) return SKIPPED;
    this.bind(x, this.note(this.heap.tuple(values)));
  }

  frozenset(x: Name, y: Name): Done {
    const value = this.names.get(y);
    if (value === undefined) return SKIPPED;
    this.attempt(() => this.bind(x, this.note(this.heap.frozenset([value]))));
  }

  let(x: Name, y: Name): void {
    this.bind(x, this.get(y));
  }

  forget(x: Name): Done {
    if (!this.names.has(x)) return SKIPPED;
    this.bind(x, null);
  }

  link(x: Name, field: "a" | "b" | "c", y: Name | null): Done {
    return this.holding([x, y], isStruct, (object, value) => {
      object[field] = value as Value;
    });
  }

  push(x: Name, y: Name): Done {
    return this.holding([x, y], isRow, (object, value) => {
      object.push(value as Value);
    });
  }

  unshift(x: Name, y: Name): Done {
    return this.holding([x, y], isRow, (object, value) => {
      if (isList(object)) object.insert(0, value as Value);
      else object.unshift(value as Value);
    });
  }

  pop(x: Name): Done {
    return this.holding([x], isRow, (object) => {
      if (object.length === 0) return SKIPPED;
      this.letGo(object.pop());
    });
  }

  shift(x: Name): Done {
    return this.holding([x], isDeque, (object) => {
      if (object.length === 0) return SKIPPED;
      this.letGo(object.shift());
    });
  }

  store(x: Name, i: number, y: Name): Done {
    return this.holding([x, y], isList, (object, value) => {
      if (object.length === 0) return SKIPPED;
      object.set(i % object.length, value as Value);
    });
  }

  splice(x: Name, i: number, count: number, ...items: Name[]): Done {
    return this.holding([x, ...items], isList, (object, ...values) => {
      this.letGo(...object.splice(Math.min(i, object.length), count, ...values).reverse());
    });
  }

  put(x: Name, key: number | Name, y: Name): Done {
    return this.holding([x, nameIn(key), y], isDict, (object, k, value) => {
      const used = typeof key === "number" ? key : k;
      if (used === null) return SKIPPED;
      this.attempt(() => object.set(used as Value, value as Value));
    });
  }

  take(x: Name, key: number | Name): Done {
    return this.holding([x, nameIn(key)], isDict, (object, k) => {
      const used = typeof key === "number" ? key : k;
      if (used === null || isUnlooked(object, k)) return SKIPPED;
      this.attempt(() => this.truth(object.delete(used as Value)));
    });
  }

  add(x: Name, y: Name): Done {
    return this.holding([x, y], isSet, (object, value) => {
      if (object.size > 0 || value === null) return SKIPPED;
      this.attempt(() => object.add(value));
    });
  }

  discard(x: Name, y: Name): Done {
    return this.holding([x, y], isSet, (object, value) => {
      if (value === null || isSet(value) || isUnlooked(object, value)) return SKIPPED;
      this.attempt(() => object.delete(value));
    });
  }

  clear(x: Name): Done {
    return this.holding([x], isContainer, (object) => {
      object.clear();
    });
  }

  read(x: Name, y: Name, key: number): Done {
    return this.nameResult(x, () =>
      this.holding([y], isReadable, (object) => {
        if (isIndexed(object) && object.length === 0) return SKIPPED;
        this.result = readFrom(object, key);
      }),
    );
  }

  protected result: Value | undefined = null;

  /** Names what `find` leaves in #result. */
  protected nameResult(x: Name, find: () => unknown): Done {
    this.result = null;
    if (find() === SKIPPED) return SKIPPED;
    const result = this.result;
    this.result = null;
    this.say(this.text(result));
    this.bind(x, result);
  }
}
