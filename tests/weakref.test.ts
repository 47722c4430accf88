// heap.weakref: weak references, shared without a callback, called with one, listed, and as objects of the heap.
import { inspect } from "node:util";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type Handle,
  type Heap,
  type Instance,
  type Scope,
  type UnraisableEvent,
  type WeakCallback,
  WeakReference,
} from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";

const released = expect.objectContaining({ code: "HANDLE_RELEASED" });
const foreign = expect.objectContaining({ code: "HANDLE_FOREIGN" });
const disposed = expect.objectContaining({ code: "HEAP_DISPOSED" });

function text(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}

/** What must be as before when a call was refused, or everything it made was given back. */
function ledger(heap: Heap): number[] {
  return [heap.handleCount, heap.sys.getAllocatedBlocks()];
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("a reference gives a new handle each time, and nothing once its object is dead", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u32" });
    const node = new Node({ id: 7 });
    const before = ledger(heap);
    const ref = heap.weakref.ref(node);
    expect([ref instanceof WeakReference, ref.typeName, ref.callback]).toEqual([true, "weakref", null]);
    const again = ref.deref();
    expect([again === node, again?.is(node), again?.id, heap.sys.getRefCount(node)]).toEqual([false, true, 7, 2]);
    again?.release();
    expect([heap.sys.getRefCount(node), heap.handleCount]).toEqual([1, 2]);
    heap.verify();
    ref.release();
    expect(ledger(heap)).toEqual(before);
    const late = heap.weakref.ref(node);
    node.release();
    expect([late.deref(), late.callback, late.released]).toEqual([undefined, null, false]);
    late.release();
    expect(ledger(heap)).toEqual(before.map((n) => n - 1));
    heap.verify();
  });

  test("its functions need no module", async () => {
    const heap = await open();
    const { ref, getWeakRefCount, getWeakRefs, finalize, WeakValueDictionary } = heap.weakref;
    const node = new (heap.struct("Node", {}))();
    const calls: string[] = [];
    using weak = ref(node, () => calls.push("callback"));
    finalize(node, (text) => void calls.push(text), "finalize");
    using map = new WeakValueDictionary([["node", node]]);
    expect([getWeakRefCount(node), heap.scope(() => getWeakRefs(node).length), map.size]).toEqual([3, 3, 1]);
    node.release();
    expect([calls, weak.deref(), map.size]).toEqual([["finalize", "callback"], undefined, 0]);
    heap.verify();
  });

  test("without a callback all share one; null and undefined are none", async () => {
    const heap = await open();
    const Node = heap.struct("Node", {});
    const node = new Node();
    const first = heap.weakref.ref(node);
    const none = null as unknown as undefined;
    const others = [heap.weakref.ref(node), heap.weakref.ref(node.clone(), undefined), heap.weakref.ref(node, none)];
    expect(others.map((other) => other.is(first))).toEqual([true, true, true]);
    expect(heap.weakref.getWeakRefCount(node)).toBe(1);
    const called = heap.weakref.ref(node, () => {});
    expect([called.is(first), heap.weakref.ref(node, () => {}).is(called)]).toEqual([false, false]);
    for (const ref of [first, ...others]) ref.release();
    expect(heap.weakref.getWeakRefCount(node)).toBe(2);
    heap.verify();
  });

  test("the callback is called once, with the reference, and is gone then", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { next: "self" });
    const node = new Node();
    const seen: unknown[] = [];
    const callback = (dead: WeakReference, scope: Scope): void => {
      seen.push([dead.is(ref), dead === ref, dead.deref(), dead.callback, typeof scope.keep, heap.handleCount]);
    };
    const ref = heap.weakref.ref(node, callback);
    expect(ref.callback).toBe(callback);
    expect(seen).toEqual([]);
    node.release();
    expect(seen).toEqual([[true, false, undefined, null, "function", 2]]);
    expect([ref.callback, heap.handleCount]).toEqual([null, 1]);
    heap.gc.collect();
    ref.release();
    expect([seen.length, heap.handleCount]).toEqual([1, 0]);
    heap.verify();
  });

  test("the newest is called first, and all read undefined before the first is", async () => {
    const heap = await open();
    const Node = heap.struct("Node", {});
    const node = new Node();
    const order: number[] = [];
    const states: boolean[][] = [];
    const refs: WeakReference[] = [];
    for (let i = 0; i < 4; i++) {
      const ref = heap.weakref.ref(node, () => {
        order.push(i);
        states.push(refs.map((other) => other.deref() === undefined));
      });
      refs.push(ref);
    }
    node.release();
    expect(order).toEqual([3, 2, 1, 0]);
    expect(states.flat()).toEqual(Array(16).fill(true));
    heap.verify();
  });

  test("a reference that dies first calls nobody, and its function is forgotten", async () => {
    const heap = await open();
    const Node = heap.struct("Node", {});
    const seen: string[] = [];
    const node = new Node();
    heap.weakref.ref(node, () => seen.push("released")).release();
    heap.scope(() => void heap.weakref.ref(node, () => seen.push("scope")));
    // The next reference has the place of the one before, but not its function.
    const shared = heap.weakref.ref(node);
    expect([shared.callback, heap.weakref.getWeakRefCount(node)]).toEqual([null, 1]);
    node.release();
    expect([seen, shared.deref(), heap.handleCount]).toEqual([[], undefined, 1]);
    heap.verify();
  });

  test("a reference that is stored lives on, and is called", async () => {
    const heap = await open();
    const Node = heap.struct("Node", {});
    const seen: boolean[] = [];
    const node = heap.scope((scope) => {
      const made = new Node();
      heap.globals.set(
        "ref",
        heap.weakref.ref(made, (ref) => seen.push((heap.globals.get("ref") as WeakReference).is(ref))),
      );
      return scope.keep(made);
    });
    heap.gc.collect();
    node.release();
    expect([seen, heap.handleCount]).toEqual([[true], 0]);
    heap.verify();
  });

  test("in a cycle of trash: references from outside are called, those in it are not", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { next: "self", extra: "ref" });
    const seen: string[] = [];
    const outside = heap.scope((scope) => {
      const node = new Node();
      node.next = node;
      node.extra = heap.weakref.ref(node, () => seen.push("inside"));
      return scope.keep(heap.weakref.ref(node, () => seen.push("outside")));
    });
    heap.scope(() => {
      const alive = outside.deref();
      heap.gc.collect();
      expect([alive?.next?.is(alive), seen]).toEqual([true, []]);
    });
    heap.gc.collect();
    expect([seen, outside.deref()]).toEqual([["outside"], undefined]);
    heap.verify();
  });

  test("one that was trash with its object is dead and has no callback any more, also if both are revived", async () => {
    const heap = await open();
    const revived: Handle[] = [];
    const Node = heap.struct(
      "Node",
      { next: "self", extra: "ref" },
      { finalize: (node, scope) => void revived.push(scope.keep(node)) },
    );
    const seen: string[] = [];
    heap.scope(() => {
      const node = new Node();
      node.next = node;
      node.extra = heap.weakref.ref(node, () => seen.push("called"));
    });
    heap.gc.collect();
    const [node] = revived as [Instance<typeof Node.fields>];
    heap.scope(() => {
      const ref = node.extra as WeakReference;
      expect([ref.deref(), ref.callback, heap.weakref.getWeakRefCount(node)]).toEqual([undefined, null, 0]);
    });
    node.next = null;
    node.release();
    expect([seen, revived.length, heap.handleCount]).toEqual([[], 1, 0]);
    heap.verify();
  });

  test("what a callback throws, and a promise, go to onUnraisable, and the rest goes on", async () => {
    const events: UnraisableEvent[] = [];
    const heap = await open({ onUnraisable: (event) => events.push(event) });
    const Node = heap.struct("Node", {});
    const node = new Node();
    const error = new Error("mine");
    const order: string[] = [];
    const refs = [
      heap.weakref.ref(node, () => order.push("last")),
      heap.weakref.ref(node, async () => void order.push("promise")),
      heap.weakref.ref(node, () => {
        throw error;
      }),
    ];
    node.release();
    expect(order).toEqual(["promise", "last"]);
    const message = "Exception ignored while calling weakref callback";
    expect(events).toEqual([
      { error, message, object: `weakref ${text(refs[2]?.address ?? 0)}` },
      { error: expect.any(TypeError), message, object: `weakref ${text(refs[1]?.address ?? 0)}` },
    ]);
    expect(String(events[1]?.error)).toMatch(/synchronous/);
    heap.verify();
  });

  test("handles made in a callback are released, but those that are kept", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u32" });
    const kept: Handle[] = [];
    heap.scope(() => {
      const node = new Node();
      heap.globals.set(
        "ref",
        heap.weakref.ref(node, (ref, scope) => {
          new Node();
          kept.push(scope.keep(new Node({ id: 5 })), scope.keep(ref));
        }),
      );
    });
    expect(kept.map((handle) => [handle.released, handle.typeName])).toEqual([
      [false, "Node"],
      [false, "weakref"],
    ]);
    expect(heap.handleCount).toBe(2);
    for (const handle of kept) handle.release();
    heap.globals.clear();
    expect(heap.handleCount).toBe(0);
    heap.verify();
  });

  test("what can be weakly referenced, and what cannot", async () => {
    const heap = await open();
    const Plain = heap.struct("Plain", { x: "i32" });
    const Closed = heap.struct("Closed", { x: "i32" }, { weakrefable: false });
    const ref = heap.weakref.ref(heap.set());
    const before = ledger(heap);
    heap.scope(() => {
      for (const handle of [new Plain(), heap.set(), heap.frozenset([1]), heap.deque(), heap.array("u8", 3)]) {
        expect(heap.weakref.ref(handle).deref()?.is(handle)).toBe(true);
      }
      const refused: [Handle, string][] = [
        [new Closed(), "a Closed cannot be weakly referenced: its type was defined with weakrefable: false"],
        [heap.list(), "a list cannot be weakly referenced; structs, sets, frozensets, deques and arrays can"],
        [heap.tuple([1]), "a tuple cannot"],
        [heap.dict(), "a dict cannot"],
        [heap.defaultdict(() => 1), "a defaultdict cannot"],
        [heap.str("abc"), "a str cannot"],
        [heap.bytes([1]), "a bytes cannot"],
        [ref, "a weak reference cannot be weakly referenced; give the object that it refers to"],
      ];
      for (const [handle, why] of refused) {
        for (const callback of [undefined, () => {}]) {
          const refer = () => heap.weakref.ref(handle, callback);
          expect(refer).toThrow(TypeError);
          expect(refer).toThrow(`weakref.ref: ${why}`);
        }
        expect([heap.weakref.getWeakRefCount(handle), heap.weakref.getWeakRefs(handle)]).toEqual([0, []]);
      }
      for (const value of ["text", 1, null, undefined, {}]) {
        const given = value as unknown as Handle;
        expect(() => heap.weakref.ref(given)).toThrow(TypeError);
        expect(() => heap.weakref.getWeakRefCount(given)).toThrow(/wants a handle/);
        expect(() => heap.weakref.getWeakRefs(given)).toThrow(/wants a handle/);
      }
      const callback = "text" as unknown as WeakCallback;
      expect(() => heap.weakref.ref(new Plain(), callback)).toThrow('callback must be a function, not "text"');
    });
    expect(ledger(heap)).toEqual(before);
    heap.verify();
  });

  test("released and foreign handles are refused, and a heap that is gone", async () => {
    const [heap, other] = [await open(), await open()];
    const node = new (heap.struct("Node", {}))();
    const stranger = new (other.struct("Node", {}))();
    const { weakref } = heap;
    const ref = weakref.ref(node);
    const calls = (handle: Handle) => [
      () => weakref.ref(handle),
      () => weakref.ref(handle, () => {}),
      () => weakref.getWeakRefCount(handle),
      () => weakref.getWeakRefs(handle),
    ];
    for (const call of calls(stranger)) expect(call).toThrow(foreign);
    node.release();
    for (const call of calls(node)) expect(call).toThrow(released);
    ref.release();
    expect(() => ref.deref()).toThrow(released);
    expect(() => ref.callback).toThrow(released);
    const set = heap.set();
    const late = weakref.ref(set);
    heap[Symbol.dispose]();
    for (const call of [...calls(set), () => late.deref(), () => late.callback]) expect(call).toThrow(disposed);
  });

  test("counted and listed: the shared one first, then the newest", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { friend: "weak" });
    const node = new Node();
    expect([heap.weakref.getWeakRefCount(node), heap.weakref.getWeakRefs(node)]).toEqual([0, []]);
    const called = Array.from({ length: 600 }, () => heap.weakref.ref(node, () => {}));
    const shared = heap.weakref.ref(node);
    const listed = heap.weakref.getWeakRefs(node);
    expect(listed.map(({ address }) => address)).toEqual([shared, ...called.reverse()].map(({ address }) => address));
    expect([heap.weakref.getWeakRefCount(node), heap.handleCount]).toEqual([601, 1 + 601 + 601]);
    for (const ref of listed) ref.release();
    for (const ref of called) ref.release();
    // The field has the shared one, too.
    node.friend = node;
    shared.release();
    expect(heap.weakref.getWeakRefCount(node)).toBe(1);
    node.friend = null;
    expect([heap.weakref.getWeakRefCount(node), heap.handleCount]).toEqual([0, 1]);
    heap.verify();
  });

  test("as keys: equal while their objects are, then by identity; a hash that was asked for stays", async () => {
    const heap = await open();
    const Node = heap.struct("Node", {});
    const [a, b] = [new Node(), new Node()];
    const [shared, called] = [heap.weakref.ref(a), heap.weakref.ref(a, () => {})];
    const other = heap.weakref.ref(b);
    const set = heap.set([shared]);
    expect([set.has(shared), set.has(called), set.has(other), set.has(a)]).toEqual([true, true, false, false]);
    const frozen = [heap.frozenset([1, 2]), heap.frozenset([2, 1])] as const;
    const dict = heap.dict([[heap.weakref.ref(frozen[0]), "same"]]);
    expect(dict.get(heap.weakref.ref(frozen[1]))).toBe("same");
    a.release();
    expect([set.has(shared), set.has(called)]).toEqual([true, false]);
    b.release();
    expect(() => set.has(heap.weakref.ref(heap.set()))).toThrow("a set cannot be a key, because it can change");
    set.delete(shared);
    const late = heap.scope((scope) => scope.keep(heap.weakref.ref(new Node())));
    expect(() => set.add(late)).toThrow(TypeError);
    expect(() => set.add(late)).toThrow("a weak reference cannot become a key once its object is dead");
    heap.verify();
  });

  test("as people read it", async () => {
    const heap = await open();
    const Node = heap.struct("Node", {});
    const node = new Node();
    const ref = heap.weakref.ref(node);
    const [title, referent] = [`weakref ${text(ref.address)}`, `<Node ${text(node.address)}>`];
    expect([String(ref), Object.prototype.toString.call(ref)]).toEqual([title, "[object WeakReference]"]);
    expect(inspect(ref)).toBe(`weakref { referent: ${referent.slice(1, -1)} }`);
    expect(JSON.stringify(ref)).toBe(`{"referent":"${referent}"}`);
    expect(heap.toJS(ref)).toEqual({ referent: {} });
    expect(JSON.stringify(heap.list([ref]))).toBe(`["<${title}>"]`);
    node.release();
    expect([inspect(ref), JSON.stringify(ref)]).toEqual(["weakref { referent: null }", '{"referent":null}']);
    expect(heap.toJS(ref)).toEqual({ referent: null });
    ref.release();
    expect(inspect(ref)).toBe(`${title} (released)`);
  });

  test("a heap's lists give weak references as such", async () => {
    const heap = await open();
    const node = new (heap.struct("Node", {}))();
    const list = heap.list([heap.weakref.ref(node), heap.weakref.ref(node, () => {})]);
    const [shared, called] = [list.at(0), list.at(1)];
    expect([shared instanceof WeakReference, called instanceof WeakReference]).toEqual([true, true]);
    if (shared instanceof WeakReference) expect(shared.deref()?.is(node)).toBe(true);
    expect([(shared as WeakReference).callback, typeof (called as WeakReference).callback]).toEqual([null, "function"]);
    expect(heap.gc.getReferents(list)).toHaveLength(2);
    expect(heap.gc.getReferrers(node)).toEqual([]);
    heap.verify();
  });

  test("a collection before a reference is made may kill its object", async () => {
    const heap = await open({ gc: { threshold: [1, 10, 10] } });
    const Node = heap.struct("Node", { next: "self" });
    const node = new Node();
    heap.gc.callbacks.push(() => node.release());
    const refer = () => {
      for (let i = 0; i < 8; i++) heap.weakref.ref(node, () => {});
    };
    expect(refer).toThrow(released);
    expect(node.released).toBe(true);
    heap.gc.callbacks.length = 0;
    heap.verify();
  });
});

