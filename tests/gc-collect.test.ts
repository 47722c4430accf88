// What a collection frees, what it leaves, and what it does about damage.
import { beforeEach, describe, expect, test } from "vitest";
import { CorruptionError, type Handle, type Heap, type HeapOptions } from "../src/index.js";
import {
  defineNode,
  dropRing,
  isAlive,
  makeRing,
  type Node,
  type NodeType,
  randomGraph,
  reachable,
  trackedCount,
} from "./helpers/graph.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

describe.each(VARIANTS)("what is freed: $name", ({ open }) => {
  let heap: Heap;
  let Node: NodeType;

  beforeEach(async () => {
    heap = await open({ gc: { enabled: false } });
    Node = defineNode(heap);
  });

  test("rings of any length, at once", () => {
    const blocks = heap.sys.getAllocatedBlocks();
    let nodes = 0;
    for (const length of [1, 2, 3, 10, 1000]) {
      dropRing(heap, Node, length);
      nodes += length;
    }
    expect(heap.gc.collect()).toBe(nodes);
    expect(trackedCount(heap)).toBe(0);
    expect(heap.sys.getAllocatedBlocks()).toBeLessThanOrEqual(blocks + 2);
    heap.verify();
  });

  test("not a ring that a handle holds, that another object holds, or that a scope holds", () => {
    const held = makeRing(heap, Node, 3);
    using holder = new Node();
    const inner = makeRing(heap, Node, 3);
    holder.other = inner;
    inner.release();
    heap.scope(() => {
      const local = new Node();
      local.next = local;
      expect(heap.gc.collect()).toBe(0);
    });
    expect(heap.gc.collect()).toBe(1);
    held.release();
    expect(heap.gc.collect()).toBe(3);
    holder.other = null;
    expect(heap.gc.collect()).toBe(3);
    heap.verify();
  });

  test("what hangs on a ring goes with it, but not what others hold", () => {
    const Leaf = heap.struct("Leaf", { x: "f64" });
    using kept = new Node({ value: 7 });
    using keptLeaf = new Leaf({ x: 0.5 });
    const leaf = heap.scope(() => {
      const ring = makeRing(heap, Node, 4);
      const own = new Leaf({ x: 1 });
      ring.other = new Node({ other: own, next: kept });
      (ring.next as Node).other = keptLeaf;
      return own.address;
    });
    expect(heap.gc.collect()).toBe(5);
    expect(isAlive(heap, leaf)).toBe(false);
    expect([kept.value, keptLeaf.x]).toEqual([7, 0.5]);
    expect([kept, keptLeaf].map((handle) => heap.sys.getRefCount(handle))).toEqual([1, 1]);
    heap.verify();
  });

  test("a long chain behind a ring, without recursion", () => {
    heap.scope(() => {
      const ring = new Node();
      ring.next = ring;
      let chain: Handle | null = null;
      for (let i = 0; i < 50_000; i++) {
        const link: Node = new Node({ other: chain });
        chain?.release();
        chain = link;
      }
      ring.other = chain;
    });
    expect(heap.gc.collect()).toBe(50_001);
    heap.verify();
  });

  test("integers, booleans and nulls in references are in nobody's way", () => {
    for (const other of [0, 1, -1, 2 ** 30 - 1, -(2 ** 30), true, false, null]) {
      heap.scope(() => {
        const node = new Node({ other });
        node.next = node;
      });
    }
    expect(heap.gc.collect()).toBe(8);
    heap.verify();
  });

  test("several references to one object count each", () => {
    const Star = heap.struct("Star", { a: "self", b: "self", c: "ref", d: "ref" });
    heap.scope(() => {
      const center = new Star();
      for (let i = 0; i < 5; i++) {
        const ray = new Star({ a: center, b: center, c: center, d: center });
        center.d = ray;
        ray.b = ray;
      }
    });
    // Four rays were replaced, each in a ring with itself.
    expect(heap.gc.collect()).toBe(6);
    heap.verify();
  });

  test("objects of any size, also above a pool's blocks and above an arena", () => {
    const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, "f64"]));
    const types = [1, 60, 70, 1000, 9000].map((count) =>
      heap.struct(`Wide${count}`, { peer: "ref", ...(fields(count) as Record<string, "f64">) }),
    );
    heap.scope(() => {
      const all: { peer: unknown }[] = types.map((Type) => new Type() as unknown as { peer: unknown });
      for (const [index, object] of all.entries()) object.peer = all[(index + 1) % all.length];
    });
    heap.verify();
    expect(heap.gc.collect(1)).toBe(types.length);
    expect(trackedCount(heap)).toBe(0);
    heap.verify();
  });

  test("types that promise to be in no cycle are not looked at", () => {
    const Promised = heap.struct("Promised", { next: "self" }, { gc: false });
    heap.scope(() => {
      const a = new Promised();
      a.next = new Promised();
    });
    using node = new Promised();
    expect(heap.gc.isTracked(node)).toBe(false);
    expect(heap.gc.getObjects()).toEqual([]);
    heap.verify();
  });

  test("random graphs: exactly what a search from the held objects does not reach", () => {
    for (let round = 0; round < 40; round++) {
      const random = new Random(TEST_SEED + round);
      const graph = randomGraph(random, random.between(1, 120));
      const size = graph.next.length;
      const { addresses, holders } = heap.scope((scope) => {
        const nodes = Array.from({ length: size }, (_, value) => new Node({ value }));
        for (const [index, node] of nodes.entries()) {
          node.next = nodes[graph.next[index] ?? size] ?? null;
          node.other = nodes[graph.other[index] ?? size] ?? null;
          // Some are older than others when the rest is wired up.
          if (random.chance(2)) heap.gc.collect(random.pick([0, 1, 2] as const));
        }
        return {
          addresses: nodes.map(({ address }) => address),
          holders: [...graph.held].map((index) => scope.keep(nodes[index] as Node)),
        };
      });
      const live = reachable(graph);
      heap.gc.collect();
      heap.verify();
      const alive = addresses.flatMap((address, index) => (isAlive(heap, address) ? [index] : []));
      expect(alive, `seed ${TEST_SEED}, round ${round}`).toEqual([...live].sort((a, b) => a - b));
      for (const holder of holders) holder.release();
      heap.gc.collect();
      expect(trackedCount(heap), `seed ${TEST_SEED}, round ${round}`).toBe(0);
    }
  });
});

