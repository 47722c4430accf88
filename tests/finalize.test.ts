// weakref.finalize: functions called once, when an object dies, by hand, or before the heap goes; never after detach.
import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { Finalizer, Handle, Heap, UnraisableEvent, WeakReference } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const released = expect.objectContaining({ code: "HANDLE_RELEASED" });
const foreign = expect.objectContaining({ code: "HANDLE_FOREIGN" });
const disposed = expect.objectContaining({ code: "HEAP_DISPOSED" });

const MESSAGE = "Exception ignored while calling finalize function";

function nodeTypeOf(heap: Heap) {
  return heap.struct("Node", { id: "u32", next: "self" });
}

/** What must be as before when a call was refused, or everything it made was given back. */
function ledger(heap: Heap): number[] {
  return [heap.handleCount, heap.sys.getAllocatedBlocks()];
}

function states(finalizer: Finalizer): boolean[] {
  return [finalizer.alive, finalizer.atexit];
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("called once with its arguments when the object dies", async () => {
    const heap = await open();
    const node = new (nodeTypeOf(heap))();
    const before = ledger(heap);
    const calls: unknown[][] = [];
    const data = { some: "data" };
    const fn = (...args: unknown[]): void => void calls.push(args);
    const finalizer = heap.weakref.finalize(node, fn, 1, data, "three");
    expect([states(finalizer), heap.weakref.getWeakRefCount(node)]).toEqual([[true, true], 1]);
    heap.gc.collect();
    expect(calls).toEqual([]);
    node.release();
    expect([calls, calls[0]?.[1] === data, states(finalizer)]).toEqual([[[1, data, "three"]], true, [false, false]]);
    finalizer.call();
    expect([calls.length, finalizer.detach()]).toEqual([1, false]);
    expect(ledger(heap)).toEqual(before.map((n) => n - 1));
    heap.verify();
    heap[Symbol.dispose]();
    expect(calls.length).toBe(1);
  });

  test("in a cycle it is called when that is collected; nobody has to keep the finalizer", async () => {
    const heap = await open();
    const Node = nodeTypeOf(heap);
    const calls: number[] = [];
    heap.scope(() => {
      for (let id = 0; id < 3; id++) {
        const node = new Node({ id });
        node.next = node;
        heap.weakref.finalize(node, (n: number) => void calls.push(n), id);
      }
    });
    expect(calls).toEqual([]);
    heap.gc.collect();
    expect([calls, heap.sys.getAllocatedBlocks()]).toEqual([[0, 1, 2], expect.any(Number)]);
    heap.verify();
  });

  test("several for an object: the newest first", async () => {
    const heap = await open();
    const node = new (nodeTypeOf(heap))();
    const calls: number[] = [];
    for (let n = 0; n < 4; n++) heap.weakref.finalize(node, () => void calls.push(n));
    node.release();
    expect(calls).toEqual([3, 2, 1, 0]);
    heap.verify();
  });

  test("by hand: once, what it throws is thrown, and the object's death calls nobody then", async () => {
    const events: UnraisableEvent[] = [];
    const heap = await open({ onUnraisable: (event) => events.push(event) });
    const node = new (nodeTypeOf(heap))();
    const before = ledger(heap);
    const calls: unknown[] = [];
    const first: Finalizer = heap.weakref.finalize(node, () => void calls.push([states(first)]));
    const error = new Error("mine");
    const second = heap.weakref.finalize(node, () => {
      throw error;
    });
    first.call();
    first.call();
    expect([calls, first.alive]).toEqual([[[[false, false]]], false]);
    expect(() => second.call()).toThrow(error);
    expect(second.call()).toBe(undefined);
    expect([heap.weakref.getWeakRefCount(node), ledger(heap)]).toEqual([0, before]);
    node.release();
    expect([calls.length, events]).toEqual([1, []]);
    heap.verify();
  });

  test("detached it is never called; too late, detach says so", async () => {
    const heap = await open();
    const Node = nodeTypeOf(heap);
    const node = new Node();
    const before = ledger(heap);
    const calls: string[] = [];
    const finalizer = heap.weakref.finalize(node, () => void calls.push("detached"));
    expect([finalizer.detach(), finalizer.detach(), states(finalizer)]).toEqual([true, false, [false, false]]);
    expect([heap.weakref.getWeakRefCount(node), ledger(heap)]).toEqual([0, before]);
    finalizer.call();
    // The newer one runs first, when the object is dead: the older runs all the same, as in CPython.
    const older: Finalizer = heap.weakref.finalize(node, () => void calls.push("older"));
    heap.weakref.finalize(node, () => void calls.push(`newer ${older.detach()} ${older.alive}`));
    node.release();
    expect(calls).toEqual(["newer false true", "older"]);
    heap.verify();
    heap[Symbol.dispose]();
    expect(calls.length).toBe(2);
  });

  test("what it throws, and a promise, go to onUnraisable", async () => {
    const events: UnraisableEvent[] = [];
    const heap = await open({ onUnraisable: (event) => events.push(event) });
    const node = new (nodeTypeOf(heap))();
    const object = String(node);
    const error = new Error("mine");
    const order: string[] = [];
    heap.weakref.finalize(node, () => void order.push("last"));
    heap.weakref.finalize(node, async () => void order.push("promise"));
    heap.weakref.finalize(node, () => {
      throw error;
    });
    node.release();
    expect(order).toEqual(["promise", "last"]);
    expect(events).toEqual([
      { error, message: MESSAGE, object },
      { error: expect.any(TypeError), message: MESSAGE, object },
    ]);
    heap.verify();
  });

  test("handles among the arguments keep their objects alive, and are the program's", async () => {
    const heap = await open();
    const Node = nodeTypeOf(heap);
    const seen: unknown[] = [];
    const [node, cargo] = [new Node({ id: 1 }), new Node({ id: 2 })];
    heap.weakref.finalize(node, (handle: Handle) => void seen.push(handle === cargo, handle.released), cargo);
    const own = new Node({ id: 3 });
    heap.weakref.finalize(own, (handle: Handle) => void seen.push(handle.released), own);
    heap.gc.collect();
    expect([seen, heap.handleCount]).toEqual([[], 3]);
    node.release();
    expect(seen).toEqual([true, false]);
    expect([cargo.id, heap.handleCount]).toEqual([2, 2]);
    heap[Symbol.dispose]();
    expect(seen).toEqual([true, false, false]);
  });

  test("handles that the function makes are released when the object has died", async () => {
    const heap = await open();
    const Node = nodeTypeOf(heap);
    const made: Handle[] = [];
    const node = new Node();
    heap.weakref.finalize(node, () => void made.push(new Node()));
    node.release();
    expect([made.map(({ released }) => released), heap.handleCount]).toEqual([[true], 0]);
    heap.verify();
  });

  test("before the heap goes: the newest first, those made meanwhile next, and only those with atexit", async () => {
    const events: UnraisableEvent[] = [];
    const heap = await open({ onUnraisable: (event) => events.push(event) });
    const Node = nodeTypeOf(heap);
    const node = new Node();
    const order: string[] = [];
    const note = (name: string) =>
      void order.push(`${name} ${node.released ? "gone" : node.id} ${heap.gc.isEnabled()}`);
    const error = new Error("mine");
    const first = heap.weakref.finalize(node, note, "first");
    const never = heap.weakref.finalize(node, note, "never");
    never.atexit = false;
    heap.weakref.finalize(node, () => {
      throw error;
    });
    heap.weakref.finalize(node, () => {
      note("maker");
      heap.weakref.finalize(node, note, "made");
      heap.weakref.finalize(new Node(), note, "dies at once");
      heap.scope(() => void heap.weakref.finalize(new Node(), note, "dies at once, too"));
    });
    const last = heap.weakref.finalize(node, note, "last");
    last.atexit = false;
    last.atexit = true;
    expect([states(never), states(last)]).toEqual([
      [true, false],
      [true, true],
    ]);
    heap[Symbol.dispose]();
    const dead = order.splice(2, 2);
    expect(dead).toEqual(["dies at once, too 0 false", "dies at once 0 false"]);
    expect(order).toEqual(["last 0 false", "maker 0 false", "made 0 false", "first 0 false"]);
    expect(events).toEqual([{ error, message: MESSAGE, object: expect.stringMatching(/^Node 0x[0-9a-f]{8}$/) }]);
    expect([first, never, last].flatMap(states)).toEqual(Array(6).fill(false));
    for (const finalizer of [never, last]) expect([finalizer.call(), finalizer.detach()]).toEqual([undefined, false]);
    expect(order.length).toBe(4);
  });

  test("after that nothing is called: not for those without atexit, nor for those made later", async () => {
    const order: string[] = [];
    const heap = await open();
    const Node = heap.struct("Node", { id: "u32" }, { finalize: ({ id }) => finalize(id) });
    const finalize = (id: number): void => {
      order.push(`finalizer ${id}`);
      heap.scope(() => heap.weakref.finalize(heap.set(), () => order.push("made too late")));
    };
    heap.scope(() => {
      const node = new Node({ id: 5 });
      heap.globals.set("node", node);
      heap.weakref.finalize(node, () => order.push("atexit"));
      heap.weakref.finalize(node, () => order.push("not at exit")).atexit = false;
    });
    heap[Symbol.dispose]();
    expect(order).toEqual(["atexit", "finalizer 5"]);
  });

  test("what cannot be weakly referenced, and what is no function, is refused", async () => {
    const [heap, other] = [await open(), await open()];
    const Node = nodeTypeOf(heap);
    const [node, gone] = [new Node(), new Node()];
    const stranger = new (nodeTypeOf(other))();
    gone.release();
    const list = heap.list();
    const { weakref } = heap;
    const before = ledger(heap);
    const refused: [unknown, unknown][] = [
      [5, "weakref.finalize: wants a handle, not 5"],
      [Object.create(null), "weakref.finalize: wants a handle"],
      [list, TypeError],
      [list, "weakref.finalize: a list cannot be weakly referenced"],
      [gone, released],
      [stranger, foreign],
    ];
    for (const [object, error] of refused) {
      expect(() => weakref.finalize(object as Handle, () => {})).toThrow(error as Error);
    }
    const fn = "text" as unknown as () => void;
    expect(() => weakref.finalize(node, fn)).toThrow('weakref.finalize: wants a function, not "text"');
    const finalizer = weakref.finalize(node, () => {});
    expect(() => {
      finalizer.atexit = 1 as unknown as boolean;
    }).toThrow("atexit must be true or false, not 1");
    expect(finalizer.atexit).toBe(true);
    finalizer.detach();
    expect(ledger(heap)).toEqual(before);
    heap.verify();
    heap[Symbol.dispose]();
    expect(() => weakref.finalize(node, () => {})).toThrow(disposed);
  });

  test("its weak reference is listed, and calling its callback calls it", async () => {
    const heap = await open();
    const node = new (nodeTypeOf(heap))();
    let calls = 0;
    const finalizer = heap.weakref.finalize(node, () => void calls++);
    heap.scope(() => {
      const [ref] = heap.weakref.getWeakRefs<Handle>(node) as [WeakReference];
      expect([ref.deref()?.is(node), calls]).toEqual([true, 0]);
      ref.callback?.(ref);
      expect([calls, finalizer.alive, ref.callback]).toEqual([1, false, expect.any(Function)]);
      ref.callback?.(ref);
    });
    node.release();
    expect(calls).toBe(1);
    heap.verify();
  });

  test("a function that disposes of the heap, or calls another finalizer", async () => {
    const heap = await open();
    const Node = nodeTypeOf(heap);
    const [a, b] = [new Node(), new Node()];
    const order: string[] = [];
    const first = heap.weakref.finalize(a, () => void order.push("first"));
    heap.weakref.finalize(b, () => {
      order.push("second");
      first.call();
      heap[Symbol.dispose]();
      order.push("after");
    });
    heap.weakref.finalize(b, () => void order.push("third"));
    b.release();
    expect(order).toEqual(["third", "second", "first", "after"]);
    expect(() => heap.gc).toThrow(disposed);
    expect([a.released, first.alive]).toEqual([false, false]);
  });

  test("as people read it", async () => {
    const heap = await open();
    const node = new (nodeTypeOf(heap))();
    const finalizer = heap.weakref.finalize(node, function cleanUp() {});
    const subject = String(node);
    expect(inspect(finalizer)).toBe(`Finalizer(cleanUp for ${subject})`);
    node.release();
    expect(inspect(finalizer)).toBe(`Finalizer(cleanUp for ${subject}) (dead)`);
    const none = heap.weakref.finalize(heap.set(), () => {});
    expect(inspect(none)).toMatch(/^Finalizer\(a function for set 0x/);
  });
});

