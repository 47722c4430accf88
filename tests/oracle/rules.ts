// Where arenaria differs from CPython on purpose. Nothing else may differ.

export interface Rule {
  readonly name: string;
  readonly reason: string;
  /** How it shows, and what the oracle does about it. */
  readonly shows: string;
}

export const RULES = {
  "order-of-survivors": {
    name: "order-of-survivors",
    reason:
      "trash is finalized, called and cleared in order of age; there is no list that collections could put in another order",
    shows:
      "CPython's lists are in order of age too, until a collection moves survivors that it meets before those that refer to them, or " +
      "puts generation 1 behind generation 0; the oracle puts its lists in order again before each collection",
  },
  "nested-tuples": {
    name: "nested-tuples",
    reason:
      "a tuple that holds nothing but untracked tuples is untracked when it is marked, and it is marked before what it holds",
    shows:
      "CPython looks at tuples after all marking, in the order of its list, and may untrack both in one collection where arenaria takes " +
      "two; the oracle makes no tuples of tuples of atoms",
  },
  "hash-of-look-up": {
    name: "hash-of-look-up",
    reason: "nothing is in what is empty, so that looking something up there needs no hash",
    shows:
      "CPython makes the hash first, and a weak reference that has been looked up, or the shared one of what was looked up in a weak " +
      "table, knows it from then on and can be hashed when its referent is dead; the oracle looks nothing up in what is empty, or with a reference of its own",
  },
  "called-references": {
    name: "called-references",
    reason: "a weak reference whose callback is to be called stays where it is",
    shows:
      "CPython takes it out of its generation until its callback has run, and puts it into the one after the collected generation then, " +
      "even if it was older or frozen; the oracle lists no weak references in a collection, and puts them back after it",
  },
  "hash-of-tuples": {
    name: "hash-of-tuples",
    reason: "a tuple's hash is made with the tuple, of its items as they are then",
    shows:
      "CPython makes it when it is wanted, when a weak reference in the tuple may be dead and without a hash; the oracle asks for the " +
      "hash of each new tuple",
  },
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;
