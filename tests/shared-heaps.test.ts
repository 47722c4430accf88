// Several heaps at one memory, in one thread: heap.share and Heap.attach.
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Handle, Heap, type HeapShare, type List } from "../src/index.js";
import { R_MAGIC, RUNTIME } from "../src/layout.js";
import { Callbacks } from "../src/weakreference.js";
import { integerWord } from "../src/word.js";
import { codeOf } from "./helpers/codeof.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const FIELDS = { id: "u32", next: "self", any: "ref", weak: "weak" } as const;

describe("heap.share and Heap.attach", () => {
  test("two heaps at one memory have the same objects, types and globals", async () => {
    const heap = await Heap.create({ shared: true, debug: true, maximumMemory: 2 ** 25 });
    const other = await Heap.attach(heap.share());
    heap.gil.run(() => {
      const Node = heap.struct("Node", FIELDS);
      heap.globals.set("node", new Node({ id: 5 }));
    });
    const kept = other.gil.run(() => {
      const node = other.globals.get("node") as Handle & { id: number };
      expect([node.typeName, node.id]).toEqual(["Node", 5]);
      const Node = other.struct("Node", FIELDS);
      expect(node).toBeInstanceOf(Node);
      node.id = 6;
      other.verify();
      expect(other.mem.usableSize(other.mem.malloc(10))).toBe(10);
      return node;
    });
    heap.gil.run(() => {
      expect(heap.globals.get("node")).toMatchObject({ id: 6 });
      heap.globals.delete("node");
      expect(heap.gc.getObjects().length).toBe(2);
      expect(() => heap.from(Array(2 ** 23).fill(1))).toThrow(expect.objectContaining({ code: "NO_MEMORY" }));
      heap.verify();
    });
    other.gil.run(() => {
      expect(kept.id).toBe(6);
      expect(() => other.from(Array(2 ** 23).fill(1))).toThrow("may grow to 33554432");
    });
  });

  test("memory that grows in one is seen in the other, also while both have the lock", async () => {
    const heap = await Heap.create({ shared: true, initialMemory: 2 ** 19 });
    const other = await Heap.attach(heap.share());
    const small = heap.memory.buffer.byteLength;
    const list = heap.gil.run(() => heap.globals.set("list", []).get("list") as List);
    heap.gil.run(() => {
      other.gil.run(() => {
        const same = other.globals.get("list") as List;
        for (let i = 0; i < 2000; i++) same.push("x".repeat(1000) + i);
      });
      expect(heap.memory.buffer.byteLength).toBeGreaterThan(small + 2 ** 20);
      expect(list.at(1999)).toBe(`${"x".repeat(1000)}1999`);
      list.push([1.5, "é".repeat(100)]);
      heap.verify();
    });
    other.gil.run(() => {
      expect(other.toJS((other.globals.get("list") as List).at(2000) as never)).toEqual([1.5, "é".repeat(100)]);
    });
  });

  test("memory that grows in a call before that calls a finalizer is seen in it", async () => {
    const heap = await Heap.create({ shared: true, initialMemory: 2 ** 19 });
    heap.gil.run(() => {
      const seen: unknown[] = [];
      const finalize = () => void seen.push(list.length, list.at(-1), heap.memory.buffer.byteLength > before);
      const Node = heap.struct("Node", { id: "u32" }, { finalize });
      const list = heap.scope(({ keep }) => keep(heap.list([new Node()])));
      const words = heap.mem.calloc(100_000, 4);
      new Uint32Array(heap.memory.buffer)[words / 4 + 99_999] = integerWord(5);
      const before = heap.memory.buffer.byteLength;
      expect(heap.core.listSplice(list.address, 0, 1, words, 100_000)).toBe(0);
      expect(seen).toEqual([100_000, 5, true]);
      heap.verify();
    });
  });

  test("each lets go of what is its own, and the last of everything", async () => {
    const log: string[] = [];
    const heap = await Heap.create({ shared: true });
    const share = heap.share();
    const open = async (name: string) => {
      const attached = await Heap.attach(share);
      attached.gil.run(() => {
        const finalize = ({ id }: { id: number }) => void log.push(`${name}: node ${id}`);
        const Node = attached.struct("Node", { id: "u32" }, { finalize });
        attached.weakref.finalize(new Node({ id: 1 }), () => void log.push(`${name}: at exit`));
        if (name === "first") attached.scope(() => attached.globals.set("global", new Node({ id: 2 })));
      });
      return attached;
    };
    heap.gil.run(() => heap.struct("Node", { id: "u32" }, { finalize: () => void log.push("creator") }));
    const first = await open("first");
    const second = await open("second");
    const blocks = heap.gil.run(() => heap.sys.getAllocatedBlocks());
    second[Symbol.dispose]();
    expect(log.splice(0)).toEqual(["second: at exit", "second: node 1"]);
    expect(heap.gil.run(() => heap.sys.getAllocatedBlocks())).toBeLessThan(blocks);
    heap[Symbol.dispose]();
    expect(log).toEqual([]);
    first.gil.run(() => {
      first.verify();
      expect(first.globals.size).toBe(1);
    });
    first[Symbol.dispose]();
    expect(log).toEqual(["first: at exit", "first: node 2"]);
    first[Symbol.dispose]();
    expect(codeOf(() => first.gil)).toBe("HEAP_DISPOSED");
  });

  test("a heap that the last has disposed of is not attached to", async () => {
    const heap = await Heap.create({ shared: true });
    const share = heap.share();
    const other = await Heap.attach(share);
    heap[Symbol.dispose]();
    const third = await Heap.attach(share);
    other[Symbol.dispose]();
    third.gil.run(() => third.verify());
    third[Symbol.dispose]();
    await expect(Heap.attach(share)).rejects.toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
    await expect(Heap.attach(share)).rejects.toThrow("do that when the others have attached");
  });

  test("disposed of inside run, and what it held is used no more", async () => {
    const heap = await Heap.create({ shared: true });
    const other = await Heap.attach(heap.share());
    const list = other.gil.run(() => {
      const made = other.list([1]);
      other[Symbol.dispose]();
      return made;
    });
    expect([list.released, codeOf(() => list.length)]).toEqual([true, "HANDLE_RELEASED"]);
    heap.gil.run(() => {
      expect(heap.sys.getAllocatedBlocks()).toBe(0);
      heap.verify();
    });
  });

  test("callbacks of what died by the other heap run when the first has the lock again", async () => {
    const heap = await Heap.create({ shared: true });
    const other = await Heap.attach(heap.share());
    const log: string[] = [];
    heap.gil.run(() =>
      heap.scope((scope) => {
        heap.globals.set("set", new Set([1]));
        const set = heap.globals.get("set") as Handle;
        scope.keep(heap.weakref.ref(set, () => void log.push("callback")));
      }),
    );
    other.gil.run(() => void other.globals.delete("set"));
    expect(log).toEqual([]);
    heap.gil.run(() => expect(log).toEqual(["callback"]));
  });

  test("callbacks are looked through when another heap was at the memory, and only then", async () => {
    const catchUp = vi.spyOn(Callbacks.prototype, "catchUp");
    onTestFinished(() => void vi.restoreAllMocks());
    const heap = await Heap.create({ shared: true });
    const other = await Heap.attach(heap.share());
    const unrelated = await Heap.create({ shared: true });
    const during = (action: () => void) => {
      catchUp.mockClear();
      action();
      return catchUp.mock.calls.length;
    };
    const enter = (...heaps: Heap[]) => {
      for (const each of heaps) each.gil.run(() => {});
    };
    enter(heap, unrelated);
    expect(during(() => enter(heap, unrelated, heap, unrelated))).toBe(0);
    expect(during(() => enter(other, heap, other))).toBe(3);
    expect(during(() => heap.gil.run(() => enter(heap, heap)))).toBe(1);
    expect(during(() => heap.gil.run(() => enter(other)))).toBe(1);
    expect(during(() => enter(heap))).toBe(1);
  });

  test("what was let go of is forgotten before a callback runs, and before what was noted is dropped", async () => {
    const heap = await Heap.create({ shared: true });
    const other = await Heap.attach(heap.share());
    const log: string[] = [];
    const kept = heap.gil.run(() =>
      heap.scope((scope) => {
        const [called, dropped] = [heap.set([1]), heap.set([2])];
        const forgotten = heap.weakref.ref(dropped, () => void log.push("forgotten"));
        heap.globals.set("refs", [forgotten, dropped, called]);
        return scope.keep(
          heap.weakref.ref(called, () => {
            log.push("called");
            // In the place of the one that was let go of.
            const ref = heap.weakref.ref(heap.set([3]));
            log.push(String(ref.callback));
          }),
        );
      }),
    );
    other.gil.run(() => void other.globals.clear());
    heap.gil.run(() => expect(log).toEqual(["called", "null"]));
    kept.release();
  });

  test("a heap that is disposed of inside a frame lets go of the names there", async () => {
    const heap = await Heap.create({ shared: true });
    const other = await Heap.attach(heap.share());
    other.gil.run(() => {
      other.frame("main", (frame) => {
        frame.set("list", [1]);
        other[Symbol.dispose]();
      });
    });
    heap.gil.run(() => expect(heap.sys.getAllocatedBlocks()).toBe(0));
  });

  test("a heap that is not shared has no share", async () => {
    const heap = await Heap.create();
    expect(() => heap.share()).toThrow(
      "heap.share: the heap has its memory to itself; make it with Heap.create({ shared: true })",
    );
    expect(codeOf(() => heap.share())).toBe("NOT_SHARED");
  });

  test("what is no share is refused", async () => {
    const heap = await Heap.create({ shared: true });
    const plain = await Heap.create();
    const share = heap.share();
    const wrong: unknown[] = [
      ...[undefined, null, 1, {}, heap, heap.memory],
      ...[
        { ...share, memory: plain.memory },
        { ...share, module: undefined },
        { ...share, maximumMemory: 5 },
      ],
      ...[
        { ...share, maximumMemory: "1" },
        { ...share, layout: 1 },
      ],
    ];
    for (const given of wrong) {
      await expect(Heap.attach(given as HeapShare)).rejects.toThrow("Heap.attach: wants what heap.share() of another");
    }
    await expect(Heap.attach(share, { debug: true } as object)).rejects.toThrow('there is no option "debug"');
    await expect(Heap.attach(share, { onUnraisable: 1 } as object)).rejects.toThrow("onUnraisable must be a function");
    await expect(Heap.attach(share, null as unknown as object)).rejects.toThrow("options must be an object");
  });

  test("a heap of another version is refused", async () => {
    const heap = await Heap.create({ shared: true });
    const share = heap.share();
    const foreign = expect.objectContaining({ code: "WASM_FOREIGN" });
    await expect(Heap.attach({ ...share, layout: share.layout + 1n })).rejects.toThrow(foreign);
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    await expect(Heap.attach({ ...share, module: empty })).rejects.toThrow(foreign);
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
    await expect(Heap.attach({ ...share, memory })).rejects.toThrow("there is no heap in it");
    expect(new Uint32Array(memory.buffer)[(RUNTIME + R_MAGIC) >>> 2]).toBe(0);
  });

  test("each core takes its own memory only", async () => {
    const shared = await Heap.create({ shared: true });
    const { module } = shared.share();
    const again = await Heap.create({ shared: true, wasm: module });
    again.gil.run(() => again.verify());
    await expect(Heap.create({ wasm: module })).rejects.toThrow("use arenaria/release.wasm");
    await expect(Heap.create({ shared: 1 } as object)).rejects.toThrow("shared must be true or false, not 1");
  });
});

