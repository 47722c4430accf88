// Heap.create with every option, the memory behind a heap, and the end of it.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Arena, Heap, HeapError, type HeapOptions, MemoryError } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const GIB = 2 ** 30;
const coreFile = process.env.ARENARIA_WASM ?? "build/release.wasm";
const coreBytes = new Uint8Array(readFileSync(coreFile));
/** A module of nothing at all. */
const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function errorOf(options: unknown): Promise<unknown> {
  return Heap.create(options as HeapOptions).then(
    () => null,
    (error: unknown) => error,
  );
}

test("a heap is not made with new", () => {
  const NewHeap = Heap as unknown as new () => Heap;
  expect(() => new NewHeap()).toThrow(new TypeError("new Heap: a heap is made by await Heap.create()"));
});

test("nothing can be put into the parts of a heap", async () => {
  const heap = await openHeap();
  for (const part of [heap.gc, heap.sys, heap.raw, heap.mem, heap.obj]) {
    const names = Object.keys(part).filter((name) => name !== "callbacks");
    for (const name of [...names, "new"]) expect(Reflect.set(part, name, []), name).toBe(false);
  }
  // Not ignored by sloppy code either.
  expect(() => Reflect.set(heap.gc, "callbacks", [])).toThrow("gc.callbacks: the list cannot be replaced. Push to it");
  expect(heap.gc.callbacks).toEqual([]);
});

describe("memory options", () => {
  test("without options a heap starts with 1 MiB", async () => {
    expect((await Heap.create()).memory.buffer.byteLength).toBe(MIB);
  });

  test("undefined is the same as not given", async () => {
    const options = { initialMemory: undefined, maximumMemory: undefined, debug: undefined, wasm: undefined };
    expect((await Heap.create(options as unknown as HeapOptions)).memory.buffer.byteLength).toBe(MIB);
  });

  test.each([
    [128 * KIB, 128 * KIB],
    [128 * KIB + 1, 192 * KIB],
    [10 * MIB - 1, 10 * MIB],
  ])("initialMemory %i is rounded up to whole pages", async (initialMemory, bytes) => {
    expect((await Heap.create({ initialMemory })).memory.buffer.byteLength).toBe(bytes);
  });

  test("memory grows no further than maximumMemory, rounded down to whole pages", async () => {
    const heap = await openHeap({ maximumMemory: 3 * MIB + 65535 });
    expect(() => {
      for (;;) heap.mem.malloc(10_000);
    }).toThrow(MemoryError);
    expect(heap.memory.buffer.byteLength).toBe(3 * MIB);
    heap.verify();
  });

  test("a maximum below the usual start is also the start", async () => {
    expect((await Heap.create({ maximumMemory: 256 * KIB })).memory.buffer.byteLength).toBe(256 * KIB);
  });

  test("the smallest heap there can be holds blocks", async () => {
    const heap = await openHeap({ initialMemory: 128 * KIB, maximumMemory: 128 * KIB });
    const block = heap.raw.malloc(1000);
    heap.raw.bytes(block).fill(1);
    heap.verify();
    heap.raw.free(block);
  });

  test.each<[string, HeapOptions]>([
    ["not enough for the runtime", { initialMemory: 64 * KIB - 1 }],
    ["zero", { initialMemory: 0 }],
    ["negative", { initialMemory: -MIB }],
    ["a fraction", { initialMemory: MIB + 0.5 }],
    ["not a number", { initialMemory: Number.NaN }],
    ["infinite", { initialMemory: Number.POSITIVE_INFINITY }],
    ["above the limit of a heap", { initialMemory: 4 * GIB - 256 * KIB + 1 }],
    ["above maximumMemory", { initialMemory: 2 * MIB, maximumMemory: MIB }],
    ["not enough for the runtime", { maximumMemory: 1 }],
    ["above the limit of a heap", { maximumMemory: 4 * GIB }],
    ["a fraction", { maximumMemory: 1e6 + 0.1 }],
  ])("a size that is %s is a RangeError: %o", async (_, options) => {
    const error = await errorOf(options);
    expect(error).toBeInstanceOf(RangeError);
    const [name, value] = Object.entries(options).at(0) as [string, number];
    expect((error as Error).message).toContain(`${name} must be an integer of 65536 … `);
    expect((error as Error).message).toContain(`not ${value}`);
  });

  test("the limit itself is accepted as a maximum", async () => {
    const heap = await Heap.create({ maximumMemory: 4 * GIB - 256 * KIB });
    heap.mem.free(heap.mem.malloc(8));
  });

  test.each([
    ["an unknown name", { maxMemory: MIB }, 'there is no option "maxMemory"'],
    ["a text for a size", { initialMemory: "1" }, 'initialMemory must be a number of bytes, not "1"'],
    ["a bigint for a size", { maximumMemory: 1n }, "maximumMemory must be a number of bytes, not 1n"],
    ["a number for debug", { debug: 1 }, "debug must be true or false, not 1"],
    ["a path for wasm", { wasm: "core.wasm" }, 'not "core.wasm"'],
    ["null for wasm", { wasm: null }, "not null"],
    ["a text for the options", "debug", 'options must be an object, not "debug"'],
    ["null for the options", null, "options must be an object, not null"],
  ])("%s is a TypeError that says so", async (_, options, words) => {
    const error = await errorOf(options);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(words);
  });

  test("memory that the engine refuses is a MemoryError", async () => {
    const cause = new RangeError("no address space");
    vi.spyOn(WebAssembly, "Memory").mockImplementation(function refuse() {
      throw cause;
    });
    const error = await errorOf({ initialMemory: 2 * MIB });
    expect(error).toBeInstanceOf(MemoryError);
    expect(error).toMatchObject({ code: "NO_MEMORY", requested: 2 * MIB, cause });
  });
});

