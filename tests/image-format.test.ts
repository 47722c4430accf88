// The head of an image: what it says, that it says it in these very bytes, and what of it is refused.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import * as layout from "../assembly/layout.js";
import * as objectlayout from "../assembly/objectlayout.js";
import { IMAGE_VERSION, LAYOUT_FINGERPRINT } from "../src/images/format.js";
import { Heap, ImageError } from "../src/index.js";
import { openHeap } from "./helpers/heap.js";
import { HEADER, heldIn, placesOf, RUNTIME_PART, seal, viewOf } from "./helpers/images.js";

const PAGE = 4096;
const WASM_PAGE = 65_536;

test("the fingerprint is that of the layout: whoever changes the one has to change the other", () => {
  const entries = Object.entries({ ...layout, ...objectlayout }).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash("sha256").update(entries.map(([name, value]) => `${name}=${value}\n`).join(""));
  expect(LAYOUT_FINGERPRINT).toBe(hash.digest().readBigUInt64LE(0));
});

/** A heap with large blocks, pools and gaps between them, whose image has several runs. */
async function image(debug = false): Promise<Uint8Array> {
  using heap = await openHeap({ debug });
  const { globals } = heap;
  globals.set("data", { list: [1, "two", [3n ** 90n]], map: new Map([[1, 2]]) });
  const gap = heap.raw.malloc(300_000);
  globals.set("long", heap.array("u8", 200_000));
  heap.raw.free(gap);
  for (let i = 0; i < 5; i++) heap.list([i]);
  return heap.snapshot();
}

let plain: Uint8Array;
beforeAll(async () => {
  plain = await image();
});

describe("an image", () => {
  test.each([false, true])("says in its header what it has (debug: %s)", async (debug) => {
    const bytes = debug ? await image(true) : plain;
    const view = viewOf(bytes);
    expect(Buffer.from(bytes.subarray(0, 8)).toString("latin1")).toBe("ARNIMAGE");
    expect(view.getUint32(HEADER.version, true)).toBe(IMAGE_VERSION);
    expect(view.getUint32(HEADER.flags, true)).toBe(debug ? 1 : 0);
    expect(view.getBigUint64(HEADER.fingerprint, true)).toBe(LAYOUT_FINGERPRINT);
    expect(view.getBigUint64(HEADER.length, true)).toBe(BigInt(bytes.length));
    expect(view.getUint32(HEADER.held, true)).toBe(6);
    expect([52, 56, 60].map((at) => view.getUint32(at, true))).toEqual([0, 0, 0]);
  });

  test("has runs of whole pages, lowest first, within memory, and nothing between its parts", () => {
    const view = viewOf(plain);
    const [runtime, ...runs] = placesOf(plain);
    expect(runs.length).toBeGreaterThan(1);
    let [end, offset] = [RUNTIME_PART.end as number, (runtime?.offset ?? 0) + RUNTIME_PART.end - RUNTIME_PART.start];
    for (const run of runs) {
      expect([run.address % PAGE, run.bytes % PAGE]).toEqual([0, 0]);
      expect(run.address).toBeGreaterThanOrEqual(end);
      expect(run.offset).toBe(offset);
      end = run.address + run.bytes;
      offset += run.bytes;
    }
    expect(offset).toBe(plain.length);
    expect(view.getUint32(HEADER.memoryEnd, true) % WASM_PAGE).toBe(0);
    expect(view.getUint32(HEADER.memoryEnd, true)).toBeGreaterThanOrEqual(end);
  });

  test("lists what handles hold in order, once for each handle", async () => {
    using heap = await openHeap();
    const lists = [heap.list(), heap.list(), heap.list()];
    const [first, second, third] = lists.map(({ address }) => address) as [number, number, number];
    lists[1]?.clone();
    lists[2]?.release();
    expect(third).toBeGreaterThan(0);
    expect(heldIn(heap.snapshot())).toEqual([first, second, second].sort((a, b) => a - b));
  });
});