test("a finalizer that was forgotten is called all the same, when a forgotten handle goes", async ({ skip }) => {
  const heap = await openHeap();
  const Node = nodeTypeOf(heap);
  const calls: number[] = [];
  (() => {
    for (let id = 0; id < 20; id++) heap.weakref.finalize(new Node(), (n: number) => void calls.push(n), id);
  })();
  let called = false;
  const registry = new FinalizationRegistry(() => {
    called = true;
  });
  (() => registry.register({}, null))();
  for (let i = 0; i < 60 && !(called && calls.length === 20); i++) {
    collectGarbage();
    await wait(50);
  }
  if (!called) skip("the engine calls no registry");
  expect([...calls].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, id) => id));
  heap.verify();
});

test("types: the arguments are those of the function", async () => {
  const heap = await openHeap();
  const node = new (nodeTypeOf(heap))();
  const finalizer = heap.weakref.finalize(node, (n: number, text: string) => void `${n}${text}`, 1, "a");
  expectTypeOf(finalizer).toEqualTypeOf<Finalizer>();
  // @ts-expect-error a text is no number
  heap.weakref.finalize(node, (n: number) => void n, "text");
  // @ts-expect-error there is one argument too few
  heap.weakref.finalize(node, (n: number) => void n);
  expect(finalizer.alive).toBe(true);
});
