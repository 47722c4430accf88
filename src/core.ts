// The exports of the WebAssembly module, typed once.

/**
 * Level 0: the exports of the core as they are. Plain 32-bit integers go in and come out, with no checks but the core's own,
 * and failures are numbers too. What is an address or a size comes out **signed**: apply `>>> 0` to it, or an address above
 * 2 GiB is negative. Going in, either form will do. A fraction is cut off and a large number wraps around before the core sees it.
 *
 * A status is 0 for success, and any other must be looked at: nothing is thrown here. `lastStatus()` has the one of the last call
 * that failed, `faultAddress()` what it was about. Allocations return 0 on failure. In a heap with `debug: true` use the `debug…`
 * functions: blocks of the other kind have no frame.
 *
 * | status | what it says                                                                                     |
 * |--------|--------------------------------------------------------------------------------------------------|
 * | 0      | done                                                                                             |
 * | 1      | memory cannot grow any further; or a count is as high as it can be                               |
 * | 2      | no block or object starts at the address                                                         |
 * | 3      | the block was freed before, the object is dead                                                   |
 * | 4      | the block belongs to another domain                                                              |
 * | 5, 6   | debug mode: bytes before, bytes after a block were overwritten                                   |
 * | 7      | debug mode: another block was written to after it was freed; the call has done what it is for    |
 * | 8      | the heap's own records contradict each other                                                     |
 * | 9      | an object lives in the block: drop the references to it                                          |
 * | 10     | a live object, but of another type; a type that there is not                                     |
 * | 11     | the object has no reference of that index, the container no item                                 |
 * | 12     | the object cannot be a key: it has no hash                                                       |
 * | 13     | keys are nested too deeply to be compared                                                        |
 * | 14     | the object cannot be weakly referenced                                                           |
 */
export interface Core {
  readonly memory: WebAssembly.Memory;

  /** Done by `Heap.create`; again, it does nothing. */
  init(key: number, debug: number): number;

  /** The domains mem and obj. `malloc(0)` is a block of its own. */
  malloc(size: number): number;
  /** Zeroed; 0 also when the product is above 0x7fffffff. */
  calloc(count: number, size: number): number;
  /** 0 on failure, and then `address` is still valid. `realloc(0, n)` is `malloc(n)`; `realloc(p, 0)` resizes. */
  realloc(address: number, size: number): number;
  /** Returns a status; a block that is not there changes nothing. `free(0)` is success. */
  free(address: number): number;
  /** Bytes the block can hold; 0 if no block starts there. */
  usableSize(address: number): number;

  /** The domain raw, which never uses pools. */
  rawMalloc(size: number): number;
  rawCalloc(count: number, size: number): number;
  rawRealloc(address: number, size: number): number;
  rawFree(address: number): number;
  rawUsableSize(address: number): number;

  /** Framed blocks of any domain, which is given by its letter: 0x72 raw, 0x6d mem, 0x6f obj. */
  debugMalloc(domain: number, size: number): number;
  debugCalloc(domain: number, count: number, size: number): number;
  debugRealloc(domain: number, address: number, size: number): number;
  debugFree(domain: number, address: number): number;
  /** Bytes that were asked for: 0 also for a block of no bytes. */
  debugUsableSize(domain: number, address: number): number;

  /** For `heap.tracemalloc`: from `traceBegin` on, the host is told of each block. `traceSettle` tells of those freed lately. */
  traceBegin(): void;
  traceEnd(): void;
  traceSettle(): void;

  /** A new arena, 0 on failure. */
  pyArenaNew(): number;
  pyArenaMalloc(arena: number, size: number): number;
  /** Returns a status. */
  pyArenaFree(arena: number): number;

