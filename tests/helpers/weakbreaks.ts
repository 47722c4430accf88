// A heap with weak references of all sorts in it, and ways to damage what the core notes about them.
import { I_LIST, I_OBJECT, I_REFERENCE, I_WEAKREF } from "../../assembly/invariants.js";
import {
  G_WEAK,
  G_WEAK_COUNT,
  G_WEAK_LOG2,
  LIST_WORD,
  O_TYPE,
  T_CALLED,
  T_WEAK,
  W_NEXT,
  W_OWNER,
  W_PREVIOUS,
  W_REFERENT,
} from "../../src/layout.js";
import { integer } from "./objects.js";
import type { WeakRefs } from "./weakrefs.js";

/** What there is to damage, each with the one reference of its maker. */
export interface WeakPlaces {
  /** An object with four weak references, in the order of its list. */
  object: number;
  shared: number;
  keyed: number;
  newer: number;
  older: number;
  /** An array, which the collector does not know, with a shared reference. */
  array: number;
  ofArray: number;
  /** A dict with the keyed reference, which has a shared one to it. */
  dict: number;
  ofDict: number;
  /** An object without weak references, and a reference whose object is dead. */
  other: number;
  dead: number;
}

export interface WeakBreak {
  name: string;
  /** What verify finds: the invariant, or a neighbour of it that the same write breaks too. */
  found: number | readonly number[];
  make(weak: WeakRefs, places: WeakPlaces): void;
}

/** Makes an empty heap into one that has them all. */
export function furnishWeakRefs(weak: WeakRefs): WeakPlaces {
  const type = weak.objects.type(2);
  const [object = 0, other = 0, dies = 0] = weak.objects.makeMany(type, 3);
  const dict = weak.dict();
  const older = weak.calling(object);
  const newer = weak.calling(object);
  const keyed = weak.keyed(object, dict, integer(5));
  const shared = weak.shared(object);
  weak.objects.hold(keyed);
  weak.core.dictSet(dict, integer(5), keyed);
  const ofDict = weak.first(dict);
  const array = weak.core.newArray(4, 10) >>> 0;
  const ofArray = weak.shared(array);
  const dead = weak.calling(dies);
  weak.release(dies);
  return { object, shared, keyed, newer, older, array, ofArray, dict, ofDict, other, dead };
}

type Place = (weak: WeakRefs, places: WeakPlaces) => number;

/** Another value in a word. */
function word(
  name: string,
  found: number | readonly number[],
  at: Place,
  value: (old: number, places: WeakPlaces, weak: WeakRefs) => number,
): WeakBreak {
  return {
    name,
    found,
    make: (weak, places) => {
      const address = at(weak, places);
      weak.heap.poke(address, value(weak.heap.word(address), places, weak));
    },
  };
}

function field(name: string, offset: number, value: (old: number) => number): WeakBreak {
  return { name, found: I_WEAKREF, make: ({ objects }) => objects.setField(offset, value(objects.field(offset))) };
}

function of(which: keyof WeakPlaces, offset: number): Place {
  return (_, places) => places[which] + offset;
}

/** Address of the slot with a reference, or of one that is not in use. */
function slot(which: keyof WeakPlaces | null): Place {
  return (weak, places) => {
    const wanted = which === null ? 0 : places[which];
    const found = weak.slots().indexOf(wanted);
    if (found < 0) throw new Error(`no slot has ${which}`);
    return weak.objects.field(G_WEAK) + 4 * found;
  };
}

const RECORD: WeakBreak[] = [
  field("a referent too many", G_WEAK_COUNT, (count) => count + 1),
  field("a referent too few", G_WEAK_COUNT, (count) => count - 1),
  field("referents and no table", G_WEAK, () => 0),
  field("a table that is no block", G_WEAK, (table) => table + 8),
  field("a table out of memory", G_WEAK, () => 0xffff_fff0),
  field("a table with more slots than its block", G_WEAK_LOG2, () => 20),
  {
    name: "marks and references, and no table at all",
    found: I_WEAKREF,
    make: ({ objects }) => {
      objects.setField(G_WEAK, 0);
      objects.setField(G_WEAK_COUNT, 0);
    },
  },
];