describe("the core", () => {
  const module = new WebAssembly.Module(coreBytes);
  const response = () => new Response(coreBytes, { headers: { "content-type": "text/plain" } });
  const sources: [string, () => NonNullable<HeapOptions["wasm"]>][] = [
    ["a module", () => module],
    ["bytes", () => coreBytes],
    ["an ArrayBuffer", () => coreBytes.slice().buffer],
    ["a Response, whatever its type", response],
    ["a promise of a Response", () => Promise.resolve(response())],
  ];

  test.each(sources)("can be given as %s", async (_, wasm) => {
    const heap = await Heap.create({ wasm: wasm() });
    heap.mem.free(heap.mem.malloc(100));
    heap.verify();
  });

  test("can be given as a URL, which is fetched", async () => {
    const fetched = vi.fn(() => Promise.resolve(response()));
    vi.stubGlobal("fetch", fetched);
    const url = new URL("https://example.org/release.wasm");
    (await Heap.create({ wasm: url })).verify();
    expect(fetched).toHaveBeenCalledExactlyOnceWith(url);
  });

  test("is compiled once for all heaps of the copy inside", async () => {
    const compile = vi.spyOn(WebAssembly, "compile");
    await Heap.create();
    const before = compile.mock.calls.length;
    await Promise.all([Heap.create(), Heap.create()]);
    expect(compile.mock.calls.length).toBe(before);
  });

  test.each<[string, () => unknown, string]>([
    ["a file: URL, which fetch does not take", () => new URL("file:///core.wasm"), "read the file and give its bytes"],
    ["a status of 404", () => new Response("", { status: 404 }), "status 404"],
    ["a promise that is rejected", () => Promise.reject(new Error("offline")), "offline"],
    ["bytes that are no wasm", () => Uint8Array.of(1, 2, 3), "cannot be compiled"],
    ["a core that is cut short", () => coreBytes.subarray(0, 1000), "cannot be compiled"],
  ])("%s is a HeapError", async (_, wasm, words) => {
    const error = await errorOf({ wasm: wasm() });
    expect(error).toBeInstanceOf(HeapError);
    expect(error).toMatchObject({ code: "WASM_UNAVAILABLE" });
    expect((error as Error).message).toContain(words);
  });

  test("a promise of something else is a TypeError", async () => {
    expect(await errorOf({ wasm: Promise.resolve("core.wasm") })).toBeInstanceOf(TypeError);
  });

  test("a module that is another program is a HeapError that says what is missing", async () => {
    const error = await errorOf({ wasm: emptyModule });
    expect(error).toMatchObject({ name: "HeapError", code: "WASM_FOREIGN" });
    expect((error as Error).message).toContain('exports no function "init"');
  });

  test("a module that wants more than memory is a HeapError that says what", async () => {
    // (module (import "env" "log" (func)))
    const imports = [1, 4, 1, 0x60, 0, 0, 2, 11, 1, 3, 0x65, 0x6e, 0x76, 3, 0x6c, 0x6f, 0x67, 0, 0];
    const error = await errorOf({ wasm: Uint8Array.of(...emptyModule, ...imports) });
    expect(error).toMatchObject({ code: "WASM_FOREIGN" });
    expect((error as Error).message).toContain("it imports env.log");
  });

  test("a core that lays memory out in another way is a HeapError", async () => {
    // The core's mark in memory, as the number is written in the code (LEB128).
    const mark = [0xc1, 0xa4, 0xb9, 0x8a, 0x03];
    const other = coreBytes.slice();
    let found = 0;
    for (let at = 0; at < other.length; at++) {
      if (!mark.every((byte, i) => other[at + i] === byte)) continue;
      other[at] = 0xc2;
      found++;
    }
    expect(found).toBeGreaterThan(0);
    const error = await errorOf({ wasm: other });
    expect(error).toMatchObject({ code: "WASM_FOREIGN" });
    expect((error as Error).message).toContain("it lays memory out in another way");
  });

  test("every heap has a secret of its own", async () => {
    const { RUNTIME, R_KEY } = await import("../src/layout.js");
    const keys = await Promise.all(
      Array.from(
        { length: 8 },
        async () => new Uint32Array((await Heap.create()).memory.buffer)[(RUNTIME + R_KEY) / 4],
      ),
    );
    expect(new Set(keys).size).toBeGreaterThan(6);
  });

  test("the secret does without crypto", async () => {
    vi.stubGlobal("crypto", undefined);
    (await Heap.create()).verify();
  });
});