  /**
   * A type of objects with `refs` reference words and `bytes` bytes from their header on. Returns its id, 0 on failure. Flags, added up:
   * 0x100 if the collector is to know its objects, 0x200 if it has a finalizer, which the host is asked to run, 0x400 if its objects cannot
   * be weakly referenced. The type takes over the block of the domain mem at `name`.
   */
  defineType(refs: number, bytes: number, flags: number, name: number, nameBytes: number): number;
  /** A new object, count 1, fields zero; 0 on failure. Runs the automatic collection that is due first. */
  newObject(type: number): number;
  /** Writes the addresses of `count` new objects at `out`, a block of the caller; all or none. Returns a status. */
  newObjects(type: number, count: number, out: number): number;
  /**
   * One reference more, or less, to what a word refers to; to 0 and integers nothing is done. Return a status: unless it is 0,
   * nothing has changed, but in debug mode, where 5, 6 and 7 speak of a damaged block and the reference was dropped all the same.
   * Whatever drops a reference may run finalizers and callbacks of the program before it returns.
   *
   * They take words, not handles: a handle becomes NaN on its way into the core and NaN becomes 0, so `decref(handle)` does
   * nothing and returns 0. Pass `handle.address`.
   */
  incref(word: number): number;
  decref(word: number): number;
  /** References to an object, its type's id: 0 if there is no live one at the address. */
  refcount(object: number): number;
  typeOf(object: number): number;
  /** A status: 0 if a live object of the type starts at the address, of any type if that is 0. */
  checkObject(address: number, type: number): number;
  /**
   * Stores `word` in reference slot `index`, with a reference to it, and drops the old one. Returns a status, as decref does.
   *
   * It does not look at the types of fields: when anything but null or an object of the field's type is stored in a field of one
   * struct type, that is found when the field is read.
   */
  setRef(object: number, index: number, word: number): number;
  getRef(object: number, index: number): number;
  /** Debug mode: what became known since the last report (`faultAddress()` says of which block), after objects have died; 0: nothing. */
  debugReport(): number;

  // Values and containers. A word is a reference word: 0, an integer << 1 | 1, or an address. ABSENT (2) and REFUSED (6) are none: they
  // say that there is nothing, and that `lastStatus()` tells what was wrong. What a function "takes over" is one reference to each
  // word, if it succeeds; if it fails, nothing has changed and they are still the caller's.

  newFloat(value: number): number;
  /** The word of an integer of `count` digits to the base 2^32, least first. */
  newInt(digits: number, count: number, negative: number): number;
  /** The word of an integer of at most ±2^53. */
  newNumber(value: number): number;
  /** A str of `length` units of `width` bytes, 1 or 2, copied. */
  newStr(at: number, length: number, width: number): number;
  /** A str of the narrowest width there is for it, whose units the host writes; then it calls `finishStr`. */
  roomForStr(length: number, width: number): number;
  /** A status. */
  finishStr(str: number): number;
  newBytes(at: number, length: number): number;
  /** Bytes that the host writes. */
  roomForBytes(length: number): number;
  /** The one str of these units, with a reference for the caller. `internText` finds them at TEXT_SCRATCH: 0xb010, 2,032 bytes. */
  intern(str: number): number;
  internText(length: number, width: number): number;

  /** Takes over the `count` words at `at`. */
  newTuple(at: number, count: number): number;

  newList(capacity: number): number;
  /** Room for so many more items; a status. */
  listReserve(list: number, extra: number): number;
  /** Return a status and take over the word. */
  listAppend(list: number, word: number): number;
  listSet(list: number, index: number, word: number): number;
  listInsert(list: number, index: number, word: number): number;
  /** The word, with the list's reference; REFUSED. */
  listTake(list: number, index: number): number;
  /** A status. Takes over the `count` words at `at`. */
  listSplice(list: number, start: number, deleteCount: number, at: number, count: number): number;
  listClear(list: number): number;

  newDict(capacity: number): number;
  newDefaultDict(capacity: number, factory: number): number;
  /** The value, without a reference; ABSENT, REFUSED. `…Text` finds the units of the key, of 1 or 2 bytes each, at TEXT_SCRATCH. */
  dictGet(dict: number, key: number): number;
  dictGetText(dict: number, length: number, width: number): number;
  /** A status. Take over key and value. */
  dictSet(dict: number, key: number, value: number): number;
  dictSetText(dict: number, length: number, width: number, value: number): number;
  /** The value, with the dict's reference; ABSENT, REFUSED. */
  dictTake(dict: number, key: number): number;
  dictTakeText(dict: number, length: number, width: number): number;
  dictClear(dict: number): number;
  dictReserve(dict: number, extra: number): number;

