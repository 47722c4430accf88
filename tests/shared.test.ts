// A heap that threads share: what can be done without the lock, and with it.
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Heap } from "../src/index.js";
import { G_LIMIT, GC, GIL, L_BROKEN, L_BUSY, L_REQUEST, L_TAKEN_OVER, RINGS } from "../src/layout.js";
import { codeOf } from "./helpers/codeof.js";
import { untilForgotten } from "./helpers/forgotten.js";

const NOT_HELD = { code: "GIL_NOT_HELD" };
const FIELDS = { id: "u32", next: "self", any: "ref", weak: "weak" } as const;

/** The words of the lock. */
const lockOf = (heap: Heap) => new Int32Array(heap.memory.buffer, GIL, 32);

describe("without the lock", () => {
  test("nothing can be done with the heap, and nothing is changed by trying", async () => {
    const heap = await Heap.create({ shared: true });
    const { gil } = heap;
    gil.acquire();
    const Node = heap.struct("Node", FIELDS);
    const node = new Node({ id: 7, any: [1, 2] });
    const list = heap.list([1, node, "text"]);
    const tuple = heap.tuple([1, node]);
    const dict = heap.dict({ a: 1 });
    const byDefault = heap.defaultdict(() => 1);
    const set = heap.set([1, 2]);
    const deque = heap.deque([1, 2]);
    const array = heap.array("u16", [1, 2, 3]);
    const bytes = heap.bytes([1, 2, 3]);
    const ref = heap.weakref.ref(node);
    const values = new heap.weakref.WeakValueDictionary([["node", node]]);
    const cursor = Node.cursor(node.address);
    const steps = list.values();
    const entries = dict.entries();
    entries.next();
    const arena = heap.arena();
    const { mem, raw, core, gc, sys, weakref, globals } = heap;
    const block = mem.malloc(8);
    const before = gil.run(() => [sys.getAllocatedBlocks(), heap.toJS(list), sys.getRefCount(node), heap.handleCount]);
    gil.release();

    const uses: (() => unknown)[] = [
      () => heap.str("text"),
      () => heap.str("a"),
      () => heap.bytes([1]),
      () => heap.tuple([1]),
      () => heap.tuple(),
      () => heap.list(),
      () => heap.list([1, node]),
      () => heap.dict(),
      () => heap.dict({ a: 1 }),
      () => heap.defaultdict(() => 1),
      () => heap.set([1]),
      () => heap.frozenset([1]),
      () => heap.deque([1]),
      () => heap.array("f64", 3),
      () => heap.array("f64", [1]),
      () => heap.from({ a: [1] }),
      () => heap.toJS(list),
      () => heap.struct("Other", { id: "u32" }),
      () => heap.globals.get("a"),
      () => globals.set("a", 1),
      () => heap.scope(() => 1),
      () => heap.frame("f", () => 1),
      () => heap.arena(),
      () => arena.malloc(8),
      () => arena.free(),
      () => arena.stats,
      () => heap.verify(),
      () => heap.inspect(),
      () => heap.snapshot(),
      () => mem.malloc(8),
      () => mem.bytes(block),
      () => mem.free(block),
      () => raw.calloc(1, 8),
      () => core.malloc(8),
      () => core.incref(0),
      () => core.pages(),
      () => gc.collect(),
      () => gc.getCount(),
      () => gc.getObjects(),
      () => gc.setThreshold(1),
      () => gc.disable(),
      () => sys.getAllocatedBlocks(),
      () => sys.getRefCount(node),
      () => sys.intern("text"),
      () => weakref.ref(node),
      () => weakref.getWeakRefCount(node),
      () => new weakref.WeakSet(),
      () => weakref.finalize(node, () => {}),
      () => values.get("node"),
      () => values.size,
      () => values.set("other", node),
      () => new Node(),
      () => new Node({ id: 1 }),
      () => Node.at(node.address),
      () => Node.allocate(3),
      () => node.id,
      () => node.next,
      () => node.any,
      () => node.weak,
      () => Object.assign(node, { id: 1 }),
      () => Object.assign(node, { next: node }),
      () => Object.assign(node, { next: null }),
      () => Object.assign(node, { any: [1] }),
      () => Object.assign(node, { any: 1 }),
      () => Object.assign(node, { weak: node }),
      () => node.clone(),
      () => cursor.id,
      () => Object.assign(cursor, { id: 1 }),
      () => cursor.next,
      () => Object.assign(cursor, { next: 0 }),
      () => list.length,
      () => list.at(0),
      () => list.set(0, 1),
      () => list.push(1),
      () => list.push(1, 2),
      () => list.push({ a: 1 }),
      () => list.pop(),
      () => list.insert(0, 1),
      () => list.splice(0, 1),
      () => list.clear(),
      () => list.indexOf(1),
      () => list.toArray(),
      () => [...list],
      () => steps.next(),
      () => tuple.length,
      () => tuple.at(1),
      () => dict.get("a"),
      () => dict.get(2 ** 40),
      () => dict.has("a"),
      () => dict.size,
      () => dict.set("a", 2),
      () => dict.set(5, 2),
      () => dict.delete("a"),
      () => dict.clear(),
      () => [...dict],
      () => dict.forEach(() => {}),
      () => entries.next(),
      () => byDefault.get("new"),
      () => set.add(3),
      () => set.has(1),
      () => set.union([3]),
      () => deque.push(3),
      () => deque.pop(),
      () => deque.length,
      () => deque.at(0),
      () => deque.rotate(1),
      () => array.length,
      () => array.view,
      () => array.at(0),
      () => array.set(0, 2),
      () => array.push(2),
      () => array.kind,
      () => bytes.length,
      () => bytes.toUint8Array(),
      () => ref.deref(),
      () => ref.alive,
    ];
    const failures = uses.filter((use) => codeOf(use) !== "GIL_NOT_HELD").map((use) => `${use}: ${codeOf(use)}`);
    expect(failures).toEqual([]);
    expect(() => list.at(0)).toThrow(
      "this thread does not hold the lock of the heap; do it inside heap.gil.run(() => …)",
    );

    const after = gil.run(() => [sys.getAllocatedBlocks(), heap.toJS(list), sys.getRefCount(node), heap.handleCount]);
    expect(after).toEqual(before);
    gil.run(() => heap.verify());
    expect([lockOf(heap)[L_BUSY / 4], lockOf(heap)[L_BROKEN / 4]]).toEqual([0, 0]);
  });

  test("a handle tells whether it was released, and prints what it is", async () => {
    const heap = await Heap.create({ shared: true });
    const list = heap.gil.run(() => heap.list([1]));
    expect([list.released, heap.handleCount]).toEqual([false, 1]);
    expect(String(list)).toMatch(/^list 0x[0-9a-f]{8}$/);
    expect(inspect(list)).toBe(`${list} (lock not held)`);
    expect(JSON.stringify(list)).toBe(`"${list} (lock not held)"`);
    const names = heap.gil.run(() => new heap.weakref.WeakSet());
    expect([inspect(heap), inspect(names)]).toEqual(["Heap (lock not held)", "WeakSet (lock not held)"]);
    heap.gil.run(() => expect(inspect(list)).toBe("list [1]"));
  });

  test("a handle is released, and its object dies at once where nobody has the lock", async () => {
    const heap = await Heap.create({ shared: true });
    const log: number[] = [];
    const [before, node] = heap.gil.run(() => {
      const Node = heap.struct("Node", FIELDS, { finalize: ({ id }) => void log.push(id) });
      return [heap.sys.getAllocatedBlocks(), new Node({ id: 3 })] as const;
    });
    node.release();
    expect([node.released, heap.handleCount, log]).toEqual([true, 0, [3]]);
    node.release();
    heap.gil.run(() => {
      expect(heap.sys.getAllocatedBlocks()).toBe(before);
      heap.verify();
    });
  });

  test("a finalizer that throws when what was noted is dropped is reported, and the rest is dropped", async () => {
    const events: string[] = [];
    const heap = await Heap.create({ shared: true, onUnraisable: ({ error }) => void events.push(String(error)) });
    heap.gil.acquire();
    const Node = heap.struct("Node", FIELDS, {
      finalize({ id }) {
        throw new Error(`node ${id}`);
      },
    });
    const nodes = [1, 2].map((id) => new Node({ id }));
    heap.gil.release();
    for (const node of nodes) node.release();
    expect(events).toEqual(["Error: node 1", "Error: node 2"]);
  });
});