describe.each(VARIANTS)("$name", ({ open }) => {
  test("heaps are apart", async () => {
    const [one, two] = [await open(), await open()];
    const block = one.mem.malloc(8);
    one.mem.bytes(block).fill(1);
    expect(two.sys.getAllocatedBlocks()).toBe(0);
    expect(two.mem.malloc(8)).toBe(block);
    two.mem.bytes(block).fill(2);
    expect(one.mem.bytes(block)[0]).toBe(1);
  });

  test("works above 2 GiB", async () => {
    const heap = await open({ initialMemory: 2 * GIB - 64 * KIB });
    // Without a frame in any heap: debug mode would fill all of it, and verify() would look for the frame.
    const low = heap.core.malloc(2 * GIB - 2 * MIB);
    const spacer = heap.mem.malloc(3 * MIB);
    const high = heap.mem.malloc(5 * MIB);
    expect(high).toBeGreaterThan(2 ** 31);
    const bytes = heap.mem.bytes(high, 5 * MIB);
    expect(bytes.byteOffset).toBe(high);
    bytes.fill(7);
    const small = Array.from({ length: 5000 }, () => heap.mem.malloc(500));
    const last = small.at(-1) as number;
    expect(last).toBeGreaterThan(2 ** 31);
    heap.mem.bytes(last, 500).fill(9);
    const moved = heap.mem.realloc(high, 8 * MIB);
    expect(moved).toBeGreaterThan(2 ** 31);
    expect(heap.mem.bytes(moved, 5 * MIB).every((byte) => byte === 7)).toBe(true);
    expect(heap.sys.memoryUsage().large).toBeGreaterThan(2 * GIB);
    const arenas = heap.inspect({ blocks: true }).arenas;
    expect(arenas.some(({ address }) => address > 2 ** 31)).toBe(true);
    heap.core.free(low);
    heap.verify();
    for (const block of [moved, spacer, ...small]) heap.mem.free(block);
    expect(() => heap.mem.free(last)).toThrow(HeapError);
    heap.verify();
  });

  test("views survive growth", async () => {
    const heap = await open({ initialMemory: 128 * KIB });
    const block = heap.mem.malloc(100);
    const before = heap.mem.bytes(block, 100);
    before.fill(42);
    while (heap.memory.buffer.byteLength < 2 * MIB) heap.mem.malloc(400);
    expect(before.length).toBe(0);
    expect(Array.from(heap.mem.bytes(block, 100))).toEqual(Array(100).fill(42));
    heap.verify();
  });

  test("dispose ends everything, and does nothing the second time", async () => {
    const heap = await open();
    const { mem, sys } = heap;
    const block = mem.malloc(8);
    const arena = heap.arena();
    heap[Symbol.dispose]();
    heap[Symbol.dispose]();
    const uses: [string, () => unknown][] = [
      ["memory", () => heap.memory],
      ["core", () => heap.core],
      ["raw", () => heap.raw],
      ["mem", () => heap.mem],
      ["obj", () => heap.obj],
      ["sys", () => heap.sys],
      ["arena()", () => heap.arena()],
      ["verify()", () => heap.verify()],
      ["inspect()", () => heap.inspect()],
      ["malloc of an allocator that was kept", () => mem.malloc(8)],
      ["calloc", () => mem.calloc(1, 8)],
      ["realloc", () => mem.realloc(block, 8)],
      ["free", () => mem.free(block)],
      ["usableSize", () => mem.usableSize(block)],
      ["bytes", () => mem.bytes(block)],
      ["getAllocatedBlocks of a sys that was kept", () => sys.getAllocatedBlocks()],
      ["malloc of an arena that was kept", () => arena.malloc(8)],
      ["its stats", () => arena.stats],
      ["its free", () => arena.free()],
    ];
    for (const [name, use] of uses) {
      expect(use, name).toThrow(expect.objectContaining({ name: "HeapError", code: "HEAP_DISPOSED" }));
    }
    arena[Symbol.dispose]();
  });

  test("using disposes", async () => {
    let kept: { heap: Heap; arena: Arena };
    {
      using heap = await open();
      using arena = heap.arena();
      kept = { heap, arena };
    }
    expect(() => kept.heap.mem).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
    expect(() => kept.arena.malloc(1)).toThrow(expect.objectContaining({ code: "ARENA_FREED" }));
  });
});