/** Fails unless the image is refused with this code and these words. */
async function expectRefused(bytes: Uint8Array, code: string, words: RegExp): Promise<void> {
  const refusal = await Heap.restore(bytes).then(
    () => "restored",
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(ImageError);
  expect(refusal).toMatchObject({ name: "ImageError", code, message: expect.stringMatching(words) });
}

/** The image with words put in at offsets, and the right checksum. */
function withWords(...words: (readonly [offset: number, value: number])[]): Uint8Array {
  const bytes = plain.slice();
  for (const [offset, value] of words) viewOf(bytes).setUint32(offset, value, true);
  return seal(bytes);
}

describe("what is refused", () => {
  test("bytes that do not begin as an image", async () => {
    const foreign = /no image of a heap.*give those that heap\.snapshot\(\) returned/;
    await expectRefused(new Uint8Array(1000), "IMAGE_FOREIGN", foreign);
    await expectRefused(new TextEncoder().encode("x"), "IMAGE_FOREIGN", foreign);
    await expectRefused(new TextEncoder().encode("ARNIMAGF"), "IMAGE_FOREIGN", foreign);
    await expectRefused(withWords([HEADER.magic, 0x494e_5242]), "IMAGE_FOREIGN", foreign);
  });

  test("the beginning of an image, however long", async () => {
    for (const length of [0, 1, 7, 8, 9, 32, 63, 64, 65, 100, 4096, 60_000, plain.length - 1]) {
      await expectRefused(
        plain.subarray(0, length),
        "IMAGE_DAMAGED",
        new RegExp(`not whole: there are ${length} bytes`),
      );
    }
  });

  test("an image with bytes behind it", async () => {
    for (const more of [1, 64, 4096]) {
      const longer = new Uint8Array(plain.length + more);
      longer.set(plain);
      await expectRefused(longer, "IMAGE_DAMAGED", /it has \d+ bytes, and \d+ by its header/);
      viewOf(longer).setBigUint64(HEADER.length, BigInt(longer.length), true);
      await expectRefused(seal(longer), "IMAGE_DAMAGED", /its parts are not as long as it is/);
    }
  });

  test("another version of the format, and what to restore it with", async () => {
    await expectRefused(
      withWords([HEADER.version, IMAGE_VERSION + 1]),
      "IMAGE_VERSION",
      /restore it with a newer version/,
    );
    await expectRefused(withWords([HEADER.version, 0]), "IMAGE_VERSION", /restore it with a matching older version/);
  });

  test("another layout of memory", async () => {
    await expectRefused(withWords([HEADER.fingerprint, 1]), "IMAGE_VERSION", /lays memory out in another way.*toJS/);
  });

  test("flags and zeros that mean nothing, lengths of memory that there cannot be", async () => {
    const senseless = /its header makes no sense/;
    for (const flags of [2, 3, 0x8000_0000])
      await expectRefused(withWords([HEADER.flags, flags]), "IMAGE_DAMAGED", senseless);
    for (const at of [52, 56, 60]) await expectRefused(withWords([at, 1]), "IMAGE_DAMAGED", senseless);
    for (const end of [0, 1, 4096, WASM_PAGE + 4, 0xfffd_0000, 0xffff_0000]) {
      await expectRefused(withWords([HEADER.memoryEnd, end]), "IMAGE_DAMAGED", senseless);
    }
  });

  test("runs and held addresses of numbers that the image has no room for", async () => {
    for (const field of [HEADER.runs, HEADER.held]) {
      for (const count of [plain.length, 0x1fff_ffff, 0x7fff_ffff, 0xffff_ffff]) {
        await expectRefused(withWords([field, count]), "IMAGE_DAMAGED", /its tables are longer than it is/);
      }
      const more = viewOf(plain).getUint32(field, true) + 100;
      await expectRefused(withWords([field, more]), "IMAGE_DAMAGED", /lies where none can|not as long as it is/);
    }
  });

  test("runs that lie where none can", async () => {
    const [, first, second] = placesOf(plain);
    const end = viewOf(plain).getUint32(HEADER.memoryEnd, true);
    const bad: [address: number, bytes: number][] = [
      [0, first?.bytes ?? 0],
      [RUNTIME_PART.start, PAGE],
      [RUNTIME_PART.end - PAGE, PAGE],
      [(first?.address ?? 0) + 4, first?.bytes ?? 0],
      [first?.address ?? 0, (first?.bytes ?? 0) + 1],
      [first?.address ?? 0, 0],
      [second?.address ?? 0, first?.bytes ?? 0],
      [first?.address ?? 0, 0xffff_f000],
      [end, PAGE],
      [0xffff_f000, PAGE],
      [0xffff_f000, 0xffff_f000],
    ];
    for (const [address, bytes] of bad) {
      const changed = withWords([HEADER.bytes, address], [HEADER.bytes + 4, bytes]);
      await expectRefused(changed, "IMAGE_DAMAGED", /its run \d+ lies where none can/);
    }
  });

  test("a header that is not that of its heap", async () => {
    await expectRefused(withWords([HEADER.flags, 1]), "IMAGE_DAMAGED", /its header is not that of its heap/);
    const end = viewOf(plain).getUint32(HEADER.memoryEnd, true);
    const longer = withWords([HEADER.memoryEnd, end + WASM_PAGE]);
    await expectRefused(longer, "IMAGE_DAMAGED", /its header is not that of its heap/);
  });

  test("held addresses at which no object lies", async () => {
    const held = HEADER.bytes + 8 * viewOf(plain).getUint32(HEADER.runs, true);
    const is = viewOf(plain).getUint32(held, true);
    for (const address of [0, 1, 8, is + 1, is + 8, is - 8, 0x1500, 0xe000, 0x7fff_fff8, 0xffff_fff8]) {
      await expectRefused(withWords([held, address]), "IMAGE_DAMAGED", /what it holds is no heap.*invariant "/);
    }
  });

  test("one byte that is not as it was, wherever it is", async () => {
    for (let at = HEADER.checksum; at < plain.length; at += at < 400 ? 1 : 997) {
      const bytes = plain.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      await expectRefused(bytes, "IMAGE_DAMAGED", /damaged|not whole/);
    }
  });
});
