// What consoles show of heaps and arenas: a line, whatever state they are in.
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { RINGS } from "../src/layout.js";
import { defineNode } from "./helpers/graph.js";
import { openHeap } from "./helpers/heap.js";

/** Makes the next call of the core trap. */
function wreck(memory: WebAssembly.Memory): void {
  new Uint32Array(memory.buffer).fill(0xfffffff0, RINGS / 4, RINGS / 4 + 128);
}

test("a heap", async () => {
  const heap = await openHeap();
  expect(inspect(heap)).toBe("Heap { reserved: 1048576, arenas: 0, large: 0, handles: 0, debug: false }");
  expect(inspect(await openHeap({ debug: true }))).toMatch(/, debug: true }$/);
  heap.mem.malloc(8);
  heap.raw.malloc(1000);
  const Node = defineNode(heap);
  using _ = new Node();
  const { reserved, arenas, large } = heap.sys.memoryUsage();
  expect(inspect(heap)).toBe(
    `Heap { reserved: ${reserved}, arenas: ${arenas}, large: ${large}, handles: 1, debug: false }`,
  );
  expect(arenas).toBe(262144);
  heap[Symbol.dispose]();
  expect(inspect([heap])).toBe("[ Heap (disposed) ]");
});

test("a heap and an arena after a call that did not come to its end", async () => {
  const heap = await openHeap();
  const arena = heap.arena();
  wreck(heap.memory);
  expect(() => heap.mem.malloc(16)).toThrow(expect.objectContaining({ code: "HEAP_UNUSABLE" }));
  expect(inspect([heap, arena])).toBe("[ Heap (unusable), Arena (heap unusable) ]");
});

test("an arena", async () => {
  const heap = await openHeap();
  const arena = heap.arena();
  arena.malloc(20);
  arena.malloc(1);
  expect(inspect(arena)).toBe("Arena { allocations: 2, bytes: 32, blocks: 1, blockBytes: 8192, bigBlocks: 0 }");
  arena.free();
  expect(inspect(arena)).toBe("Arena (freed)");
  const other = heap.arena();
  heap[Symbol.dispose]();
  expect(inspect(other)).toBe("Arena (heap disposed)");
});
