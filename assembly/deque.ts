// Deques: blocks of 64 words in a directory that is a ring (in Modules/_collectionsmodule.c they are a list), drawn in objectlayout.ts.
//
// The blocks in use follow each other, from that of the first item (or where it would be) to that of the last; none is the first and
// the last at a time, but if it is the only one. A block that becomes empty stays where it is as a spare, at either end one,
// so that a deque whose end goes to and fro between two blocks allocates nothing, and neither does a queue: what one end leaves the
// other takes. Only `dequeReserve` leaves more spares: until they are used, or their end or the directory becomes shorter.

import { isOf, noneOfSlow, refuseObjectSlow, refuseWordSlow, statusOfWord } from "./check";
import { make } from "./create";
import { take } from "./mem";
import { refuse } from "./memory";
import {
  ABSENT,
  DEQUE_BLOCK_BYTES,
  DEQUE_BLOCK_SHIFT,
  DEQUE_DIRECTORY,
  DEQUE_FIRST,
  DEQUE_LENGTH,
  DEQUE_MOST,
  DEQUE_ROOM,
  ID_DEQUE,
} from "./objectlayout";
import { givePart } from "./parts";
import { debugReport } from "./refcount";
import { drop } from "./release";
import { NO_MEMORY, OK } from "./status";
import { blockOfDeque } from "./visit";

const BLOCK_WORDS: u32 = 64;
const BLOCK_MASK: u32 = 63;
/** Directories of up to this many places stay as long as they are. */
const ROOM_KEPT: u32 = 16;
/** There is no memory for more. */
const WORDS_MAX: u32 = 0x4000_0000;
/** First word of a block that may have to go again. The words of spares are 0. */
const IS_NEW: u32 = 1;

function lengthOf(deque: usize): u32 {
  return load<u32>(deque, DEQUE_LENGTH);
}

function firstOf(deque: usize): u32 {
  return load<u32>(deque, DEQUE_FIRST);
}

/** Places in the directory. */
function roomOf(deque: usize): u32 {
  return load<u32>(deque, DEQUE_ROOM);
}

/** Words there are places for in the directory. */
function wordsOf(deque: usize): u32 {
  return roomOf(deque) << DEQUE_BLOCK_SHIFT;
}

function setPlace(deque: usize, place: u32, block: usize): void {
  store<u32>(<usize>load<u32>(deque, DEQUE_DIRECTORY) + ((<usize>place) << 2), block);
}

/** A number of a word, or of a place, that is less than two rounds, as one of the first round. */
function around(n: u32, round: u32): u32 {
  return n >= round ? n - round : n;
}

/** Address of word `n`, of the first round. */
function wordAt(deque: usize, n: u32): usize {
  return blockOfDeque(deque, n >> DEQUE_BLOCK_SHIFT) + ((<usize>(n & BLOCK_MASK)) << 2);
}

/** Blocks in use. */
function blocksOf(deque: usize): u32 {
  return ((firstOf(deque) & BLOCK_MASK) + lengthOf(deque) + BLOCK_MASK) >> DEQUE_BLOCK_SHIFT;
}

/** Place `n`, counted from that of the first block in use on. */
function placeOf(deque: usize, n: u32): u32 {
  return around((firstOf(deque) >> DEQUE_BLOCK_SHIFT) + n, roomOf(deque));
}

/** Place `n` of those behind the blocks in use, or of those before them, where 0 is the nearest. */
function placeAhead(deque: usize, front: bool, n: u32): u32 {
  return placeOf(deque, front ? roomOf(deque) - 1 - n : blocksOf(deque) + n);
}

/** A deque without items that holds at most so many, or any number if `most` is 2^32 − 1; 0: no memory. */
export function newDeque(most: u32): usize {
  const deque = make(ID_DEQUE);
  if (deque != 0) store<u32>(deque, most, DEQUE_MOST);
  return deque;
}

/**
 * Adds a word at the end, or before the first if `front` is not 0. If there are as many as there may be, one at the other end goes; if
 * none may be, the word itself. Returns as decref does.
 */
export function dequePush(deque: usize, word: u32, front: u32): u32 {
  if (inline.always(isOf(deque, ID_DEQUE)) != OK) return refuseObjectSlow(deque, ID_DEQUE);
  if (statusOfWord(word) != OK) return refuseWordSlow(word);
  if (lengthOf(deque) >= load<u32>(deque, DEQUE_MOST)) return pushOverSlow(deque, word, front);
  return front != 0 ? inline.always(pushFirst(deque, word)) : inline.always(pushLast(deque, word));
}

