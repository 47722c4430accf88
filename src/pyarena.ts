// PyArena: many small allocations that all end together (after CPython's Python/pyarena.c).

import type { BlockAddress, ObjectAddress } from "./address.js";
import { refuseSize } from "./arguments.js";
import { dispose } from "./dispose.js";
import type { Engine } from "./engine.js";
import { HeapError } from "./errors.js";
import { allocationFailure, blockFailure } from "./failure.js";
import type { Handle } from "./handle.js";
import {
  PYARENA_ALLOCATIONS,
  PYARENA_BIG_BLOCKS,
  PYARENA_BLOCK_BYTES,
  PYARENA_BLOCKS,
  PYARENA_BYTES,
  PYARENA_TOTAL_BLOCK_BYTES,
  REQUEST_MAX,
} from "./layout.js";
import type { Objects } from "./objects.js";
import { absenceOfHeap } from "./printing.js";
import { OK } from "./status.js";
import { defineSummary, summary } from "./summary.js";
import { indexOf } from "./word.js";

/** What an arena has handed out, and the blocks it took from the domain mem for it. */
export interface ArenaStats {
  /** Calls of `malloc`. */
  readonly allocations: number;
  /** Bytes they got: what they asked for, rounded up to 8. */
  readonly bytes: number;
  readonly blocks: number;
  /** Data bytes of the blocks. */
  readonly blockBytes: number;
  /** Blocks that are larger than the usual 8 KiB, for one allocation each. */
  readonly bigBlocks: number;
}

/** Bump allocation: the addresses are 8-aligned, cannot be freed or resized one by one, and die with the arena. */
export interface Arena extends Disposable {
  /**
   * `size` bytes with undefined contents. `malloc(0)` may return the address that the next allocation gets as well.
   *
   * @throws MemoryError, TypeError, RangeError as Allocator.malloc; HeapError `ARENA_FREED`
   */
  malloc(size: number): BlockAddress;
  /**
   * The arena takes over the handle's reference and drops it when it is freed, after its blocks, those that came last first.
   * The handle can be used until then, or until it is released, which does nothing to the object any more.
   *
   * @throws TypeError not a handle; HandleError released, or of another heap; HeapError `ARENA_FREED`
   */
  add(object: Handle): void;
  /** @throws HeapError `ARENA_FREED` */
  readonly stats: ArenaStats;
  /**
   * Frees everything the arena handed out, and drops the references it took over. `using` does the same, and nothing if it is done already.
   *
   * @throws HeapError `ARENA_FREED`
   */
  free(): void;
}

class PyArena implements Arena {
  readonly #engine: Engine;
  /** Address of the record; 0 once freed. */
  #record: BlockAddress;
  readonly #objects: Objects;
  /** Objects of which the arena owns a reference, and the handles that it took them from. */
  readonly #held: { readonly handle: Handle; readonly address: ObjectAddress }[] = [];

  static {
    defineSummary(PyArena.prototype, (arena) => arena.#summary());
  }

  constructor(engine: Engine, objects: Objects, record: BlockAddress) {
    this.#engine = engine;
    this.#objects = objects;
    this.#record = record;
    objects.arenas.set(record, this.#held);
  }

  malloc(size: number): BlockAddress {
    if (typeof size !== "number" || size >>> 0 !== size || size > REQUEST_MAX) refuseSize("arena.malloc", "size", size);
    const engine = this.#engine;
    const record = this.#live("malloc");
    if (engine.down !== null) throw engine.refusal();
    let address: number;
    try {
      address = engine.core.pyArenaMalloc(record, size) >>> 0;
    } catch (error) {
      engine.down ??= engine.unfinished;
      throw engine.trapped(error);
    }
    if (address === 0) throw allocationFailure(engine, `arena.malloc(${size})`, size);
    return address;
  }

  add(object: Handle): void {
    this.#live("add");
    if (this.#engine.down !== null) throw this.#engine.refusal();
    this.#held.push({ handle: object, address: this.#objects.takeOver(object, "arena.add") });
  }

  get stats(): ArenaStats {
    const record = this.#live("stats");
    const { memory, down } = this.#engine;
    if (down !== null) throw this.#engine.refusal();
    return {
      allocations: memory.word(record + PYARENA_ALLOCATIONS),
      bytes: memory.word(record + PYARENA_BYTES),
      blocks: memory.word(record + PYARENA_BLOCKS),
      blockBytes: memory.word(record + PYARENA_TOTAL_BLOCK_BYTES),
      bigBlocks: memory.word(record + PYARENA_BIG_BLOCKS),
    };
  }

  free(): void {
    const record = this.#live("free");
    if (this.#engine.down !== null) throw this.#engine.refusal();
    // Whatever comes of it, the record is the core's again.
    this.#record = 0;
    this.#objects.arenas.delete(record);
    const status = this.#engine.run((core) => core.pyArenaFree(record));
    const failure = this.#dropObjects();
    if (status !== OK) throw blockFailure(this.#engine, "arena.free", record);
    if (failure !== null) throw failure;
  }

  /** Returns the first error, if any. */
  #dropObjects(): unknown {
    let failure: unknown = null;
    for (const { handle, address } of this.#held.splice(0).reverse()) {
      try {
        handle.release();
        this.#objects.decref(indexOf(address));
      } catch (error) {
        failure ??= error;
      }
    }
    return failure;
  }

  [dispose](): void {
    if (this.#record !== 0 && !this.#engine.isOver) this.free();
  }

  #summary(): string {
    if (this.#record === 0) return "Arena (freed)";
    const absence = absenceOfHeap(this.#engine);
    return absence === null ? summary("Arena", this.stats) : `Arena (${absence})`;
  }

  #live(call: string): BlockAddress {
    if (this.#record !== 0) return this.#record;
    throw new HeapError("ARENA_FREED", `arena.${call}: the arena was freed; make another with heap.arena()`);
  }
}

/** @throws MemoryError */
export function createArena(engine: Engine, objects: Objects): Arena {
  const record = engine.run((core) => core.pyArenaNew()) >>> 0;
  if (record === 0) throw allocationFailure(engine, "heap.arena()", PYARENA_BLOCK_BYTES);
  return new PyArena(engine, objects, record);
}