describe("counts that are too low", () => {
  /** A live pair whose first has one reference fewer than lead to it. */
  async function damagedPair(options: HeapOptions = {}) {
    const heap = await openHeap(options);
    const Node = defineNode(heap);
    using b = new Node();
    const a = new Node({ next: b });
    b.next = a;
    b.other = a;
    heap.core.decref(a.address);
    const { address } = a;
    a.release();
    return { heap, Node, address };
  }
  const tooLow = (address: number, call: string) =>
    expect.objectContaining({
      rule: "invariant",
      invariant: "reference-count",
      code: "INVARIANT",
      address,
      message: expect.stringMatching(new RegExp(`^${call}: invariant reference-count does not hold at 0x`)),
    });

  test("an automatic collection says so too, and the program goes on when the count is right again", async () => {
    const { heap, Node, address } = await damagedPair({ gc: { threshold: [10, 10, 10] } });
    const run = () => {
      for (let i = 0; i < 12; i++) dropRing(heap, Node, 1);
    };
    expect(run).toThrow(tooLow(address, "automatic collection"));
    heap.core.incref(address);
    expect(() => heap.gc.collect()).not.toThrow();
    heap.verify();
  });

  test("also of an object that is first reached through another", async () => {
    const heap = await openHeap();
    const Node = defineNode(heap);
    using a = new Node();
    const b = new Node();
    a.next = b;
    a.other = b;
    const { address } = b;
    heap.core.decref(address);
    b.release();
    for (const generation of [0, 1, 2] as const) {
      expect(() => heap.gc.collect(generation)).toThrow(tooLow(address, `gc.collect\\(${generation}\\)`));
    }
    heap.core.incref(address);
    heap.verify();
  });

  test("callbacks hear of the end of the collection all the same", async () => {
    const { heap, address } = await damagedPair();
    const phases: string[] = [];
    heap.gc.callbacks.push((phase) => phases.push(phase));
    expect(() => heap.gc.collect(0)).toThrow(CorruptionError);
    expect(phases).toEqual(["start", "stop"]);
    heap.core.incref(address);
    expect(heap.gc.collect()).toBe(2);
    heap.verify();
  });

  test("other trash of the same collection is freed", async () => {
    const { heap, Node, address } = await damagedPair();
    const ring = dropRing(heap, Node, 3);
    expect(() => heap.gc.collect(1)).toThrow(tooLow(address, "gc.collect\\(1\\)"));
    expect(ring.some((at) => isAlive(heap, at))).toBe(false);
  });
});

describe("damaged frames", () => {
  test("of an object that a collection frees are reported, once", async () => {
    const heap = await openHeap({ debug: true, gc: { enabled: false } });
    const Node = defineNode(heap);
    const [address = 0] = dropRing(heap, Node, 1);
    // Header, two references and an integer, rounded up; then the four pad bytes.
    new Uint8Array(heap.memory.buffer)[address + 24] = 0;
    expect(() => heap.gc.collect(0)).toThrow(
      expect.objectContaining({ rule: "overrun", message: expect.stringMatching(/^gc\.collect\(0\): overrun at 0x/) }),
    );
    expect(trackedCount(heap)).toBe(0);
    expect(heap.gc.collect()).toBe(0);
    using node = new Node();
    expect(heap.sys.getRefCount(node)).toBe(1);
    // The block stays as it is, for those who want to look at it.
    expect(() => heap.verify()).toThrow(expect.objectContaining({ rule: "overrun" }));
  });
});
