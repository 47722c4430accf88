// heap.scope: which handles it releases, which outlive it.
import { describe, expect, test } from "vitest";
import type { Handle, Heap, Scope } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const foreign = expect.objectContaining({ name: "HandleError", code: "HANDLE_FOREIGN" });
const released = expect.objectContaining({ name: "HandleError", code: "HANDLE_RELEASED" });

/** What makes promises of objects. */
const THEN: string = "then";

function nodesOf(heap: Heap) {
  return heap.struct("Node", { id: "u32", next: "self" });
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("handles made in a scope are released when it returns", async () => {
    const heap = await open();
    const Node = nodesOf(heap);
    const blocks = heap.sys.getAllocatedBlocks();
    using outside = new Node({ id: 1 });
    const handles: Handle[] = [];
    const sum = heap.scope(() => {
      const node = new Node({ id: 2, next: outside });
      const next = node.next;
      handles.push(node, node.clone(), Node.at(outside.address));
      if (next !== null) handles.push(next);
      return node.id + (next?.id ?? 0);
    });
    expect(sum).toBe(3);
    expect(handles.map(({ released }) => released)).toEqual([true, true, true, true]);
    expect([outside.released, heap.handleCount, heap.sys.getRefCount(outside)]).toEqual([false, 1, 1]);
    expect(heap.sys.getAllocatedBlocks()).toBeLessThanOrEqual(blocks + 2);
    heap.verify();
  });

  test("and when it throws, which goes on", async () => {
    const heap = await open();
    const Node = nodesOf(heap);
    const failure = new Error("mine");
    const handles: Handle[] = [];
    expect(() =>
      heap.scope((scope) => {
        handles.push(scope.keep(new Node()), new Node());
        throw failure;
      }),
    ).toThrow(failure);
    expect(handles.map(({ released }) => released)).toEqual([false, true]);
    expect(heap.handleCount).toBe(1);
    heap.verify();
  });

  test("kept handles and the one that is returned live on, in the scope around or outside", async () => {
    const heap = await open();
    const Node = nodesOf(heap);
    const seen: Handle[] = [];
    const result = heap.scope((outer) => {
      const inner = heap.scope((scope) => {
        const [kept, lost, returned] = [scope.keep(new Node({ id: 1 })), new Node({ id: 2 }), new Node({ id: 3 })];
        seen.push(kept, lost);
        return returned;
      });
      expect(seen.map(({ released }) => released)).toEqual([false, true]);
      expect(inner.id).toBe(3);
      expect(heap.handleCount).toBe(2);
      return outer.keep(inner);
    });
    expect(seen.map(({ released }) => released)).toEqual([true, true]);
    expect([result.id, result.released, heap.handleCount]).toEqual([3, false, 1]);
    result.release();
    expect(heap.handleCount).toBe(0);
    heap.verify();
  });

  test("a handle kept by an outer scope outlives the inner ones as well", async () => {
    const heap = await open();
    const Node = nodesOf(heap);
    const seen: Handle[] = [];
    heap.scope((outer) => {
      heap.scope((middle) => {
        heap.scope(() => {
          seen.push(outer.keep(new Node()), middle.keep(new Node()), new Node());
        });
        expect(seen.map(({ released }) => released)).toEqual([false, false, true]);
      });
      expect(seen.map(({ released }) => released)).toEqual([false, false, true]);
    });
    expect(seen.map(({ released }) => released)).toEqual([false, true, true]);
    expect(heap.handleCount).toBe(1);
  });

  test("handles inside what is returned are not looked for", async () => {
    const heap = await open();
    const Node = nodesOf(heap);
    const [node] = heap.scope(() => [new Node()]);
    expect(node?.released).toBe(true);
  });

  test("a handle that was released inside stays so, returned or kept", async () => {
    const heap = await open();
    const Node = nodesOf(heap);
    using keeper = new Node();
    const returned = heap.scope((scope) => {
      scope.keep(keeper.clone()).release();
      const clone = keeper.clone();
      clone.release();
      return clone;
    });
    expect([returned.released, heap.sys.getRefCount(keeper), heap.handleCount]).toEqual([true, 1, 1]);
    heap.verify();
  });

  test("one from outside is not the scope's, whatever is done with it", async () => {
    const heap = await open();
    const other = await open();
    const Node = nodesOf(heap);
    const outside = new Node();
    const alien = new (nodesOf(other))();
    expect(heap.scope((scope) => scope.keep(outside))).toBe(outside);
    expect(heap.scope(() => outside)).toBe(outside);
    expect(heap.scope(() => alien)).toBe(alien);
    expect(() => heap.scope((scope) => scope.keep(alien))).toThrow(foreign);
    expect(heap.scope(() => other.scope(() => new Node({ id: 4 }).id))).toBe(4);
    expect([outside.released, alien.released, heap.handleCount, other.handleCount]).toEqual([false, false, 1, 1]);
  });

  test("random scopes release what they should", async () => {
    const heap = await open();
    const Node = nodesOf(heap);
    const random = new Random(TEST_SEED);
    /** Live handles, each with the depth of the scope that will release it; 0 for those that belong to the program. */
    const live = new Map<Handle, number>();
    const keeper = new Node();
    const scopes: Scope[] = [];
    function run(depth: number): Handle | null {
      const result = heap.scope((scope) => {
        scopes[depth] = scope;
        for (let step = random.below(20); step > 0; step--) {
          const handles = [...live.keys()];
          if (random.chance(60)) live.set(keeper.clone(), depth);
          else if (random.chance(30) && handles.length > 0) {
            const handle = random.pick(handles);
            handle.release();
            live.delete(handle);
          } else if (random.chance(40) && handles.length > 0) {
            const handle = random.pick(handles);
            const at = random.between(1, depth);
            (scopes[at] as Scope).keep(handle);
            if ((live.get(handle) ?? 0) >= at) live.set(handle, at - 1);
          } else if (depth < 6) {
            const handed = run(depth + 1);
            if (handed !== null && live.get(handed) === depth + 1) live.set(handed, depth);
          }
        }
        const handles = [...live.keys()];
        const handed = random.chance(50) && handles.length > 0 ? random.pick(handles) : null;
        if (handed !== null && live.get(handed) === depth) live.set(handed, depth - 1);
        return handed;
      });
      for (const [handle, owner] of live) {
        if (owner >= depth) {
          expect(handle.released, `seed ${TEST_SEED}`).toBe(true);
          live.delete(handle);
        } else expect(handle.released, `seed ${TEST_SEED}`).toBe(false);
      }
      expect(heap.sys.getRefCount(keeper), `seed ${TEST_SEED}`).toBe(live.size + 1);
      return result;
    }
    for (let i = 0; i < 100; i++) run(1);
    for (const handle of live.keys()) handle.release();
    expect([heap.handleCount, heap.sys.getRefCount(keeper)], `seed ${TEST_SEED}`).toEqual([1, 1]);
    heap.verify();
  });
});

