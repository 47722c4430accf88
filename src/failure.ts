// From a core's status to an error: what was called, what about it, and what to do.

import { type BlockAddress, hex } from "./address.js";
import type { Engine } from "./engine.js";
import { AddressError, CorruptionError, type CorruptionRule, type HeapError, MemoryError } from "./errors.js";
import { I_REFERENCE_COUNT, invariantOf } from "./invariants.js";
import { REQUEST_MAX } from "./layout.js";
import { describeBlock } from "./report.js";
import {
  ALREADY_FREE,
  BAD_DOMAIN,
  CORRUPT,
  IS_OBJECT,
  NO_MEMORY,
  OVERRUN,
  UNDERRUN,
  USE_AFTER_FREE,
} from "./status.js";

/** The error for an allocation of `requested` bytes that returned 0. */
export function allocationFailure(engine: Engine, call: string, requested: number): HeapError {
  return failure(engine, call, null, requested);
}

/** The error for a call about the block at `address` that failed; `size` is what it was to be resized to. */
export function blockFailure(engine: Engine, call: string, address: BlockAddress, size?: number): HeapError {
  const what = size === undefined ? hex(address) : `${hex(address)}, ${size}`;
  return failure(engine, `${call}(${what})`, address, size ?? 0);
}

function failure(engine: Engine, call: string, address: BlockAddress | null, requested: number): HeapError {
  const status = engine.run((core) => core.lastStatus());
  if (status === CORRUPT) return damaged(engine, call);
  const rule = engine.debug ? debugRuleOf(status) : undefined;
  if (rule !== undefined) {
    const at = engine.run((core) => core.faultAddress()) >>> 0;
    return corruption(engine, call, rule, at);
  }
  if (status === NO_MEMORY || address === null) return outOfMemory(engine, call, requested);
  if (status === ALREADY_FREE) {
    return new AddressError(
      "ALREADY_FREE",
      address,
      `${call}: the block was freed before; the heap is unchanged. Free a block once, and forget its address then`,
    );
  }
  if (status === BAD_DOMAIN) {
    return new AddressError(
      "BAD_DOMAIN",
      address,
      `${call}: the block belongs to another domain; the heap is unchanged. Use the domain that allocated it`,
    );
  }
  if (status === IS_OBJECT) {
    return new AddressError(
      "IS_OBJECT",
      address,
      `${call}: an object lives in this block; the heap is unchanged. Objects die when the last reference to them is dropped: ` +
        "release their handles",
    );
  }
  return new AddressError(
    "BAD_ADDRESS",
    address,
    `${call}: no block starts at this address; the heap is unchanged. Give an address that malloc, calloc or realloc of ` +
      "this heap returned",
  );
}

/** A freed block that was about to go out again was written to; those that waited behind it stay out for good. */
function damaged(engine: Engine, call: string): CorruptionError {
  const at = engine.run((core) => core.faultAddress()) >>> 0;
  return new CorruptionError(
    "use-after-free",
    at,
    `${call}: a list of freed blocks leads to ${hex(at)}, which is no intact free block: one was written to after it was ` +
      "freed. The heap stays usable; a heap with debug: true tells which block it was",
    {},
  );
}

function outOfMemory(engine: Engine, call: string, requested: number): MemoryError {
  const { memory, maximumBytes } = engine;
  if (requested > REQUEST_MAX) {
    return new MemoryError(
      "REQUEST_TOO_LARGE",
      requested,
      `${call}: takes ${requested} bytes, and no block can have more than ${REQUEST_MAX}; the heap is unchanged`,
    );
  }
  return new MemoryError(
    "NO_MEMORY",
    requested,
    `${call}: no memory: it has ${memory.byteLength} bytes and may grow to ${maximumBytes}, if the engine lets it; ` +
      "the heap is unchanged. Free blocks, or create the heap with a larger maximumMemory",
  );
}

// ── rules of debug mode ─────────────────────────────────────────────────────────────────────────────

const DEBUG_RULES: ReadonlyMap<number, CorruptionRule> = new Map([
  [BAD_DOMAIN, "bad-domain"],
  [ALREADY_FREE, "double-free"],
  [UNDERRUN, "underrun"],
  [OVERRUN, "overrun"],
  [USE_AFTER_FREE, "use-after-free"],
]);

const SENTENCES: { readonly [R in Exclude<CorruptionRule, "invariant">]: string } = {
  "bad-domain": "the block belongs to another domain. Use the domain that allocated it",
  underrun: "bytes before the block were overwritten. Look for a write at an index below 0, or from the block before",
  overrun: "bytes after the block were overwritten. Look for a write past the size that was asked for",
  "double-free": "the block was freed before. Free a block once, and forget its address then",
  "use-after-free": "the block was written to after it was freed. Look for an address that is kept for too long",
};

/** The rule of debug mode that a status stands for; undefined if it stands for none. */
export function debugRuleOf(status: number): CorruptionRule | undefined {
  return DEBUG_RULES.get(status);
}

/** The error for a block that is damaged, or that was about to be: nothing was done with it. */
export function corruption(engine: Engine, call: string, rule: CorruptionRule, at: BlockAddress): CorruptionError {
  const sentence = rule === "invariant" ? "the allocator's own records contradict each other" : SENTENCES[rule];
  const report = rule === "invariant" ? "" : describeBlock(engine.memory, at, rule, engine.historyOf?.(at));
  return new CorruptionError(rule, at, `${call}: ${rule} at ${hex(at)}: ${sentence}`, { report });
}

/** The error for an invariant that does not hold. */
export function brokenInvariant(call: string, id: number, at: BlockAddress): CorruptionError {
  const { name, sentence } = invariantOf(id);
  const cause =
    id === I_REFERENCE_COUNT
      ? "Look for a core.decref too many"
      : "Something wrote outside its blocks; a heap with debug: true can tell which block it was";
  return new CorruptionError(
    "invariant",
    at,
    `${call}: invariant ${name} does not hold at ${hex(at)}: ${sentence}. ${cause}`,
    { invariant: name },
  );
}
