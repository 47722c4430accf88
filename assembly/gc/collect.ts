// Collections: which generation, from beginning to end, and what is counted. After CPython's Python/gc.c, gc_collect_main and
// gc_select_generation.

import {
  areDeathsSeen,
  countWatchers,
  largeAt,
  largeCount,
  untrackedCount,
  youngAt,
  youngEnd,
  youngStart,
} from "../generations";
import { GC, GC_STATS } from "../layout";
import { fail } from "../memory";
import {
  COLLECTION_BEGAN,
  COLLECTION_ENDS,
  G_CANDIDATES,
  G_COLLECTING,
  G_COUNT,
  G_DAMAGED,
  G_FROZEN,
  G_GENERATION,
  G_LIMIT,
  G_LONG_LIVED_PENDING,
  G_LONG_LIVED_TOTAL,
  G_OLD,
  G_SET,
  G_THRESHOLD,
  G_TRASH_COUNT,
  PLACE_OLD,
  PLACE_SHIFT,
  PLACE_YOUNG,
  S_CANDIDATES,
  S_COLLECTED,
  S_COLLECTIONS,
  STATS_SHIFT,
} from "../objectlayout";
import { endOfObjects, firstObject, nextObjectPool, objectStep } from "../objectpools";
import { CORRUPT } from "../status";
import { countFullRun, countRun, reachFullRun, reachRun } from "./deduce";
import { resting, setResting } from "./marks";
import { orderTrash } from "./order";
import { callsOfHost, callWeakRefsToTrash, clearWeakRefsOfTrash, finalizeTrash, reviveTrash } from "./rites";
import { promoteYoung, sweepRun, sweepYoung, sweepYoungest } from "./sweep";
import { clearTrash, freeTrash, isEndUnseen, saveTrash } from "./trash";

/** The oldest generation. */
const OLDEST: u32 = 2;

function countOfGeneration(generation: u32): u32 {
  return load<u32>(GC + G_COUNT + ((<usize>generation) << 2));
}

function setCountOfGeneration(generation: u32, count: u32): void {
  store<u32>(GC + G_COUNT + ((<usize>generation) << 2), count);
}

/** Enough was allocated for an automatic collection. */
export function isDue(): bool {
  return load<u32>(GC, G_COUNT) > load<u32>(GC, G_LIMIT) && load<u32>(GC, G_COLLECTING) == 0;
}

/**
 * The generation that an automatic collection should collect now: the oldest whose count is above its threshold, but the
 * oldest of all only when a quarter as many objects wait to be looked at as survived last time. −1: none is due.
 */
export function dueGeneration(): i32 {
  if (!isDue()) return -1;
  for (let generation: i32 = OLDEST; generation >= 0; generation--) {
    if (countOfGeneration(generation) <= load<u32>(GC + G_THRESHOLD + ((<usize>generation) << 2))) continue;
    if (generation == OLDEST && load<u32>(GC, G_LONG_LIVED_PENDING) < load<u32>(GC, G_LONG_LIVED_TOTAL) >> 2) continue;
    return generation;
  }
  return -1;
}

/**
 * Collects a generation and all younger ones; returns how many objects were freed. 0 when called during a collection.
 * With CORRUPT as the last status, `faultAddress` is an object with fewer counted references than there are.
 */
export function collect(generation: u32): u32 {
  return beginCollection(generation) < 0 ? 0 : endCollection(0);
}

/** The first half: finds the trash, and returns how much of it there is; −1 when a collection is under way already. */
export function beginCollection(wanted: u32): i32 {
  if (load<u32>(GC, G_COLLECTING) != 0) return -1;
  const generation = min(wanted, OLDEST);
  store<u32>(GC, COLLECTION_BEGAN, G_COLLECTING);
  store<u32>(GC, generation, G_GENERATION);
  store<u32>(GC, 0, G_DAMAGED);
  if (generation < OLDEST) setCountOfGeneration(generation + 1, countOfGeneration(generation + 1) + 1);
  for (let younger: u32 = 0; younger <= generation; younger++) setCountOfGeneration(younger, 0);
  if (generation == 0) collectYoungest();
  else if (generation == 1) collectYoung();
  else collectAll();
  const damaged: usize = load<u32>(GC, G_DAMAGED);
  if (damaged != 0) fail(CORRUPT, damaged);
  return load<u32>(GC, G_TRASH_COUNT);
}

function setLowestPlace(place: u32): void {
  store<u32>(GC, place << PLACE_SHIFT, G_SET);
}

function collectYoungest(): void {
  setLowestPlace(PLACE_YOUNG + youngStart());
  deduceYoung(youngStart(), youngEnd());
  sweepYoungest();
}

