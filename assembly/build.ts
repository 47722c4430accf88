// Deep conversion: the host writes values as tokens, drawn in objectlayout.ts, and a machine with a stack of its own makes the objects. A
// megabyte of data comes in with a few calls, whatever its depth.
//
// A container is put where it belongs before its items come, so cycles need nothing special, and what was made so far always hangs
// together. The machine owns one reference to each container and remembered text until it ends. What dies then may run the program's
// code, which may write to where the tokens are: so nothing is dropped as long as there are tokens to read.

import { refuseWordSlow, statusOfWord } from "./check";
import { addPair, newDict, replaceValue } from "./dict";
import { findKey } from "./equal";
import { newFloat } from "./float";
import { newInt } from "./int";
import { R_FAULT_ADDRESS, RUNTIME } from "./layout";
import { append, newList } from "./list";
import { enlarge, give, take } from "./mem";
import { memoryEnd, refuse } from "./memory";
import { typeIdOf } from "./object";
import {
  ABSENT,
  BUILD_CONTAINER,
  BUILD_DICT,
  BUILD_FLOAT,
  BUILD_INT,
  BUILD_KEY_TEXT,
  BUILD_KEY_WIDE,
  BUILD_LIST,
  BUILD_MAP,
  BUILD_N_SHIFT,
  BUILD_NEGATIVE,
  BUILD_OPERATION_MASK,
  BUILD_OPERATION_SHIFT,
  BUILD_OWNED,
  BUILD_SAME,
  BUILD_SET,
  BUILD_TAG,
  BUILD_TAG_MASK,
  BUILD_TEXT,
  BUILD_WIDE,
  DICT_ENTRY_SHIFT,
  DICT_WORD,
  ID_DICT,
  ID_LIST,
  O_TYPE,
  REFUSED,
  SET_ENTRY_SHIFT,
  T_OF_MAP,
} from "./objectlayout";
import { keep } from "./refcount";
import { drop } from "./release";
import { addNew, newSet } from "./set";
import { BAD_ADDRESS, BAD_INDEX, CORRUPT, NO_MEMORY, OK } from "./status";
import { newStr } from "./str";
import { lastStatus } from "./table";

// ── the machine: a record, and four stacks of words ────────────────────────────────────────────────

/** u32  the root's word, owned; ABSENT until it comes. */
const ROOT: usize = 0;
/** Stacks: u32 block, u32 words there is room for, u32 words in use. */
const OPEN: usize = 4;
const CONTAINERS: usize = 16;
const TEXTS: usize = 28;
/** u32  address of a stack of keys that were there already, and values that others have replaced; 0 until there are any. */
const DROPPED: usize = 40;
const BYTES: u32 = 44;
const STACK_BYTES: u32 = 12;

/** Words of an open container on its stack: its address, values to come, and the key that waits for its value or ABSENT. */
const FRAME_WORDS: u32 = 3;
/** Words a stack has room for at first. */
const ROOM_MIN: u32 = 64;

function countOn(stack: usize): u32 {
  return load<u32>(stack, 8);
}

function setCountOn(stack: usize, count: u32): void {
  store<u32>(stack, count, 8);
}

/** Address of a word on a stack. */
function wordOn(stack: usize, index: u32): usize {
  return <usize>load<u32>(stack) + ((<usize>index) << 2);
}

/** Room for `words` more on a stack; a Status. */
function roomOn(stack: usize, words: u32): u32 {
  const count = countOn(stack);
  const room = load<u32>(stack, 4);
  if (count + words <= room) return OK;
  const more = max(room * 2, ROOM_MIN);
  const block = enlarge(load<u32>(stack), count << 2, more << 2);
  if (block == 0) return NO_MEMORY;
  store<u32>(stack, block);
  store<u32>(stack, more, 4);
  return OK;
}

/** Puts a word on a stack that has room. */
function push(stack: usize, word: u32): void {
  const count = countOn(stack);
  store<u32>(wordOn(stack, count), word);
  setCountOn(stack, count + 1);
}

/** A machine that waits for its first value; 0: no memory. */
export function buildBegin(): usize {
  const machine = take(BYTES);
  if (machine == 0) return 0;
  memory.fill(machine, 0, BYTES);
  store<u32>(machine, ABSENT, ROOT);
  return machine;
}

