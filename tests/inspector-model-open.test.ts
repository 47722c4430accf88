// Files that the inspector opens, and those that it cannot: images, traces, and sentences.
import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { Heap } from "arenaria";
import { afterEach, describe, expect, test } from "vitest";
import { encodeTrace } from "../bench/trace/writer.js";
import { heapsOfPage, OpenError, openFile, openHeap } from "../src/inspector/model/open.js";
import type { Session } from "../src/inspector/model/session.js";
import { OP_MALLOC } from "../src/traces/format.js";

const ended: (() => unknown)[] = [];

afterEach(() => {
  for (const end of ended.splice(0)) end();
});

async function opened(bytes: Uint8Array, name: string): Promise<Session> {
  const session = await openFile(bytes, name);
  ended.push(() => session.close());
  return session;
}

/** An image of a heap with objects in globals, one that only a handle holds, and a block. */
async function image(): Promise<{ bytes: Uint8Array; heap: Heap }> {
  const heap = await Heap.create();
  ended.push(() => heap[Symbol.dispose]());
  const Node = heap.struct("Node", { id: "u32", next: "self" });
  heap.globals.set("data", { list: [1, "two", 3.5], set: new Set(["a"]) });
  const held = new Node({ id: 7 });
  held.next = new Node({ id: 8 });
  heap.mem.malloc(3000);
  return { bytes: heap.snapshot(), heap };
}

const trace = readFileSync(new URL("../bench/traces/sqlite.atrc.gz", import.meta.url));

describe("images", () => {
  test("show the heap as it was, what only handles held included", async () => {
    const { bytes, heap } = await image();
    const session = await opened(bytes, "state.image");
    expect(session).toMatchObject({ kind: "image", name: "state.image", state: "ready", player: null });
    while (session.numbers().counting) session.frame(2);
    const { arenas, large, generations } = heap.inspect({ blocks: true });
    expect(session.heap.inspect({ blocks: true })).toMatchObject({ arenas, large, generations });
    const { malloc, usage, types, handles } = session.numbers();
    const { toString: _, ...known } = heap.sys.debugMallocStats();
    expect(malloc).toEqual(known);
    expect(usage.live).toBe(heap.sys.memoryUsage().live);
    expect(types.find(({ name }) => name === "Node")?.objects).toBe(2);
    expect(handles).toBe(heap.handleCount);
    expect(session.numbers().gc.enabled).toBe(true);
    const page = await session.look(() => session.browser.search("Node"));
    page.advance(1000);
    const [first] = page.found.filter(({ label }) => label.includes("7"));
    const roots = await session.look(() => session.browser.details(first?.address ?? 0).roots);
    expect(roots).toEqual(["handle"]);
  });

  test("are read as often as there are frames, at no cost", async () => {
    const { bytes } = await image();
    const session = await opened(bytes, "state.image");
    session.frame(10);
    const { version } = session.map;
    for (let n = 0; n < 50; n++) session.frame(1);
    expect(session.map.version).toBe(version);
    session.close();
    expect(session.state).toBe("gone");
    session.frame(1);
  });
});

describe("traces", () => {
  test("are known by their content, whatever they are called, gzipped or not", async () => {
    const session = await opened(trace, "holiday.jpg");
    expect(session).toMatchObject({ kind: "trace", name: "holiday.jpg" });
    const plain = await opened(gunzipSync(trace), "/somewhere/sqlite.atrc");
    expect(plain).toMatchObject({ kind: "trace", name: "sqlite" });
  });

  test("without operations are at their end", async () => {
    const { player } = await opened(encodeTrace([]), "nothing.atrc");
    expect(player).toMatchObject({ length: 0, position: 0 });
    expect(player?.describe()).toBe("the end");
    await player?.seek(5);
    player?.step();
    if (player) player.playing = true;
    expect(player?.playing).toBe(false);
  });

  test("that ask for more memory than there is go on without it", async () => {
    const calls = Array.from({ length: 4 }, (_, slot) => ({ op: OP_MALLOC, slot, size: 0x7fffffff }));
    const { player } = await opened(encodeTrace(calls), "greedy.atrc");
    player?.step(4);
    expect(player?.position).toBe(4);
  });
});

describe("heaps of a page", () => {
  const page = globalThis as { arenaria_heaps?: unknown };

  test("are those that it offers by name and that are there", async () => {
    expect(heapsOfPage()).toEqual([]);
    const [cache, other, gone] = await Promise.all([Heap.create(), Heap.create(), Heap.create()]);
    ended.push(
      () => delete page.arenaria_heaps,
      () => cache[Symbol.dispose](),
      () => other[Symbol.dispose](),
    );
    gone[Symbol.dispose]();
    page.arenaria_heaps = { cache, gone, nothing: null, number: 3, other };
    expect(heapsOfPage().map(({ name, heap }) => [name, heap === cache || heap === other])).toEqual([
      ["cache", true],
      ["other", true],
    ]);
    page.arenaria_heaps = "no object";
    expect(heapsOfPage()).toEqual([]);
  });

  test("are refused in words if they are none", () => {
    expect(() => openHeap({} as Heap)).toThrow(/^the inspector wants a Heap of the same copy of arenaria/);
  });
});

describe("a file that cannot be opened is told in a sentence", () => {
  const version = () => {
    const bytes = new Uint8Array(gunzipSync(trace));
    bytes[4] = 9;
    return bytes;
  };
  const cases: [string, () => Uint8Array | Promise<Uint8Array>, RegExp][] = [
    ["empty", () => new Uint8Array(0), /^f\.bin is empty\.$/],
    ["something else", () => new TextEncoder().encode("<html>"), /^f\.bin is neither a recorded trace .* nor an image/],
    ["gzip of something else", () => gzipSync("hello, world"), /^f\.bin: no trace: .*"ATRC".*\.$/],
    ["gzip that is cut off", () => trace.subarray(0, 5000), /^f\.bin: the gzip data is damaged or cut off/],
    ["a trace that is cut off", () => gunzipSync(trace).subarray(0, 5000), /^f\.bin: cut off/],
    ["a trace of another version", version, /^f\.bin: trace of version 9; this program reads version 1/],
    [
      "an image that is cut off",
      async () => (await image()).bytes.slice(0, -1),
      /^f\.bin is an image that is damaged: .*\.$/,
    ],
    [
      "an image with another byte",
      async () => {
        const { bytes } = await image();
        bytes[9000] = (bytes[9000] as number) ^ 1;
        return bytes;
      },
      /^f\.bin is an image that is damaged: .*\.$/,
    ],
    [
      "an image of another version",
      async () => {
        const { bytes } = await image();
        bytes[8] = 77;
        return bytes;
      },
      /^f\.bin is an image of another version of this library; .*\.$/,
    ],
  ];

  test.each(cases)("%s", async (_, bytes, sentence) => {
    const given = await bytes();
    const error = await openFile(given, "f.bin").catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(OpenError);
    expect((error as Error).message).toMatch(sentence);
    expect((error as Error).message).not.toMatch(/Heap\.restore|\.\.$|\n/);
  });
});