test("a reference has the type of its object's handle", async () => {
  const heap = await (VARIANTS[0] as (typeof VARIANTS)[number]).open();
  const Node = heap.struct("Node", { id: "u32" });
  const node = new Node({ id: 3 });
  const ref = heap.weakref.ref(node, (dead) => expectTypeOf(dead).toEqualTypeOf<typeof ref>());
  expectTypeOf(ref).toEqualTypeOf<WeakReference<Instance<typeof Node.fields>>>();
  expectTypeOf(ref.deref()).toEqualTypeOf<Instance<typeof Node.fields> | undefined>();
  expect(ref.deref()?.id).toBe(3);
  // One of a struct's is one of handles.
  const refs: WeakReference[] = [ref, heap.weakref.ref(heap.set())];
  expect(refs).toHaveLength(2);
  expectTypeOf(heap.weakref.getWeakRefs(node)).toEqualTypeOf<(typeof ref)[]>();
  const callback: ((ref: WeakReference<typeof node>) => void) | null = ref.callback;
  expect(callback).toBeTypeOf("function");
  // @ts-expect-error texts are no objects of the heap
  expect(() => heap.weakref.ref("text")).toThrow(TypeError);
  // @ts-expect-error a heap makes them
  expect(() => new WeakReference()).toThrow(TypeError);
});
