// The drawing in assembly/layout.ts: areas of the runtime and fields of records do not overlap, and derived numbers fit.
import { describe, expect, test } from "vitest";
import * as layout from "../src/layout.js";

type Names = keyof typeof layout;

/** Fields of 4 bytes each, as [name, offset]. */
function fields(prefix: RegExp, not: readonly Names[] = []): [string, number][] {
  const all = Object.entries(layout) as [Names, unknown][];
  return all.flatMap(([name, value]) =>
    prefix.test(name) && !not.includes(name) && typeof value === "number" ? [[name, value] as [string, number]] : [],
  );
}

/** Names of two areas that share a byte. */
function overlaps(areas: readonly (readonly [name: string, start: number, bytes: number])[]): string[] {
  const sorted = [...areas].sort((a, b) => a[1] - b[1]);
  return sorted.flatMap(([name, start], i) => {
    const [before, from, bytes] = sorted[i - 1] ?? ["", 0, 0];
    return from + bytes > start ? [`${before} and ${name}`] : [];
  });
}

describe("the runtime", () => {
  const areas = [
    ["guard", 0, 0x1000],
    ["RUNTIME", layout.RUNTIME, layout.R_BIN_STEPS + 4 * layout.BIN_LEVELS],
    ["RINGS", layout.RINGS, 8 * layout.QUICK_BLOCK_LISTS],
    ["LAST_ARENA_WITH", layout.LAST_ARENA_WITH, 4 * (layout.POOLS_PER_ARENA + 1)],
    ["DIVISORS", layout.DIVISORS, 4 * layout.QUICK_BLOCK_LISTS],
    ["SCRATCH", layout.SCRATCH, 128],
    ["OWN_TYPES", layout.OWN_TYPES, layout.OWN_TYPES_CAPACITY << layout.TYPE_SHIFT],
    ["IMMORTALS", layout.FALSE_OBJECT, layout.IMMORTALS_END - layout.FALSE_OBJECT],
    ["CHAR_STRS", layout.CHAR_STRS, layout.CHAR_STR_COUNT * layout.CHAR_STR_BYTES],
    ["TEXT_SCRATCH", layout.TEXT_SCRATCH, layout.TEXT_SCRATCH_BYTES],
    ["HASH_KEY", layout.HASH_KEY, 16],
    ["GIL", layout.GIL, layout.GIL_BYTES],
    ["GC_STATS", layout.GC_STATS, 3 << layout.STATS_SHIFT],
    ["GC", layout.GC, 224],
    ["QUICK_BLOCKS", layout.QUICK_BLOCKS, 4 * layout.QUICK_BLOCK_LISTS],
    ["BINS", layout.BINS, 4 * layout.BIN_LEVELS * layout.BIN_STEPS],
    ["SLOTS", layout.SLOTS, layout.SLOT_COUNT],
    ["THREADS", layout.THREADS, layout.THREADS_CAPACITY << layout.THREAD_SHIFT],
    ["QUICK_CHUNKS", layout.QUICK_CHUNKS, 4 * (layout.QUICK_CHUNK_MAX / 16 + 1)],
    ["heap", layout.HEAP_START, 1],
  ] as const;

  test("its areas do not overlap", () => expect(overlaps(areas)).toEqual([]));

  test("the fields of its record do not overlap", () => {
    expect(overlaps(fields(/^R_/, ["R_BIN_STEPS"]).map(([name, at]) => [name, at, 4]))).toEqual([]);
    expect(Math.max(...fields(/^R_/, ["R_BIN_STEPS"]).map(([, at]) => at))).toBeLessThan(layout.R_BIN_STEPS);
  });

  test("the words of the lock do not overlap, and end with it", () => {
    const areas = fields(/^L_/).map(([name, at]) => [name, at, name === "L_IDENTITY" ? 8 : 4] as const);
    expect(overlaps(areas)).toEqual([]);
    expect(Math.max(...areas.map(([, at, bytes]) => at + bytes))).toBeLessThanOrEqual(layout.GIL_BYTES);
  });

  test("there is a byte for each slot of the address space", () => {
    expect(layout.SLOT_COUNT * layout.ARENA_BYTES).toBe(2 ** 32);
  });
});

