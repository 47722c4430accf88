// What is left where the engine's stack ends in the middle of something: no scope, no frame, and no heap that was half changed.
import { describe, expect, test } from "vitest";
import type { Handle, Heap, Scope } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";

/** Calls `body` from so many calls deep, so that the stack ends elsewhere each time. */
function deeper(calls: number, body: () => void): void {
  if (calls > 0) deeper(calls - 1, body);
  else body();
}

const PLACES = Array.from({ length: 24 }, (_, i) => i);

/** Goes on until the stack ends; returns whether the heap may be used nevertheless. */
function untilStackEnds(heap: Heap, calls: number, body: () => void): boolean {
  expect(() => deeper(calls, body)).toThrow();
  try {
    heap.verify();
    return true;
  } catch (error) {
    // The end was inside the core: the heap says so, for ever.
    expect(error).toMatchObject({ code: "HEAP_UNUSABLE" });
    expect(() => heap.list()).toThrow(expect.objectContaining({ code: "HEAP_UNUSABLE" }));
    return false;
  }
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("a call of the core that was not finished makes the heap unusable, or nothing was changed", async () => {
    for (const calls of PLACES) {
      const heap = await open();
      const Node = heap.struct("Node", { value: "ref" });
      const inside = () =>
        heap.frame("inside", (frame) => {
          frame.set("a", [1]);
          new Node({ value: { text: "\u0416".repeat(9) } });
          inside();
        });
      untilStackEnds(heap, calls, inside);
    }
  });

  test("no scope stays open", async () => {
    for (const calls of PLACES) {
      const heap = await open();
      const handle = heap.list();
      const scopes: Scope[] = [];
      const inside = (scope: Scope): void => {
        scopes.push(scope);
        heap.scope(inside);
      };
      expect(untilStackEnds(heap, calls, () => heap.scope(inside))).toBe(true);
      for (const scope of scopes.slice(0, 20).concat(scopes.slice(-20))) {
        expect(() => scope.keep(handle)).toThrow("the scope has ended");
      }
    }
  });

  test("handles of all scopes are released", async () => {
    for (const calls of PLACES) {
      const heap = await open();
      const handles: Handle[] = [];
      const inside = () =>
        heap.scope(() => {
          handles.push(heap.list());
          inside();
        });
      if (!untilStackEnds(heap, calls, inside)) continue;
      heap.scope(() => {});
      expect(handles.every(({ released }) => released)).toBe(true);
    }
  });

  test("no frame stays open", async () => {
    for (const calls of PLACES) {
      const heap = await open();
      const inside = (): void => heap.frame("inside", inside);
      expect(untilStackEnds(heap, calls, inside)).toBe(true);
      expect(heap.sys.frames()).toEqual([]);
    }
  });

  test("no frame keeps its names", async () => {
    for (const calls of PLACES) {
      const heap = await open();
      const kept = heap.list();
      const inside = () =>
        heap.frame("inside", (frame) => {
          frame.set("kept", kept);
          inside();
        });
      if (!untilStackEnds(heap, calls, inside)) continue;
      heap.frame("after", () => {});
      expect(heap.sys.frames()).toEqual([]);
      // The call in which the stack ended may have lost one.
      expect(heap.sys.getRefCount(kept)).toBeLessThanOrEqual(2);
    }
  });
});
