// Tests in vitest, some of which leave something behind.
import { Heap } from "arenaria";
import { leakGuard, withoutLeaks } from "arenaria/testing";
import { afterEach, beforeEach, describe, test } from "vitest";
import { leaking, sound } from "./programs.js";

describe("guarded", () => {
  let heap: Heap;
  beforeEach(async () => {
    heap = await Heap.create();
    heap.globals.set("from before", ["a list"]);
  });
  afterEach(() => heap[Symbol.dispose]());
  leakGuard(() => heap, { beforeEach, afterEach });

  for (const [name, body] of Object.entries(sound)) test(name, () => body(heap));
  for (const [name, body] of Object.entries(leaking)) test(name, () => body(heap));
});

describe("by hand", async () => {
  const heap = await Heap.create();
  for (const [name, body] of Object.entries(sound)) test(name, () => withoutLeaks(heap, () => body(heap)));
  for (const [name, body] of Object.entries(leaking)) test(name, () => withoutLeaks(heap, () => body(heap)));
});

describe("disposed of first", () => {
  let heap: Heap;
  beforeEach(async () => {
    heap = await Heap.create();
    heap.globals.set("from before", ["a list"]);
  });
  leakGuard(() => heap, { beforeEach, afterEach });
  afterEach(() => heap[Symbol.dispose]());

  for (const [name, body] of Object.entries(sound)) test(name, () => body(heap));
  for (const [name, body] of Object.entries(leaking)) test(name, () => body(heap));
});