describe("the collector", () => {
  test("the fields of its record do not overlap, and end with it", () => {
    const triples: readonly Names[] = ["G_COUNT", "G_THRESHOLD"];
    const areas = fields(/^G_/).map(([name, at]) => [name, at, triples.includes(name as Names) ? 12 : 4] as const);
    expect(overlaps(areas)).toEqual([]);
    expect(Math.max(...areas.map(([, at, bytes]) => at + bytes))).toBeLessThanOrEqual(224);
    expect(layout.DIVISORS).toBeGreaterThanOrEqual(layout.GC + 256);
  });

  test("the fields of the stats of a generation do not overlap", () => {
    const wide: readonly Names[] = ["S_COLLECTED", "S_CANDIDATES", "S_DURATION"];
    const areas = fields(/^S_/).map(([name, at]) => [name, at, wide.includes(name as Names) ? 8 : 4] as const);
    expect(overlaps(areas)).toEqual([]);
    expect(Math.max(...areas.map(([, at, bytes]) => at + bytes))).toBe(1 << layout.STATS_SHIFT);
    for (const [name, at, bytes] of areas) expect(at % bytes, name).toBe(0);
  });

  test("the fields of a type record do not overlap, and fit into it", () => {
    const names: readonly Names[] = [
      "TYPE_WORD",
      "TYPE_BYTES",
      "TYPE_LIST",
      "TYPE_REFS",
      "TYPE_NAME",
      "TYPE_NAME_BYTES",
      "TYPE_SIZE",
    ];
    const areas = fields(/^TYPE_/)
      .filter(([name]) => names.includes(name as Names))
      .map(([name, at]) => [name, at, 4] as const);
    expect(areas.length).toBe(names.length);
    expect(overlaps(areas)).toEqual([]);
    expect(Math.max(...areas.map(([, at]) => at))).toBeLessThanOrEqual((1 << layout.TYPE_SHIFT) - 4);
  });
});

describe("an object", () => {
  test("its words: gc words before the header, the header before the references", () => {
    const gc = [layout.GC0, layout.GC1].map((at) => at - layout.GC_BYTES);
    expect([...gc, layout.O_COUNT, layout.O_TYPE, layout.HEADER_BYTES]).toEqual([-8, -4, 0, 4, 8]);
  });

  test("the parts of a type word do not overlap, and there are ids for all types", () => {
    const parts = [
      layout.TYPE_REFS_MASK,
      layout.T_TRACKED,
      layout.T_FINALIZER,
      layout.T_NO_WEAKREFS,
      layout.T_OBJECT_FLAGS,
      layout.TYPES_MAX << layout.TYPE_ID_SHIFT,
    ];
    expect(parts.reduce((all, part) => (all | part) >>> 0, 0)).toBe(parts.reduce((sum, part) => sum + (part >>> 0), 0));
    expect((layout.TYPES_MAX << layout.TYPE_ID_SHIFT) >>> layout.TYPE_ID_SHIFT).toBe(layout.TYPES_MAX);
    expect(layout.T_TYPE_FLAGS).toBe(layout.T_TRACKED | layout.T_FINALIZER | layout.T_NO_WEAKREFS);
    expect(layout.T_RITES).toBe(layout.T_FINALIZER | layout.T_WEAK);
    // Any object may be marked: no flag of its type's own has that bit.
    const own = [layout.T_WIDE, layout.T_INTERNED, layout.T_ASCII, layout.T_OF_MAP, layout.T_CALLED];
    for (const flag of [...own, layout.T_WEAK]) expect(flag & ~layout.T_OBJECT_FLAGS).toBe(0);
    expect(own.filter((flag) => (flag & layout.T_WEAK) !== 0)).toEqual([]);
  });

  test("the fields of a weak reference do not overlap, and fit into it; a keyed one has more behind them", () => {
    const areas = fields(/^W_/).map(([name, at]) => [name, at, 4] as const);
    expect(overlaps([["header", 0, layout.HEADER_BYTES], ...areas])).toEqual([]);
    const keyed: readonly Names[] = ["W_OWNER", "W_KEY"];
    const ends = (own: boolean) =>
      areas.filter(([name]) => keyed.includes(name as Names) === own).map(([, at]) => at + 4);
    expect(Math.max(...ends(false))).toBe(layout.WEAKREF_BYTES);
    expect(Math.max(...ends(true))).toBe(layout.KEYEDREF_BYTES);
    expect(layout.WEAKREF_WORD & layout.TYPE_REFS_MASK).toBe(0);
  });

  test("places and flags of gc0 do not overlap; marks of gc1 leave an address alone", () => {
    expect(layout.GC_FLAGS).toBe((1 << layout.PLACE_SHIFT) - 1);
    expect(layout.GC_FINALIZED | layout.GC_REVIVED).toBe(layout.GC_FLAGS);
    expect(layout.GC_FINALIZED & layout.GC_REVIVED).toBe(0);
    expect(layout.PLACE_FROZEN + layout.AGE_MAX).toBeLessThan(layout.PLACE_OLD);
    expect(layout.PLACE_OLD + layout.AGE_MAX).toBeLessThan(layout.PLACE_YOUNG);
    const places = [layout.PLACE_NONE, layout.PLACE_FROZEN, layout.PLACE_OLD, layout.PLACE_YOUNG];
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(layout.TRASH | 1).toBeLessThan(layout.ALIGNMENT);
  });

  test("the largest has as many references as the type record and the index of a slot allow", () => {
    expect((layout.OBJECT_MAX_BYTES - layout.HEADER_BYTES) / 4).toBeLessThan(2 ** 24);
    expect(layout.OBJECT_MAX_BYTES).toBeLessThan(layout.REQUEST_MAX);
  });
});

