// The allocation domains raw, mem and obj: checked arguments, unsigned addresses, and errors instead of status numbers.

import type { BlockAddress } from "./address.js";
import { refuseAddress, refuseSize, show } from "./arguments.js";
import type { Core } from "./core.js";
import type { Engine } from "./engine.js";
import { MemoryError } from "./errors.js";
import { allocationFailure, blockFailure } from "./failure.js";
import { DOMAIN_MEM, DOMAIN_OBJ, DOMAIN_RAW, R_STATUS, REQUEST_MAX, RUNTIME } from "./layout.js";
import { OK } from "./status.js";

/**
 * One allocation domain. Sizes are bytes. A wrong argument throws before the core is called: TypeError for what is no number,
 * RangeError for a size that is negative, fractional, NaN or infinite.
 */
export interface Allocator {
  /**
   * A block of at least `size` bytes with undefined contents, aligned to 8. `malloc(0)` is a distinct live block.
   *
   * @throws MemoryError; CorruptionError `USE_AFTER_FREE` when the block that was to go out was written to after its free
   */
  malloc(size: number): BlockAddress;
  /**
   * A zeroed block of `count * size` bytes.
   *
   * @throws as malloc; MemoryError also for a product that overflows
   */
  calloc(count: number, size: number): BlockAddress;
  /**
   * Resizes a block and keeps its contents up to the smaller size; the block may move. `realloc(0, n)` is `malloc(n)`;
   * `realloc(p, 0)` resizes. When it throws, `address` is valid as before.
   *
   * @throws as malloc; AddressError, in debug mode CorruptionError, as free
   */
  realloc(address: BlockAddress, size: number): BlockAddress;
  /**
   * Gives a block back; `free(0)` does nothing.
   *
   * @throws AddressError for a foreign, interior or already freed address, or a block of another domain, and nothing has
   * changed; in debug mode CorruptionError, of which `use-after-free` speaks of another block, freed long ago and written to
   * since, and the block given is freed all the same
   */
  free(address: BlockAddress): void;
  /**
   * Bytes the block can hold: at least what was asked for; in debug mode exactly that.
   *
   * @throws AddressError, in debug mode CorruptionError, as free
   */
  usableSize(address: BlockAddress): number;
  /**
   * A view of the block's first `length` bytes, all of `usableSize` if not given. Valid until the next call that can allocate.
   *
   * @throws AddressError; RangeError for a length that the block does not have
   */
  bytes(address: BlockAddress, length?: number): Uint8Array<ArrayBuffer>;
}

export type DomainName = "raw" | "mem" | "obj";

/** The core's functions for one domain. */
type Calls = Pick<Core, "malloc" | "calloc" | "realloc" | "free" | "usableSize">;

const DOMAINS: { readonly [N in DomainName]: number } = { raw: DOMAIN_RAW, mem: DOMAIN_MEM, obj: DOMAIN_OBJ };

function callsOf(core: Core, name: DomainName, debug: boolean): Calls {
  if (debug) {
    const domain = DOMAINS[name];
    return {
      malloc: (size) => core.debugMalloc(domain, size),
      calloc: (count, size) => core.debugCalloc(domain, count, size),
      realloc: (address, size) => core.debugRealloc(domain, address, size),
      free: (address) => core.debugFree(domain, address),
      usableSize: (address) => core.debugUsableSize(domain, address),
    };
  }
  if (name !== "raw") return core;
  return {
    malloc: core.rawMalloc,
    calloc: core.rawCalloc,
    realloc: core.rawRealloc,
    free: core.rawFree,
    usableSize: core.rawUsableSize,
  };
}

/**
 * The domain `name` of a heap. Closures over the core's functions, not methods: the engine can then inline a call down to the
 * core where it is used, also in a program with many heaps and domains.
 */
