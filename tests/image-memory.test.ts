// How much of memory is in an image, what memory a heap that is restored has, and what else may be given to Heap.restore.
import { describe, expect, test } from "vitest";
import { Heap, type HeapOptions, ImageError, type List, MemoryError } from "../src/index.js";
import { firstDifference, HEADER, IMAGE_HEAPS, offsetOf, placesOf, RUNTIME_PART, viewOf } from "./helpers/images.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const MIB = 2 ** 20;
const PAGE = 4096;
const WASM_PAGE = 65_536;
/** Bytes of the runtime, and of a header without runs. */
const LEAST = RUNTIME_PART.end - RUNTIME_PART.start + HEADER.bytes;

/** What the promise is rejected with. */
function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "nothing",
    (error: unknown) => error,
  );
}

describe.each(IMAGE_HEAPS)("$name", ({ debug, open, restore, wasm }) => {
  test("what is free is left out: pools, pages inside free chunks, memory never used", async () => {
    using heap = await open({ initialMemory: 8 * MIB });
    const empty = heap.snapshot().length;
    expect(empty).toBeLessThan(LEAST + 4 * PAGE);
    heap.scope(() => {
      const lists = heap.list(Array.from({ length: 30_000 }, (_, i) => [i]));
      const arrays = heap.list(Array.from({ length: 100 }, () => heap.array("u8", 30_000)));
      expect(heap.snapshot().length).toBeGreaterThan(4 * MIB);
      lists.clear();
      arrays.clear();
    });
    heap.gc.collect();
    // In debug mode some of what was freed is kept back.
    if (debug) heap.mem.free(heap.mem.malloc(300_000));
    expect(heap.snapshot().length).toBeLessThan(empty + 8 * PAGE + (debug ? 2 * 300_000 : 0));
    heap.verify();
  });

  test("a heap in pieces: images have what lives, and what comes back allocates in the gaps", async () => {
    const random = new Random(TEST_SEED);
    using heap = await open();
    heap.scope(() => {
      const all = heap.list();
      heap.globals.set("all", all);
      for (let i = 0; i < 20_000; i++)
        all.push(random.chance(2) ? heap.array("u8", random.below(20_000)) : [i, `${i}`]);
      // Neighbours die together, so that pages are free.
      for (let i = 0; i < 20_000; i++) if (Math.floor(i / 500) % 4 !== 0) all.set(i, null);
    });
    heap.gc.collect();
    const image = heap.snapshot();
    expect(image.length).toBeLessThan(0.6 * viewOf(image).getUint32(HEADER.memoryEnd, true));
    using back = await restore(image);
    back.verify();
    expect(back.memory.buffer.byteLength).toBe(heap.memory.buffer.byteLength);
    expect(back.inspect({ blocks: true })).toEqual(heap.inspect({ blocks: true }));
    for (const each of [heap, back]) {
      each.scope(() => {
        const all = each.globals.get("all") as List;
        for (let i = 500; i < 10_000; i++) all.set(i, [i, { i }]);
      });
      each.verify();
    }
    expect(back.memory.buffer.byteLength).toBe(heap.memory.buffer.byteLength);
    expect(back.inspect({ blocks: true })).toEqual(heap.inspect({ blocks: true }));
  });

  test("a pool's free blocks are in the image only with its pool, and read as they did", async () => {
    using heap = await open();
    const blocks = Array.from({ length: 1000 }, () => heap.mem.malloc(400));
    new Uint8Array(heap.memory.buffer).fill(7, blocks[600], (blocks[600] as number) + 400);
    for (const [i, block] of blocks.entries()) if (i < 500 || i % 9 > 3) heap.mem.free(block);
    if (debug) heap.mem.free(heap.mem.malloc(300_000));
    const image = heap.snapshot();
    expect(offsetOf(image, blocks[0] as number)).toBe(-1);
    expect(offsetOf(image, blocks[999] as number)).toBeGreaterThan(0);
    using back = await restore(image);
    back.verify();
    const rest = blocks.filter((_, i) => !(i < 500 || i % 9 > 3));
    for (const block of rest) back.mem.free(block);
    back.verify();
    expect(back.sys.getAllocatedBlocks()).toBe(0);
  });

  test("addresses above 2 GiB, in an image as small as what lives there", async () => {
    if (debug) return;
    using heap = await open();
    const low = [2 ** 30, 2 ** 30].map((size) => heap.raw.malloc(size));
    heap.scope(() => {
      heap.globals.set("high", heap.list(Array.from({ length: 5000 }, (_, i) => [i, `text ${i}`])));
      const set = heap.set(["x"]);
      heap.globals.set("set", set).set("ref", heap.weakref.ref(set));
    });
    const blob = heap.raw.malloc(100_000);
    for (const block of low) heap.raw.free(block);
    const held = heap.list(["held"]);
    const image = heap.snapshot();
    expect(image.length).toBeLessThan(2 * MIB);
    expect(Math.max(...placesOf(image).map(({ address }) => address))).toBeGreaterThan(2 ** 31);
    using back = await restore(image);
    back.verify();
    expect(blob).toBeGreaterThan(2 ** 31);
    expect(back.raw.usableSize(blob)).toBe(heap.raw.usableSize(blob));
    const high = back.globals.get("high") as List;
    expect(high.address).toBe((heap.globals.get("high") as List).address);
    expect(high.length).toBe(5000);
    expect((back.toJS(high) as unknown[])[4999]).toEqual([4999, "text 4999"]);
    expect(held.address).toBeGreaterThan(0);
    back.globals.clear();
    high.release();
    back.gc.collect();
    back.raw.free(blob);
    back.verify();
    expect(back.sys.getAllocatedBlocks()).toBe(1);
    heap.raw.free(blob);
  });

  test("memory is at least as long as the heap's, and grows no further than it may", async () => {
    using heap = await open({ initialMemory: WASM_PAGE });
    heap.globals.set("big", heap.array("u8", 3 * MIB));
    const image = heap.snapshot();
    const end = viewOf(image).getUint32(HEADER.memoryEnd, true);
    using exact = await restore(image, { initialMemory: WASM_PAGE });
    expect(exact.memory.buffer.byteLength).toBeGreaterThanOrEqual(end);
    using large = await restore(image, { initialMemory: 16 * MIB });
    expect(large.memory.buffer.byteLength).toBe(16 * MIB);
    large.verify();
    large.globals.set("more", large.array("u8", 8 * MIB));
    expect(large.memory.buffer.byteLength).toBe(16 * MIB);
    large.verify();
    using small = await restore(image, { maximumMemory: end + 4 * WASM_PAGE });
    expect(() => small.array("u8", 2 * MIB)).toThrow(MemoryError);
    small.verify();
    small.globals.set("little", small.array("u8", 10_000));
    small.verify();
    const refusal = await rejectionOf(restore(image, { maximumMemory: MIB }));
    expect(refusal).toBeInstanceOf(MemoryError);
    expect(refusal).toMatchObject({ message: expect.stringMatching(/^Heap\.restore: .*raise maximumMemory/) });
  });

  test("a heap that has all the memory it may have comes back in as much, handles and all", async () => {
    const options: HeapOptions = { initialMemory: MIB, maximumMemory: MIB };
    using heap = await open(options);
    const blocks: number[] = [];
    const lists = Array.from({ length: 100 }, (_, i) => heap.list([i]));
    try {
      for (;;) blocks.push(heap.mem.malloc(5000));
    } catch (error) {
      expect(error).toBeInstanceOf(MemoryError);
    }
    using back = await restore(heap.snapshot(), options);
    back.verify();
    // A page more, for what handles held.
    expect(back.memory.buffer.byteLength).toBeLessThanOrEqual(MIB + WASM_PAGE);
    for (const block of blocks) back.mem.free(block);
    back.verify();
    expect(lists[99]?.at(0)).toBe(99);
    expect(back.sys.getAllocatedBlocks()).toBe(0);
  });

  test("bytes may come as whatever views of bytes there are", async () => {
    using heap = await open();
    heap.globals.set("text", ["Ω", 1.5]);
    const image = heap.snapshot();
    const odd = new Uint8Array(image.length + 21);
    odd.set(image, 13);
    const shared = new Uint8Array(new SharedArrayBuffer(image.length));
    shared.set(image);
    const given: unknown[] = [
      odd.subarray(13, 13 + image.length),
      Buffer.from(image),
      Buffer.from(odd.buffer, 13, image.length),
      image.buffer,
      new DataView(odd.buffer, 13, image.length),
      new Uint8ClampedArray(image),
      shared,
    ];
    for (const bytes of given) {
      using back = await restore(bytes as Uint8Array);
      back.verify();
      expect(back.toJS(back.globals)).toEqual({ text: ["Ω", 1.5] });
    }
    expect(Buffer.compare(heap.snapshot(), image)).toBe(0);
  });

  test("an image may be written into bytes that are there, whatever they hold", async () => {
    using heap = await open();
    heap.scope(() => heap.globals.set("text", ["Ω", 1.5, heap.array("u8", 40_000)]));
    const held = heap.list();
    const image = heap.snapshot();
    const odd = new Uint8Array(image.length + 100).fill(0xff).subarray(13);
    const shared = new Uint8Array(new SharedArrayBuffer(image.length)).fill(0xff);
    const places = [
      image.slice().fill(0xff),
      new Uint8Array(MIB).fill(0xff),
      Buffer.alloc(image.length, 1),
      odd,
      shared,
    ];
    for (const into of places) {
      const written = heap.snapshot(into);
      expect([written.buffer === into.buffer, written.byteOffset]).toEqual([true, into.byteOffset]);
      expect(firstDifference(written, image)).toBe(-1);
      expect(into.subarray(image.length).every((byte, i) => byte === (into.length === MIB || i < 87 ? 0xff : 0))).toBe(
        true,
      );
      using back = await restore(written);
      back.verify();
    }
    for (const into of [new Uint8Array(0), new Uint8Array(image.length - 1).fill(7)]) {
      const written = heap.snapshot(into);
      expect(written.buffer === into.buffer).toBe(false);
      expect(firstDifference(written, image)).toBe(-1);
      expect(into.every((byte) => byte === 7)).toBe(true);
    }
    // The one of before, of a heap that has become smaller.
    held.release();
    heap.globals.clear();
    const small = heap.snapshot(image);
    expect(small.buffer === image.buffer).toBe(true);
    if (!debug) expect(small.length).toBeLessThan(image.length);
    expect(firstDifference(small, heap.snapshot())).toBe(-1);
    for (const into of [
      null,
      5,
      "x",
      [],
      new ArrayBuffer(MIB),
      new DataView(new ArrayBuffer(MIB)),
      new Uint32Array(MIB),
    ]) {
      expect(() => heap.snapshot(into as never)).toThrow(/^heap\.snapshot: into must be a Uint8Array, not /);
    }
    heap.verify();
  });

  test("what is no bytes, and options that are none", async () => {
    using heap = await open();
    const image = heap.snapshot();
    const noBytes: unknown[] = [
      undefined,
      null,
      "ARNIMAGE",
      1,
      {},
      [65, 82],
      heap,
      [...image],
      new SharedArrayBuffer(8),
    ];
    for (const given of noBytes) {
      const refusal = await rejectionOf(Heap.restore(given as Uint8Array));
      expect(refusal).toBeInstanceOf(TypeError);
      expect(refusal).toMatchObject({
        message: expect.stringMatching(/^Heap\.restore: the image must be a Uint8Array, not /),
      });
    }
    const bad: [options: unknown, error: new (...args: never) => Error, words: RegExp][] = [
      [null, TypeError, /options must be an object, not null/],
      [1, TypeError, /options must be an object, not 1/],
      [{ structures: [] }, TypeError, /there is no option "structures"/],
      [{ structs: 5 }, TypeError, /structs/],
      [{ structs: [5] }, TypeError, /structs/],
      [{ structs: [heap] }, TypeError, /structs/],
      [{ maximumMemory: "1" }, TypeError, /maximumMemory/],
      [{ maximumMemory: 1 }, RangeError, /maximumMemory/],
      [{ initialMemory: 2 ** 40 }, RangeError, /initialMemory/],
      [{ debug: 1 }, TypeError, /debug/],
      [{ debug: !debug }, ImageError, /which cannot be changed/],
      [{ gc: { enabled: 1 } }, TypeError, /gc\.enabled/],
      [{ gc: { threshold: [1] } }, TypeError, /gc\.threshold/],
      [{ onUnraisable: 1 }, TypeError, /onUnraisable/],
    ];
    for (const [options, error, words] of bad) {
      const refusal = await rejectionOf(Heap.restore(image, options as never));
      expect([options, refusal]).toEqual([options, expect.any(error)]);
      expect((refusal as Error).message).toMatch(words);
    }
    using same = await restore(image, { debug, ...(wasm && { wasm }) });
    same.verify();
  });

  test("struct types that the image has not, or has otherwise, are told by name", async () => {
    using heap = await open();
    heap.struct("Node", { id: "i32", next: "self" });
    const image = heap.snapshot();
    using other = await open();
    const refused: [type: unknown, words: RegExp][] = [
      [other.struct("Other", { id: "i32" }), /Other.*no struct type of that name/],
      [other.struct("Node", { id: "u32", next: "self" }), /Node.*"id" is i32, not u32/],
    ];
    for (const [type, words] of refused) {
      const refusal = await rejectionOf(restore(image, { structs: [type as never] }));
      expect(refusal).toBeInstanceOf(ImageError);
      expect(refusal).toMatchObject({ code: "IMAGE_MISMATCH", message: expect.stringMatching(words) });
      expect(refusal).toMatchObject({ message: expect.stringMatching(/^Heap\.restore: /) });
    }
  });

  test("bytes that change, or go, while the core is made are noticed", async () => {
    using heap = await open();
    heap.globals.set("a", [1]);
    const gone = heap.snapshot();
    const going = rejectionOf(restore(gone));
    structuredClone(gone, { transfer: [gone.buffer] });
    expect(await going).toBeInstanceOf(ImageError);
    const changing = heap.snapshot();
    const changed = rejectionOf(restore(changing));
    changing.fill(0xff, 4096);
    expect(await changed).toBeInstanceOf(ImageError);
  });
});