test("an async body is refused, and its handles are released", async () => {
  const heap = await openHeap();
  const Node = nodesOf(heap);
  const seen: Handle[] = [];
  const body = async () => {
    seen.push(new Node());
  };
  const thenable = Object.defineProperty({}, THEN, { value: () => {} });
  expect(() => heap.scope(body)).toThrow(TypeError);
  expect(() => heap.scope(body)).toThrow("heap.scope: the body returned a promise");
  expect(() => heap.scope(() => thenable)).toThrow(TypeError);
  expect(seen.map(({ released }) => released)).toEqual([true, true]);
  expect(heap.handleCount).toBe(0);
});

test("a promise that is refused may be rejected: nobody else could handle it", async () => {
  const heap = await openHeap();
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", note);
  try {
    const body = async () => {
      throw new Error("too late");
    };
    expect(() => heap.scope(body)).toThrow("heap.scope: the body returned a promise");
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("unhandledRejection", note);
  }
  expect(unhandled).toEqual([]);
});

test("a generator is refused as well, but not what has a next or can be iterated", async () => {
  const heap = await openHeap();
  const Node = nodesOf(heap);
  const sentence = "heap.scope: the body returned an iterator";
  expect(() =>
    heap.scope(function* () {
      yield new Node();
    }),
  ).toThrow(sentence);
  expect(() =>
    heap.scope(async function* () {
      yield new Node();
    }),
  ).toThrow(sentence);
  expect(() => heap.scope(() => [1, 2].values())).toThrow(TypeError);
  const link = { next: () => 1 };
  expect(heap.scope(() => link)).toBe(link);
  expect(heap.scope(() => new Set([1]))).toEqual(new Set([1]));
  expect(heap.scope(() => Node.cursor())).toBeInstanceOf(Object);
  expect(heap.handleCount).toBe(0);
});

