// Every order in which up to five blocks can be allocated and freed, for mixes of sizes that meet in different ways.
import { describe, expect, test } from "vitest";
import { type CoreHeap, type DomainName, VARIANTS } from "./helpers/core.js";

type Request = readonly [domain: DomainName, size: number];

const MIXES: Record<string, readonly Request[]> = {
  "one class": [
    ["mem", 40],
    ["mem", 40],
    ["mem", 40],
    ["mem", 40],
    ["mem", 40],
  ],
  "two classes to a pool each": [
    ["mem", 512],
    ["obj", 500],
    ["mem", 8],
    ["obj", 1],
    ["mem", 0],
  ],
  "large blocks side by side": [
    ["mem", 600],
    ["mem", 2000],
    ["mem", 600],
    ["mem", 4096],
    ["mem", 513],
  ],
  "raw and mem blocks side by side": [
    ["raw", 40],
    ["mem", 1000],
    ["raw", 0],
    ["raw", 5000],
    ["mem", 520],
  ],
  "on both sides of the largest that waits": [
    ["mem", 65_544],
    ["mem", 65_545],
    ["mem", 16],
    ["raw", 65_544],
    ["mem", 65_500],
  ],
  "longer than an arena": [
    ["mem", 262_144],
    ["mem", 24],
    ["mem", 300_000],
    ["mem", 600],
    ["raw", 262_120],
  ],
};

/**
 * Calls `visit` with each order: at every place a number, n ≥ 0 to allocate the n-th request, ~n to free its block. Requests
 * are made in their order, which the permutations of a mix make up for.
 */
function orders(count: number, visit: (order: readonly number[]) => void): void {
  const order: number[] = [];
  const live: number[] = [];
  const step = (made: number) => {
    if (order.length === 2 * count) visit(order);
    if (made < count) {
      order.push(made);
      live.push(made);
      step(made + 1);
      live.pop();
      order.pop();
    }
    for (let i = 0; i < live.length; i++) {
      const [block] = live.splice(i, 1) as [number];
      order.push(~block);
      step(made);
      order.pop();
      live.splice(i, 0, block);
    }
  };
  step(0);
}

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((item, i) =>
    permutations([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}

/** Runs one order on a fresh heap: "" or what went wrong. */
function run(heap: CoreHeap, requests: readonly Request[], order: readonly number[], drains: boolean): string {
  const blocks: number[] = [];
  for (const move of order) {
    const index = move < 0 ? ~move : move;
    const [domain, size] = requests[index] as Request;
    if (move >= 0) {
      blocks[index] = heap.in(domain).malloc(size);
      heap.memory.bytes.fill(index + 1, blocks[index], (blocks[index] as number) + size);
    } else {
      const at = blocks[index] as number;
      const contents = heap.memory.bytes.subarray(at, at + size);
      if (contents[0] !== contents.at(-1) || (size > 0 && contents[0] !== index + 1)) return `contents of ${index}`;
      if (heap.in(domain).free(at) !== 0) return `free of ${index}`;
      if (drains) heap.core.drain();
    }
    const broken = heap.broken();
    if (broken !== "") return broken;
  }
  return "";
}

test("there are 1, 3, 15, 105, 945 orders", () => {
  const counts = [1, 2, 3, 4, 5].map((count) => {
    let orderings = 0;
    orders(count, () => orderings++);
    return orderings;
  });
  expect(counts).toEqual([1, 3, 15, 105, 945]);
});

describe.each(VARIANTS)("$name", ({ open, build }) => {
  test.each(Object.entries(MIXES))("%s", (_, requests) => {
    const failures: string[] = [];
    const bytes = requests.reduce((sum, [, size]) => sum + size, 0);
    const heap = open({ pages: 12 + Math.ceil(bytes / 50_000) });
    const fresh = heap.snapshot();
    const check = (mix: readonly Request[], drains: boolean) =>
      orders(mix.length, (order) => {
        heap.restore(fresh);
        const found = run(heap, mix, order, drains);
        heap.settle();
        const { arenas, large } = heap.stats();
        const left = arenas.current > 1 || large.blocks > 0 ? "something is left" : "";
        if (found || left || heap.broken()) failures.push(`${JSON.stringify(mix)}, order ${order}: ${found || left}`);
      });
    for (const mix of permutations(requests.slice(0, 3))) check(mix, true);
    check(requests.slice(0, 4), false);
    check(requests.slice(1), true);
    if (build !== "debug") check(requests, true);
    expect(failures).toEqual([]);
  });
});