/** Makes what the `words` tokens at `at` say; a Status. After any but OK, call buildAbort. */
export function build(machine: usize, at: usize, words: u32): u32 {
  const end = at + ((<usize>words) << 2);
  if ((at & 3) != 0 || end < at || end > memoryEnd()) return refuse(BAD_ADDRESS, at);
  while (at < end) {
    const token = load<u32>(at);
    at += 4;
    if ((token & BUILD_TAG_MASK) != BUILD_TAG) {
      if (statusOfWord(token) != OK) return refuseWordSlow(token);
      keep(token);
      const status = put(machine, token);
      if (status != OK) return status;
      continue;
    }
    const operation = (token >> BUILD_OPERATION_SHIFT) & BUILD_OPERATION_MASK;
    const n = token >> BUILD_N_SHIFT;
    const bytes = bytesAfter(operation, n);
    if (<u64>at + bytes > end) return refuse(BAD_ADDRESS, at);
    const status = perform(machine, operation, n, at);
    if (status != OK) return status;
    at += bytes;
  }
  return OK;
}

/** Bytes that follow an operation and belong to it. */
function bytesAfter(operation: u32, n: u32): u32 {
  if (operation == BUILD_FLOAT) return 8;
  if (operation == BUILD_INT || operation == BUILD_NEGATIVE) return n << 2;
  if (operation == BUILD_TEXT || operation == BUILD_KEY_TEXT) return (n + 3) & ~3;
  if (operation == BUILD_WIDE || operation == BUILD_KEY_WIDE) return ((n << 1) + 3) & ~3;
  return operation == BUILD_OWNED ? 4 : 0;
}

function perform(machine: usize, operation: u32, n: u32, at: usize): u32 {
  switch (operation) {
    case BUILD_TEXT:
      return putNew(machine, newStr(at, n, 1));
    case BUILD_SAME:
      return putKnown(machine, machine + TEXTS, n);
    case BUILD_KEY_TEXT:
      return putKeyText(machine, at, n, 1);
    case BUILD_LIST:
      return open(machine, newList(n), n);
    case BUILD_DICT:
    case BUILD_MAP:
      return openDict(machine, operation, n);
    case BUILD_FLOAT:
      return putNew(machine, newFloat(reinterpret<f64>(load<u32>(at) | ((<u64>load<u32>(at, 4)) << 32))));
    case BUILD_WIDE:
      return putNew(machine, newStr(at, n, 2));
    case BUILD_KEY_WIDE:
      return putKeyText(machine, at, n, 2);
    case BUILD_INT:
    case BUILD_NEGATIVE:
      return putNew(machine, newInt(at, n, operation == BUILD_NEGATIVE ? 1 : 0));
    case BUILD_SET:
      return open(machine, newSet(n), n);
    case BUILD_CONTAINER:
      return putKnown(machine, machine + CONTAINERS, n);
    case BUILD_OWNED:
      return putOwned(machine, load<u32>(at));
    default:
      return refuse(CORRUPT, at);
  }
}

/** Puts a word that was just made; 0: it could not be. */
function putNew(machine: usize, word: usize): u32 {
  return word == 0 ? NO_MEMORY : put(machine, <u32>word);
}

function putOwned(machine: usize, word: u32): u32 {
  return statusOfWord(word) == OK ? put(machine, word) : refuseWordSlow(word);
}

/** Puts what a stack has at an index, another time. */
function putKnown(machine: usize, stack: usize, index: u32): u32 {
  if (index >= countOn(stack)) return refuse(BAD_INDEX, machine);
  const word = load<u32>(wordOn(stack, index));
  keep(word);
  return put(machine, word);
}

function putKeyText(machine: usize, at: usize, length: u32, width: u32): u32 {
  if (roomOn(machine + TEXTS, 1) != OK) return NO_MEMORY;
  const str = newStr(at, length, width);
  if (str == 0) return NO_MEMORY;
  push(machine + TEXTS, <u32>str);
  keep(<u32>str);
  return put(machine, <u32>str);
}

function openDict(machine: usize, operation: u32, pairs: u32): u32 {
  const dict = newDict(pairs);
  if (dict != 0 && operation == BUILD_MAP) store<u32>(dict, DICT_WORD | T_OF_MAP, O_TYPE);
  return open(machine, dict, pairs << 1);
}

/** Puts a new container, of which `values` follow; 0: it could not be made. */
function open(machine: usize, container: usize, values: u32): u32 {
  if (container == 0) return NO_MEMORY;
  if (roomOn(machine + CONTAINERS, 1) != OK || roomOn(machine + OPEN, FRAME_WORDS) != OK) {
    drop(<u32>container);
    return NO_MEMORY;
  }
  keep(<u32>container);
  push(machine + CONTAINERS, <u32>container);
  const status = put(machine, <u32>container);
  if (status != OK || values == 0) return status;
  push(machine + OPEN, <u32>container);
  push(machine + OPEN, values);
  push(machine + OPEN, ABSENT);
  return OK;
}