test("keep works without its scope", async () => {
  const heap = await openHeap();
  const Node = nodesOf(heap);
  const seen: Handle[] = [];
  heap.scope(({ keep }) => seen.push(keep(new Node()), new Node()));
  expect(seen.map(({ released }) => released)).toEqual([false, true]);
});

test("a released handle says who released it", async () => {
  const heap = await openHeap();
  const Node = nodesOf(heap);
  const seen: (typeof node)[] = [];
  const node = new Node();
  heap.scope(({ keep }) => {
    const dropped = new Node();
    seen.push(new Node(), dropped, keep(new Node()));
    dropped.release();
  });
  const [ended, dropped, kept] = seen as [typeof node, typeof node, typeof node];
  kept.release();
  const name = (handle: Handle) => `the handle of Node ${/0x\w+/.exec(String(handle))}`;
  expect(() => ended.id).toThrow(
    `Node.id: ${name(ended)}: its scope has ended. Give it to scope.keep, or return it from the body of heap.scope, so that it lives on`,
  );
  for (const handle of [dropped, kept]) {
    expect(() => handle.address).toThrow(
      `Node.address: ${name(handle)} was released. Use it before release() or the end of its using block, or a clone() of it`,
    );
  }
  expect(() => ended.clone()).toThrow("Node.clone: ");
  expect(() => node.is(ended)).toThrow("Node.is: ");
});

test("a struct with a field called then may be returned", async () => {
  const heap = await openHeap();
  const Step = heap.struct("Step", { [THEN]: "self" });
  using step = heap.scope(() => new Step());
  expect([step.released, heap.handleCount]).toEqual([false, 1]);
});

test("arguments that are none", async () => {
  const heap = await openHeap();
  const Node = nodesOf(heap);
  expect(() => heap.scope(5 as never)).toThrow("heap.scope: wants a function, not 5");
  heap.scope((scope) => {
    expect(() => scope.keep({} as Handle)).toThrow("scope.keep: wants a handle, not [object Object]");
  });
  const escaped: Scope[] = [];
  const node = heap.scope((scope) => {
    escaped.push(scope);
    const lost = new Node();
    lost.release();
    expect(() => scope.keep(lost)).toThrow(released);
    return new Node();
  });
  const [scope] = escaped as [Scope];
  const ended = new TypeError("scope.keep: the scope has ended; keep handles while its body runs");
  expect(() => scope.keep(node)).toThrow(ended);
  heap.scope(() => {
    expect(() => scope.keep(node.clone())).toThrow(ended);
  });
  expect(heap.handleCount).toBe(1);
  node.release();
});

test("a scope in which many handles are made and released loses none that is live", async () => {
  const heap = await openHeap();
  const Node = nodesOf(heap);
  heap.scope(() => {
    const first = new Node({ id: 7 });
    const early = Array.from({ length: 500 }, () => first.clone());
    for (let i = 0; i < 20_000; i++) {
      using clone = first.clone();
      expect(clone.released).toBe(false);
    }
    expect(early.every(({ released }) => !released)).toBe(true);
    const late = Array.from({ length: 5000 }, () => first.clone());
    expect(heap.sys.getRefCount(first)).toBe(5501);
    heap.scope(() => {
      for (let i = 0; i < 20_000; i++) first.clone().release();
    });
    expect([...early, ...late].some(({ released }) => released)).toBe(false);
  });
  expect(heap.handleCount).toBe(0);
  expect(heap.scope(() => new Node({ id: 3 })).id).toBe(3);
  heap.verify();
});
