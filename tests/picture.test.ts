import type { ArenaMap, HeapMap, LargeMap, PoolMap } from "arenaria";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { profileOf } from "#traces/profile.js";
import { drawHeap } from "../bench/picture/heap.js";
import { ledgerOf } from "../bench/picture/ledger.js";
import { drawPeak } from "../bench/picture/peak.js";
import { drawTurns } from "../bench/picture/turns.js";
import { readTraceFile, traceFiles } from "../bench/trace/files.js";

/** What a picture does not show of a heap. */
const NO_OBJECTS = { generations: [0, 0, 0], frozen: 0, types: [] } as const;

const ARENA_BYTES = 262144;
const POOL_BYTES = 4096;

interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Reads XML of the plainest kind; throws where it is not well formed. */
function elementsOf(xml: string): Element[] {
  const elements: Element[] = [];
  const open: string[] = [];
  let rest = xml;
  while (rest !== "") {
    const found = /^(?:<\/([a-z]+)>|<([a-z]+)((?: [A-Za-z0-9-]+="[^"<]*")*)(\/?)>|([^<]+))/.exec(rest);
    if (found === null) throw new Error(`not well formed: ${rest.slice(0, 60)}`);
    const [all, closed, opened, given = "", empty, content] = found;
    if (closed !== undefined && open.pop() !== closed) throw new Error(`</${closed}> closes nothing`);
    if (opened !== undefined) {
      const pairs = [...given.matchAll(/ ([A-Za-z0-9-]+)="([^"]*)"/g)].map(
        ([, key, value]) => [key, value] as [string, string],
      );
      const attributes = new Map(pairs);
      if (attributes.size !== pairs.length) throw new Error(`<${opened}> has an attribute twice`);
      elements.push({ name: opened, attributes });
      if (empty === "") open.push(opened);
    }
    for (const text of [given, content ?? ""]) {
      if (/&(?!amp;|lt;|gt;|quot;)/.test(text)) throw new Error(`an & that is no entity: ${text}`);
    }
    rest = rest.slice(all.length);
  }
  if (open.length > 0) throw new Error(`<${open.join("><")}> not closed`);
  return elements;
}

/** Addresses in an attribute, in the order of the picture. */
function addresses(elements: readonly Element[], attribute: string): number[] {
  return elements.flatMap(({ attributes }) => {
    const value = attributes.get(attribute);
    return value === undefined ? [] : [Number(value)];
  });
}

function checkPicture(svg: string, map: HeapMap): Element[] {
  const elements = elementsOf(svg);
  const pools = map.arenas.flatMap((arena) => arena.pools.map(({ address }) => address));
  const large = (used: boolean) => map.large.filter((chunk) => chunk.used === used).map(({ address }) => address);
  expect(addresses(elements, "data-pool")).toEqual(pools);
  expect(addresses(elements, "data-arena")).toEqual(map.arenas.map(({ address }) => address));
  expect(addresses(elements, "data-large")).toEqual(large(true));
  expect(addresses(elements, "data-free")).toEqual(large(false));
  expect(svg).not.toMatch(/="[^"]*(NaN|undefined|Infinity)/);
  return elements;
}

