// Finalizers that use the heap in the middle of whatever made them run: fields and scopes, collections inside collections, depth, memory
// that ends.
import { describe, expect, test, vi } from "vitest";
import type { Handle, Heap, List } from "../src/index.js";
import { exhaust } from "./helpers/exhaust.js";
import { VARIANTS } from "./helpers/heap.js";
import { Scene } from "./helpers/scene.js";

describe.each(VARIANTS)("$name", (variant) => {
  describe("fields", () => {
    test("storing in one, while the finalizer of what was there stores in it, or releases the object", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      let act = () => {};
      const Item = heap.struct("Item", { n: "i32" }, { finalize: () => act() });
      const Holder = heap.struct("Holder", { any: "ref", item: Item });
      for (const field of ["any", "item"] as const) {
        const holder = new Holder();
        heap.scope(() => {
          holder[field] = new Item({ n: 1 });
        });
        act = () => {
          act = () => {};
          expect(holder[field]).toBe(null);
          heap.scope(() => {
            holder[field] = new Item({ n: 2 });
          });
        };
        holder[field] = null;
        expect(heap.scope(() => (holder[field] as InstanceType<typeof Item>).n)).toBe(2);
        act = () => holder.release();
        holder[field] = null;
        expect(holder.released).toBe(true);
      }
      scene.close();
    });

    test("a scope, a frame and names that go while finalizers open others", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      const Item = heap.struct(
        "Item",
        { n: "i32" },
        {
          finalize(item) {
            heap.scope(() => void heap.list([item]));
            heap.frame("inner", (frame) => {
              frame.set("item", item);
              scene.log.push(`${item.n} in ${heap.sys.frames()}`);
            });
          },
        },
      );
      heap.frame("outer", (frame) => {
        frame.set("a", new Item({ n: 1 }));
        heap.scope(() => void new Item({ n: 2 }));
        heap.scope(() => frame.set("only here", new Item({ n: 6 })));
        new Item({ n: 3 });
        frame.set("b", new Item({ n: 4 }));
        frame.delete("b");
      });
      heap.scope(() => void heap.globals.set("g", [new Item({ n: 5 })]));
      heap.globals.delete("g");
      const names = scene.ran();
      expect(names).toEqual(["2 in outer,inner", "6 in inner", "1 in inner", "3 in inner", "4 in inner", "5 in inner"]);
      scene.close();
    });
  });

  describe("collections", () => {
    test("inside one, collect returns 0, calls nobody and counts nothing, for all generations", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      const { gc } = heap;
      const phases: string[] = [];
      let stats: unknown;
      const Node = heap.struct(
        "Node",
        { next: "self" },
        {
          finalize() {
            gc.callbacks.push((phase) => phases.push(phase));
            stats = gc.getStats();
            scene.log.push(String([gc.collect(0), gc.collect(1), gc.collect(2), gc.collect()]));
            expect(gc.getStats()).toEqual(stats);
            gc.callbacks.length = 0;
          },
        },
      );
      ring(heap, Node, 2);
      expect(gc.collect()).toBe(2);
      expect(scene.ran()).toEqual(["0,0,0,0", "0,0,0,0"]);
      expect(phases).toEqual([]);
      expect(gc.getStats()[2]).toMatchObject({ collections: 1, collected: 2 });
      scene.close();
    });

    test("inside a death by count, one runs, and finds what is trash by then", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      const Node = heap.struct("Node", { next: "self" });
      const Last = heap.struct(
        "Last",
        { held: "ref" },
        {
          finalize() {
            ring(heap, Node, 5);
            scene.log.push(String(heap.gc.collect()));
          },
        },
      );
      heap.scope(() => {
        new Last({ held: new Last() });
      });
      expect(scene.ran()).toEqual(["5", "5"]);
      scene.close();
    });

    test("automatic ones do not start in one, and after it they do", async () => {
      const scene = await Scene.open(variant, { gc: { enabled: true, threshold: [5, 1000, 1000] } });
      const { heap } = scene;
      let depth = 0;
      let deepest = 0;
      const Node = heap.struct(
        "Node",
        { next: "self" },
        {
          finalize() {
            deepest = Math.max(deepest, ++depth);
            heap.scope(() => {
              for (let i = 0; i < 20; i++) heap.list();
            });
            depth--;
          },
        },
      );
      heap.gc.callbacks.push((phase) => phase === "start" && scene.log.push("start"));
      for (let i = 0; i < 20; i++) ring(heap, Node, 2);
      expect(deepest).toBe(1);
      expect(scene.ran().length).toBeGreaterThan(3);
      heap.gc.callbacks.length = 0;
      scene.close();
    });

    test("a finalizer clears, drops and releases what is being collected", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      const Node = heap.struct(
        "Node",
        { list: "ref", next: "self" },
        {
          finalize(node) {
            const list = node.list as List;
            scene.log.push(String(list.length));
            list.clear();
            node.next = null;
            heap.verify();
          },
        },
      );
      heap.scope(() => {
        const list = heap.list();
        const nodes = [1, 2, 3, 4].map(() => new Node({ list }));
        for (const [i, node] of nodes.entries()) node.next = nodes[(i + 1) % 4] as typeof node;
        list.push(...nodes, list);
      });
      heap.gc.collect();
      expect(scene.ran()).toEqual(["5", "0", "0", "0"]);
      scene.close();
    });

    test("with DEBUG_SAVEALL, what finalizers have neither revived nor let die is kept", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      const kept: Handle[] = [];
      const Node = heap.struct(
        "Node",
        { name: "ref", next: "self", leaf: "self" },
        {
          finalize(node, scope) {
            if (node.name === "revived") kept.push(scope.keep(node));
            if (node.name === "drops") node.leaf = null;
          },
        },
      );
      heap.scope(() => {
        for (const name of ["drops", "revived", "plain"]) {
          const node = new Node({ name, leaf: new Node({ name: `leaf of ${name}` }) });
          node.next = node;
        }
      });
      vi.spyOn(console, "error").mockImplementation(() => {});
      heap.gc.setDebug(heap.gc.DEBUG_SAVEALL);
      expect(heap.gc.collect()).toBe(3);
      heap.gc.setDebug(0);
      const names = heap.scope(() => heap.gc.garbage.toArray().map((node) => (node as InstanceType<typeof Node>).name));
      expect(names).toEqual(["drops", "leaf of plain", "plain"]);
      heap.verify();
      heap.gc.garbage.clear();
      for (const handle of kept) handle.release();
      heap.gc.collect();
      expect(heap.inspect().types.map(({ name }) => name)).not.toContain("Node");
      heap.verify();
      vi.restoreAllMocks();
    });

    test("freeze and unfreeze inside one", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      const Node = heap.struct(
        "Node",
        { next: "self" },
        {
          finalize() {
            heap.gc.freeze();
            heap.gc.unfreeze();
            heap.verify();
          },
        },
      );
      ring(heap, Node, 3);
      expect(heap.gc.collect()).toBe(3);
      scene.close();
    });
  });

  describe("depth", () => {
    test("a chain of 10,000 objects with finalizers, dropped and collected", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      let calls = 0;
      const Node = heap.struct("Node", { next: "self" }, { finalize: () => void calls++ });
      chain(heap, Node, 10_000).release();
      expect(calls).toBe(10_000);
      ring(heap, Node, 10_000);
      expect(heap.gc.collect()).toBe(10_000);
      expect(calls).toBe(20_000);
      scene.close();
    });

    test("finalizers that drop what has one, 200 inside each other", async () => {
      const scene = await Scene.open(variant);
      const { heap } = scene;
      const others: Handle[] = [];
      let depth = 0;
      let deepest = 0;
      let calls = 0;
      const Node = heap.struct(
        "Node",
        { n: "i32" },
        {
          finalize() {
            calls++;
            deepest = Math.max(deepest, ++depth);
            others.pop()?.release();
            depth--;
          },
        },
      );
      for (const gc of [200, 1000]) {
        for (let i = 0; i < gc; i++) others.push(new Node());
        others.pop()?.release();
        expect(others.length).toBe(0);
      }
      expect(calls).toBe(1200);
      expect(deepest).toBeLessThanOrEqual(51);
      scene.close();
    });

    test("one that goes on until the engine's stack ends leaves a heap that is sound, or says that it is not", async () => {
      for (const room of [0, 3, 7, 12, 20]) {
        let told = 0;
        const heap = await variant.open({ gc: { enabled: false }, onUnraisable: () => void told++ });
        const forever = (): void => {
          heap.scope(() => void heap.list(["x".repeat(9)]));
          forever();
        };
        const Node = heap.struct("Node", { next: "self" }, { finalize: forever });
        const at = (calls: number): void => (calls > 0 ? at(calls - 1) : void new Node().release());
        try {
          at(room);
          ring(heap, Node, 2);
          heap.gc.collect();
          heap.verify();
          expect(told).toBe(3);
          expect(heap.handleCount).toBe(0);
        } catch (error) {
          expect(error).toMatchObject({ code: "HEAP_UNUSABLE" });
          expect(() => heap.list()).toThrow(expect.objectContaining({ code: "HEAP_UNUSABLE" }));
        }
      }
    });
  });

  describe("memory", () => {
    test("that ends inside a finalizer is an error there, and nothing else is lost", async () => {
      const scene = await Scene.open(variant, { maximumMemory: 2 ** 20, gc: { enabled: true } });
      const { heap } = scene;
      const Node = heap.struct(
        "Node",
        { next: "self" },
        {
          finalize() {
            const giveBack = exhaust(heap);
            try {
              heap.list(Array(5000).fill(1));
            } finally {
              giveBack();
            }
          },
        },
      );
      ring(heap, Node, 3);
      expect(heap.gc.collect()).toBe(3);
      new Node().release();
      const codes = scene.thrown().map(({ error }) => (error as { code: string }).code);
      expect(codes).toEqual(Array(4).fill("NO_MEMORY"));
      scene.close();
    });

    test("that is given back by finalizers of trash is found, when an object is made", async () => {
      const scene = await Scene.open(variant, { maximumMemory: 2 ** 20, gc: { enabled: true, threshold: [0, 0, 0] } });
      const { heap } = scene;
      let block = 0;
      const Node = heap.struct("Node", { next: "self" }, { finalize: () => heap.mem.free(block) });
      ring(heap, Node, 1);
      block = heap.mem.malloc(400_000);
      const giveBack = exhaust(heap);
      heap.bytes(new Uint8Array(300_000)).release();
      giveBack();
      scene.close();
    });
  });
});

type Linked = new (init?: { next?: never }) => Handle & { next: Handle | null };

/** Objects in a ring that nobody holds. */
function ring(heap: Heap, Type: unknown, length: number): void {
  const Node = Type as Linked;
  heap.scope(() => {
    const first = new Node();
    let last = first;
    for (let i = 1; i < length; i++) {
      const next = new Node();
      last.next = next;
      last = next;
    }
    last.next = first;
  });
}

/** Objects one behind the other; returns the handle of the first. */
function chain<N extends Handle & { next: N | null }>(heap: Heap, Node: new () => N, length: number): N {
  return heap.scope((scope) => {
    let first = new Node();
    for (let i = 1; i < length; i++) {
      const before = new Node();
      before.next = first;
      first = before;
    }
    return scope.keep(first);
  });
}