/** The deque has as many items as it may. */
function pushOverSlow(deque: usize, word: u32, front: u32): u32 {
  let over = word;
  if (load<u32>(deque, DEQUE_MOST) != 0) {
    const status = front != 0 ? pushFirst(deque, word) : pushLast(deque, word);
    if (status != OK) return status;
    over = front != 0 ? takeLast(deque) : takeFirst(deque);
  }
  drop(over);
  return debugReport();
}

function pushFirst(deque: usize, word: u32): u32 {
  if ((firstOf(deque) & BLOCK_MASK) == 0) {
    const status = openSlow(deque, true);
    if (status != OK) return status;
  }
  const first = firstOf(deque);
  const n = (first == 0 ? wordsOf(deque) : first) - 1;
  store<u32>(wordAt(deque, n), word);
  store<u32>(deque, n, DEQUE_FIRST);
  store<u32>(deque, lengthOf(deque) + 1, DEQUE_LENGTH);
  return OK;
}

function pushLast(deque: usize, word: u32): u32 {
  const length = lengthOf(deque);
  if (((firstOf(deque) + length) & BLOCK_MASK) == 0) {
    const status = openSlow(deque, false);
    if (status != OK) return status;
  }
  const n = around(firstOf(deque) + length, wordsOf(deque));
  store<u32>(wordAt(deque, n), word);
  store<u32>(deque, length + 1, DEQUE_LENGTH);
  return OK;
}

/**
 * Takes the last item out, or the first if `front` is not 0; the reference is the caller's. ABSENT if there is none, REFUSED if
 * `deque` is none.
 */
export function dequeTake(deque: usize, front: u32): u32 {
  if (inline.always(isOf(deque, ID_DEQUE)) != OK) return noneOfSlow(deque, ID_DEQUE);
  if (lengthOf(deque) == 0) return ABSENT;
  return front != 0 ? inline.always(takeFirst(deque)) : inline.always(takeLast(deque));
}

function takeFirst(deque: usize): u32 {
  const n = firstOf(deque);
  const at = wordAt(deque, n);
  const word = load<u32>(at);
  store<u32>(at, 0);
  store<u32>(deque, around(n + 1, wordsOf(deque)), DEQUE_FIRST);
  store<u32>(deque, lengthOf(deque) - 1, DEQUE_LENGTH);
  if (((n + 1) & BLOCK_MASK) == 0) closeSlow(deque, true);
  return word;
}

function takeLast(deque: usize): u32 {
  const length = lengthOf(deque) - 1;
  const n = around(firstOf(deque) + length, wordsOf(deque));
  const at = wordAt(deque, n);
  const word = load<u32>(at);
  store<u32>(at, 0);
  store<u32>(deque, length, DEQUE_LENGTH);
  if ((n & BLOCK_MASK) == 0) closeSlow(deque, false);
  return word;
}

// ── blocks ──────────────────────────────────────────────────────────────────────────────────────────

/** A block before the blocks in use, or behind them; a Status. */
function openSlow(deque: usize, front: bool): u32 {
  const room = roomOf(deque);
  const isFull = blocksOf(deque) == room;
  let block: usize = 0;
  if (!isFull) {
    if (blockOfDeque(deque, placeAhead(deque, front, 0)) != 0) return OK;
    const other = placeAhead(deque, !front, 0);
    block = blockOfDeque(deque, other);
    setPlace(deque, other, 0);
  }
  if (block == 0) {
    block = take(DEQUE_BLOCK_BYTES);
    if (block == 0) return NO_MEMORY;
    memory.fill(block, 0, DEQUE_BLOCK_BYTES);
  }
  if (isFull && !changeRoom(deque, max(room << 1, 1))) {
    givePart(block);
    return NO_MEMORY;
  }
  setPlace(deque, placeAhead(deque, front, 0), block);
  return OK;
}

/** The first or the last block in use has become empty. It is the spare of its end now, and the one that was so goes. */
function closeSlow(deque: usize, front: bool): void {
  const room = roomOf(deque);
  const used = blocksOf(deque);
  // Further on are blocks in use, or the spare of the other end.
  if (room <= used + 2) return;
  const isTooLong = room > ROOM_KEPT && used < room >> 2;
  // A shorter directory has places for one spare at either end.
  for (let n: u32 = 1; n < room - used - 1; n++) {
    if (!giveSpare(deque, placeAhead(deque, front, n)) && !isTooLong) break;
  }
  if (isTooLong) changeRoom(deque, room >> 1);
}

