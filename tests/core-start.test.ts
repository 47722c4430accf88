// The start of a heap: once for a memory, whoever comes first; all there is of a heap is in its memory.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Core } from "../src/core.js";
import { HostCalls } from "../src/hostcalls.js";
import { HEAP_START, R_DEBUG, R_KEY, R_MAGIC, RUNTIME, RUNTIME_MAGIC_VALUE } from "../src/layout.js";
import { ALREADY_FREE, OK } from "../src/status.js";
import { VARIANTS } from "./helpers/core.js";

const FILES = process.env.ARENARIA_WASM ? [process.env.ARENARIA_WASM] : ["build/release.wasm", "build/debug.wasm"];
const MODULES = FILES.map((file): [string, WebAssembly.Module] => [file, new WebAssembly.Module(readFileSync(file))]);

function instance(module: WebAssembly.Module, memory: WebAssembly.Memory): Core {
  return new WebAssembly.Instance(module, new HostCalls().imports(memory)).exports as unknown as Core;
}

describe.each(VARIANTS)("$name", ({ open, debug }) => {
  test("init writes the record, and a second time it changes nothing", () => {
    const heap = open({ key: 0x1234 });
    expect(heap.word(RUNTIME + R_MAGIC)).toBe(RUNTIME_MAGIC_VALUE);
    expect(heap.word(RUNTIME + R_KEY)).toBe(0x8000_1234);
    expect(heap.word(RUNTIME + R_DEBUG)).toBe(debug ? 1 : 0);
    const block = heap.mem.malloc(100);
    const before = heap.snapshot();
    expect(heap.core.init(99, debug ? 0 : 1)).toBe(OK);
    expect(heap.firstChange(before)).toBe(-1);
    expect(heap.mem.free(block)).toBe(OK);
  });

  test("heaps with different keys seal the same block differently", () => {
    const words = [1, 2].map((key) => {
      const heap = open({ key });
      const block = heap.block(heap.mem.malloc(600));
      return heap.word(block - 4);
    });
    expect(words[0]).not.toBe(words[1]);
  });
});

describe.each(MODULES)("%s", (_, module) => {
  test("a second instance on the same memory is the same heap", () => {
    const memory = new WebAssembly.Memory({ initial: 2 });
    const [first, second] = [instance(module, memory), instance(module, memory)];
    expect(first.init(1, 0)).toBe(OK);
    expect(second.init(2, 0)).toBe(OK);
    const blocks = [40, 600, 100_000].map((size) => first.malloc(size));
    for (const block of blocks) {
      expect(second.free(block)).toBe(OK);
      expect(first.free(block)).toBe(ALREADY_FREE);
    }
    expect(second.malloc(40)).toBe(blocks[0]);
    expect(first.verify()).toBe(0);
    expect(second.verify()).toBe(0);
  });

  test("a copy of the memory is a heap, with the same blocks in it", () => {
    const memory = new WebAssembly.Memory({ initial: 8 });
    const core = instance(module, memory);
    core.init(77, 0);
    const blocks = [40, 40, 600, 3000].map((size) => core.malloc(size));
    core.free(blocks[1] as number);
    const image = new Uint8Array(memory.buffer).slice();
    const other = new WebAssembly.Memory({ initial: image.length / 65_536 });
    new Uint8Array(other.buffer).set(image);
    const restored = instance(module, other);
    expect(restored.init(5, 0)).toBe(OK);
    expect(restored.verify()).toBe(0);
    expect(restored.free(blocks[1] as number)).toBe(ALREADY_FREE);
    expect(restored.malloc(40)).toBe(blocks[1]);
    for (const block of blocks) expect(restored.free(block)).toBe(OK);
    expect(restored.verify()).toBe(0);
    expect(core.free(blocks[0] as number)).toBe(OK);
  });

  test("memory with anything in it becomes a heap", () => {
    const memory = new WebAssembly.Memory({ initial: 20 });
    new Uint8Array(memory.buffer).fill(0xab);
    const core = instance(module, memory);
    expect(core.init(3, 0)).toBe(OK);
    expect(core.verify()).toBe(0);
    const blocks = [8, 512, 600, 100_000].map((size) => core.calloc(1, size));
    for (const [i, size] of [8, 512, 600, 100_000].entries()) {
      const bytes = new Uint8Array(memory.buffer, blocks[i], size);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
    }
    expect(core.verify()).toBe(0);
    for (const block of blocks) expect(core.free(block)).toBe(OK);
    core.drain();
    expect(core.verify()).toBe(0);
  });

  test("memory that is longer than a heap can be is used as far as it can be", () => {
    const memory = new WebAssembly.Memory({ initial: 65_536, maximum: 65_536 });
    const core = instance(module, memory);
    expect(core.init(3, 0)).toBe(OK);
    expect(core.verify()).toBe(0);
    const high = [0x7fff_0000, 0x7fff_0000].map((size) => core.rawMalloc(size) >>> 0);
    expect(high[0]).toBe(HEAP_START + 16);
    expect(core.malloc(100)).not.toBe(0);
    expect(core.verify()).toBe(0);
  });
});
