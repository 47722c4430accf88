// heap.gc.getObjects, getReferrers and getReferents: many arguments, and lists that cannot be made whole.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Handle, type Heap, MemoryError } from "../src/index.js";
import { addressesOf, defineNode, dropRing, type NodeType } from "./helpers/graph.js";
import { openHeap } from "./helpers/heap.js";

const KIB = 2 ** 10;

let heap: Heap;
let Node: NodeType;

beforeEach(async () => {
  heap = await openHeap({ maximumMemory: 1024 * KIB, gc: { enabled: false } });
  Node = defineNode(heap);
});

afterEach(() => {
  vi.restoreAllMocks();
  heap.verify();
});

/** Takes all memory but what a short list needs. */
function fill(): void {
  const spare = heap.mem.malloc(2 * KIB);
  for (const size of [64 * KIB, KIB, 64]) {
    try {
      for (;;) heap.mem.malloc(size);
    } catch (error) {
      expect(error).toBeInstanceOf(MemoryError);
    }
  }
  heap.mem.free(spare);
}

/** The call throws a MemoryError that begins with its name, and leaves no handle and no block behind. */
function expectTooLong(call: () => unknown, name: string, bytes: number): void {
  const [handles, blocks] = [heap.handleCount, heap.sys.getAllocatedBlocks()];
  const said = expect.objectContaining({ code: "NO_MEMORY", requested: bytes, message: expect.stringContaining(name) });
  expect(call).toThrow(said);
  expect(heap.handleCount).toBe(handles);
  expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
}

test("without memory for the list of one generation, there are no handles of another", () => {
  dropRing(heap, Node, 3000);
  // Makes them old, all at once and without a look at who is held.
  heap.gc.freeze();
  heap.gc.unfreeze();
  using young = new Node();
  fill();
  expect(addressesOf(heap.gc.getObjects(0))).toEqual([young.address]);
  expectTooLong(() => heap.gc.getObjects(), "gc.getObjects(): ", 12_000);
  expectTooLong(() => heap.gc.getObjects(2), "gc.getObjects(2): ", 12_000);
});

test("without memory for what they are asked about, or for what they find, they name themselves", () => {
  using hub = new Node();
  heap.scope(() => {
    for (let i = 0; i < 600; i++) new Node({ other: hub, next: i === 0 ? null : hub });
  });
  const Wide = heap.struct(
    "Wide",
    Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`f${i}`, "ref"] as const)),
  );
  using wide = new Wide(Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`f${i}`, i === 0 ? hub : i])));
  using many = new Node();
  for (let i = 0; i < 600; i++) heap.core.incref(new Node({ other: hub }).address);
  fill();
  expectTooLong(() => heap.gc.getReferrers(hub), "gc.getReferrers: ", 601 * 4);
  expectTooLong(() => heap.gc.getReferrers(Array(3000).fill(many)), "gc.getReferrers: ", 12_000);
  expectTooLong(() => heap.gc.getReferents(wide), "gc.getReferents: ", 600 * 4);
});

test.each([
  ["getObjects", () => heap.gc.getObjects()],
  ["getReferrers", (hub: Handle) => heap.gc.getReferrers(hub)],
  ["getReferents", (_: Handle, ring: Handle[]) => heap.gc.getReferents(ring)],
])("%s that fails at one handle releases those before it", (_, call) => {
  using hub = new Node();
  const ring = Array.from({ length: 8 }, () => new Node({ other: hub }));
  for (const [i, node] of ring.entries()) node.next = ring[(i + 1) % 8] as InstanceType<NodeType>;
  const counts = () => [hub, ...ring].map((node) => heap.sys.getRefCount(node)).reduce((sum, count) => sum + count);
  const before = counts();
  let left = 4;
  vi.spyOn(FinalizationRegistry.prototype, "register").mockImplementation(() => {
    if (left-- === 0) throw new Error("no more");
  });
  expect(() => call(hub, ring)).toThrow("no more");
  // The one that failed may have taken its reference.
  expect(counts()).toBeLessThanOrEqual(before + 1);
});

test("an array, or any iterable, stands for what is in it", () => {
  using a = new Node();
  using b = new Node({ next: a, other: 5 });
  using c = new Node({ next: b });
  const referrers = (...objects: Parameters<typeof heap.gc.getReferrers>) =>
    addressesOf(heap.gc.getReferrers(...objects));
  expect(referrers([a, b])).toEqual([b.address, c.address]);
  expect(referrers(new Set([a]), b)).toEqual([b.address, c.address]);
  expect(referrers([])).toEqual([]);
  const [first, five, last] = heap.gc.getReferents([b, 7], null, new Set([c]));
  expect([(first as Handle).address, five, (last as Handle).address]).toEqual([a.address, 5, b.address]);
  expect(() => heap.gc.getReferrers([a, [b] as unknown as Handle])).toThrow(
    new TypeError("gc.getReferrers: wants a handle, not [object Array]"),
  );
  expect(heap.gc.getReferents("ab" as unknown as Handle)).toEqual([]);
});

test("there may be more than an engine has room for as arguments", async () => {
  const large = await openHeap();
  using node = new (defineNode(large))({ other: 3 });
  const many = Array(200_000).fill(node);
  expect(large.gc.getReferents(many)).toHaveLength(200_000);
  expect(large.gc.getReferrers(many)).toEqual([]);
});

test("a container is an object like any other, though one can go through it", () => {
  heap.scope(() => {
    const node = new Node();
    const list = heap.list([node, "text", 7, null]);
    const tuple = heap.tuple([list]);
    const dict = heap.dict([["key", list]]);
    expect(addressesOf(heap.gc.getReferrers(list))).toEqual(expect.arrayContaining(addressesOf([tuple, dict])));
    expect(heap.gc.getReferrers(list)).toHaveLength(2);
    expect(addressesOf(heap.gc.getReferrers([list, node])).sort()).toEqual(addressesOf([list, tuple, dict]).sort());
    const [first, ...rest] = heap.gc.getReferents(list);
    expect([heap.is(first as Handle, node), rest]).toEqual([true, ["text", 7]]);
    expect(heap.gc.getReferents(dict)[0]).toBe("key");
    expect(heap.gc.getReferents([tuple, list])).toHaveLength(4);
  });
});