test("a handle that was forgotten is released without the lock", async ({ skip }) => {
  const heap = await Heap.create({ shared: true });
  const before = heap.gil.run(() => heap.sys.getAllocatedBlocks());
  heap.gil.run(() => {
    for (let i = 0; i < 100; i++) heap.list();
  });
  expect(heap.handleCount).toBe(100);
  if (!(await untilForgotten(() => heap.handleCount === 0))) skip("the engine calls no registry");
  expect(heap.handleCount).toBe(0);
  heap.gil.run(() => expect(heap.sys.getAllocatedBlocks()).toBe(before));
});

describe("with the lock", () => {
  test("texts of all lengths and widths come back, though browsers' decoders and encoders refuse shared memory", async () => {
    const { decode } = TextDecoder.prototype;
    const { encodeInto } = TextEncoder.prototype;
    const requirePlain = ({ buffer }: { buffer: ArrayBufferLike }) => {
      if (buffer instanceof SharedArrayBuffer) throw new TypeError("the view must not be shared");
    };
    vi.spyOn(TextDecoder.prototype, "decode").mockImplementation(function (this: TextDecoder, bytes) {
      requirePlain(bytes as Uint8Array);
      return decode.call(this, bytes);
    });
    vi.spyOn(TextEncoder.prototype, "encodeInto").mockImplementation(function (this: TextEncoder, text, bytes) {
      requirePlain(bytes);
      return encodeInto.call(this, text, bytes);
    });
    onTestFinished(() => void vi.restoreAllMocks());
    const heap = await Heap.create({ shared: true });
    heap.gil.run(() => {
      for (const unit of ["a", "é", "€", "😀", "\ud800"]) {
        for (const length of [0, 1, 2, 47, 48, 49, 63, 64, 65, 66, 1000, 1016, 1017, 5000]) {
          const text = unit.repeat(length);
          expect([heap.from([text]).at(0), heap.globals.set("text", text).get("text")]).toEqual([text, text]);
          expect(heap.toJS(heap.from({ [text]: text }))).toEqual({ [text]: text });
        }
      }
      expect(vi.mocked(TextDecoder.prototype.decode)).toHaveBeenCalled();
      expect(vi.mocked(TextEncoder.prototype.encodeInto)).toHaveBeenCalled();
      expect(heap.toJS(heap.from({ bytes: new Uint8Array([1, 2]), f64: new Float64Array([0.5]) }))).toEqual({
        bytes: new Uint8Array([1, 2]),
        f64: new Float64Array([0.5]),
      });
    });
  });

  test("what is copied out of the heap is not shared", async () => {
    const heap = await Heap.create({ shared: true });
    heap.gil.run(() => {
      const bytes = heap.bytes([1, 2, 3]).toUint8Array();
      const { bytes: fromList } = heap.toJS(heap.from({ bytes: new Uint8Array([1]) })) as { bytes: Uint8Array };
      const Node = heap.struct("Node", { id: "u32" });
      for (const { buffer } of [bytes, fromList, Node.allocate(2), heap.snapshot()]) {
        expect(buffer).toBeInstanceOf(ArrayBuffer);
      }
      expect(heap.array("u8", [1]).view.buffer).toBeInstanceOf(SharedArrayBuffer);
    });
  });

  test("no call into the core is under way, but inside a finalizer", async () => {
    const heap = await Heap.create({ shared: true });
    heap.gil.run(() => {
      const busy: (number | undefined)[] = [];
      const note = () => busy.push(lockOf(heap)[L_BUSY / 4]);
      const Node = heap.struct("Node", { id: "u32" }, { finalize: () => void note() });
      new Node().release();
      note();
      expect(busy).toEqual([1, 0]);
    });
  });

  test("inside a finalizer the lock is not let go, and the heap not disposed of", async () => {
    const heap = await Heap.create({ shared: true });
    const codes: string[] = [];
    heap.gil.run(() => {
      const Node = heap.struct(
        "Node",
        { id: "u32" },
        {
          finalize() {
            codes.push(codeOf(() => heap.gil.release()));
            codes.push(codeOf(() => heap[Symbol.dispose]()));
            heap.gil.run(() => codes.push(String(heap.gil.held)));
          },
        },
      );
      new Node().release();
      expect(heap.gil.held).toBe(true);
      heap.verify();
    });
    expect(codes).toEqual(["BUSY", "BUSY", "true"]);
  });

  test("in callbacks that the core does not call nobody is let in either, and the heap is not disposed of", async () => {
    const heap = await Heap.create({ shared: true });
    const other = await Heap.attach(heap.share());
    const lock = lockOf(heap);
    /** Whether a thread that waits would be let in now, calls into the core that are under way, and what it is to dispose. */
    const look = () => {
      lock[L_REQUEST / 4] = 1;
      heap.gil.checkpoint();
      const isLetIn = lock[L_REQUEST / 4] === 0;
      lock[L_REQUEST / 4] = 0;
      return [isLetIn, lock[L_BUSY / 4]];
    };
    const seen: unknown[] = [];
    const note = () =>
      void seen.push(
        ...look(),
        codeOf(() => heap[Symbol.dispose]()),
      );
    heap.gil.run(() => {
      expect(look()).toEqual([true, 0]);
      heap.gc.callbacks.push(note);
      heap.gc.collect();
      expect(seen.splice(0)).toEqual([false, 0, "BUSY", false, 0, "BUSY"]);
      heap.gc.callbacks.length = 0;
      heap.scope((scope) => {
        const set = heap.set();
        heap.globals.set("set", set);
        scope.keep(heap.weakref.ref(set, note));
      });
    });
    other.gil.run(() => void other.globals.clear());
    heap.gil.run(() => {
      expect(seen).toEqual([false, 0, "BUSY"]);
      expect(look()).toEqual([true, 0]);
    });
  });

  test("a collection that is looked into is one call, whatever the core is asked meanwhile", async () => {
    const heap = await Heap.create({ shared: true });
    vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => void vi.restoreAllMocks());
    heap.gil.run(() => {
      const { core } = heap;
      const busy: unknown[] = [];
      const { nextTrash } = core;
      core.nextTrash = (after) => {
        busy.push(lockOf(heap)[L_BUSY / 4]);
        return nextTrash(after);
      };
      heap.gc.setDebug(heap.gc.DEBUG_COLLECTABLE);
      heap.scope(() => {
        const list = heap.list();
        list.push(list);
      });
      heap.gc.collect();
      expect(busy).toEqual([1, 1]);
      expect(lockOf(heap)[L_BUSY / 4]).toBe(0);
    });
  });

  test("automatic collections that a thread has left suspended start again when the lock was taken from it", async () => {
    const heap = await Heap.create({ shared: true, gc: { threshold: [10, 10, 10] } });
    const other = await Heap.attach(heap.share());
    // As a thread leaves it that ends in one of gc.callbacks.
    heap.gil.run(() => heap.core.pages());
    const words = new Uint32Array(heap.memory.buffer);
    words[(GC + G_LIMIT) >>> 2] = 0xffff_ffff;
    lockOf(heap)[L_TAKEN_OVER / 4] = 1;
    other.gil.run(() => expect(words[(GC + G_LIMIT) >>> 2]).toBe(10));
  });

  test("a call that does not come to its end leaves a heap that no thread gets", async () => {
    const heap = await Heap.create({ shared: true });
    const other = await Heap.attach(heap.share());
    const unusable = { code: "HEAP_UNUSABLE" };
    heap.gil.acquire();
    const list = heap.list();
    // Its pools lie nowhere.
    new Uint32Array(heap.memory.buffer)[RINGS / 4 + 2] = 0xffff_fff0;
    expect(() => heap.mem.malloc(16)).toThrow(expect.objectContaining(unusable));
    expect(() => list.length).toThrow(expect.objectContaining(unusable));
    expect(lockOf(heap)[L_BROKEN / 4]).toBe(1 + heap.gil.thread);
    heap.gil.release();
    expect(() => other.gil.acquire()).toThrow(expect.objectContaining(unusable));
    await expect(Heap.attach(other.share())).rejects.toThrow(expect.objectContaining(unusable));
    await expect(other.gil.runAsync(() => 1)).rejects.toThrow(expect.objectContaining(unusable));
    expect(() => other.list()).toThrow(expect.objectContaining(NOT_HELD));
    heap[Symbol.dispose]();
    other[Symbol.dispose]();
    expect(codeOf(() => other.list())).toBe("HEAP_DISPOSED");
  });
});
