// Where a thread that waits for the lock is let in: after operations that changed something, or between many steps through containers.
import { describe, expect, test } from "vitest";
import { Heap, type HeapOptions, type List, MemoryError } from "../src/index.js";
import { GIL, L_REQUEST } from "../src/layout.js";

/** A heap that counts the moments at which it would let a thread in, and in which one waits from `ask` on. */
async function open(options: HeapOptions = {}) {
  const heap = await Heap.create({ ...options, shared: true });
  heap.gil.acquire();
  const turns = { let: 0 };
  Object.defineProperty(heap.gil, "checkpoint", { value: () => turns.let++ });
  const words = new Int32Array(heap.memory.buffer);
  const ask = (waits: boolean) => {
    words[(GIL + L_REQUEST) >>> 2] = waits ? 1 : 0;
    turns.let = 0;
  };
  /** How often a thread would be let in while `action` runs. */
  const during = (action: () => unknown): number => {
    ask(true);
    heap.scope(() => void action());
    const times = turns.let;
    ask(false);
    return times;
  };
  return { heap, during, ask, turns };
}

const FIELDS = { id: "u32", next: "self", any: "ref", weak: "weak" } as const;

describe("a thread that waits", () => {
  test("is let in once after each operation that changes something", async () => {
    const { heap, during } = await open();
    const Node = heap.struct("Node", FIELDS);
    const node = new Node();
    const list = heap.list([1, 2, 3]);
    const dict = heap.dict({ a: 1 });
    const byDefault = heap.defaultdict(() => []);
    const set = heap.set([1]);
    const deque = heap.deque([1, 2, 3]);
    const array = heap.array("u8", [1, 2]);
    const block = heap.mem.malloc(8);
    const writes: (() => unknown)[] = [
      () => Object.assign(node, { id: 1 }),
      () => Object.assign(node, { next: node }),
      () => Object.assign(node, { any: [{ a: 1 }] }),
      () => Object.assign(node, { weak: node }),
      () => list.set(0, 1),
      () => list.push(1),
      () => list.push(1, [2], { a: 3 }),
      () => list.pop(),
      () => list.insert(0, 1),
      () => list.splice(0, 1, { a: 1 }),
      () => list.clear(),
      () => dict.set("b", { c: 1 }),
      () => dict.delete("b"),
      () => dict.clear(),
      () => byDefault.set(1, 2),
      () => set.add(2),
      () => set.delete(2),
      () => deque.push(1, 2),
      () => deque.unshift(1),
      () => deque.pop(),
      () => deque.shift(),
      () => deque.rotate(1),
      () => array.push(1, 2, 3),
      () => array.set(0, 5),
      () => array.pop(),
      () => heap.globals.set("a", 1),
      () => heap.mem.free(block),
    ];
    for (const write of writes) expect([during(write), String(write)]).toEqual([1, String(write)]);
  });

  test("also after one that throws", async () => {
    const { heap, during } = await open();
    const list = heap.list();
    expect(during(() => expect(() => list.set(5, 1)).toThrow(RangeError))).toBe(1);
  });

  test("is not let in between what a program reads, or makes, and what it writes", async () => {
    const { heap, during } = await open();
    const Node = heap.struct("Node", FIELDS);
    const node = new Node();
    const dict = heap.dict();
    const byDefault = heap.defaultdict(() => []);
    const steps: (() => unknown)[] = [
      () => node.id++,
      () => Object.assign(node, { id: node.id + dict.size + byDefault.size }),
      () => dict.has("a") || dict.set("a", new Node({ any: [1] })),
      () => dict.set("n", ((dict.get("n") as number | undefined) ?? 0) + 1),
      () => (byDefault.get("list") as List).push(heap.list([1, 2])),
      () => dict.set("all", heap.from([...dict.keys(), dict.size])),
    ];
    for (const step of steps) expect([during(step), String(step)]).toEqual([1, String(step)]);
  });

  test("is let in after a thousand steps through containers", async () => {
    const { heap, during } = await open();
    const list = heap.list(Array(1500).fill(1));
    const dict = heap.dict(Array.from({ length: 1500 }, (_, i) => [i, i] as const));
    const set = heap.set(Array.from({ length: 1500 }, (_, i) => i));
    const walks: (() => unknown)[] = [
      () => dict.forEach(() => {}),
      () => [...dict],
      () => [...dict.keys()],
      () => [...dict.values()],
      () => set.forEach(() => {}),
      () => [...set],
      () => [...list],
      () => [...list.entries()],
      () => heap.tuple([...list]),
    ];
    for (const walk of walks) {
      during(() => list.set(0, 1));
      expect([during(walk), String(walk)]).toEqual([1, String(walk)]);
    }
  });

  test("is let in after a million other operations that change nothing, so that one may wait for another to write", async () => {
    const { heap, during } = await open();
    const Node = heap.struct("Node", FIELDS);
    const node = new Node();
    const list = heap.list([1]);
    const dict = heap.dict({ a: 1 });
    const times = (n: number, action: () => unknown) => () => {
      for (let i = 0; i < n; i++) action();
    };
    const reads: (() => void)[] = [
      times(5000, () => node.id),
      times(5000, () => list.length),
      times(5000, () => list.at(0)),
      times(5000, () => dict.get("a")),
      times(5000, () => new Node()),
      times(5000, () => heap.mem.malloc(8)),
    ];
    during(() => list.set(0, 1));
    for (const read of reads) expect([during(read), String(read)]).toEqual([0, String(read)]);
    during(() => list.set(0, 1));
    expect(during(times(999_999, () => node.id))).toBe(0);
    expect(during(() => node.id)).toBe(1);
  });

  test("a write between reads lets it in, and counting begins anew", async () => {
    const { heap, during } = await open();
    const list = heap.list(Array(900).fill(1));
    during(() => list.set(0, 1));
    const walks = () => {
      list.toArray();
      void [...list];
      list.set(0, 1);
      void [...list];
    };
    expect(during(walks)).toBe(1);
    during(() => list.set(0, 1));
    expect(during(() => [...list, ...list])).toBe(1);
  });

  test("is let in while much plain data is converted, and not in the middle of little", async () => {
    const { heap, during } = await open();
    const list = heap.list();
    const much = Array.from({ length: 50_000 }, (_, i) => ({ i, text: `text ${i}` }));
    during(() => list.push(1));
    expect(during(() => heap.from(much))).toBeGreaterThan(5);
    during(() => list.push(1));
    expect(during(() => heap.from(much.slice(0, 100)))).toBe(0);
    heap.verify();
  });

  test("is not let in while plain data becomes part of another operation, however much it is", async () => {
    const { heap, during } = await open();
    const dict = heap.dict();
    const much = Array.from({ length: 50_000 }, (_, i) => `text ${i}`);
    const times = during(() => {
      if (!dict.has("much")) dict.set("much", { much, before: dict.size });
    });
    expect(times).toBe(1);
    heap.verify();
  });

  test("is let in while many objects are allocated, all or none", async () => {
    const { heap, during } = await open({ maximumMemory: 2 ** 23 });
    const Node = heap.struct("Node", { id: "u32" });
    const before = heap.sys.getAllocatedBlocks();
    expect(during(() => Node.allocate(100))).toBe(1);
    expect(heap.sys.getAllocatedBlocks()).toBe(before + 100);
    let addresses = new Uint32Array();
    expect(during(() => (addresses = Node.allocate(100_000)))).toBe(7);
    expect([addresses.length, new Set(addresses).size, addresses.includes(0)]).toEqual([100_000, 100_000, false]);
    const blocks = heap.sys.getAllocatedBlocks();
    expect(during(() => expect(() => Node.allocate(500_000)).toThrow(MemoryError))).toBeGreaterThan(5);
    expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
    heap.verify();
  });

  test("nobody is let in inside a finalizer, nor where nobody waits", async () => {
    const { heap, during, turns, ask } = await open();
    const list = heap.list();
    const Node = heap.struct(
      "Node",
      { id: "u32" },
      {
        finalize() {
          for (let i = 0; i < 2000; i++) list.push(i);
        },
      },
    );
    const dict = heap.scope((scope) => scope.keep(heap.dict({ a: new Node() })));
    expect(during(() => dict.delete("a"))).toBe(1);
    expect(list.length).toBe(2000);
    heap.gc.callbacks.push(() => list.push(1));
    expect(turns.let).toBe(0);
    ask(false);
    for (let i = 0; i < 3000; i++) list.push(list.length);
    expect(turns.let).toBe(0);
  });
});