const pools = fc.array(
  fc.record({ blockSize: fc.integer({ min: 1, max: 64 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  {
    minLength: 63,
    maxLength: 63,
  },
);

/** Makes `count` pools of an arena a region of large blocks: what it has, and what lies in it. */
function lend(arena: ArenaMap, first: number, count: number): { arena: ArenaMap; chunk: LargeMap } {
  const isLent = (index: number) => index >= first && index < first + count;
  const lent = { state: "lent", blockSize: 0, used: 0, capacity: 0 } as const;
  const pools = arena.pools.map((pool, index) => (isLent(index) ? { ...pool, ...lent } : pool));
  const address = arena.address + (first + 1) * POOL_BYTES;
  return { arena: { ...arena, pools }, chunk: { address: address + 8, bytes: count * POOL_BYTES - 16, used: true } };
}

function arenaAt(address: number, given: readonly { blockSize: number; share: number }[]): ArenaMap {
  const made = given.map(({ blockSize, share }, index): PoolMap => {
    const size = blockSize * 8;
    const capacity = Math.floor(POOL_BYTES / size);
    const used = Math.round(capacity * share);
    const place = { address: address + (index + 1) * POOL_BYTES, holds: "blocks" } as const;
    if (used === 0) return { ...place, state: index % 2 ? "empty" : "virgin", blockSize: 0, used: 0, capacity: 0 };
    return { ...place, state: used === capacity ? "full" : "used", blockSize: size, used, capacity };
  });
  return { address, freePools: made.filter(({ capacity }) => capacity === 0).length, pools: made };
}

/** Most pools' worth of the first slot that memory ends short of. */
const MOST_CUT = 40;

/** Heaps as they might be: a slot each of chunks and of pools in turn. */
const maps = fc
  .record({
    arenas: fc.array(pools, { maxLength: 4 }),
    chunks: fc.array(fc.integer({ min: 2, max: 4000 }), { maxLength: 30 }),
    cut: fc.nat(MOST_CUT),
  })
  .map(({ arenas, chunks, cut }): HeapMap => {
    const slots = 2 * arenas.length + 1;
    const large: LargeMap[] = [];
    let address = 65536 + 8;
    for (const [index, size] of chunks.entries()) {
      if (address + size * 16 > ARENA_BYTES - MOST_CUT * POOL_BYTES) break;
      large.push({ address, bytes: size * 16, used: index % 3 !== 0 });
      address += size * 16;
    }
    const made = arenas.map((given, index) =>
      lend(arenaAt((2 * index + 1) * ARENA_BYTES, given), index * 5, 1 + index),
    );
    return {
      ...NO_OBJECTS,
      memoryEnd: slots * ARENA_BYTES - (arenas.length > 0 ? 0 : cut * POOL_BYTES),
      arenas: made.map(({ arena }) => arena),
      regions: [
        ...Array.from({ length: arenas.length + 1 }, (_, index) => ({
          address: index === 0 ? 65536 : 2 * index * ARENA_BYTES,
          bytes: index === 0 ? ARENA_BYTES - 65536 : ARENA_BYTES,
        })),
        ...made.map(({ chunk }) => ({ address: chunk.address - 8, bytes: chunk.bytes + 16 })),
      ],
      large: [...large, ...made.map(({ chunk }) => chunk)],
    };
  });

describe("the picture of a heap", () => {
  test("is well formed and has every arena, pool and large block once", () => {
    fc.assert(
      fc.property(maps, fc.string({ maxLength: 20 }), (map, name) => {
        checkPicture(drawHeap(map, name, [name]), map);
      }),
      { numRuns: 50 },
    );
  });

  test("says what every byte is for", () => {
    fc.assert(
      fc.property(maps, (map) => {
        const entries = ledgerOf(map);
        expect(entries.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(map.memoryEnd);
        for (const { bytes } of entries) expect(bytes).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 50 },
    );
  });

  test("tells blocks in use from free ones, and pools in no use from those that are lent", () => {
    const half = { state: "used", blockSize: 512, holds: "blocks", used: 2, capacity: 8 } as const;
    const none = { blockSize: 0, holds: "blocks", used: 0, capacity: 0 } as const;
    const states = ["empty", "virgin", "lent", "lent"] as const;
    const pools = [half, ...states.map((state) => ({ ...none, state }))];
    const at = (index: number) => ARENA_BYTES + (index + 1) * POOL_BYTES;
    const map: HeapMap = {
      ...NO_OBJECTS,
      memoryEnd: ARENA_BYTES + 6 * POOL_BYTES,
      arenas: [
        { address: ARENA_BYTES, freePools: 2, pools: pools.map((pool, index) => ({ ...pool, address: at(index) })) },
      ],
      regions: [
        { address: 65536, bytes: ARENA_BYTES - 65536 },
        { address: at(3), bytes: 2 * POOL_BYTES },
      ],
      large: [
        { address: 65544, bytes: 1024, used: true },
        { address: 65544 + 1024, bytes: ARENA_BYTES - 65536 - 1040, used: false },
        { address: at(3) + 8, bytes: 2 * POOL_BYTES - 16, used: true },
      ],
    };
    expect(ledgerOf(map).map(({ bytes }) => bytes)).toEqual([
      1024,
      1024 + 2 * POOL_BYTES - 16,
      3072,
      2 * POOL_BYTES,
      ARENA_BYTES - 65536 - 1040,
      65536 + POOL_BYTES + 16 + 16,
    ]);
  });

  test("has a title and a description for readers who do not see it", () => {
    const regions = [{ address: 65536, bytes: 196608 }];
    const map = { ...NO_OBJECTS, memoryEnd: ARENA_BYTES, arenas: [], regions, large: [] };
    const svg = drawHeap(map, "a < b & c", ["a line"]);
    expect(svg).toContain('<title id="title">a &lt; b &amp; c</title>');
    expect(svg).toMatch(/<desc id="description">a line .*0 arenas with 0 pools/);
    expect(elementsOf(svg)[0]?.attributes.get("aria-labelledby")).toBe("title description");
  });

  test("of a large block over three rows is one path with a piece in each", () => {
    const large = [{ address: ARENA_BYTES - 4096, bytes: ARENA_BYTES + 8192, used: true }];
    const map = {
      ...NO_OBJECTS,
      memoryEnd: 3 * ARENA_BYTES,
      arenas: [],
      regions: [{ address: 65536, bytes: 3 * ARENA_BYTES - 65536 }],
      large,
    };
    const [path] = checkPicture(drawHeap(map, "large", []), map).filter(({ attributes }) =>
      attributes.has("data-large"),
    );
    expect(path?.attributes.get("d")?.match(/z/g)?.length).toBe(3);
  });

  test("of a trace at its peak is drawn from the heap itself", async () => {
    const [file = ""] = traceFiles(["perl-words"]);
    const trace = await readTraceFile(file);
    const svg = await drawPeak(trace, profileOf(trace));
    const elements = elementsOf(svg);
    expect(addresses(elements, "data-pool").length % 63).toBe(0);
    expect(addresses(elements, "data-large").length).toBeGreaterThan(100);
    expect(svg).toMatch(/perl-words: the heap at its peak/);
    expect(svg).toMatch(/4\.04 MiB live in 30 319 blocks/);
  });
});

describe("the picture of who had the lock", () => {
  const spansOf = (first: number, count: number) =>
    Array.from({ length: count }, (_, i) => [first + i * 20, first + i * 20 + 8] as const);
  const thread = (number: number, first: number, tally: number[]) => ({
    thread: number,
    spans: spansOf(first, 30),
    tally,
    samples: [],
  });
  const outcome = {
    name: "<a>.js",
    nodes: 100,
    passes: 2,
    threads: [thread(2, 0, [100]), thread(3, 9, [100]), thread(4, 18, [])],
    milliseconds: 606,
    switches: 90,
    interval: 5,
    faults: [],
  };
  const barsOf = (elements: readonly Element[], width: (value: number) => boolean) =>
    elements.filter(({ name, attributes }) => name === "rect" && width(Number(attributes.get("width"))));

  test("has a row for each thread in both parts, and every span of all of the time", () => {
    const svg = drawTurns(outcome);
    const elements = elementsOf(svg);
    const rows = elements.flatMap(({ attributes }) => attributes.get("data-thread") ?? []);
    expect(rows).toEqual(["2", "3", "4", "2", "3", "4"]);
    expect(svg).toContain("4, watching");
    expect(svg).not.toMatch(/="[^"]*(NaN|undefined|Infinity)/);
    // All of it, and the first 100 ms: of each thread those that began in them.
    expect(svg.match(/had it for 8\.00 ms/g)).toHaveLength(90 + 15);
    expect(barsOf(elements, (width) => width < 0)).toEqual([]);
  });

  test("cuts spans off at the end of a part, and shows the shortest", () => {
    const spans = [
      [0, 0.001],
      [95, 200],
    ] as const;
    const elements = elementsOf(drawTurns({ ...outcome, threads: [{ ...outcome.threads[0], spans }] as never }));
    const right = elements.map(({ attributes }) => Number(attributes.get("x")) + Number(attributes.get("width")));
    expect(Math.max(...right.filter((x) => x < 1200))).toBe(1176);
    expect(barsOf(elements, (width) => width === 1)).toHaveLength(2);
  });

  test("can be drawn of a heap that nobody had", () => {
    const none = { ...outcome, milliseconds: 0, threads: [] };
    expect(drawTurns(none)).not.toMatch(/="[^"]*(NaN|undefined|Infinity)/);
  });
});
