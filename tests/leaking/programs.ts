// What tests do with a heap: some of it leaves something behind.
import type { Heap } from "arenaria";

type Program = (heap: Heap) => void | Promise<void>;

export const sound: { readonly [name: string]: Program } = {
  "sound: nothing"() {},
  "sound: handles that are released"(heap) {
    heap.list([1, "a text", ["another list"]]).release();
  },
  "sound: a scope"(heap) {
    heap.scope(() => {
      const ring = heap.list();
      ring.push(ring);
    });
  },
  "sound: blocks that are freed, after a wait"(heap) {
    const block = heap.mem.malloc(100);
    const arena = heap.arena();
    return new Promise((resolve) =>
      setTimeout(() => {
        heap.mem.free(block);
        arena.free();
        resolve();
      }, 5),
    );
  },
  "sound: a name with another value"(heap) {
    heap.globals.set("from before", ["another list"]);
    heap.globals.delete("from before");
  },
};

export const leaking: { readonly [name: string]: Program } = {
  "leaks a handle"(heap) {
    heap.list(["what it holds"]);
  },
  "leaks through a name"(heap) {
    heap.globals.set("cache", { key: [1, 2, 3] });
  },
  "leaks a block"(heap) {
    heap.mem.malloc(100);
  },
  "leaks an arena"(heap) {
    heap.arena();
  },
  "leaks a reference"(heap) {
    heap.core.newList(0);
  },
  async "leaks after a wait"(heap) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    heap.dict({ a: 1 });
  },
};
