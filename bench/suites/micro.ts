import type { Allocator, Contestant } from "../allocators/allocator.js";
import { dlmalloc, floor, ours, thing, tlsf, unchecked } from "../allocators/contestants.js";
import { projectPath, wasmModule } from "../paths.js";
import { instantiateLoop } from "../replay/loops.js";
import type { Case } from "./suite.js";

/** The loops of bench/assembly/micro.ts. */
interface Loops {
  pairs(size: number, count: number): number;
  fill(table: number, live: number, least: number, span: number, random: number): number;
  replace(table: number, live: number, least: number, span: number, random: number, count: number): number;
  grow(table: number, blocks: number, limit: number, step: number): number;
}

const PAIR_SIZES = [16, 64, 256, 512, 2048, 65536];
const PAIRS = 10_000;
const LIVE = [1024, 65536, 262144];
const REPLACEMENTS = 10_000;
const SEED = 0x2545f491;

function loopsFor(allocator: Allocator): Loops {
  return instantiateLoop("micro", allocator.functions, allocator.memory) as unknown as Loops;
}

/** A table of `cells` addresses, in a block of the allocator's own. */
function tableOf(allocator: Allocator, cells: number): number {
  const table = allocator.functions.malloc(cells * 4) >>> 0;
  if (table === 0) throw new Error(`${allocator.name} has no room for a table of ${cells} addresses`);
  return table;
}

function each<T>(
  items: readonly T[],
  contestants: readonly Contestant[],
  make: (item: T, contestant: Contestant) => Case,
): Case[] {
  return items.flatMap((item) => contestants.map((contestant) => make(item, contestant)));
}

/** malloc and free of one block, over and over: the shortest way through an allocator. */
export function pairCases(
  contestants: readonly Contestant[] = [ours, tlsf, dlmalloc, thing, floor],
  sizes = PAIR_SIZES,
): Case[] {
  return each(sizes, contestants, (size, contestant) => {
    const loops = loopsFor(contestant.create());
    return {
      case: `malloc + free, ${size} B`,
      allocator: contestant.name,
      operations: PAIRS,
      run: () => {
        if (loops.pairs(size, PAIRS) !== 0) throw new Error(`${contestant.name} failed`);
      },
    };
  });
}

/** One module that has a loop and an allocator in it, as wasm programs do. */
function insideOf(contestant: Contestant): Loops {
  const module = wasmModule(projectPath("build", "bench", `inside-${contestant.name}.wasm`));
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      memory: new WebAssembly.Memory({ initial: 2 }),
      abort: () => {},
      finalize: () => {},
      callBack: () => {},
      forget: () => {},
      grew: () => {},
      track: () => {},
      untrack: () => {},
    },
  });
  if (typeof exports.init === "function") exports.init(SEED, 0);
  return exports as unknown as Loops;
}

/** The same pairs with loop and allocator in one module, so that no call crosses from one to another. */
export function insideCases(contestants: readonly Contestant[] = [ours, tlsf], sizes = PAIR_SIZES): Case[] {
  return each(sizes, contestants, (size, contestant) => {
    const loops = insideOf(contestant);
    return {
      case: `malloc + free, ${size} B, in one module`,
      allocator: contestant.name,
      operations: PAIRS,
      run: () => {
        if (loops.pairs(size, PAIRS) !== 0) throw new Error(`${contestant.name} failed`);
      },
    };
  });
}

/** Sizes from `least` on, `span` of them, all alike often. */
interface Sizes {
  readonly least: number;
  readonly span: number;
}

const SIZES: readonly Sizes[] = [
  { least: 8, span: 128 },
  { least: 16, span: 256 },
];

/** Blocks of random size, freed at random and replaced by others: many size classes, and no order in what is freed. */
export function replacementCases(contestants: readonly Contestant[] = [ours, tlsf, dlmalloc], live = LIVE): Case[] {
  const kinds = SIZES.flatMap((sizes) => live.map((count) => ({ ...sizes, count })));
  return each(kinds, contestants, ({ least, span, count }, contestant) => {
    const allocator = contestant.create();
    const loops = loopsFor(allocator);
    let table = 0;
    let random = SEED;
    return {
      case: `replace one of ${count / 1024} k, ${least} … ${least + span - 1} B`,
      allocator: contestant.name,
      operations: REPLACEMENTS,
      run: () => {
        if (table === 0) {
          table = tableOf(allocator, count);
          random = loops.fill(table, count, least, span, random);
        }
        random = loops.replace(table, count, least, span, random, REPLACEMENTS);
      },
    };
  });
}

interface Growth {
  readonly blocks: number;
  readonly limit: number;
  /** Bytes a step; 0 grows by half. */
  readonly step: number;
}

const GROWTHS: readonly Growth[] = [
  { blocks: 1, limit: 4096, step: 16 },
  { blocks: 1, limit: 1048576, step: 0 },
  { blocks: 8, limit: 65536, step: 0 },
  { blocks: 8, limit: 16384, step: 64 },
];

/** Blocks that grow by realloc, one alone or several in each other's way. */
export function growthCases(contestants: readonly Contestant[] = [ours, tlsf, dlmalloc]): Case[] {
  return each(GROWTHS, contestants, ({ blocks, limit, step }, contestant) => {
    const allocator = contestant.create();
    const loops = loopsFor(allocator);
    const table = tableOf(allocator, blocks);
    const number = blocks === 1 ? "one block" : `${blocks} blocks in turn`;
    return {
      case: `realloc ${number} to ${limit / 1024} KiB ${step === 0 ? "by half" : `by ${step} B`}`,
      allocator: contestant.name,
      operations: loops.grow(table, blocks, limit, step),
      run: () => {
        loops.grow(table, blocks, limit, step);
      },
    };
  });
}

/** The cases that tell what the misuse checks cost. */
export function checkCases(): Case[] {
  const both = [ours, unchecked];
  return [...pairCases(both, [64, 2048]), ...replacementCases(both, [1024])];
}
