// A heap: linear memory with its core, and everything that can be done with it.

import type { Allocator } from "./allocator.js";
import { show } from "./arguments.js";
import type { TypedArrayHandle } from "./array.js";
import type { ArrayItem, ArrayKind } from "./arraykinds.js";
import type { Bytes } from "./bytes.js";
import type { Converted, Convertible } from "./convertible.js";
import type { Core } from "./core.js";
import type { Factory } from "./defaultdict.js";
import type { Deque, DequeOptions } from "./deque.js";
import type { Dict, DictEntries } from "./dict.js";
import { dispose } from "./dispose.js";
import { disposed, Engine } from "./engine.js";
import type { HeapEvents } from "./events/heapevents.js";
import type { Frame } from "./frames.js";
import type { GC } from "./gc.js";
import { heapSnapshot } from "./graph/heapsnapshot.js";
import { type RootPath, whyAlive } from "./graph/path.js";
import { Handle } from "./handle.js";
import { snapshot } from "./images/image.js";
import { type RestoreOptions, restoreParts } from "./images/restore.js";
import { type HeapMap, inspect } from "./inspect.js";
import { startCore } from "./instantiate.js";
import { ARENA_BYTES, R_ARENAS, R_CHUNK_BYTES, RUNTIME } from "./layout.js";
import type { LeakReport } from "./leaks/leakreport.js";
import { findLeaks } from "./leaks/leaks.js";
import type { List } from "./list.js";
import type { Storable, Value } from "./objects.js";
import { type HeapOptions, settle } from "./options.js";
import { attachParts, createParts, type Parts } from "./parts.js";
import { toPlain } from "./plain.js";
import { absenceOfHeap } from "./printing.js";
import { type Arena, createArena } from "./pyarena.js";
import type { Scope } from "./scope.js";
import type { FrozenSet, HeapSet } from "./set.js";
import type { Str } from "./str.js";
import type { Fields, FieldsOf, StructOptions, StructType } from "./structtype.js";
import { defineSummary, summary } from "./summary.js";
import type { Sys } from "./sys.js";
import type { GIL } from "./threads/gil.js";
import { type AttachOptions, attachCore, type HeapShare, notShared } from "./threads/sharing.js";
import type { Tracemalloc } from "./tracing/tracemalloc.js";
import type { Tuple } from "./tuple.js";
import { verify } from "./verify.js";
import type { WeakrefModule } from "./weakref.js";

/**
 * What a heap consists of, for the package's own tools.
 *
 * @throws HeapError `HEAP_DISPOSED`
 */
export let partsOf: (heap: Heap) => Parts;

/**
 * A heap in linear memory of its own. After `[Symbol.dispose]()` every use throws a HeapError with code `HEAP_DISPOSED`;
 * after a call into the core that did not come to its end, with `HEAP_UNUSABLE`.
 */
export class Heap implements Disposable {
  #parts: Parts | null;

