// heap.leaks() and the option leaks: what is left that nobody will give back.
import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Heap, HeapError, type LeakReport, type UnraisableEvent } from "../src/index.js";
import { openHeap, SHARED, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const heaps: Heap[] = [];
afterEach(() => {
  for (const heap of heaps.splice(0)) heap[Symbol.dispose]();
});

describe.each([...VARIANTS, SHARED])("$name", ({ open, debug }) => {
  async function opened(options = {}): Promise<Heap> {
    const heap = await open(options);
    heaps.push(heap);
    return heap;
  }

  test("a heap that only names hold something of has no leaks", async () => {
    const heap = await opened();
    const Node = heap.struct("Node", { next: "self", note: "ref", weak: "weak" });
    expect(heap.leaks().isEmpty).toBe(true);
    heap.scope(() => {
      const node = new Node({ note: ["a list", { of: "things" }, 2n ** 80n] });
      node.next = node;
      node.weak = node;
      heap.globals.set("node", node);
      heap.globals.set("all kinds", [
        heap.deque([1, "x".repeat(2000)]),
        heap.set([1]),
        heap.array("f64", 100),
        heap.bytes([1]),
      ]);
      heap.weakref.finalize(node, () => {});
      heap.gc.garbage.push("kept");
      expect(heap.leaks()).toMatchObject({ isEmpty: true, scoped: heap.handleCount });
    });
    heap.frame("main", (frame) => {
      frame.set("local", ["of a frame"]);
      expect(heap.leaks().isEmpty).toBe(true);
    });
    expect(`${heap.leaks()}`).toBe("Left if the heap ended now: nothing");
    heap.verify();
  });

  test("handles that were not released, by type, and what they keep alive", async () => {
    const heap = await opened();
    const Node = heap.struct("Node", { next: "self", note: "ref" });
    const one = new Node({ note: "a text of some length" });
    const two = new Node({ next: one });
    const again = two.clone();
    const list = heap.list([heap.scope(() => new Node()), "another text"]);
    heap.globals.set("two", two);
    const report = heap.leaks();
    expect(report.handles).toBe(heap.handleCount - report.scoped);
    const size = heap.sys.getSizeOf(one);
    expect(report.types).toContainEqual({ type: "Node", handles: 4, objects: 3, bytes: 3 * size });
    expect(report.types).toContainEqual({ type: "list", handles: 1, objects: 1, bytes: heap.sys.getSizeOf(list) });
    const texts = heap.sys.getSizeOf("a text of some length") + heap.sys.getSizeOf("another text");
    expect(report.kept).toEqual([{ type: "str", objects: 2, bytes: texts }]);
    expect([report.references, report.blocks, report.arenas]).toEqual([[], [], []]);
    for (const handle of [one, two, again, list]) handle.release();
    expect(heap.leaks().handles).toBe(1);
    heap.verify();
  });

  test("references that the program took at level 0", async () => {
    const heap = await opened();
    const object = heap.core.newList(3) >>> 0;
    heap.core.incref(object);
    using handle = heap.list(["held by a handle as well"]);
    heap.core.incref(handle.address);
    const report = heap.leaks();
    const bytes = 2 * heap.sys.getSizeOf(handle);
    expect(report.references).toEqual([{ type: "list", references: 3, objects: 2, bytes: expect.any(Number) }]);
    expect(report.references[0]?.bytes).toBeGreaterThanOrEqual(bytes);
    expect(report.types).toMatchObject([{ type: "list", handles: 1, objects: 1 }]);
    heap.core.decref(object);
    heap.core.decref(object);
    heap.core.decref(handle.address);
    expect(heap.leaks().references).toEqual([]);
  });

  test("blocks and arenas that were not freed", async () => {
    const heap = await opened();
    const blocks = [
      heap.raw.malloc(100),
      heap.raw.malloc(3000),
      heap.mem.malloc(48),
      heap.mem.malloc(2000),
      heap.obj.malloc(7),
    ];
    const arena = heap.arena();
    arena.malloc(20_000);
    arena.add(heap.list(["of the arena"]));
    const report = heap.leaks();
    const named = (name: string) => report.blocks.find(({ domain }) => domain === name)?.blocks;
    if (debug) {
      expect([named("raw"), named("mem"), named("obj")]).toEqual([2, 2, 1]);
      expect(report.blocks.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(100 + 3000 + 48 + 2000 + 7);
    } else {
      expect([named("raw"), named("mem or obj")]).toEqual([2, 3]);
    }
    expect(report.arenas).toEqual([{ blocks: 1 + arena.stats.blocks, bytes: expect.any(Number), objects: 1 }]);
    expect(report.arenas[0]?.bytes).toBeGreaterThan(arena.stats.blockBytes);
    expect(report.kept).toMatchObject([
      { type: "list", objects: 1 },
      { type: "str", objects: 1 },
    ]);
    expect([report.types, report.references]).toEqual([[], []]);
    arena.free();
    heap.raw.free(blocks[0] as number);
    heap.raw.free(blocks[1] as number);
    heap.mem.free(blocks[2] as number);
    heap.mem.free(blocks[3] as number);
    heap.obj.free(blocks[4] as number);
    expect(heap.leaks().isEmpty).toBe(true);
  });

  test("of a random program, exactly what was not given back", async () => {
    const heap = await opened({ gc: { threshold: [100, 5, 5] } });
    const random = new Random(TEST_SEED);
    const seed = `TEST_SEED=${TEST_SEED}`;
    const Node = heap.struct("Node", { next: "self", note: "ref", id: "u32" });
    const held: { release(): void; address: number }[] = [];
    const blocks: number[] = [];
    const make = [
      () => new Node({ id: random.below(100), note: "x".repeat(random.below(800)) }),
      () => heap.list(Array.from({ length: random.below(300) }, (_, n) => n)),
      () => heap.dict(Array.from({ length: random.below(50) }, (_, n) => [`${n}`, n] as const)),
      () => heap.deque(Array.from({ length: random.below(300) }, (_, n) => [n])),
      () => heap.array("u16", random.below(2000)),
      // Too large for a pool, and tracked.
      () => heap.tuple(Array.from({ length: 200 }, (_, n) => (n === 0 ? heap.globals : n))),
      () => heap.set([random.below(5), "a"]),
      () => heap.str("y".repeat(random.below(1000))),
    ];
    for (let n = 0; n < 400; n++) {
      if (random.chance(60)) held.push(random.pick(make)());
      if (random.chance(40)) held.splice(random.below(held.length), 1)[0]?.release();
      if (random.chance(30)) blocks.push(heap.mem.malloc(random.below(1200)));
      if (random.chance(20)) heap.mem.free(blocks.splice(random.below(blocks.length), 1)[0] ?? 0);
      if (random.chance(20)) heap.globals.set(`${random.below(9)}`, random.pick(held.length > 0 ? [null] : [1]));
      if (random.chance(10)) heap.scope(() => heap.globals.set(`${random.below(9)}`, random.pick(make)()));
    }
    const report = heap.leaks();
    expect(report.handles, seed).toBe(held.length);
    expect(
      report.types.reduce((sum, { objects }) => sum + objects, 0),
      seed,
    ).toBe(held.length);
    expect(
      report.blocks.reduce((sum, { blocks }) => sum + blocks, 0),
      seed,
    ).toBe(blocks.length);
    expect([report.references, report.arenas], seed).toEqual([[], []]);
    heap.verify();
  });

  test("nothing changes by looking, and inside a finalizer nobody can look", async () => {
    const heap = await opened();
    let code = "";
    const Node = heap.struct(
      "Node",
      { note: "ref" },
      {
        finalize: () => {
          try {
            heap.leaks();
          } catch (error) {
            code = (error as HeapError).code;
          }
        },
      },
    );
    const node = new Node({ note: "a note" });
    const before = [heap.handleCount, heap.sys.getRefCount(node), heap.sys.memoryUsage().live];
    heap.leaks();
    expect([heap.handleCount, heap.sys.getRefCount(node), heap.sys.memoryUsage().live]).toEqual(before);
    node.release();
    expect(code).toBe("BUSY");
  });

  test("the option: a function gets what is left once names are gone and garbage is collected", async () => {
    const reports: LeakReport[] = [];
    const heap = await opened({ leaks: (report: LeakReport) => void reports.push(report) });
    const Node = heap.struct("Node", { next: "self" });
    heap.scope(() => {
      const ring = new Node();
      ring.next = ring;
      heap.globals.set("named", new Node());
    });
    const kept = new Node();
    heap.globals.set("kept", kept);
    kept.next = kept;
    heap[Symbol.dispose]();
    expect(reports).toHaveLength(1);
    expect(reports[0]?.types).toMatchObject([{ type: "Node", handles: 1, objects: 1 }]);
    expect(reports[0]?.kept).toEqual([]);
    expect(`${reports[0]}`).toMatch(/^Left when the heap was disposed of: 1 handle, 1 object, \d+ bytes\n/);
  });

  test("the option: nobody is told of a heap without leaks", async () => {
    const told = vi.fn();
    const heap = await opened({ leaks: told });
    heap.globals.set("list", [1, 2, 3]);
    heap.list(["released"]).release();
    heap[Symbol.dispose]();
    expect(told).not.toHaveBeenCalled();
  });

  test("the option: what the function throws goes to onUnraisable", async () => {
    const unraisable: UnraisableEvent[] = [];
    const heap = await opened({
      onUnraisable: (event: UnraisableEvent) => void unraisable.push(event),
      leaks: () => {
        throw new Error("no leaks, please");
      },
    });
    heap.list();
    heap[Symbol.dispose]();
    expect(unraisable).toMatchObject([{ error: { message: "no leaks, please" }, object: "the option leaks" }]);
    expect(() => heap.list()).toThrow(HeapError);
  });
});

test('the option "warn" prints the table', async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const heap = await openHeap({ leaks: "warn" });
  heap.list([1, "a text"]);
  heap[Symbol.dispose]();
  const lines = warn.mock.calls.map(([line]) => line);
  warn.mockRestore();
  expect(lines).toEqual([expect.stringContaining("handles never released")]);
});

test("the option is checked", async () => {
  for (const wrong of [true, "error", 5, {}]) {
    // @ts-expect-error neither "warn" nor a function
    await expect(Heap.create({ leaks: wrong })).rejects.toThrow(TypeError);
  }
});

test("of a heap that others have, only the handles of this one are known", async () => {
  const reports: LeakReport[] = [];
  const heap = await SHARED.open({ leaks: (report: LeakReport) => void reports.push(report) });
  const other = await Heap.attach(heap.share());
  heaps.push(other);
  other.gil.acquire();
  const theirs = other.list(["theirs"]);
  heap.dict({ ours: 1 });
  heap.mem.malloc(100);
  const report = heap.leaks();
  expect(report).toMatchObject({ isWhole: false, types: [{ type: "dict", handles: 1 }], references: [], blocks: [] });
  expect(`${report}`).toContain("Other threads have the heap");
  heap[Symbol.dispose]();
  expect(reports).toMatchObject([{ isWhole: false, types: [{ type: "dict", handles: 1 }] }]);
  expect(other.leaks()).toMatchObject({
    isWhole: true,
    types: [{ type: "list" }],
    blocks: [{ blocks: 1 }],
    references: [],
  });
  theirs.release();
});

describe("as text", () => {
  test("an aligned table, the largest first", async () => {
    const heap = await openHeap();
    heaps.push(heap);
    const Node = heap.struct("Node", { next: "self", id: "u32" });
    for (let n = 0; n < 3; n++) new Node({ next: heap.scope(() => new Node()) });
    heap.list(["a text", "another"]);
    heap.mem.malloc(40);
    heap.raw.malloc(5000);
    const arena = heap.arena();
    arena.malloc(10);
    const object = heap.core.newList(0) >>> 0;
    expect(`${heap.leaks()}`).toMatchInlineSnapshot(`
      "Left if the heap ended now: 7 handles, 10 objects, 2 blocks, 1 arena, 13,541 bytes

      handles never released           handles     objects       bytes
        Node                                 6           6         144
        list                                 1           1          36

      references never dropped      references     objects       bytes
        list                                 1           1          28

      kept alive by others             objects       bytes
        str                                  2          45

      blocks never freed                blocks       bytes
        raw                                  1       5,000
        mem or obj                           1          40

      arenas never freed                blocks       bytes     objects
        arena                                2       8,248           0"
    `);
    expect(inspect(heap.leaks())).toBe(`${heap.leaks()}`);
    heap.core.decref(object);
  });

  test("as JSON all of it, with sums", async () => {
    const heap = await openHeap();
    heaps.push(heap);
    heap.list();
    const json = JSON.parse(JSON.stringify(heap.leaks()));
    expect(json).toMatchObject({
      handles: 1,
      types: [{ type: "list", handles: 1 }],
      blocks: [],
      scoped: 0,
      isWhole: true,
    });
  });
});

test("while tracing, places where it was allocated", async () => {
  const heap = await openHeap();
  heaps.push(heap);
  heap.tracemalloc.start(5);
  const lists = [1, 2].map(() => heap.list(["x"]));
  const block = heap.mem.malloc(100);
  const report = heap.leaks();
  const file = expect.stringContaining("leaks.test.ts");
  expect(report.tracebacks).toHaveLength(2);
  expect(report.tracebacks.map(({ what, blocks }) => [what, blocks])).toEqual(
    expect.arrayContaining([
      ["2 list", 2],
      ["1 block", 1],
    ]),
  );
  for (const { traceback } of report.tracebacks) {
    expect(traceback.at(-1)).toMatchObject({ filename: file, lineno: expect.any(Number) });
  }
  expect(`${report}`).toMatch(/2 list, \d+ bytes, allocated at, most recent call first:\n(.*\n)*.*leaks\.test\.ts:\d+/);
  for (const list of lists) list.release();
  heap.mem.free(block);
  expect(heap.leaks().isEmpty).toBe(true);
});
