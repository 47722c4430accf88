// Objects die: what a reference less may lead to, in the order that CPython has it (Objects/typeobject.c, subtype_dealloc): an object's
// finalizer, its weak references, then its references one after the other, each referent with all that only it kept alive before the next
// is looked at. As long as nobody can see that, there is a quicker way (unseen.ts). The stack of that is a list through the dying objects
// themselves: no depth asks for a recursion, or for memory (in place of CPython's trashcan, Objects/object.c). Only finalizers and callbacks
// that let objects die make it a recursion.
//
// From here the program's code may run. So whoever drops a reference has done what it is about before, and trusts nothing it knew.

import { bury, buryLeaf, buryLeafSlow } from "./bury";
import { callBack, finalize, forget } from "./env";
import { findKey } from "./equal";
import { areDeathsSeen, countWatchers, enterYoungest, leave, rejuvenate, untrack } from "./generations";
import { GC } from "./layout";
import {
  countOf,
  firstReference,
  isFinalized,
  isInteger,
  nextDying,
  setCount,
  setFinalized,
  setGc1,
  setNextDying,
  typeIdOf,
  typeWordOf,
} from "./object";
import {
  ABSENT,
  DEQUE_BLOCK_SHIFT,
  DEQUE_FIRST,
  DEQUE_LENGTH,
  DEQUE_ROOM,
  DICT_COUNT,
  DICT_ENTRY_SHIFT,
  G_CALLS,
  G_DELAYED,
  G_DELAYED_RUN,
  G_DEPTH,
  G_FINALIZING,
  G_REST,
  ID_ARRAY,
  ID_DEQUE,
  ID_FIRST,
  ID_KEYEDREF,
  ID_LIST,
  ID_TUPLE,
  LIST_LENGTH,
  O_TYPE,
  REFUSED,
  T_CALLED,
  T_FINALIZER,
  T_RITES,
  T_TRACKED,
  T_WEAK,
  TUPLE_LENGTH,
  TYPE_ID_SHIFT,
  TYPE_REFS_MASK,
  W_HASH,
  W_KEY,
  W_NEXT,
} from "./objectlayout";
import { givePart, giveParts } from "./parts";
import { endOfEntries, removeEntry } from "./table";
import { dieUnseen, dropWord, FEW, isLeaf } from "./unseen";
import { entriesOf, entryShift, hasMany, runEnd, runStart, wordOfBlocks } from "./visit";
import { isCalled, isWeakRef, nextWeakRef, ownerOf, unlink } from "./weaklist";
import { firstWeakRef } from "./weaktable";

/** Calls of the host inside each other before further deaths that ask for one wait. */
const DEPTH_MAX: u32 = 50;
/** Drops a reference that a slot held; `word` is 0, an integer, or a live object. */
export function drop(word: u32): void {
  if (isInteger(word) || word == 0) return;
  const count = countOf(word);
  if (count > 1) setCount(word, count - 1);
  else if (count == 1) die(word);
}

/** The last reference to `object` is gone: it dies, and whatever only it kept alive. */
export function die(object: usize): void {
  const word = typeWordOf(object);
  if (isLeaf(word)) inline.always(buryLeaf(object, word));
  else if (areDeathsSeen()) dieSeenSlow(object);
  else inline.always(dieUnseen(object));
}

/** Drops the `n` words of a block, which nobody else knows any more, the last first, and gives it back. */
export function dropWords(block: usize, n: u32): void {
  for (let slot = block + (n << 2); slot != block; ) {
    slot -= 4;
    const dying = inline.always(dropWord(load<u32>(slot)));
    if (dying != 0) die(dying);
  }
  givePart(block);
}

/** Drops the entries of a table that its object has no more, the first first, and gives it back; does nothing if that is 0. */
export function dropTable(table: usize, shift: u32): void {
  if (table == 0) return;
  const end = endOfEntries(table, shift);
  // ABSENT, in holes, is an address in the guard page, where all counts are 0.
  for (let word = entriesOf(table); word != end; word += 4) {
    const dying = inline.always(dropWord(load<u32>(word)));
    if (dying != 0) die(dying);
  }
  givePart(table);
}