test("random programs leave two heaps at one memory with the same objects", async () => {
  const dice = new Random(TEST_SEED);
  const next = () => dice.next();
  const heap = await Heap.create({ shared: true });
  const heaps = [heap, await Heap.attach(heap.share()), await Heap.attach(heap.share())];
  const model = new Map<string, unknown>();
  for (let step = 0; step < 3000; step++) {
    const at = heaps[next() % heaps.length] as Heap;
    const name = `name ${next() % 20}`;
    at.gil.run(() => {
      at.scope(() => {
        const data = [step, { text: "x".repeat(next() % 200) }, [next() % 5, 1.5]];
        switch (next() % 4) {
          case 0:
          case 1:
            at.globals.set(name, data);
            model.set(name, data);
            break;
          case 2:
            expect(at.globals.delete(name)).toBe(model.delete(name));
            break;
          default:
            expect(at.toJS((at.globals.get(name) ?? null) as never), `seed ${TEST_SEED}, step ${step}`).toEqual(
              model.get(name) ?? null,
            );
        }
        if (step % 500 === 0) at.gc.collect();
      });
    });
  }
  for (const at of heaps) {
    at.gil.run(() => {
      at.verify();
      expect(at.toJS(at.globals)).toEqual(Object.fromEntries(model));
    });
  }
});