describe("an arena", () => {
  test("its head page holds the record, the descriptors and the tags", () => {
    const record = fields(/^ARENA_/, ["ARENA_SHIFT", "ARENA_BYTES", "ARENA_MASK"]);
    const areas = [
      ...record.map(([name, at]) => [name, at, 4] as const),
      ["descriptors of pools", layout.DESCRIPTOR_BYTES, layout.POOLS_PER_ARENA * layout.DESCRIPTOR_BYTES] as const,
      ["tags", layout.TAG_CLASS, 64 << layout.TAG_SHIFT] as const,
      ["pool 1", layout.POOL_BYTES, layout.POOL_BYTES] as const,
    ];
    expect(overlaps(areas)).toEqual([]);
    expect(layout.TAG_VIRGIN - layout.TAG_CLASS).toBe(2);
  });

  test("the fields of a descriptor do not overlap", () => {
    const names = fields(/^POOL_/, ["POOL_SHIFT", "POOL_BYTES", "POOL_MASK"]);
    expect(overlaps(names.map(([name, at]) => [name, at, 4]))).toEqual([]);
    expect(Math.max(...names.map(([, at]) => at))).toBeLessThanOrEqual(layout.DESCRIPTOR_BYTES - 4);
  });

  test("is 63 pools and a page", () => {
    expect((layout.POOLS_PER_ARENA + 1) * layout.POOL_BYTES).toBe(layout.ARENA_BYTES);
  });
});

describe("numbers that follow from others", () => {
  test.each([
    [layout.ALIGNMENT, layout.ALIGNMENT_SHIFT],
    [layout.POOL_BYTES, layout.POOL_SHIFT],
    [layout.ARENA_BYTES, layout.ARENA_SHIFT],
    [layout.WASM_PAGE_BYTES, layout.WASM_PAGE_SHIFT],
    [layout.DESCRIPTOR_BYTES, layout.DESCRIPTOR_SHIFT],
    [layout.BIN_STEPS, layout.BIN_STEP_SHIFT],
    [layout.CHUNK_MIN_BYTES, layout.BIN_FIRST_SHIFT],
  ])("%i is 2 to the power of %i", (bytes, shift) => expect(bytes).toBe(2 ** shift));

  test("masks are all ones", () => {
    expect(layout.POOL_MASK).toBe(layout.POOL_BYTES - 1);
    expect(layout.ARENA_MASK).toBe(layout.ARENA_BYTES - 1);
  });

  test("the last size class is the largest small request", () => {
    expect(layout.SIZE_CLASSES * layout.ALIGNMENT).toBe(layout.SMALL_MAX_BYTES);
    expect(layout.QUICK_BLOCK_LISTS).toBe(3 * layout.SIZE_CLASSES);
  });

  test("the last bin level holds what the address space can", () => {
    expect(2 ** (layout.BIN_FIRST_SHIFT + layout.BIN_LEVELS)).toBe(2 ** 32);
  });
});