// ── somebody may see it: one reference after the other, in CPython's order ──────────────────────────

function dieSeenSlow(object: usize): void {
  let dying = object;
  let top: usize = 0;
  for (;;) {
    let word = typeWordOf(dying);
    let slot = inline.always(begin(dying, word, top));
    let child: usize = 0;
    for (;;) {
      if (slot != 0) {
        if ((word & TYPE_REFS_MASK) > FEW) {
          child = nextOfManySlow(dying, word, slot);
          if (child != 0) {
            setNextDying(dying, top);
            top = dying;
            break;
          }
        } else {
          const first = firstReference(dying);
          const end = first + ((word & TYPE_REFS_MASK) << 2);
          for (; slot != end; slot += 4) {
            const referent = load<u32>(slot);
            if (isInteger(referent) || referent == 0) continue;
            // The last reference of all needs no place to come back to.
            if (child != 0) break;
            const count = countOf(referent);
            if (count > 1) {
              setCount(referent, count - 1);
            } else if (count == 1) {
              const its = typeWordOf(referent);
              if (isLeaf(its)) buryLeafSlow(referent, its);
              else child = referent;
            }
          }
          if (slot != end) {
            // The rest comes after the child. The first slot has had its turn: it remembers where to go on.
            store<u32>(first, ((<u32>(slot - dying)) << 1) | 1);
            setNextDying(dying, top);
            top = dying;
          } else {
            inline.always(bury(dying, word));
          }
          if (child != 0) break;
        }
      }
      if (top == 0) return;
      dying = top;
      top = nextDying(dying);
      word = typeWordOf(dying);
      slot = hasMany(word) ? dying : dying + (load<u32>(firstReference(dying)) >> 1);
    }
    dying = child;
  }
}

/** An object whose last reference is gone dies, if that leads to no other deaths than those of leaves; false if it may. */
function dieAtOnceSlow(object: usize): bool {
  const word = typeWordOf(object);
  if ((word & T_RITES) != 0 || (word & TYPE_REFS_MASK) > FEW) return false;
  const first = firstReference(object);
  const end = first + ((word & TYPE_REFS_MASK) << 2);
  for (let slot = first; slot != end; slot += 4) {
    const referent = load<u32>(slot);
    if (isInteger(referent) || referent == 0 || isLeaf(typeWordOf(referent))) continue;
    // All references may be the same: the last of them must not be its last.
    if (<u32>(countOf(referent) - 1) < FEW) return false;
  }
  if ((word & T_TRACKED) != 0) inline.always(untrack(object));
  for (let slot = first; slot != end; slot += 4) inline.always(dropWord(load<u32>(slot)));
  inline.always(bury(object, word));
  return true;
}

/** An object whose last reference is gone, above `top` on the stack: returns its first slot; 0 if it does not die now. */
function begin(object: usize, word: u32, top: usize): usize {
  if ((word & T_RITES) != 0) return ritesSlow(object, word, top) ? firstReference(object) : 0;
  if ((word & T_TRACKED) != 0) inline.always(untrack(object));
  return firstReference(object);
}

/**
 * Drops references of a dying object with many, from `slot` on, up to the first after which there is more to do than to free its
 * referent: returns that, and remembers in the object where to go on. 0: none is left, and it is buried.
 */
function nextOfManySlow(object: usize, word: u32, slot: usize): usize {
  for (;;) {
    const child = inline.always(nextOfMany(object, word, slot));
    if (child == 0) break;
    if (!dieAtOnceSlow(child)) return child;
    slot = object;
  }
  giveParts(object, word >> TYPE_ID_SHIFT);
  bury(object, word);
  return 0;
}