/** Gives the block at a place back; false: there is none. */
function giveSpare(deque: usize, place: u32): bool {
  const block = blockOfDeque(deque, place);
  if (block == 0) return false;
  setPlace(deque, place, 0);
  givePart(block);
  return true;
}

/** Moves the blocks into a directory of so many places, those in use to its start. False: no memory, and nothing has changed. */
function changeRoom(deque: usize, room: u32): bool {
  const directory = copyDirectory(deque, room);
  if (directory == 0) return false;
  const old: usize = load<u32>(deque, DEQUE_DIRECTORY);
  setDirectory(deque, directory, room, firstOf(deque) & BLOCK_MASK);
  if (old != 0) givePart(old);
  return true;
}

/**
 * A directory of so many places, with the blocks in use at its start, then spares, and the spares before the first block in use at
 * its end; 0: no memory. If it is shorter, there is one spare at most at either end.
 */
function copyDirectory(deque: usize, room: u32): usize {
  const directory = take(room << 2);
  if (directory == 0) return 0;
  memory.fill(directory, 0, room << 2);
  const oldRoom = roomOf(deque);
  let before = oldRoom;
  while (before > blocksOf(deque) + 1 && blockOfDeque(deque, placeOf(deque, before - 1)) != 0) before--;
  for (let n: u32 = 0; n < oldRoom; n++) {
    const block = blockOfDeque(deque, placeOf(deque, n));
    if (block != 0) store<u32>(directory + ((<usize>(n < before ? n : room - oldRoom + n)) << 2), block);
  }
  return directory;
}

function setDirectory(deque: usize, directory: usize, room: u32, first: u32): void {
  store<u32>(deque, directory, DEQUE_DIRECTORY);
  store<u32>(deque, room, DEQUE_ROOM);
  store<u32>(deque, first, DEQUE_FIRST);
}

// ── room ahead ──────────────────────────────────────────────────────────────────────────────────────

/**
 * Room for `n` more words at the end, or before the first if `front` is not 0: pushed next, they need no memory. For those that drive
 * others out that is so until a block at the other end is empty: from then on, one end takes what the other leaves. A Status.
 */
export function dequeReserve(deque: usize, n: u32, front: u32): u32 {
  if (isOf(deque, ID_DEQUE) != OK) return refuseObjectSlow(deque, ID_DEQUE);
  const words = wordsAhead(deque, n, front != 0);
  if (words > WORDS_MAX) return refuse(NO_MEMORY, deque);
  const there = (front != 0 ? firstOf(deque) : 0 - (firstOf(deque) + lengthOf(deque))) & BLOCK_MASK;
  return words <= there ? OK : openMany(deque, (words - there + BLOCK_MASK) >> DEQUE_BLOCK_SHIFT, front != 0);
}

/** For how many of `n` words there must be places before those that are left can be used again. */
function wordsAhead(deque: usize, n: u32, front: bool): u32 {
  const most = load<u32>(deque, DEQUE_MOST);
  if (most == 0) return 0;
  const length = lengthOf(deque);
  const stay = most - length;
  if (n <= stay) return n;
  const left = front ? (firstOf(deque) + length - 1) & BLOCK_MASK : BLOCK_MASK - (firstOf(deque) & BLOCK_MASK);
  return stay + min(n - stay, left + 1);
}

/** Opens those of so many blocks next to the blocks in use that are not there; a Status: all or none. */
function openMany(deque: usize, blocks: u32, front: bool): u32 {
  const first = firstOf(deque);
  const old: usize = load<u32>(deque, DEQUE_DIRECTORY);
  const oldRoom = roomOf(deque);
  let room = max(oldRoom, 1);
  while (room < blocksOf(deque) + blocks) room <<= 1;
  if (room != oldRoom) {
    const directory = copyDirectory(deque, room);
    if (directory == 0) return NO_MEMORY;
    setDirectory(deque, directory, room, first & BLOCK_MASK);
  }
  let n: u32 = 0;
  for (; n < blocks; n++) {
    const place = placeAhead(deque, front, n);
    if (blockOfDeque(deque, place) != 0) continue;
    const block = take(DEQUE_BLOCK_BYTES);
    if (block == 0) break;
    memory.fill(block, 0, DEQUE_BLOCK_BYTES);
    store<u32>(block, IS_NEW);
    setPlace(deque, place, block);
  }
  const status: u32 = n == blocks ? OK : NO_MEMORY;
  while (n-- != 0) {
    const place = placeAhead(deque, front, n);
    const block = blockOfDeque(deque, place);
    if (load<u32>(block) != IS_NEW) continue;
    store<u32>(block, 0);
    if (status != OK) giveSpare(deque, place);
  }
  if (room == oldRoom) return status;
  const unused: usize = status == OK ? old : load<u32>(deque, DEQUE_DIRECTORY);
  if (status != OK) setDirectory(deque, old, oldRoom, first);
  if (unused != 0) givePart(unused);
  return status;
}