  newSet(capacity: number): number;
  /** A status. Takes over the key. */
  setAdd(set: number, key: number): number;
  setAddText(set: number, length: number, width: number): number;
  /** 1, 0 or REFUSED. */
  setHas(set: number, key: number): number;
  setHasText(set: number, length: number, width: number): number;
  setRemove(set: number, key: number): number;
  setRemoveText(set: number, length: number, width: number): number;
  setClear(set: number): number;
  /** Makes a frozenset of a set to which there is one reference; a status. */
  setFreeze(set: number): number;

  /** `most`: 0xffffffff if there is no limit. */
  newDeque(most: number): number;
  /** A status. Takes over the word; one too many drops out at the other end. */
  dequePush(deque: number, word: number, front: number): number;
  /** The word, with the deque's reference; ABSENT, REFUSED. */
  dequeTake(deque: number, front: number): number;
  /** Room for `n` more words at one end, which need no memory if they are pushed next; a status. */
  dequeReserve(deque: number, n: number, front: number): number;
  dequeRotate(deque: number, steps: number): number;
  dequeClear(deque: number): number;

  /** Zeroed. Kinds: 0 i8, 1 u8, 2 i16, 3 u16, 4 i32, 5 u32, 6 i64, 7 u64, 8 f32, 9 f64. */
  newArray(kind: number, length: number): number;
  arrayResize(array: number, length: number): number;

  /** Hash of a key, which may be 0: `lastStatus()` is 0 where there is one, 12 where there is none. */
  hashOf(word: number): number;
  /** 1, 0 or REFUSED. */
  equals(a: number, b: number): number;
  /** Bytes of an object with its headers and of what it alone owns; 0: there is none. */
  sizeOf(object: number): number;

  /**
   * A weak reference to an object, with a reference for the caller; 0 on failure. `called` 0: the one without a callback, which all share who
   * want one; 1: one of its own, about whose referent's death the host is told.
   */
  newWeakRef(object: number, called: number): number;
  /**
   * One whose entry the dict or set `container` loses by itself when the object dies. Takes over `key`, that of the entry, or ABSENT: the
   * reference is itself the key.
   */
  newKeyedRef(object: number, container: number, key: number): number;
  /** Writes at most `capacity` addresses of the weak references to an object, newest first behind the shared one; returns how many there are. */
  weakRefs(object: number, out: number, capacity: number): number;

  /** Deep conversion, see assembly/build.ts: a machine, `words` tokens for it, the word that it made, or everything dropped. */
  buildBegin(): number;
  build(machine: number, at: number, words: number): number;
  buildEnd(machine: number): number;
  buildAbort(machine: number): void;

  /** The generation that an automatic collection should collect now; -1 if none is due. */
  dueGeneration(): number;
  /**
   * Collects a generation and the younger ones. Returns how many objects were unreachable, after finalizers have run and what they revived
   * is left; 0 inside another collection.
   */
  collect(generation: number): number;
  /**
   * The same in two steps, with a look at the trash between them: `nextTrash(0)` is the first, 0 the end. -1 inside another collection.
   *
   * Call nothing but `nextTrash` and what makes blocks between the two, and change no reference: what the collection has found out
   * would no longer hold, and `endCollection` would free what is in use.
   */
  beginCollection(generation: number): number;
  nextTrash(after: number): number;
  /**
   * Runs finalizers and callbacks, and frees what is trash then; or, if `save` is not 0, keeps it, with one reference more each, which the
   * caller owns. Above 1, it is where the addresses of what is kept are written, and a 0: room for one word more than `beginCollection`
   * returned. Returns how many objects were collected, as `collect` does.
   */
  endCollection(save: number): number;
  freeze(): void;
  unfreeze(): void;
  /** Write at most `capacity` words at `out`, and return how many there are. */
  objects(generation: number, out: number, capacity: number): number;
  referrers(targets: number, targetCount: number, out: number, capacity: number): number;
  referents(object: number, out: number, capacity: number): number;

  /** 0, or the number of the invariant that does not hold, with `faultAddress()` where. Writes nothing else. */
  verify(): number;
  /**
   * As `verify`. The `count` addresses at `held`, 32 bits each, count as one reference each, and must be those of live objects: the same may
   * come several times. They may lie behind the memory that the heap has.
   */
  verifyImage(held: number, count: number): number;
  /** Freed blocks that are kept ready go back to their pools. Call it before reading pools. */
  drain(): void;