/** The same, up to the first referent that is no leaf; what is left to do at the end is the caller's. */
function nextOfMany(object: usize, word: u32, slot: usize): usize {
  const id = word >> TYPE_ID_SHIFT;
  const fresh = slot == firstReference(object);
  let child: usize = 0;
  if (id == ID_LIST || id == ID_TUPLE) {
    child = nextOfItems(object + (id == ID_LIST ? LIST_LENGTH : TUPLE_LENGTH), runStart(object, word, 0));
  } else if (id == ID_DEQUE) {
    child = nextOfDeque(object);
  } else if (id >= ID_FIRST) {
    if (!fresh) slot = object + (load<u32>(firstReference(object)) >> 1);
    const end = runEnd(object, word, 0);
    for (; slot != end && child == 0; slot += 4) child = inline.always(dropWord(load<u32>(slot)));
    store<u32>(firstReference(object), ((<u32>(slot - object)) << 1) | 1);
  } else if (id != ID_ARRAY) {
    // Dicts, sets, and keyedrefs: a field that nobody needs any more has the number of the next word.
    const cursor = object + (id == ID_KEYEDREF ? W_HASH : DICT_COUNT);
    const start = runStart(object, word, 0);
    const end = runEnd(object, word, 0);
    let at = fresh ? start : start + (load<u32>(cursor) << 2);
    for (; at != end && child == 0; at += 4) child = inline.always(dropWord(load<u32>(at)));
    store<u32>(cursor, <u32>((at - start) >> 2));
  }
  return child;
}

/** The next of a list's or tuple's items, last to first: what is left is what the length says. */
function nextOfItems(length: usize, items: usize): usize {
  let child: usize = 0;
  let end = items + (load<u32>(length) << 2);
  while (end != items && child == 0) {
    end -= 4;
    child = inline.always(dropWord(load<u32>(end)));
  }
  store<u32>(length, <u32>((end - items) >> 2));
  return child;
}

/** The next of a deque's items, first to last. */
function nextOfDeque(deque: usize): usize {
  let child: usize = 0;
  const room = load<u32>(deque, DEQUE_ROOM) << DEQUE_BLOCK_SHIFT;
  let first = load<u32>(deque, DEQUE_FIRST);
  let left = load<u32>(deque, DEQUE_LENGTH);
  for (; left != 0 && child == 0; left--) {
    if (first >= room) first %= room;
    child = inline.always(dropWord(wordOfBlocks(deque, first++)));
  }
  store<u32>(deque, first, DEQUE_FIRST);
  store<u32>(deque, left, DEQUE_LENGTH);
  return child;
}

// ── before an object dies ───────────────────────────────────────────────────────────────────────────

/**
 * What is to be done before an object with a finalizer or weak references dies, or such a reference itself. False if it does not die: it
 * was revived, or waits. Else no generation knows it any more, and it is above `top` on the stack.
 */
function ritesSlow(object: usize, word: u32, top: usize): bool {
  if (isWeakRef(word >> TYPE_ID_SHIFT)) {
    if ((word & T_CALLED) != 0) forget(object);
    unlink(object);
    untrack(object);
    countWatchers(-1);
    return true;
  }
  const tracked = (word & T_TRACKED) != 0;
  const final = (word & T_FINALIZER) != 0 && !(tracked && isFinalized(object));
  if (load<u32>(GC, G_DEPTH) >= DEPTH_MAX) {
    delay(object, tracked);
    return false;
  }
  if (object == <usize>load<u32>(GC, G_FINALIZING)) {
    // Its finalizer has dropped a reference that it did not own.
    store<u32>(GC, 0, G_FINALIZING);
  } else if (final && !finalizeDying(object, tracked)) {
    return false;
  }
  if (tracked) untrack(object);
  setNextDying(object, top);
  if ((typeWordOf(object) & T_WEAK) != 0) clearWeakRefs(object);
  return true;
}

/** Runs the finalizer of an object whose last reference is gone. False: it lives on, or is dead by now. */
function finalizeDying(object: usize, tracked: bool): bool {
  if (tracked) rejuvenate(object);
  const outer = load<u32>(GC, G_FINALIZING);
  store<u32>(GC, object, G_FINALIZING);
  callFinalizer(object);
  const isThere = <usize>load<u32>(GC, G_FINALIZING) == object && countOf(object) > 0;
  store<u32>(GC, outer, G_FINALIZING);
  if (!isThere) return false;
  if (tracked) setFinalized(object);
  const count = countOf(object);
  if (count == 1) return true;
  setCount(object, count - 1);
  return false;
}

