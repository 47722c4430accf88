// Long random programs: phases with sizes, domains and an order of frees of their own, as real programs have them.
import { ARENA_BYTES, POOL_BYTES, QUICK_CHUNK_MAX, SMALL_MAX_BYTES } from "../../src/layout.js";
import { type CoreHeap, DOMAINS, type DomainName } from "./core.js";
import type { Random } from "./random.js";
import { type Block, Shadow } from "./shadow.js";

const KIB = 2 ** 10;
const MIB = 2 ** 20;

export interface WorkloadOptions {
  steps: number;
  random: Random;
  /** Most bytes that are live at a time, about; 16 MiB if not given. */
  liveBytes?: number;
  /** The heap and all contents are looked at each time after so many steps. */
  verifyEvery: number;
  /** Told then. */
  progress?(step: number, shadow: Shadow): void;
}

interface Phase {
  /** Steps it lasts. */
  steps: number;
  /** Bytes and blocks that it grows or shrinks to, whichever comes first. */
  bytes: number;
  blocks: number;
  /** Weights of the sizes: small, around 512, around a pool, around the largest quick chunk, large. */
  sizes: readonly number[];
  domains: readonly DomainName[];
  order: "random" | "newest" | "oldest";
}

function newPhase(random: Random, most: number): Phase {
  return {
    steps: random.between(500, 50_000),
    bytes: Math.floor(most / 2 ** random.below(6)),
    blocks: 2 ** random.between(3, 16),
    sizes: random.pick([
      [90, 3, 3, 1, 1],
      [100, 0, 0, 0, 0],
      [99, 1, 0, 0, 0],
      [960, 20, 18, 1, 1],
      [40, 40, 10, 5, 5],
      [10, 10, 60, 10, 5],
      [10, 0, 5, 60, 25],
    ]),
    domains: random.pick([["mem"], ["mem", "obj"], ["raw"], DOMAINS]),
    order: random.pick(["random", "random", "newest", "oldest"]),
  };
}

/** A size near what makes a difference to the allocator, or of the kind that programs ask for most. */
export function anySize(random: Random, weights: readonly number[]): number {
  let left = random.below(weights.reduce((sum, weight) => sum + weight, 0));
  const kind = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  if (kind === 0) return random.chance(70) ? random.below(129) : random.below(SMALL_MAX_BYTES + 1);
  if (kind === 1) return random.between(SMALL_MAX_BYTES - 24, SMALL_MAX_BYTES + 24);
  if (kind === 2) return random.chance(50) ? random.between(POOL_BYTES - 24, POOL_BYTES + 24) : random.below(8 * KIB);
  if (kind === 3) return random.between(QUICK_CHUNK_MAX - 48, QUICK_CHUNK_MAX + 32);
  return random.chance(10) ? random.between(ARENA_BYTES - 64, ARENA_BYTES + 64) : random.between(64 * KIB, MIB);
}

/** Addresses that were freed some time ago, or never were any. */
class Leftovers {
  readonly #addresses: number[] = [];
  #next = 0;

  add(address: number): void {
    this.#addresses[this.#next] = address;
    this.#next = (this.#next + 1) % 4096;
  }

  pick(random: Random, memoryBytes: number): number {
    const kind = random.below(4);
    if (kind === 0) return random.below(memoryBytes);
    if (kind === 1) return random.below(memoryBytes / 16) * 16;
    if (kind === 2) return random.next();
    return this.#addresses.length > 0 ? random.pick(this.#addresses) : 1;
  }
}

/** Runs it on an empty heap that never runs out of memory, and frees everything at the end. Throws at the first mistake. */
export function runWorkload(heap: CoreHeap, limit: number, options: WorkloadOptions): Shadow {
  const { steps, random, liveBytes = 16 * MIB, verifyEvery, progress } = options;
  const shadow = new Shadow(heap, limit);
  const leftovers = new Leftovers();
  let phase = newPhase(random, liveBytes);
  let left = phase.steps;
  for (let step = 1; step <= steps; step++) {
    if (left-- === 0) {
      phase = newPhase(random, liveBytes);
      left = phase.steps;
    }
    try {
      oneStep(shadow, phase, random, leftovers);
      if (step % verifyEvery === 0) {
        if (random.chance(30)) heap.core.drain();
        heap.verify();
        shadow.checkAll();
        progress?.(step, shadow);
      }
    } catch (error) {
      throw new Error(`step ${step}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
  shadow.checkAll();
  shadow.freeAll();
  heap.verify();
  return shadow;
}

function oneStep(shadow: Shadow, phase: Phase, random: Random, leftovers: Leftovers): void {
  const { live } = shadow;
  const domain = random.pick(phase.domains);
  const size = anySize(random, phase.sizes);
  const roll = random.below(1000);
  if (roll < 5) {
    misuse(shadow, domain, leftovers.pick(random, shadow.heap.memory.byteLength));
  } else if (roll < 7) {
    tooLarge(shadow, domain, random);
  } else if (roll < 10) {
    shadow.heap.core.drain();
  } else if (roll < 100 && live.length > 0) {
    const block = random.pick(live);
    leftovers.add(block.address);
    if (!shadow.realloc(block, size)) throw new Error(`realloc to ${size} found no memory`);
  } else if (random.chance(freePercent(shadow, phase)) && live.length > 0) {
    const block = victim(live, phase.order, random);
    leftovers.add(block.address);
    shadow.free(block);
  } else if (random.chance(20)) {
    const count = random.pick([1, 1, 2, 8]);
    if (shadow.calloc(domain, count, Math.ceil(size / count)) === null)
      throw new Error(`calloc of ${size} found no memory`);
  } else if (shadow.malloc(domain, size) === null) {
    throw new Error(`malloc of ${size} found no memory`);
  }
}

/** How often a step frees a block. */
function freePercent({ bytes, live }: Shadow, phase: Phase): number {
  const full = Math.max(bytes / phase.bytes, live.length / phase.blocks);
  if (full < 1) return 30;
  return full < 1.5 ? 55 : 90;
}

/** Swapping the last live block into a hole makes "oldest" and "newest" a tendency; it is the tendency that matters. */
function victim(live: readonly Block[], order: Phase["order"], random: Random): Block {
  const within = Math.min(live.length, 8);
  if (order === "newest") return live[live.length - 1 - random.below(within)] as Block;
  if (order === "oldest") return live[random.below(within)] as Block;
  return random.pick(live);
}

function misuse(shadow: Shadow, domain: DomainName, address: number): void {
  if (address !== 0 && shadow.ownerOf(domain, address) === null) shadow.misuse(domain, address);
}

function tooLarge(shadow: Shadow, domain: DomainName, random: Random): void {
  const size = random.pick([
    0x8000_0000,
    0xffff_ffff,
    0xffff_fff0,
    0xffff_ffe8,
    random.between(0x8000_0000, 0xffff_ffff),
  ]);
  const block = random.chance(50) && shadow.live.length > 0 ? random.pick(shadow.live) : null;
  const gave = block === null ? shadow.malloc(domain, size) !== null : shadow.realloc(block, size);
  if (gave) throw new Error(`a call for ${size} bytes was served`);
}
