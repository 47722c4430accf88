// What CPython's tests of its collector (Lib/test/test_gc.py) pin down about the end of the interpreter, which here is that of a heap.
// In each test: the Python one it is from.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Dict, type Handle, type Value } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  const log: string[] = [];

  beforeEach(() => void log.splice(0));

  /** A heap with a type whose finalizer logs the name of the object, and of what it refers to. */
  async function openNamed() {
    const unraisable: unknown[] = [];
    const heap = await open({ gc: { enabled: false }, onUnraisable: (event) => void unraisable.push(event) });
    const Named = heap.struct(
      "Named",
      { name: "ref", other: "ref" },
      {
        finalize({ name, other }) {
          log.push(`${name} and ${other instanceof Dict ? other.get("name") : (other as Named | null)?.name}`);
        },
      },
    );
    type Named = Handle & { name: Value; other: Value };
    return { heap, Named, unraisable };
  }

  test("finalizers of a cycle that globals lead to run, while all of it is intact", async () => {
    // GCTests.test_gc_main_module_at_shutdown
    const { heap, Named, unraisable } = await openNamed();
    heap.scope(() => {
      const x = new Named({ name: "x" });
      x.other = new Named({ name: "y", other: x });
      heap.globals.set("x", x);
    });
    heap.verify();
    heap[Symbol.dispose]();
    expect([log, unraisable]).toEqual([["x and y", "y and x"], []]);
  });

  test("so do those of a cycle through a namespace that globals lead to, which they can still read", async () => {
    // GCTests.test_gc_ordinary_module_at_shutdown
    const { heap, Named, unraisable } = await openNamed();
    heap.scope(() => {
      const module = heap.dict({ name: "module" });
      module.set("x", new Named({ name: "x", other: module }));
      heap.globals.set("module", module);
    });
    heap[Symbol.dispose]();
    expect([log, unraisable]).toEqual([["x and module"], []]);
  });

  test("so do those of trash, when the program leaves by an error", async () => {
    // GCTests.test_global_del_SystemExit
    const { heap, Named, unraisable } = await openNamed();
    const leaving = new Error("leaving");
    expect(() => {
      using own = heap;
      own.scope(() => {
        const x = new Named({ name: "x" });
        x.other = x;
        throw leaving;
      });
    }).toThrow(leaving);
    expect([log, unraisable]).toEqual([["x and x"], []]);
  });

  test("what DEBUG_SAVEALL kept goes without a word, and without a second call", async () => {
    // GCTests.test_garbage_at_shutdown, the part with DEBUG_SAVEALL
    const { heap, Named, unraisable } = await openNamed();
    heap.gc.setDebug(heap.gc.DEBUG_SAVEALL);
    heap.scope(() => {
      const x = new Named({ name: "x" });
      x.other = x;
    });
    expect([heap.gc.collect(), heap.gc.garbage.length, log]).toEqual([1, 1, ["x and x"]]);
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    heap[Symbol.dispose]();
    expect([error.mock.calls, log, unraisable]).toEqual([[], ["x and x"], []]);
    error.mockRestore();
  });
});