/** Calls the finalizer of an object of a type that has one. */
export function callFinalizer(object: usize): void {
  enterHost();
  finalize(object);
  leaveHost();
}

function enterHost(): void {
  store<u32>(GC, load<u32>(GC, G_DEPTH) + 1, G_DEPTH);
  store<u32>(GC, load<u32>(GC, G_CALLS) + 1, G_CALLS);
}

function leaveHost(): void {
  const depth = load<u32>(GC, G_DEPTH) - 1;
  store<u32>(GC, depth, G_DEPTH);
  if (depth < DEPTH_MAX && load<u32>(GC, G_DELAYED) != 0 && load<u32>(GC, G_DELAYED_RUN) == 0) runDelayed();
}

/** Puts off the death of an object until fewer calls of the host are under way. It is nowhere meanwhile. */
function delay(object: usize, tracked: bool): void {
  if (tracked) leave(object);
  setNextDying(object, load<u32>(GC, G_DELAYED));
  store<u32>(GC, object, G_DELAYED);
}

function runDelayed(): void {
  store<u32>(GC, 1, G_DELAYED_RUN);
  for (let object: usize = load<u32>(GC, G_DELAYED); object != 0; object = load<u32>(GC, G_DELAYED)) {
    store<u32>(GC, nextDying(object), G_DELAYED);
    setCount(object, 1);
    if ((typeWordOf(object) & T_TRACKED) != 0) {
      setGc1(object, load<u32>(GC, G_REST));
      enterYoungest(object);
    }
    die(object);
  }
  store<u32>(GC, 0, G_DELAYED_RUN);
}

// ── weak references to the dead ─────────────────────────────────────────────────────────────────────

/** All weak references to an object read null from now on; then those are called that want to be, the newest first. */
function clearWeakRefs(object: usize): void {
  let first: usize = 0;
  let last: usize = 0;
  for (let ref = firstWeakRef(object); ref != 0; ) {
    const next = nextWeakRef(ref);
    unlink(ref);
    if (isCalled(ref)) {
      if (first == 0) first = ref;
      last = putBehind(last, ref);
    }
    ref = next;
  }
  callWeakRefs(first);
}

/** Appends a reference that is in no list any more to those that are to be called, behind `last` if that is not 0, and holds it. */
export function putBehind(last: usize, ref: usize): usize {
  setCount(ref, countOf(ref) + 1);
  if (last != 0) store<u32>(last, <u32>ref, W_NEXT);
  return ref;
}

/** Calls references one after the other, and lets go of them; returns how many died then. */
export function callWeakRefs(first: usize): u32 {
  let died: u32 = 0;
  for (let ref = first; ref != 0; ) {
    const next = nextWeakRef(ref);
    store<u32>(ref, 0, W_NEXT);
    if (typeIdOf(ref) == ID_KEYEDREF) {
      leaveOwner(ref);
    } else {
      store<u32>(ref, typeWordOf(ref) & ~T_CALLED, O_TYPE);
      enterHost();
      callBack(ref);
      leaveHost();
    }
    if (countOf(ref) == 1) died++;
    drop(<u32>ref);
    ref = next;
  }
  return died;
}

/** Takes the entry of a keyedref, whose referent is gone, out of its dict or set, unless there is another by now. */
function leaveOwner(ref: usize): void {
  const owner = ownerOf(ref);
  if (owner == 0) return;
  const shift = entryShift(typeIdOf(owner));
  const given = load<u32>(ref, W_KEY);
  const entry = findKey(owner, shift, given == ABSENT ? <u32>ref : given);
  if (entry == 0 || entry == REFUSED) return;
  const key = load<u32>(entry);
  const value: u32 = shift == DICT_ENTRY_SHIFT ? load<u32>(entry, 4) : 0;
  if ((given == ABSENT ? key : value) != <u32>ref) return;
  removeEntry(owner, shift, entry);
  drop(key);
  drop(value);
}