  static {
    defineSummary(Heap.prototype, (heap) => heap.#summary());
    partsOf = (heap) => heap.#use();
  }

  private constructor(parts: Parts) {
    if (!(parts?.engine instanceof Engine)) throw new TypeError("new Heap: a heap is made by await Heap.create()");
    this.#parts = parts;
  }

  /**
   * Makes an empty heap.
   *
   * @throws TypeError, RangeError for options that are not what HeapOptions says; MemoryError when the engine refuses the
   * memory; HeapError `WASM_UNAVAILABLE`, `WASM_FOREIGN` when the core given cannot be had or is none, `SHARED_UNAVAILABLE`
   */
  static async create(options?: HeapOptions): Promise<Heap> {
    const settings = settle(options);
    return new Heap(createParts(await startCore(settings), settings));
  }

  /**
   * The heap of another thread, of which `heap.share()` was posted to this one: the same objects, types and globals. Handles belong to their
   * thread; other threads find objects by name in {@link globals}, or by their addresses. Waits for the lock without blocking.
   *
   * @throws TypeError what `heap.share()` did not return, options that are none; HeapError `WASM_FOREIGN` another version of this library
   * made the heap; `HEAP_UNUSABLE`; `HEAP_DISPOSED` the last that had the heap has disposed of it
   */
  static async attach(share: HeapShare, options: AttachOptions = {}): Promise<Heap> {
    return new Heap(await attachParts(await attachCore(share, options), options));
  }

  /**
   * A heap with the contents of {@link snapshot}: the same objects at the same addresses, with their generations and weak references, and
   * the same `globals`. References that handles had are dropped, so that what only they held is gone, unless `keepHandles` says otherwise.
   * Functions are no contents: finalizers
   * come with `structs`, or with {@link struct}, which finds types by their names.
   *
   * The whole heap is verified before anybody gets it, at the speed of a full collection. Leave the bytes as they are until then.
   *
   * @throws ImageError for bytes that are no image of this version, or were changed, or do not fit the options; MemoryError when the heap is
   * larger than `maximumMemory`, or the engine refuses the memory; TypeError, RangeError for options, as create
   */
  static async restore(image: Uint8Array | ArrayBuffer, options?: RestoreOptions): Promise<Heap> {
    return new Heap(await restoreParts(image, options));
  }

  /** Re-read `memory.buffer` after anything that can allocate: growth replaces it. */
  get memory(): WebAssembly.Memory {
    return this.#use().engine.memory.memory;
  }

  /** Level 0: the wasm exports themselves, numbers in and out, no checks but the core's own. */
  get core(): Core {
    return this.#use().engine.core;
  }

  /**
   * The lock. Of a heap that is `shared`, everything but this, {@link share}, `released` and `release` of handles, and to print them, throws
   * HeapError `GIL_NOT_HELD` without it.
   */
  get gil(): GIL {
    return this.#use().gil;
  }

  /**
   * What other threads make a heap at the same memory of, with {@link attach}: post it to them.
   *
   * @throws HeapError `NOT_SHARED`
   */
  share(): HeapShare {
    const { sharing } = this.#use();
    if (sharing === null) throw notShared();
    return sharing.share();
  }

  /** Blocks that never come from pools, whatever their size. */
  get raw(): Allocator {
    return this.#use().raw;
  }

  /** Blocks of up to 512 bytes from pools, for anything that is no object. */
  get mem(): Allocator {
    return this.#use().mem;
  }

  /** As `mem`; only debug mode tells the two apart. */
  get obj(): Allocator {
    return this.#use().obj;
  }

  /** The cycle collector, as Python's module gc has it. */
  get gc(): GC {
    return this.#use().gc;
  }

  /** What happens in the heap, to whoever listens: collections, and growth of memory. */
  get events(): HeapEvents {
    return this.#use().events;
  }

  /** Counts and statistics. */
  get sys(): Sys {
    return this.#use().sys;
  }

  /** Weak references, as Python's module weakref has them. */
  get weakref(): WeakrefModule {
    return this.#use().weakref.module;
  }

  /** Who allocated what, as Python's module tracemalloc has it. */
  get tracemalloc(): Tracemalloc {
    return this.#use().tracemalloc.module;
  }

  /**
   * An arena for bump allocation, freed as one.
   *
   * @throws MemoryError
   */
  arena(): Arena {
    const { engine, objects } = this.#use();
    return createArena(engine, objects);
  }

  /**
   * Defines a record type: a class whose instances are handles, with an accessor for each field. References lie first in an
   * object, then scalars from the largest to the smallest, without gaps as far as alignment lets them. The type lasts as long as the
   * heap, and no other of its struct types can have its name.
   *
   * No field can be called what handles have themselves (`address`, `release`, `toJSON`, `constructor` …), or begin with a dollar.
   *
   * @throws TypeError for names, kinds and options that cannot be; RangeError for fields that take more than 16 MiB, or a type too
   * many: a heap can have 65,520; MemoryError
   */
  struct<const F extends Fields>(name: string, fields: FieldsOf<F>, options?: StructOptions<F>): StructType<F>;
  /**
   * This heap's type for one of another heap: of the same name, fields and options. A heap that was restored, or that another thread made,
   * has its types before anybody declares them.
   *
   * @throws TypeError for a type that this heap does not have, or has with other fields or options
   */
  struct<F extends Fields>(type: StructType<F>): StructType<F>;
  struct<F extends Fields>(name: string | StructType<F>, fields?: F, options?: StructOptions<F>): StructType<F> {
    return this.#use().structs.define(name, fields, options);
  }

  /**
   * A str: text in the heap, one byte a character if all are below 256, two bytes otherwise.
   *
   * A string that is stored somewhere needs no handle; this is for those who want the object itself, to share it or to count.
   *
   * @throws TypeError not a string; MemoryError
   */
  str(text: string): Str {
    return this.#use().containers.str(text);
  }

  /**
   * A copy of bytes in the heap, which does not change.
   *
   * @throws TypeError no bytes; RangeError a number that is no integer of 0 … 255; MemoryError
   */
  bytes(data: Uint8Array | ArrayBuffer | readonly number[]): Bytes {
    return this.#use().containers.bytes(data);
  }

  /**
   * An array that never changes; hashable if its items are. The one without items is always the same object.
   *
   * What runs while `items` is gone through may use the heap; when it throws, nothing is left behind. So with all containers.
   *
   * @throws TypeError not iterable, or what cannot be stored; HandleError; MemoryError
   */
  tuple(items: Iterable<Storable> = []): Tuple {
    return this.#use().containers.tuple(items);
  }

  /**
   * An array that grows as CPython's lists do.
   *
   * @throws as tuple
   */
  list(items: Iterable<Storable> = []): List {
    return this.#use().containers.list(items);
  }

  /**
   * A table of keys and values in the order in which the keys came; of pairs, a Map, a plain object, or another dict. Keys are
   * compared as in Python.
   *
   * @throws as tuple; TypeError a key that can change
   */
  dict(entries: DictEntries = []): Dict {
    return this.#use().tables.dict(entries);
  }

  /**
   * A dict that makes the values of missing keys: `get` stores what `factory` returns, and returns it. `has` does not.
   *
   * The function lives in this program, and only its number in the heap.
   *
   * @throws as dict
   */
  defaultdict(factory: Factory, entries: DictEntries = []): Dict {
    return this.#use().tables.defaultdict(factory, entries);
  }

  /**
   * A set of values that are compared as keys of dicts are, in the order in which they came.
   *
   * @throws as dict
   */
  set(values: Iterable<Storable> = []): HeapSet {
    return this.#use().tables.set(values);
  }

  /**
   * A set that never changes, and can be a key and a value of sets. Of another frozenset, another handle of the same.
   *
   * @throws as dict
   */
  frozenset(values: Iterable<Storable> = []): FrozenSet {
    return this.#use().tables.frozenset(values);
  }

  /**
   * A queue with two ends, in blocks of 64 items. With `maxLength` it never has more: what is pushed at one end drops an item at
   * the other.
   *
   * @throws as tuple; TypeError, RangeError for a maxLength that is no integer of 0 … 2^32 − 2
   */
  deque(items: Iterable<Storable> = [], options: DequeOptions = {}): Deque {
    return this.#use().containers.deque(items, options);
  }

  /**
   * Scalars in a row, as Python's array.array: `items` of them that are zero if it is a number, or these.
   *
   * @throws TypeError no kind, or an item of the wrong type; RangeError an item that the kind cannot hold, a length that is no
   * integer from 0 on; MemoryError
   */
  array<K extends ArrayKind>(kind: K, items: number | Iterable<ArrayItem<K>> = 0): TypedArrayHandle<K> {
    return this.#use().containers.array(kind, items);
  }

  /**
   * Names with values that live until they are deleted, as those of a module. Names are any strings. Always the same handle: it is in no
   * scope, is not counted, and to release it does nothing.
   *
   * @throws MemoryError
   */
  get globals(): Dict {
    return this.#use().frames.globals;
  }

  /**
   * Calls `body` with local names, which are gone when it returns or throws. Handles made inside are released then, as by
   * {@link Heap.scope}. Frames nest; `sys.frames()` tells which there are.
   *
   * @throws what `body` throws; TypeError if it returns a promise or a generator
   */
  frame<T>(name: string, body: (frame: Frame) => T): T {
    return this.#use().frames.run(name, body);
  }

  /**
   * Handles made inside `body` are released when it returns or throws, except those given to `scope.keep` and the one that it
   * returns: that handle itself, not one inside an array or object. These belong to the scope around this one, if there is one.
   * Inside a scope making a handle is cheapest. Scopes nest.
   *
   * @throws what `body` throws; TypeError if it returns a promise or a generator: when that goes on its handles are gone already
   */
  scope<T>(body: (scope: Scope) => T): T {
    const { objects } = this.#use();
    if (typeof body !== "function") throw new TypeError(`heap.scope: wants a function, not ${show(body)}`);
    return objects.scoped(body);
  }

  /**
   * A value that a heap can hold, of plain data: deeply, with shared parts and cycles as they are. Arrays become lists, Maps and
   * plain objects dicts, Sets sets, Uint8Arrays and ArrayBuffers bytes, other typed arrays arrays; undefined is null. Of a handle,
   * another handle of the same object; any other value is what it reads as once it is stored.
   *
   * @throws TypeError for a function, a symbol, an instance of a class, a key that can change: the message says where it is;
   * HandleError; MemoryError; what getters throw
   */
  from<const T>(value: T & Convertible<T>): Converted<T> {
    const { objects } = this.#use();
    return objects.adoptValue(objects.ownedWord(value, "heap.from: value")) as Converted<T>;
  }

  /**
   * The plain data of a value, the other way round: shared parts and cycles stay, integers beyond ±2^53 are bigints. Dicts become plain
   * objects if all their keys are strings and they were not made of a Map, else Maps; structs become plain objects of their fields.
   *
   * @throws HandleError `HANDLE_RELEASED`, `HANDLE_FOREIGN`
   */
  toJS(value: Value): unknown {
    return toPlain(this.#use().objects, value, "heap.toJS");
  }

  /**
   * The same object, as Python's `is`; null, booleans, numbers, bigints and strings are the same if they are equal, NaN included. 0 and
   * −0 are not.
   *
   * @throws HandleError `HANDLE_RELEASED`
   */
  is(a: Value, b: Value): boolean {
    this.#use();
    return a instanceof Handle ? a.is(b) : Object.is(a, b);
  }

  /** Live handles. One that the program forgot counts until the engine has collected it. */
  get handleCount(): number {
    return this.#use().objects.handleCount;
  }

  /**
   * The whole heap as bytes, without what is free in it; {@link restore} makes a heap of them again, on whatever platform. Open it with the same
   * version of this library. What an image cannot have is functions, and blocks of {@link arena} stay allocated with nobody to free them.
   *
   * Bytes of freed blocks are in it as they were left, and the key of the heap's hashes.
   *
   * `into` is overwritten with the image if it is long enough, as one of before may be: to touch fresh memory takes longer than all the rest.
   * What is returned is then the part of it that the image takes.
   *
   * @throws HeapError `BUSY` inside a finalizer, a callback or a collection; MemoryError when the engine has no room for so many bytes
   */
  snapshot(into?: Uint8Array): Uint8Array {
    const { objects, frames, weakref } = this.#use();
    return snapshot(objects, [...frames.dicts(), ...weakref.finalizers.refs()], into);
  }

  /**
   * Checks every invariant of arenas, pools, free lists and large blocks, of types and objects, their references, counts and
   * generations; in debug mode also the frame of every block, and that no freed block was written to.
   *
   * @throws CorruptionError
   */
  verify(): void {
    verify(this.#use().engine);
  }

  /**
   * The memory as a tree of plain data: arenas, pools, with `blocks: true` a bit for each block, and large blocks; and how many
   * objects of each type there are, which tells who leaks.
   *
   * @throws TypeError for options that are none; CorruptionError when the records make no sense
   */
  inspect(options: { blocks?: boolean } = {}): HeapMap {
    return inspect(this.#use().objects, options);
  }

  /**
   * The graph of all objects as V8 writes heap snapshots: JSON in pieces of some 64 KiB, one after the other, to be written to a file
   * `….heapsnapshot` that Chrome's Memory panel and others open. Fields and items have names, handles and globals are roots, weak references hold nothing.
   * Leave the heap alone until the last piece is there. Garbage that waits for a collection is in it; `gc.collect()` before leaves it out.
   *
   * @throws HeapError `BUSY` inside a finalizer, a callback or a collection, and when the heap has changed meanwhile
   */
  heapSnapshot(): Generator<string> {
    return heapSnapshot(this.#use());
  }

  /**
   * Why an object is alive: the shortest path of references to it from a handle, a name, or whatever else holds objects from outside of the
   * heap. The handle given does not count. Null: nothing else keeps it alive.
   *
   * @throws TypeError not a handle; HandleError; HeapError `BUSY` inside a finalizer, a callback or a collection
   */
  whyAlive(object: Handle): RootPath | null {
    return whyAlive(this.#use(), object);
  }

  /**
   * What would be left if the heap ended now: all scopes and frames over, `globals` without names, and garbage collected. Nothing of that
   * is done. The option `leaks` tells the same at the end.
   *
   * @throws HeapError `BUSY` inside a finalizer, a callback or a collection
   */
  leaks(): LeakReport {
    return findLeaks(this.#use().leaks, "Left if the heap ended now");
  }

  /**
   * Ends the heap and lets go of its memory. Again, it does nothing.
   *
   * Before, functions of `weakref.finalize` are called, the newest first; then `globals` is cleared, and what nobody holds any more is
   * collected, so that its finalizers run. Objects that handles still hold go without.
   *
   * A heap that is shared goes with the last that was made of it in any thread; the others let go of what is theirs, their handles too, and call
   * their functions of `weakref.finalize`.
   *
   * @throws HeapError `HEAP_UNUSABLE` if a call into the core does not come to its end; the heap is gone nevertheless. `BUSY` inside a
   * finalizer or callback of a heap that is shared
   */
  [dispose](): void {
    if (this.#parts?.exit.run()) this.#parts = null;
  }

  /** What is known without a walk over the heap. */
  #summary(): string {
    if (this.#parts === null) return "Heap (disposed)";
    const { engine, objects } = this.#parts;
    const absence = absenceOfHeap(engine);
    if (absence !== null) return `Heap (${absence.replace("heap ", "")})`;
    const { memory } = engine;
    return summary("Heap", {
      reserved: memory.byteLength,
      arenas: memory.word(RUNTIME + R_ARENAS) * ARENA_BYTES,
      large: memory.word(RUNTIME + R_CHUNK_BYTES),
      handles: objects.handleCount,
      debug: engine.debug,
    });
  }

  #use(): Parts {
    if (this.#parts === null) throw disposed();
    return this.#parts;
  }
}