const SLOTS: WeakBreak[] = [
  word("a slot that lost its reference", I_WEAKREF, slot("shared"), () => 0),
  word("a slot with the second of a list", I_WEAKREF, slot("shared"), (_, p) => p.keyed),
  word("a slot with a reference to nothing", I_WEAKREF, slot("shared"), (_, p) => p.dead),
  word("a slot with another's reference", I_WEAKREF, slot("shared"), (_, p) => p.ofArray),
  word("a slot with what is no reference", I_WEAKREF, slot("shared"), (_, p) => p.other),
  word("a slot with an address out of memory", I_WEAKREF, slot("shared"), () => 0xffff_fff8),
  word("a slot with an unaligned address", I_WEAKREF, slot("ofArray"), (ref) => ref + 4),
  word("a free slot with a reference that has one", I_WEAKREF, slot(null), (_, p) => p.shared),
  {
    name: "references where no search for them comes",
    found: I_WEAKREF,
    make: (weak) => {
      const table = weak.objects.field(G_WEAK);
      const slots = weak.slots();
      // Half way round, so that none is where it belongs or in a row behind.
      for (const [i, ref] of slots.entries()) weak.heap.poke(table + 4 * ((i + slots.length / 2) % slots.length), ref);
    },
  },
  {
    name: "no free slot",
    found: I_WEAKREF,
    make: (weak, { shared }) => {
      const slots = weak.slots();
      for (const i of slots.keys()) weak.heap.poke(weak.objects.field(G_WEAK) + 4 * i, shared);
      weak.objects.setField(G_WEAK_COUNT, slots.length);
    },
  },
];

const LINKS: WeakBreak[] = [
  word("a list that ends early", I_WEAKREF, of("keyed", W_NEXT), () => 0),
  word("a list that misses one", I_WEAKREF, of("keyed", W_NEXT), (_, p) => p.older),
  word("a list in a circle", I_WEAKREF, of("older", W_NEXT), (_, p) => p.shared),
  word("a list that leads to another's", I_WEAKREF, of("older", W_NEXT), (_, p) => p.ofArray),
  word("a list that leads to what is no reference", I_WEAKREF, of("older", W_NEXT), (_, p) => p.other),
  word("a list that leads out of memory", I_WEAKREF, of("older", W_NEXT), () => 0xffff_fff8),
  word("a list that is broken backwards", I_WEAKREF, of("newer", W_PREVIOUS), (_, p) => p.shared),
  word("a first one with one before it", I_WEAKREF, of("shared", W_PREVIOUS), (_, p) => p.older),
  word("a second one without one before it", I_WEAKREF, of("keyed", W_PREVIOUS), () => 0),
  word("a second one that nobody is called for", I_WEAKREF, of("newer", O_TYPE), (type) => type - T_CALLED),
  word("a reference in a list that reads null", I_WEAKREF, of("newer", W_REFERENT), () => 0),
  word("a reference to another object than its list's", I_WEAKREF, of("newer", W_REFERENT), (_, p) => p.other),
  word("a first one to another object", I_WEAKREF, of("shared", W_REFERENT), (_, p) => p.other),
  word("a dead one that is not in a list", I_WEAKREF, of("dead", W_REFERENT), (_, p) => p.object),
];

const MARKS: WeakBreak[] = [
  word("an object that does not know of its references", I_WEAKREF, of("object", O_TYPE), (type) => type - T_WEAK),
  word("an array that does not know of its references", I_WEAKREF, of("array", O_TYPE), (type) => type - T_WEAK),
  word("an object that thinks there are references", I_WEAKREF, of("other", O_TYPE), (type) => type + T_WEAK),
  word("a reference of another type", [I_WEAKREF, I_OBJECT, I_LIST], of("newer", O_TYPE), () => LIST_WORD),
  word("a keyed reference with an owner that is no object", I_REFERENCE, of("keyed", W_OWNER), () => 0x1234_5670),
];

export const WEAK_BREAKS: readonly WeakBreak[] = [...RECORD, ...SLOTS, ...LINKS, ...MARKS];