// ── all items ───────────────────────────────────────────────────────────────────────────────────────

/** Moves so many items from the end to the front, from the front to the end if `steps` is below 0; a Status. */
export function dequeRotate(deque: usize, steps: i32): u32 {
  if (isOf(deque, ID_DEQUE) != OK) return refuseObjectSlow(deque, ID_DEQUE);
  const length = lengthOf(deque);
  if (length < 2) return OK;
  const rest = <i64>steps % length;
  const right = <u32>(rest < 0 ? rest + length : rest);
  // The shorter way round.
  return right <= length >> 1 ? rotateRight(deque, right) : rotateLeft(deque, length - right);
}

// When a block more is needed it is opened before anything moves. From then on, a block that closes is there for the next.

function rotateRight(deque: usize, items: u32): u32 {
  if (items > (firstOf(deque) & BLOCK_MASK)) {
    const status = openSlow(deque, true);
    if (status != OK) return status;
  }
  while (items != 0) {
    if ((firstOf(deque) & BLOCK_MASK) == 0) openSlow(deque, true);
    const first = firstOf(deque);
    const words = wordsOf(deque);
    const last = around(first + lengthOf(deque) - 1, words);
    const run = min(items, min(last & BLOCK_MASK, (first - 1) & BLOCK_MASK) + 1);
    const from = last - run + 1;
    const to = (first == 0 ? words : first) - run;
    move(wordAt(deque, to), wordAt(deque, from), run);
    store<u32>(deque, to, DEQUE_FIRST);
    if ((from & BLOCK_MASK) == 0) closeSlow(deque, false);
    items -= run;
  }
  return OK;
}

function rotateLeft(deque: usize, items: u32): u32 {
  if (items > ((0 - (firstOf(deque) + lengthOf(deque))) & BLOCK_MASK)) {
    const status = openSlow(deque, false);
    if (status != OK) return status;
  }
  while (items != 0) {
    if (((firstOf(deque) + lengthOf(deque)) & BLOCK_MASK) == 0) openSlow(deque, false);
    const first = firstOf(deque);
    const words = wordsOf(deque);
    const to = around(first + lengthOf(deque), words);
    const run = min(items, BLOCK_WORDS - max(first & BLOCK_MASK, to & BLOCK_MASK));
    move(wordAt(deque, to), wordAt(deque, first), run);
    store<u32>(deque, around(first + run, words), DEQUE_FIRST);
    if (((first + run) & BLOCK_MASK) == 0) closeSlow(deque, true);
    items -= run;
  }
  return OK;
}

/** Moves words to where others have been taken out. */
function move(to: usize, from: usize, words: u32): void {
  memory.copy(to, from, words << 2);
  memory.fill(from, 0, words << 2);
}

/** Takes all items out, and drops them then. Returns as decref does. */
export function dequeClear(deque: usize): u32 {
  if (isOf(deque, ID_DEQUE) != OK) return refuseObjectSlow(deque, ID_DEQUE);
  clearDeque(deque);
  return debugReport();
}

/** As dequeClear, of what is known to be a deque. */
export function clearDeque(deque: usize): void {
  const directory: usize = load<u32>(deque, DEQUE_DIRECTORY);
  const room = roomOf(deque);
  const start = firstOf(deque) >> DEQUE_BLOCK_SHIFT;
  setDirectory(deque, 0, 0, 0);
  store<u32>(deque, 0, DEQUE_LENGTH);
  for (let i: u32 = 0; i < room; i++) {
    const block: usize = load<u32>(directory + ((<usize>around(start + i, room)) << 2));
    if (block == 0) continue;
    const end = block + DEQUE_BLOCK_BYTES;
    for (let at = block; at != end; at += 4) drop(load<u32>(at));
    givePart(block);
  }
  if (directory != 0) givePart(directory);
}