/** Puts a word where the next value belongs, and closes the container if it was the last. The machine takes it over in any case. */
function put(machine: usize, word: u32): u32 {
  const stack = machine + OPEN;
  const depth = countOn(stack);
  if (depth == 0) return putRoot(machine, word);
  const frame = wordOn(stack, depth - FRAME_WORDS);
  const status = putInto(machine, load<u32>(frame), frame, word);
  if (status != OK) return reject(word, status);
  const left = load<u32>(frame, 4) - 1;
  store<u32>(frame, left, 4);
  if (left == 0) setCountOn(stack, depth - FRAME_WORDS);
  return OK;
}

function putRoot(machine: usize, word: u32): u32 {
  if (load<u32>(machine, ROOT) != ABSENT) return reject(word, refuse(BAD_INDEX, machine));
  store<u32>(machine, word, ROOT);
  return OK;
}

/** Drops a word that belongs nowhere. The note of why outlives what dies then. */
function reject(word: u32, status: u32): u32 {
  const fault: usize = load<u32>(RUNTIME, R_FAULT_ADDRESS);
  drop(word);
  return refuse(status, fault);
}

function putInto(machine: usize, container: usize, frame: usize, word: u32): u32 {
  const id = typeIdOf(container);
  if (id == ID_LIST) return append(container, word);
  if (id != ID_DICT) return putElement(machine, container, word);
  const key = load<u32>(frame, 8);
  if (key == ABSENT) {
    store<u32>(frame, word, 8);
    return OK;
  }
  const status = putPair(machine, container, key, word);
  if (status == OK) store<u32>(frame, ABSENT, 8);
  return status;
}

/** As setAdd, but what goes waits. */
function putElement(machine: usize, set: usize, key: u32): u32 {
  const entry = findKey(set, SET_ENTRY_SHIFT, key);
  if (entry == REFUSED) return lastStatus();
  if (entry == 0) return addNew(set, key);
  const dropped = droppedBy(machine);
  if (dropped == 0 || roomOn(dropped, 1) != OK) return NO_MEMORY;
  push(dropped, key);
  return OK;
}

/** As dictSet, but what goes waits. */
function putPair(machine: usize, dict: usize, key: u32, value: u32): u32 {
  const entry = findKey(dict, DICT_ENTRY_SHIFT, key);
  if (entry == REFUSED) return lastStatus();
  if (entry == 0) return addPair(dict, key, value);
  const dropped = droppedBy(machine);
  if (dropped == 0 || roomOn(dropped, 2) != OK) return NO_MEMORY;
  push(dropped, key);
  push(dropped, replaceValue(entry, value));
  return OK;
}

/** The stack of what is to be dropped; 0: no memory. */
function droppedBy(machine: usize): usize {
  const known: usize = load<u32>(machine, DROPPED);
  if (known != 0) return known;
  const stack = take(STACK_BYTES);
  if (stack == 0) return 0;
  memory.fill(stack, 0, STACK_BYTES);
  store<u32>(machine, stack, DROPPED);
  return stack;
}

/** The root's word, whose reference is the caller's, and the end of the machine; ABSENT, and a status, if something is still to come. */
export function buildEnd(machine: usize): u32 {
  const root = load<u32>(machine, ROOT);
  if (root == ABSENT || countOn(machine + OPEN) != 0) {
    refuse(BAD_INDEX, machine);
    return ABSENT;
  }
  store<u32>(machine, ABSENT, ROOT);
  buildAbort(machine);
  return root;
}

/** Drops all that was made, and ends the machine. */
export function buildAbort(machine: usize): void {
  const open = machine + OPEN;
  for (let at: u32 = FRAME_WORDS; at <= countOn(open); at += FRAME_WORDS) dropIfThere(load<u32>(wordOn(open, at - 1)));
  giveStack(open);
  dropAllOn(machine + CONTAINERS);
  dropAllOn(machine + TEXTS);
  const dropped: usize = load<u32>(machine, DROPPED);
  if (dropped != 0) {
    dropAllOn(dropped);
    give(dropped);
  }
  dropIfThere(load<u32>(machine, ROOT));
  give(machine);
}

function dropIfThere(word: u32): void {
  if (word != ABSENT) drop(word);
}

function dropAllOn(stack: usize): void {
  const count = countOn(stack);
  for (let index: u32 = 0; index < count; index++) drop(load<u32>(wordOn(stack, index)));
  giveStack(stack);
}

function giveStack(stack: usize): void {
  const block: usize = load<u32>(stack);
  if (block != 0) give(block);
}
