// Tests in node:test, some of which leave something behind.
import { afterEach, beforeEach, describe, test } from "node:test";
import { Heap } from "arenaria";
import { leakGuard } from "arenaria/testing";
import { leaking, sound } from "./programs.js";

describe("guarded", () => {
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
