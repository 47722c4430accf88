// heap.whyAlive: who is named, in which words, and that the question itself keeps nothing alive.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ObjectGraph } from "../src/graph/objectgraph.js";
import { shortestPath } from "../src/graph/path.js";
import { partsOf } from "../src/heap.js";
import { type Handle, Heap } from "../src/index.js";
import { SHARED, VARIANTS } from "./helpers/heap.js";

/** The path as text, with letters for addresses in the order in which they come. */
function why(heap: Heap, object: Handle): string | null {
  const path = heap.whyAlive(object);
  if (path === null) return null;
  const letters = new Map<string, string>();
  return String(path).replace(/0x[0-9a-f]{8}/g, (address) => {
    letters.set(address, letters.get(address) ?? String.fromCharCode(65 + letters.size));
    return letters.get(address) as string;
  });
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("names, fields, items, keys and weak containers, in a line each", async () => {
    using heap = await open();
    const Node = heap.struct("Node", { next: "self", any: "ref", weakly: "weak" });
    using target = new Node();
    const { globals, weakref } = heap;
    expect(heap.whyAlive(target)).toBeNull();
    const cases: [value: unknown, text: string][] = [
      [target, 'globals["it"]\n→ Node A'],
      [[1, target], 'globals["it"]\n→ list A[1]\n→ Node B'],
      [{ key: target }, 'globals["it"]\n→ dict A["key"]\n→ Node B'],
      [new Map([[7, target]]), 'globals["it"]\n→ dict A[7]\n→ Node B'],
      [new Map([[-7, target]]), 'globals["it"]\n→ dict A[-7]\n→ Node B'],
      [new Map([[0.5, target]]), 'globals["it"]\n→ dict A[0.5]\n→ Node B'],
      [new Map([["x".repeat(50), target]]), `globals["it"]\n→ dict A["${"x".repeat(40)}"…]\n→ Node B`],
    ];
    for (const [value, text] of cases) {
      globals.set("it", value as never);
      expect(why(heap, target)).toBe(text);
    }
    heap.scope(() => {
      globals.set("it", new Node({ next: new Node({ any: [heap.tuple([target])] }) }));
    });
    expect(why(heap, target)).toBe('globals["it"]\n→ Node A.next\n→ Node B.any\n→ list C[0]\n→ tuple D[0]\n→ Node E');
    heap.scope(() =>
      globals.set("it", heap.deque([0, heap.dict([[heap.frozenset(), heap.tuple([target])]] as never)])),
    );
    expect(why(heap, target)).toBe('globals["it"]\n→ deque A[1]\n→ dict B[frozenset of 0]\n→ tuple C[0]\n→ Node D');
    heap.scope(() => globals.set("it", heap.dict([[heap.tuple([target, 1]), 1]] as never)));
    expect(why(heap, target)).toBe('globals["it"]\n→ dict A (a key)\n→ tuple B[0]\n→ Node C');
    globals.delete("it");
    // A weak field keeps its weak reference alive, and not what that refers to.
    heap.scope(() => globals.set("weak", new Node({ weakly: target })));
    expect(why(heap, target)).toBeNull();
    using ref = weakref.ref(target);
    expect(why(heap, ref)).toBe('globals["weak"]\n→ Node A.weakly (its weak reference)\n→ weakref B');
    globals.clear();
    using dictionary = new weakref.WeakKeyDictionary<Handle, Handle>();
    using value = heap.list();
    dictionary.set(target, value);
    expect(why(heap, value)).toBe("a handle\n→ dict A[keyedref to Node]\n→ list B");
    heap.verify();
  });

  test("the handle that is asked about does not count, and others of the object do", async () => {
    using heap = await open();
    using list = heap.list();
    expect(heap.whyAlive(list)).toBeNull();
    using other = list.clone();
    expect(why(heap, list)).toBe("a handle\n→ list A");
    expect(why(heap, other)).toBe("a handle\n→ list A");
    other.release();
    expect(heap.whyAlive(list)).toBeNull();
    heap.globals.set("list", list);
    // Names come before handles where both are as near.
    using again = list.clone();
    again.push(0);
    expect(heap.whyAlive(list)?.from).toBe("handles");
    expect(why(heap, heap.globals)).toBe("globals\n→ dict A");
    const graph = new ObjectGraph(partsOf(heap));
    expect(shortestPath(graph, again.address, false)?.from).toBe("handles");
  });

  test("what else may hold objects", async () => {
    using heap = await open();
    const list = heap.list();
    heap.frame("outer", () =>
      heap.frame("inner", (frame) => {
        frame.set("it", [list]);
        expect(heap.whyAlive(list)?.from).toBe("frame inner");
        expect(why(heap, list)).toBe('frame inner["it"]\n→ list A[0]\n→ list B');
      }),
    );
    expect(heap.whyAlive(list)).toBeNull();
    heap.core.incref(list.address);
    expect(heap.whyAlive(list)?.from).toBe("program");
    expect(why(heap, list)).toBe("a reference that the program owns by address\n→ list A");
    expect(heap.whyAlive(list)?.steps).toEqual([
      { holder: 0, kind: "root", name: "1 reference", to: list.address, typeName: "list" },
    ]);
    heap.core.decref(list.address);
    {
      using arena = heap.arena();
      const lent = heap.list();
      arena.add(lent);
      // The handle has given its reference to the arena.
      expect(why(heap, lent)).toBe("an arena\n→ list A");
      using other = lent.clone();
      expect([heap.whyAlive(lent)?.from, heap.whyAlive(other)?.from]).toEqual(["handles", "arenas"]);
    }
    const text = heap.str("a text, which says more");
    heap.globals.set("text", text);
    expect(why(heap, text)).toBe('globals["text"]\n→ str A "a text, which says more"');
    const ring = heap.list();
    ring.push(ring);
    expect(heap.whyAlive(ring)).toBeNull();
    const set = heap.set();
    heap.weakref.finalize(set, () => {});
    expect(heap.whyAlive(set)).toBeNull();
    const [ref] = heap.weakref.getWeakRefs(set);
    expect(heap.whyAlive(ref as Handle)?.from).toBe("finalizers");
    heap.gc.garbage.push(list);
    expect(why(heap, list)).toBe("gc.garbage\n→ list A[0]\n→ list B");
  });

  test("the shortest of many ways; a long one is cut in print", async () => {
    using heap = await open();
    const Node = heap.struct("Node", { n: "u32", next: "self" });
    const nodes = Array.from({ length: 500 }, (_, n) => new Node({ n }));
    for (const [n, node] of nodes.entries()) node.next = nodes[n + 1] ?? null;
    heap.globals.set("first", nodes[0] as never);
    const last = nodes.pop() as Handle;
    for (const node of nodes) node.release();
    const path = heap.whyAlive(last);
    expect(path?.steps.length).toBe(500);
    expect(path?.steps.map(({ name }) => name)).toEqual(["first", ...Array.from({ length: 499 }, () => "next")]);
    expect(path?.steps.at(-1)?.to).toBe(last.address);
    const lines = String(path).split("\n");
    expect(lines.length).toBe(41);
    expect(lines[20]).toBe("… 461 more");
    expect(lines[0]).toBe('globals["first"]');
    expect(lines[19]).toMatch(/^→ Node 0x\w+\.next$/);
    expect(lines[21]).toMatch(/^→ Node 0x\w+\.next$/);
    expect(lines[40]).toMatch(/^→ Node 0x\w+$/);
    heap.globals.set("short", [[last]]);
    expect(heap.whyAlive(last)?.steps.map(({ name }) => name)).toEqual(["short", 0, 0]);
    expect(inspect(path)).toBe(String(path));
  });

  test("is refused for what is no handle, and where objects are half dead", async () => {
    using heap = await open();
    using other = await open();
    expect(() => heap.whyAlive("text" as never)).toThrow(/^heap\.whyAlive: wants a handle/);
    expect(() => heap.whyAlive(other.list())).toThrow(/^heap\.whyAlive: .*another heap/);
    const list = heap.list();
    const errors: unknown[] = [];
    const dying = heap.set();
    heap.weakref.finalize(dying, () => {
      try {
        heap.whyAlive(list);
      } catch (error) {
        errors.push(error);
      }
    });
    dying.release();
    expect(errors).toMatchObject([{ code: "BUSY", message: expect.stringMatching(/^heap\.whyAlive: a finalizer/) }]);
    list.release();
    expect(() => heap.whyAlive(list)).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
  });
});

test("a heap that threads share: the program, or they", async () => {
  using heap = await SHARED.open();
  const other = await Heap.attach(heap.share());
  const list = heap.list();
  heap.gil.release();
  const theirs = other.gil.run(() => other.gc.getObjects());
  heap.gil.acquire();
  expect(why(heap, list)).toBe("a reference that the program owns by address, or a handle of another thread\n→ list A");
  heap.gil.release();
  other.gil.run(() => {
    for (const handle of theirs) handle.release();
    other[Symbol.dispose]();
  });
  heap.gil.acquire();
  expect(heap.whyAlive(list)).toBeNull();
});
