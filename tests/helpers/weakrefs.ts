// Weak references of the core by their addresses: its calls, and what the words of references and of their table say by the layout.
import {
  ABSENT,
  G_WATCHERS,
  G_WEAK,
  G_WEAK_COUNT,
  G_WEAK_LOG2,
  T_CALLED,
  T_WEAK,
  W_NEXT,
  W_PREVIOUS,
  W_REFERENT,
} from "../../src/layout.js";
import type { HostCall } from "./core.js";
import { Mourners } from "./mourners.js";

export class WeakRefs extends Mourners {
  #made(ref: number): number {
    if (ref === 0) throw new Error(`no weak reference was made: status ${this.core.lastStatus()}`);
    return ref >>> 0;
  }

  /** The one without a callback. */
  shared(object: number): number {
    return this.#made(this.core.newWeakRef(object, 0));
  }

  /** A new one for which the host is called. */
  calling(object: number): number {
    return this.#made(this.core.newWeakRef(object, 1));
  }

  /** A new one in a dict or set. Takes the key over. */
  keyed(object: number, container: number, key = ABSENT): number {
    return this.#made(this.core.newKeyedRef(object, container, key));
  }

  // ── what they say ──

  referent(ref: number): number {
    return this.heap.word(ref + W_REFERENT);
  }

  /** The host will be called for it. */
  isCalling(ref: number): boolean {
    return (this.objects.typeWord(ref) & T_CALLED) !== 0;
  }

  isMarked(object: number): boolean {
    return (this.objects.typeWord(object) & T_WEAK) !== 0;
  }

  /** All to an object, by the core. */
  refsTo(object: number): number[] {
    return this.objects.listed((out, capacity) => this.core.weakRefs(object, out, capacity));
  }

  /** All to an object by their links, from the first on. */
  linked(first: number): number[] {
    const found: number[] = [];
    let previous = 0;
    for (let ref = first; ref !== 0; ref = this.heap.word(ref + W_NEXT)) {
      if (this.heap.word(ref + W_PREVIOUS) !== previous) throw new Error(`the link back of 0x${ref.toString(16)}`);
      found.push(ref);
      previous = ref;
    }
    return found;
  }

  /** Calls of callbacks, and references that are to be forgotten, since the last call. */
  calls(): HostCall[] {
    return this.heap.called.splice(0);
  }

  // ── the table ──

  watchers(): number {
    return this.objects.field(G_WATCHERS);
  }

  referents(): number {
    return this.objects.field(G_WEAK_COUNT);
  }

  /** log2 of the slots; −1 if there is no table. */
  log2(): number {
    return this.objects.field(G_WEAK) === 0 ? -1 : this.objects.field(G_WEAK_LOG2);
  }

  slots(): number[] {
    const table = this.objects.field(G_WEAK);
    return Array.from({ length: table === 0 ? 0 : 2 ** this.log2() }, (_, slot) => this.heap.word(table + 4 * slot));
  }

  /** The first reference to an object, by the table's bytes; 0: none. */
  first(object: number): number {
    const slots = this.slots();
    if (slots.length === 0) return 0;
    let slot = ownSlot(object, this.log2());
    while (slots[slot] !== 0 && this.referent(slots[slot] as number) !== object) slot = (slot + 1) % slots.length;
    return slots[slot] as number;
  }

  /** Objects of a type, so many, that all belong into one slot of a table with so many slots; with a reference each. */
  colliding(type: number, count: number, slot: number, log2: number): number[] {
    const found: number[] = [];
    const others: number[] = [];
    while (found.length < count) {
      const object = this.objects.make(type);
      (ownSlot(object, log2) === slot ? found : others).push(object);
    }
    this.release(...others);
    return found;
  }
}

/** Slot that an object belongs into, in a table of 2^log2 slots. */
export function ownSlot(object: number, log2: number): number {
  return Math.imul(object, 0x9e37_79b1) >>> (32 - log2);
}