function collectYoung(): void {
  setLowestPlace(PLACE_YOUNG);
  deduceYoung(0, youngEnd());
  store<u32>(GC, load<u32>(GC, G_LONG_LIVED_PENDING) + sweepYoung(), G_LONG_LIVED_PENDING);
}

/** Steps 1 and 2 for the objects of [from, end) of the young array. */
function deduceYoung(from: u32, end: u32): void {
  let members: u32 = 0;
  for (let index = from; index < end; index++) {
    const object = youngAt(index);
    if (object != 0) members += countRun(object, object + 1, 1);
  }
  for (let index = from; index < end; index++) {
    const object = youngAt(index);
    if (object != 0) reachRun(object, object + 1, 1);
  }
  store<u32>(GC, members, G_CANDIDATES);
}

function collectAll(): void {
  setLowestPlace(PLACE_OLD);
  const members = countAll();
  const untracked = untrackedCount();
  const reached = reachAll();
  if (reached != members) sweepAll();
  promoteYoung();
  setResting(resting() ^ 1);
  const survivors = reached - (untrackedCount() - untracked);
  store<u32>(GC, members, G_CANDIDATES);
  store<u32>(GC, survivors, G_OLD);
  store<u32>(GC, 0, G_LONG_LIVED_PENDING);
  store<u32>(GC, survivors, G_LONG_LIVED_TOTAL);
}

/** Nothing is frozen or untracked: the set is all there is, and nobody has to be asked whether he is a member. */
function isSetFull(): bool {
  return load<u32>(GC, G_FROZEN) == 0 && untrackedCount() == 0;
}

function countAll(): u32 {
  const full = isSetFull();
  let members: u32 = 0;
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    const first = firstObject(pool);
    const end = endOfObjects(pool);
    members += full ? countFullRun(first, end, objectStep(pool)) : countRun(first, end, objectStep(pool));
  }
  for (let index: u32 = 0; index < largeCount(); index++) members += countRun(largeAt(index), largeAt(index) + 1, 1);
  return members;
}

function reachAll(): u32 {
  const full = isSetFull();
  let found: u32 = 0;
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    const first = firstObject(pool);
    const end = endOfObjects(pool);
    found += full ? reachFullRun(first, end, objectStep(pool)) : reachRun(first, end, objectStep(pool));
  }
  for (let index: u32 = 0; index < largeCount(); index++) found += reachRun(largeAt(index), largeAt(index) + 1, 1);
  return found;
}

function sweepAll(): void {
  for (let pool = nextObjectPool(0); pool != 0; pool = nextObjectPool(pool)) {
    sweepRun(firstObject(pool), endOfObjects(pool), objectStep(pool));
  }
  for (let index: u32 = 0; index < largeCount(); index++) sweepRun(largeAt(index), largeAt(index) + 1, 1);
}

/**
 * The second half: finalizers and callbacks, then frees the trash that is left; or, to `save` it, makes it old objects with one reference
 * more, which the caller owns; above 1, `save` is where their addresses go, and a 0 behind them. Returns how many objects were collected.
 * Does nothing when no collection is under way.
 */
export function endCollection(save: u32): u32 {
  if (load<u32>(GC, G_COLLECTING) != COLLECTION_BEGAN) return 0;
  store<u32>(GC, COLLECTION_ENDS, G_COLLECTING);
  const seen = areDeathsSeen() && !isEndUnseen();
  // Also if the last of those who watch goes meanwhile.
  if (seen) {
    countWatchers(1);
    orderTrash();
  }
  let collected: u32 = 0;
  if (seen && load<u32>(GC, G_TRASH_COUNT) != 0) collected = performRites();
  collected += load<u32>(GC, G_TRASH_COUNT);
  const stats = GC_STATS + ((<usize>load<u32>(GC, G_GENERATION)) << STATS_SHIFT);
  store<u32>(stats, load<u32>(stats, S_COLLECTIONS) + 1, S_COLLECTIONS);
  store<u64>(stats, load<u64>(stats, S_COLLECTED) + collected, S_COLLECTED);
  store<u64>(stats, load<u64>(stats, S_CANDIDATES) + load<u32>(GC, G_CANDIDATES), S_CANDIDATES);
  if (save != 0) saveTrash(save);
  else if (seen) clearTrash();
  else freeTrash();
  if (seen) countWatchers(-1);
  store<u32>(GC, 0, G_COLLECTING);
  return collected;
}

/** Callbacks and finalizers of the trash. Returns how many weak references died that were called. */
function performRites(): u32 {
  const calls = callsOfHost();
  const died = callWeakRefsToTrash();
  finalizeTrash();
  if (callsOfHost() != calls) reviveTrash();
  clearWeakRefsOfTrash();
  return died;
}
