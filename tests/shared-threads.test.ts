// One heap in several threads: who sees what, and what belongs to whom.
import { afterEach, describe, expect, test } from "vitest";
import { type Handle, Heap, type List } from "../src/index.js";
import { HeapThread } from "./helpers/heapthreads.js";

const FIELDS = { id: "u32", next: "self", any: "ref" } as const;

const threads: HeapThread[] = [];

async function start(heap: Heap): Promise<HeapThread> {
  const thread = await HeapThread.start(heap);
  threads.push(thread);
  return thread;
}

afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.stop()));
});

/** A heap with a list and a node by name, and another thread that has it. */
async function open() {
  const log: string[] = [];
  const heap = await Heap.create({ shared: true, initialMemory: 2 ** 19 });
  const Node = heap.gil.run(() => {
    const finalize = ({ id }: { id: number }) => void log.push(`main: ${id}`);
    const Type = heap.struct("Node", FIELDS, { finalize });
    heap.scope(() => {
      heap.globals.set("list", [1, "two", { three: 3.5 }]);
      heap.globals.set("node", new Type({ id: 1 }));
    });
    return Type;
  });
  return { heap, Node, log, thread: await start(heap) };
}

describe("a heap in two threads", () => {
  test("what one makes the other finds by name", async () => {
    const { heap, Node, thread } = await open();
    expect(await thread.ask("read", "list")).toEqual([1, "two", { three: 3.5 }]);
    expect(await thread.ask("read", "node")).toEqual({ id: 1, next: null, any: null });
    await thread.ask("declare", true);
    await thread.ask("make", { name: "made", id: 7 });
    heap.gil.run(() => {
      const made = heap.globals.get("made") as InstanceType<typeof Node>;
      expect(made).toBeInstanceOf(Node);
      expect(made.id).toBe(7);
      made.next = made;
      heap.verify();
    });
    await thread.ask("verify");
    expect(await thread.ask("thread")).not.toBe(heap.gil.thread);
  });

  test("a thread that attached does not make the heap anew", async () => {
    const { heap } = await open();
    const before = heap.gil.run(() => heap.snapshot());
    const later = await start(heap);
    expect(await later.ask("read", "node")).toEqual({ id: 1, next: null, any: null });
    await later.ask("dispose");
    expect(Buffer.compare(heap.gil.run(() => heap.snapshot()).subarray(64), before.subarray(64))).toBe(0);
  });

  test("memory that one lets grow the other reads and writes", async () => {
    const { heap, thread } = await open();
    const list = heap.gil.run(() => heap.globals.get("list") as List);
    const length = await thread.ask("push", { name: "list", item: "x".repeat(2000), times: 1000 });
    heap.gil.run(() => {
      expect(list.length).toBe(length);
      expect(list.at(-1)).toBe("x".repeat(2000));
      expect(list.push({ from: "main" })).toBe((length as number) + 1);
      heap.verify();
    });
    expect(await thread.ask("push", { name: "list", item: 1 })).toBe((length as number) + 2);
    await thread.ask("verify");
    heap.gil.run(() => expect(heap.toJS(list.at(-2) ?? null)).toEqual({ from: "main" }));
  });

  test("an address can be posted, a handle not", async () => {
    const { heap, thread } = await open();
    await thread.ask("declare", true);
    const [node, address] = heap.gil.run(() => {
      const found = heap.globals.get("node") as Handle;
      return [found, found.address] as const;
    });
    expect(await thread.ask("at", address)).toBe(1);
    await expect(thread.ask("push", { name: "list", item: node })).rejects.toMatchObject({
      name: "HandleError",
      code: "HANDLE_FOREIGN",
    });
    await expect(thread.ask("push", { name: "list", item: [node] })).rejects.toMatchObject({ code: "HANDLE_FOREIGN" });
    expect(await thread.ask("read", "list")).toHaveLength(3);
  });

  test("without the lock a thread can do nothing", async () => {
    const { thread } = await open();
    await thread.ask("keep", "list");
    expect(await thread.ask("unlocked")).toEqual(["GIL_NOT_HELD", "GIL_NOT_HELD", "GIL_NOT_HELD"]);
  });

  test("a handle that is released while the other has the lock goes when that lets go of it", async () => {
    const { heap, log, thread } = await open();
    const words = new Int32Array(new SharedArrayBuffer(8));
    const node = heap.gil.run(() => {
      const found = heap.globals.get("node") as Handle;
      heap.globals.delete("node");
      return found;
    });
    const held = thread.ask("hold", words);
    Atomics.wait(words, 0, 0);
    node.release();
    expect([node.released, heap.handleCount, log]).toEqual([true, 0, []]);
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
    await held;
    heap.gil.run(() => expect(log).toEqual(["main: 1"]));
  });

  test("the finalizer that runs is that of the thread in which the object dies", async () => {
    const { heap, log, thread } = await open();
    await thread.ask("declare", true);
    await thread.ask("delete", "node");
    expect([await thread.ask("log"), log]).toEqual([["worker: 1"], []]);
    await thread.ask("make", { name: "node", id: 2 });
    heap.gil.run(() => heap.globals.delete("node"));
    expect([await thread.ask("log"), log]).toEqual([[], ["main: 2"]]);
  });

  test("where no finalizer was declared none runs", async () => {
    const { heap, log, thread } = await open();
    await thread.ask("declare", false);
    await thread.ask("delete", "node");
    expect([await thread.ask("log"), log]).toEqual([[], []]);
    heap.gil.run(() => heap.verify());
  });

  test("callbacks of weak references run in the thread that has them, when it has the lock again", async () => {
    const { heap, log, thread } = await open();
    heap.gil.run(() =>
      heap.scope(({ keep }) => {
        const node = heap.globals.get("node") as Handle;
        keep(heap.weakref.ref(node, (ref) => void log.push(`callback: ${ref.deref()}`)));
        heap.weakref.finalize(node, () => void log.push("finalize"));
      }),
    );
    await thread.ask("delete", "node");
    expect(log).toEqual([]);
    heap.gil.run(() => {
      expect(log.sort()).toEqual(["callback: undefined", "finalize"]);
      heap.verify();
    });
  });

  test("a thread that lets go of its heap releases its handles, and the others go on", async () => {
    const { heap, log, thread } = await open();
    await thread.ask("keep", "node");
    heap.gil.run(() => {
      heap.globals.delete("node");
      expect(log).toEqual([]);
    });
    expect(await thread.ask("count")).toBe(1);
    const before = heap.gil.run(() => heap.sys.getAllocatedBlocks());
    await thread.ask("dispose");
    await expect(thread.ask("read", "list")).rejects.toMatchObject({ code: "HEAP_DISPOSED" });
    heap.gil.run(() => {
      expect(heap.sys.getAllocatedBlocks()).toBe(before - 1);
      heap.verify();
      heap.globals.set("list", 5);
    });
  });

  test("the last that lets go does what the end of a heap does", async () => {
    const { heap, log, thread } = await open();
    await thread.ask("declare", true);
    heap[Symbol.dispose]();
    expect(log).toEqual([]);
    expect(await thread.ask("read", "node")).toEqual({ id: 1, next: null, any: null });
    await thread.ask("dispose");
    expect(await thread.ask("log")).toEqual(["worker: 1"]);
  });
});

test("a thread that ended without a word is no reason not to end the heap", async () => {
  const { heap, log, thread } = await open();
  await thread.ask("keep", "list");
  await thread.stop();
  heap[Symbol.dispose]();
  expect(log).toEqual(["main: 1"]);
});

test("several threads that change the same objects lose nothing", async () => {
  const { heap } = await open();
  const workers = await Promise.all([start(heap), start(heap), start(heap)]);
  const asked = workers.map((worker) => worker.ask("push", { name: "list", item: { a: [1, 2] }, times: 3000 }));
  heap.gil.run(() =>
    heap.scope(() => {
      const list = heap.globals.get("list") as List;
      for (let i = 0; i < 3000; i++) list.push({ i });
    }),
  );
  await Promise.all(asked);
  heap.gil.run(() => {
    heap.verify();
    expect((heap.globals.get("list") as List).length).toBe(3 + 4 * 3000);
  });
});