export function createAllocator(engine: Engine, name: DomainName): Allocator {
  const { memory } = engine;
  const core = callsOf(engine.core, name, engine.debug);
  const { malloc, calloc, realloc, free, usableSize } = core;

  /** Zero bytes are possible in debug mode, where 0 is also what a failure returns. */
  function isEmptyBlock(address: BlockAddress): boolean {
    memory.setWord(RUNTIME + R_STATUS, OK);
    return usableSize(address) === 0 && engine.core.lastStatus() === OK;
  }

  function usableSizeFor(call: string, address: BlockAddress): number {
    if (typeof address !== "number" || address >>> 0 !== address) refuseAddress(call, address);
    if (engine.down !== null) throw engine.refusal();
    try {
      const size = usableSize(address) >>> 0;
      if (size !== 0 || isEmptyBlock(address)) return size;
    } catch (error) {
      engine.down ??= engine.unfinished;
      throw engine.trapped(error);
    }
    throw blockFailure(engine, call, address);
  }

  return Object.freeze<Allocator>({
    malloc(size) {
      if (typeof size !== "number" || size >>> 0 !== size || size > REQUEST_MAX) {
        refuseSize(`${name}.malloc`, "size", size);
      }
      if (engine.down !== null) throw engine.refusal();
      let address: number;
      try {
        address = malloc(size) >>> 0;
      } catch (error) {
        engine.down ??= engine.unfinished;
        throw engine.trapped(error);
      }
      if (address === 0) throw allocationFailure(engine, `${name}.malloc(${size})`, size);
      return address;
    },

    calloc(count, size) {
      const call = `${name}.calloc`;
      if (typeof count !== "number" || !Number.isInteger(count) || count < 0) refuseSize(call, "count", count);
      if (typeof size !== "number" || !Number.isInteger(size) || size < 0) refuseSize(call, "size", size);
      const bytes = count * size;
      if (bytes > REQUEST_MAX) throw overflow(`${call}(${count}, ${size})`, bytes);
      if (engine.down !== null) throw engine.refusal();
      let address: number;
      try {
        // A factor that is too large for the core wraps around, which does no harm: the other one is 0 then.
        address = calloc(count, size) >>> 0;
      } catch (error) {
        engine.down ??= engine.unfinished;
        throw engine.trapped(error);
      }
      if (address === 0) throw allocationFailure(engine, `${call}(${count}, ${size})`, bytes);
      return address;
    },

    realloc(address, size) {
      if (typeof address !== "number" || address >>> 0 !== address) refuseAddress(`${name}.realloc`, address);
      if (typeof size !== "number" || size >>> 0 !== size || size > REQUEST_MAX) {
        refuseSize(`${name}.realloc`, "size", size);
      }
      if (engine.down !== null) throw engine.refusal();
      let moved: number;
      try {
        moved = realloc(address, size) >>> 0;
      } catch (error) {
        engine.down ??= engine.unfinished;
        throw engine.trapped(error);
      }
      if (moved === 0) throw blockFailure(engine, `${name}.realloc`, address, size);
      return moved;
    },

    free(address) {
      if (typeof address !== "number" || address >>> 0 !== address) refuseAddress(`${name}.free`, address);
      if (engine.down !== null) throw engine.refusal();
      let status: number;
      try {
        status = free(address);
      } catch (error) {
        engine.down ??= engine.unfinished;
        throw engine.trapped(error);
      }
      if (status !== OK) throw blockFailure(engine, `${name}.free`, address);
    },

    usableSize(address) {
      return usableSizeFor(`${name}.usableSize`, address);
    },

    bytes(address, length) {
      const size = usableSizeFor(`${name}.bytes`, address);
      if (length === undefined) return memory.view(address, size);
      if (typeof length !== "number") {
        throw new TypeError(`${name}.bytes: length must be a number, not ${show(length)}`);
      }
      if (!Number.isInteger(length) || length < 0 || length > size) {
        throw new RangeError(
          `${name}.bytes: length must be an integer of 0 … ${size}, the bytes of the block, not ${length}`,
        );
      }
      return memory.view(address, length);
    },
  });
}

function overflow(call: string, bytes: number): MemoryError {
  return new MemoryError(
    "REQUEST_TOO_LARGE",
    bytes,
    `${call}: ${bytes} bytes are more than a block can have (${REQUEST_MAX}); the heap is unchanged`,
  );
}
