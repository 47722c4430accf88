// The end of a heap: what is called before it goes, in which order, what that may do, and that nothing is called afterwards.
import { describe, expect, test } from "vitest";
import type { Handle, Heap, UnraisableEvent } from "../src/index.js";
import { G_YOUNG, GC } from "../src/layout.js";
import { VARIANTS } from "./helpers/heap.js";

const DISPOSED = expect.objectContaining({ code: "HEAP_DISPOSED" });

describe.each(VARIANTS)("$name", ({ open }) => {
  /** A heap with a log, and a type whose finalizer logs the name of the object and does what `then` says. */
  async function openLogged(then: (object: Handle & { name: unknown }, log: string[]) => void = () => {}) {
    const log: string[] = [];
    const thrown: UnraisableEvent[] = [];
    const heap = await open({ gc: { enabled: false }, onUnraisable: (event) => thrown.push(event) });
    const Node = heap.struct(
      "Node",
      { name: "ref", next: "ref" },
      {
        finalize(object) {
          log.push(String(object.name));
          then(object, log);
        },
      },
    );
    /** An object that refers to itself, and that nobody else holds. */
    const trash = (name: string) =>
      heap.scope(() => {
        const node = new Node({ name });
        node.next = node;
      });
    return { heap, log, thrown, Node, trash };
  }

  test("functions of weakref.finalize first, the newest before the others, then names and what is trash then", async () => {
    const { heap, log, Node, trash } = await openLogged();
    heap.scope(() => {
      const global = new Node({ name: "global" });
      heap.globals.set("a", global);
      for (const name of ["first", "second"])
        heap.weakref.finalize(global, () => log.push(`${name}, ${heap.globals.size}`));
    });
    heap.scope(() => {
      const ring = new Node({ name: "held by a name, in a ring" });
      ring.next = ring;
      heap.globals.set("b", ring);
    });
    trash("trash");
    heap[Symbol.dispose]();
    expect(log).toEqual(["second, 2", "first, 2", "global", "held by a name, in a ring", "trash"]);
    expect(() => heap.gc).toThrow(DISPOSED);
  });

  test("what handles hold still goes without its finalizer, and releasing them then does nothing", async () => {
    const { heap, log, Node } = await openLogged();
    const held = new Node({ name: "held" });
    heap[Symbol.dispose]();
    held.release();
    expect(log).toEqual([]);
    expect(held.released).toBe(true);
  });

  test("errors go to onUnraisable, and the rest goes on", async () => {
    const { heap, log, thrown, trash } = await openLogged(() => {
      throw new Error("no");
    });
    trash("a");
    trash("b");
    heap.scope(() => void heap.weakref.finalize(heap.set(), () => log.push("set")));
    using kept = heap.set();
    heap.weakref.finalize(kept, () => {
      throw new Error("at exit");
    });
    heap[Symbol.dispose]();
    expect(log).toEqual(["set", "a", "b"]);
    expect(thrown.map(({ error }) => (error as Error).message)).toEqual(["at exit", "no", "no"]);
  });

  test("to dispose of it in the middle of that does nothing: it goes on to the end", async () => {
    const { heap, log, thrown, trash } = await openLogged(() => {
      heap[Symbol.dispose]();
      heap.list([1]);
    });
    trash("a");
    trash("b");
    heap[Symbol.dispose]();
    expect(log).toEqual(["a", "b"]);
    expect(thrown).toEqual([]);
    expect(() => heap.list()).toThrow(DISPOSED);
  });

  test("objects that are revived or made meanwhile go with the heap, silently", async () => {
    const kept: Handle[] = [];
    const log: string[] = [];
    const heap = await open({ gc: { enabled: false } });
    const Node = heap.struct(
      "Node",
      { next: "self" },
      {
        finalize(node, scope) {
          log.push("called");
          heap.globals.set("revived", node);
          kept.push(scope.keep(node), scope.keep(new Node()), scope.keep(heap.list()));
          const again = new Node();
          again.next = again;
        },
      },
    );
    heap.scope(() => heap.globals.set("a", new Node()));
    heap[Symbol.dispose]();
    // The object that has a name, then the ring it made: that was trash before the collection.
    expect(log).toEqual(["called", "called"]);
    for (const handle of kept) {
      expect(() => handle.clone()).toThrow(DISPOSED);
      handle.release();
    }
    expect(log.length).toBe(2);
  });

  test("nothing is collected by itself meanwhile, and gc.callbacks are not called", async () => {
    const log: string[] = [];
    const heap = await open({ gc: { threshold: [1, 1, 1] } });
    const Node = heap.struct("Node", { next: "self" }, { finalize: () => log.push(String(heap.gc.isEnabled())) });
    using held = new Node();
    heap.weakref.finalize(held, () => {
      for (let i = 0; i < 50; i++) heap.scope(() => void heap.list([[]]));
      log.push("at exit");
    });
    heap.globals.set("a", held);
    heap.gc.callbacks.push((phase) => log.push(phase));
    held.release();
    log.length = 0;
    heap[Symbol.dispose]();
    expect(log).toEqual(["at exit", "false"]);
  });

  test("a heap in which nobody can see that has nothing of it to do: names stay where they are to the end", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { next: "self" });
    heap.scope(() => heap.globals.set("a", new Node()));
    const { memory } = heap;
    const before = new Uint8Array(memory.buffer).slice();
    heap[Symbol.dispose]();
    expect(Buffer.compare(new Uint8Array(memory.buffer), before)).toBe(0);
  });

  describe("in the middle of something", () => {
    /** A heap whose first finalizer disposes of it. */
    async function openEnding() {
      const log: string[] = [];
      const thrown: UnraisableEvent[] = [];
      const heap: Heap = await open({ gc: { enabled: false }, onUnraisable: (event) => thrown.push(event) });
      const Node = heap.struct(
        "Node",
        { name: "ref", next: "ref" },
        {
          finalize(node) {
            log.push(String(node.name));
            heap[Symbol.dispose]();
          },
        },
      );
      return { heap, log, thrown, Node };
    }

    test("of a death: no finalizer is called after it, and release does not throw", async () => {
      const { heap, log, thrown, Node } = await openEnding();
      const { core } = heap;
      const list = heap.scope((scope) => scope.keep(heap.list([new Node({ name: "a" }), new Node({ name: "b" })])));
      list.release();
      expect(log).toEqual(["b"]);
      expect(thrown).toEqual([]);
      expect(core.verify()).toBe(0);
    });

    test("of a collection", async () => {
      const { heap, log, thrown, Node } = await openEnding();
      const { core } = heap;
      for (const name of ["a", "b"]) {
        heap.scope(() => {
          const node = new Node({ name });
          node.next = node;
        });
      }
      expect(() => heap.gc.collect()).toThrow(DISPOSED);
      expect(log).toEqual(["a"]);
      expect(thrown).toEqual([]);
      expect(core.verify()).toBe(0);
    });

    test("of a collection with callbacks and debug flags", async () => {
      const { heap, log, Node } = await openEnding();
      heap.gc.callbacks.push((phase) => log.push(phase));
      heap.gc.setDebug(heap.gc.DEBUG_SAVEALL);
      heap.scope(() => {
        const node = new Node({ name: "a" });
        node.next = node;
      });
      expect(() => heap.gc.collect()).toThrow(DISPOSED);
      expect(log).toEqual(["start", "a"]);
    });

    test.each<readonly [string, (heap: Heap, node: () => Handle) => void]>([
      ["a scope", (heap, node) => heap.scope(() => void node())],
      ["a frame", (heap, node) => heap.frame("f", (frame) => frame.set("a", node()))],
      ["a name that gets another value", (heap, node) => heap.globals.set("a", node()).set("a", 1)],
      ["a name that goes", (heap, node) => heap.globals.set("a", node()).delete("a")],
      ["a list", (heap, node) => heap.list([node(), 1]).splice(0, 1)],
      ["a deque", (heap, node) => heap.deque([node()], { maxLength: 1 }).push(1, 2)],
      ["a conversion", (heap, node) => heap.from([node()])],
    ])("of %s: it ends, or says that the heap is gone", async (_, act) => {
      const { heap, log, Node } = await openEnding();
      try {
        heap.scope(() => act(heap, () => new Node({ name: "a" })));
      } catch (error) {
        expect(error).toEqual(DISPOSED);
      }
      heap[Symbol.dispose]();
      expect(log.length).toBeLessThan(2);
      expect(() => heap.scope(() => {})).toThrow(DISPOSED);
    });

    test("of a frame or a scope: what the body returned is returned", async () => {
      const framed = await openEnding();
      const inFrame = framed.heap.frame("f", (frame) => {
        framed.heap.scope(() => frame.set("a", new framed.Node({ name: "a" })));
        return 1;
      });
      const scoped = await openEnding();
      const inScope = scoped.heap.scope(() => {
        new scoped.Node({ name: "a" });
        scoped.heap.list([1]);
        return 2;
      });
      expect([inFrame, inScope, framed.log, scoped.log]).toEqual([1, 2, ["a"], ["a"]]);
    });

    test("of a callback of a weak reference", async () => {
      const log: string[] = [];
      const heap = await open({ gc: { enabled: false } });
      const { weakref } = heap;
      const set = heap.set();
      const refs = [1, 2].map((n) =>
        weakref.ref(set, () => {
          log.push(`callback ${n}`);
          heap[Symbol.dispose]();
        }),
      );
      set.release();
      expect(log).toEqual(["callback 2"]);
      for (const ref of refs) ref.release();
    });

    test("of a function that is called at the end: the others are called all the same", async () => {
      const log: string[] = [];
      const heap = await open();
      const set = heap.set();
      for (const n of [1, 2, 3]) {
        heap.weakref.finalize(set, () => {
          log.push(String(n));
          heap[Symbol.dispose]();
        });
      }
      heap[Symbol.dispose]();
      expect(log).toEqual(["3", "2", "1"]);
      set.release();
    });
  });

  test("after a call of the core that did not come to its end, nothing is called", async () => {
    const { heap, log, trash } = await openLogged();
    trash("a");
    // An array outside of memory, as if the record had been overwritten.
    new Uint32Array(heap.memory.buffer)[(GC + G_YOUNG) >>> 2] = 0xffff_0000;
    expect(() => heap.list()).toThrow(expect.objectContaining({ code: "HEAP_UNUSABLE" }));
    heap[Symbol.dispose]();
    expect(log).toEqual([]);
  });
});
