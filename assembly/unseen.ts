// Deaths that nobody can see, as long as there is no finalizer and no weak reference in the heap: all references of an object are dropped at
// once, which is quicker than CPython's order. The stack of what dies is a list through the counts of the dying: no depth asks for a
// recursion, or for memory. And leaves, which are freed and no more, whoever watches.

import { bury, buryLeaf } from "./bury";
import { untrackLiving } from "./generations";
import { countOf, firstReference, isInteger, nextDying, setCount, setNextDying, typeWordOf } from "./object";
import { T_RITES, T_TRACKED, TYPE_ID_SHIFT, TYPE_REFS_MASK } from "./objectlayout";
import { giveParts } from "./parts";
import { runCount, runEnd, runStart } from "./visit";

/** For no more references than that, a call costs more than it saves. */
export const FEW: u32 = 4;

/** All there is to do at the death of an object with this type word is to free it. */
export function isLeaf(word: u32): bool {
  return (word & (T_TRACKED | TYPE_REFS_MASK | T_RITES)) == 0;
}

/** Drops a reference to an object; returns it if it was the last one and there is more to do than to free it. */
function dropObject(object: usize): usize {
  const count = countOf(object);
  if (count > 1) {
    setCount(object, count - 1);
    return 0;
  }
  if (count != 1) return 0;
  const word = typeWordOf(object);
  if (!isLeaf(word)) return object;
  inline.always(buryLeaf(object, word));
  return 0;
}

export function dropWord(word: u32): usize {
  return isInteger(word) || word == 0 ? 0 : inline.always(dropObject(word));
}

/** An object dies whose last reference is gone, with whatever only it kept alive, when nobody can see in which order. */
export function dieUnseen(object: usize): void {
  setNextDying(object, 0);
  let top = object;
  while (top != 0) {
    const dying = top;
    const word = typeWordOf(dying);
    top = nextDying(dying);
    if ((word & TYPE_REFS_MASK) > FEW) {
      top = dropManySlow(dying, word, top);
    } else {
      const first = firstReference(dying);
      top = inline.always(dropFew(first, first + ((word & TYPE_REFS_MASK) << 2), top));
    }
    if ((word & T_TRACKED) != 0) inline.always(untrackLiving(dying));
    inline.always(bury(dying, word));
  }
}

/** Drops the references of a run. Leaves go at once, other objects whose last it was join the stack; returns its new top. */
function dropRun(first: usize, end: usize, top: usize): usize {
  // From the last to the first, so that the first comes out on top of the stack.
  for (let slot = end; slot != first; ) {
    slot -= 4;
    const child = inline.always(dropWord(load<u32>(slot)));
    if (child == 0) continue;
    setNextDying(child, top);
    top = child;
  }
  return top;
}

/** The same for few references, where leaves just join the stack: less code in the loop. */
function dropFew(first: usize, end: usize, top: usize): usize {
  for (let slot = end; slot != first; ) {
    slot -= 4;
    const referent = load<u32>(slot);
    if (isInteger(referent) || referent == 0) continue;
    const count = countOf(referent);
    if (count > 1) {
      setCount(referent, count - 1);
    } else if (count == 1) {
      setNextDying(referent, top);
      top = referent;
    }
  }
  return top;
}

/** Drops all references of an object that has more than a few, and gives its blocks back. */
function dropManySlow(dying: usize, word: u32, top: usize): usize {
  for (let run = runCount(dying, word); run != 0; ) {
    run--;
    top = dropRun(runStart(dying, word, run), runEnd(dying, word, run), top);
  }
  giveParts(dying, word >> TYPE_ID_SHIFT);
  return top;
}