describe("a trap in the core", () => {
  /** A heap whose pools lie nowhere, so that the next allocation traps. */
  async function wrecked(): Promise<Heap> {
    const heap = await openHeap();
    const { RINGS } = await import("../src/layout.js");
    new Uint32Array(heap.memory.buffer)[RINGS / 4 + 2] = 0xfffffff0;
    return heap;
  }

  test("makes the heap unusable, and every later call says so", async () => {
    const heap = await wrecked();
    const { mem, sys } = heap;
    const unusable = expect.objectContaining({
      name: "HeapError",
      code: "HEAP_UNUSABLE",
      cause: expect.any(WebAssembly.RuntimeError),
    });
    expect(() => mem.malloc(16)).toThrow(unusable);
    for (const use of [
      () => mem.malloc(100),
      () => mem.calloc(1, 8),
      () => mem.realloc(0, 8),
      () => mem.free(0),
      () => mem.usableSize(8),
      () => heap.raw.malloc(1),
      () => heap.arena(),
      () => heap.verify(),
      () => heap.inspect(),
      () => sys.memoryUsage(),
    ]) {
      expect(use).toThrow(unusable);
    }
  });

  test("leaves the memory and the core to look at, until the heap is disposed of", async () => {
    const heap = await wrecked();
    expect(() => heap.mem.malloc(16)).toThrow();
    expect(heap.memory.buffer.byteLength).toBeGreaterThan(0);
    expect(heap.core.pages()).toBeGreaterThan(0);
    heap[Symbol.dispose]();
    expect(() => heap.memory).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
  });
});