  /** Before the bytes of the heap are copied: drains, and lets empty pools forget which blocks they had. */
  tidy(): void;
  /** When the bytes of an image are there: writes anew what is the same in all heaps, and ends what was under way. */
  adoptImage(): void;
  /** XXH64: begin, add pieces whose lengths are multiples of 32, end. In between, nothing else may be called. */
  checksumBegin(): void;
  checksumAdd(at: number, bytes: number): void;
  checksumEnd(): bigint;

  lastStatus(): number;
  faultAddress(): number;
  faultRule(): number;
  /** Pages of 64 KiB that memory has. */
  pages(): number;
  /** For tests: the n-th growth of memory from now fails, once; 0 switches that off. */
  failGrowth(n: number): void;
}

const FUNCTIONS: readonly Exclude<keyof Core, "memory">[] = [
  "init",
  "malloc",
  "calloc",
  "realloc",
  "free",
  "usableSize",
  "rawMalloc",
  "rawCalloc",
  "rawRealloc",
  "rawFree",
  "rawUsableSize",
  "debugMalloc",
  "debugCalloc",
  "debugRealloc",
  "debugFree",
  "debugUsableSize",
  "pyArenaNew",
  "pyArenaMalloc",
  "pyArenaFree",
  "defineType",
  "newObject",
  "newObjects",
  "incref",
  "decref",
  "refcount",
  "typeOf",
  "checkObject",
  "setRef",
  "getRef",
  "debugReport",
  "traceBegin",
  "traceEnd",
  "traceSettle",
  "newFloat",
  "newInt",
  "newNumber",
  "newStr",
  "roomForStr",
  "finishStr",
  "newBytes",
  "roomForBytes",
  "intern",
  "internText",
  "newTuple",
  "newList",
  "listReserve",
  "listAppend",
  "listSet",
  "listInsert",
  "listTake",
  "listSplice",
  "listClear",
  "newDict",
  "newDefaultDict",
  "dictGet",
  "dictGetText",
  "dictSet",
  "dictSetText",
  "dictTake",
  "dictTakeText",
  "dictClear",
  "dictReserve",
  "newSet",
  "setAdd",
  "setAddText",
  "setHas",
  "setHasText",
  "setRemove",
  "setRemoveText",
  "setClear",
  "setFreeze",
  "newDeque",
  "dequePush",
  "dequeTake",
  "dequeReserve",
  "dequeRotate",
  "dequeClear",
  "newArray",
  "arrayResize",
  "hashOf",
  "equals",
  "sizeOf",
  "newWeakRef",
  "newKeyedRef",
  "weakRefs",
  "buildBegin",
  "build",
  "buildEnd",
  "buildAbort",
  "dueGeneration",
  "collect",
  "beginCollection",
  "nextTrash",
  "endCollection",
  "freeze",
  "unfreeze",
  "objects",
  "referrers",
  "referents",
  "verify",
  "verifyImage",
  "drain",
  "tidy",
  "adoptImage",
  "checksumBegin",
  "checksumAdd",
  "checksumEnd",
  "lastStatus",
  "faultAddress",
  "faultRule",
  "pages",
  "failGrowth",
];

/** What a core may import from the module "env". */
const IMPORTS: ReadonlyMap<string, WebAssembly.ImportExportKind> = new Map([
  ["memory", "memory"],
  ["finalize", "function"],
  ["callBack", "function"],
  ["forget", "function"],
  ["grew", "function"],
  ["track", "function"],
  ["untrack", "function"],
]);

/** What keeps `module` from being a core that this host can drive, as a phrase; null if nothing does. */
export function differenceFromCore(module: WebAssembly.Module): string | null {
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (from !== "env" || IMPORTS.get(name) !== kind) return `it imports ${from}.${name}`;
  }
  const kinds = new Map(WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]));
  for (const name of FUNCTIONS) if (kinds.get(name) !== "function") return `it exports no function "${name}"`;
  return kinds.get("memory") === "memory" ? null : `it exports no memory "memory"`;
}
