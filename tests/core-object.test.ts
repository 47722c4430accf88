// Types and new objects: where they lie, what stands in them, and which numbers are refused.
import { describe, expect, test } from "vitest";
import {
  FALSE_OBJECT,
  G_LARGE_COUNT,
  G_TYPE_CAPACITY,
  G_TYPE_COUNT,
  G_TYPES,
  G_YOUNG_END,
  GC_BYTES,
  HEADER_BYTES,
  ID_BOOL,
  ID_FIRST,
  IMMORTAL,
  OBJECT_MAX_BYTES,
  POOL_BYTES,
  T_TRACKED,
  T_WEAK,
  TRUE_OBJECT,
  TYPE_BYTES,
  TYPE_LARGE,
  TYPE_LIST,
  TYPE_NAME,
  TYPE_NAME_BYTES,
  TYPE_REFS,
  TYPE_SHIFT,
  TYPE_SIZE,
  TYPE_WORD,
  TYPES_MAX,
} from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, BAD_INDEX, BAD_TYPE, NO_MEMORY, OK } from "../src/status.js";
import { type Pool, poolArenas, poolsOf } from "../src/walk.js";
import { VARIANTS } from "./helpers/core.js";
import { integer, Objects } from "./helpers/objects.js";

/** Types of objects of so many bytes from the header on, as [references, bytes of scalars]. */
function shapesOf(bytes: number): [refs: number, scalarBytes: number][] {
  const words = Math.floor((bytes - HEADER_BYTES) / 4);
  return [
    [0, bytes - HEADER_BYTES],
    [words, bytes - HEADER_BYTES - 4 * words],
    [Math.floor(words / 2), bytes - HEADER_BYTES - 4 * Math.floor(words / 2)],
  ];
}

function poolOf(objects: Objects, object: number): Pool | undefined {
  const pools = poolArenas(objects.heap.memory).flatMap((arena) => poolsOf(objects.heap.memory, arena));
  return pools.find(({ address }) => object - (object % POOL_BYTES) === address);
}

describe.each(VARIANTS)("$name", ({ open, debug }) => {
  const frame = debug ? 12 : 0;
  const head = debug ? 8 : 0;

  describe("where an object lies", () => {
    test("two references and no scalars: a block of 24 bytes, gc words included", () => {
      const objects = new Objects(open());
      const type = objects.type(2);
      const made = objects.makeMany(type, 20);
      const pool = poolOf(objects, made[0] as number);
      expect(pool).toMatchObject({ holds: "objects", blockSize: Math.ceil((24 + frame) / 8) * 8 });
      const { address, blockSize } = pool as Pool;
      for (const object of made) expect((object - GC_BYTES - head - address) % blockSize).toBe(0);
      expect(objects.isTracked(made[0] as number)).toBe(true);
      expect(new Set(made).size).toBe(20);
    });

    test("two doubles: no gc words, a block of 24 bytes", () => {
      const objects = new Objects(open());
      const made = objects.makeMany(objects.type(0, 16), 20);
      const pool = poolOf(objects, made[0] as number);
      expect(pool).toMatchObject({ blockSize: Math.ceil((24 + frame) / 8) * 8 });
      const { address, blockSize } = pool as Pool;
      for (const object of made) expect((object - head - address) % blockSize).toBe(0);
      expect(objects.tracked(made)).toBe(0);
      expect(objects.field(G_YOUNG_END)).toBe(0);
    });

    test("a new object: count 1, type word, fields zero, also in a block that was used before", () => {
      const objects = new Objects(open());
      const type = objects.type(3, 20);
      const all = (3 << 2) + 20;
      for (let round = 0; round < 3; round++) {
        const made = objects.makeMany(type, 50);
        for (const object of made) {
          expect(objects.count(object)).toBe(1);
          expect(objects.typeWord(object)).toBe((type << 16) | T_TRACKED | 3);
          const fields = objects.heap.memory.bytes.subarray(object + HEADER_BYTES, object + HEADER_BYTES + all);
          expect(fields.every((byte) => byte === 0)).toBe(true);
          objects.heap.memory.bytes.fill(0xff, object + HEADER_BYTES + 12, object + HEADER_BYTES + all);
        }
        objects.heap.verify();
        objects.release(...made);
        objects.heap.settle();
      }
      expect(objects.leftBlocks()).toBe(0);
    });

    const sizes = [8, 9, 12, 16, 20, 24, 40, 100, 256, 472, 476, 480, 484, 488, 492, 496, 497, 500, 504, 505, 512];
    test.each([...sizes, 513, 520, 600, 4000, 70_000, 300_000])(
      "objects of %i bytes, of all shapes, side by side",
      (bytes) => {
        const objects = new Objects(open());
        for (const [refs, scalarBytes] of shapesOf(bytes)) {
          for (const tracked of [false, true]) {
            const type = objects.type(refs, scalarBytes, tracked);
            const made = objects.makeMany(type, 5);
            for (const [i, object] of made.entries()) {
              expect(object % 8).toBe(0);
              expect(objects.core.checkObject(object, type)).toBe(OK);
              const { bytes: memory } = objects.heap.memory;
              expect(memory.subarray(object + HEADER_BYTES, object + bytes).every((byte) => byte === 0)).toBe(true);
              memory.fill(i + 1, object + HEADER_BYTES + 4 * refs, object + bytes);
            }
            for (const [i, object] of made.entries()) {
              const scalars = objects.heap.memory.bytes.subarray(object + HEADER_BYTES + 4 * refs, object + bytes);
              expect(scalars.every((byte) => byte === i + 1)).toBe(true);
              expect([objects.count(object), objects.core.typeOf(object)]).toEqual([1, type]);
            }
            objects.heap.verify();
            objects.release(...made);
            expect(made.filter((object) => objects.isLive(object))).toEqual([]);
          }
        }
        objects.heap.verify();
        expect(objects.leftBlocks()).toBe(0);
      },
    );

    test("a tracked object is in the array of large ones when its block is larger than a pool's", () => {
      const objects = new Objects(open());
      const last = Math.floor((512 - frame) / 8) * 8 - GC_BYTES;
      const made = [last - 8, last - 3, last, last + 1, last + 8, 4000].map((bytes) =>
        objects.make(objects.type(1, bytes - HEADER_BYTES - 4)),
      );
      expect(objects.field(G_LARGE_COUNT)).toBe(3);
      expect(made.map((object) => poolOf(objects, object) !== undefined)).toEqual([
        true,
        true,
        true,
        false,
        false,
        false,
      ]);
      objects.heap.verify();
      objects.release(...made);
      expect(objects.field(G_LARGE_COUNT)).toBe(0);
    });

    test("the largest object there can be, tracked or not", () => {
      const objects = new Objects(open());
      for (const tracked of [true, false]) {
        const object = objects.make(objects.type(1, OBJECT_MAX_BYTES - HEADER_BYTES - 4, tracked));
        const { bytes } = objects.heap.memory;
        expect([bytes[object + 8], bytes[object + OBJECT_MAX_BYTES - 1]]).toEqual([0, 0]);
        bytes[object + OBJECT_MAX_BYTES - 1] = 1;
        objects.heap.verify();
        objects.release(object);
      }
      expect(objects.leftBlocks()).toBe(0);
    });

    test.each([254, 255, 256, 257, 10_000, (OBJECT_MAX_BYTES - HEADER_BYTES) / 4])("%i references", (refs) => {
      const objects = new Objects(open());
      const type = objects.type(refs);
      const leaf = objects.type(0, 8);
      const object = objects.make(type);
      const child = objects.make(leaf);
      const slots = [0, 1, 252, 253, refs - 2, refs - 1];
      for (const slot of slots) {
        objects.link(object, slot, child);
        expect(objects.core.getRef(object, slot) >>> 0).toBe(child);
      }
      const distinct = new Set(slots).size;
      expect(objects.count(child)).toBe(1 + distinct);
      expect(objects.core.setRef(object, refs, child)).toBe(BAD_INDEX);
      expect(objects.core.getRef(object, refs)).toBe(0);
      expect(objects.core.lastStatus()).toBe(BAD_INDEX);
      expect(objects.referents(object)).toEqual(Array(distinct).fill(child));
      objects.heap.verify();
      objects.core.collect(2);
      expect(objects.count(child)).toBe(1 + distinct);
      objects.release(child);
      objects.release(object);
      expect([objects.isLive(object), objects.isLive(child)]).toEqual([false, false]);
      expect(objects.leftBlocks()).toBe(0);
    });

    test("true and false are there from the start, and immortal", () => {
      const { heap, core } = new Objects(open());
      for (const object of [TRUE_OBJECT, FALSE_OBJECT]) {
        expect(core.typeOf(object)).toBe(ID_BOOL);
        expect(core.refcount(object) >>> 0).toBe(IMMORTAL);
        expect(core.checkObject(object, ID_BOOL)).toBe(OK);
        expect(core.setRef(object, 0, 0)).toBe(BAD_INDEX);
      }
      expect(core.checkObject(TRUE_OBJECT + 4, 0)).toBe(BAD_ADDRESS);
      expect(core.checkObject(FALSE_OBJECT - 8, 0)).toBe(BAD_ADDRESS);
      heap.verify();
    });
  });

  describe("types", () => {
    test("the record of a type", () => {
      const objects = new Objects(open());
      const { core, heap } = objects;
      const name = heap.mem.malloc(5);
      const id = core.defineType(2, 20, T_TRACKED, name, 5);
      const record = objects.field(G_TYPES) + (id << TYPE_SHIFT);
      const read = (field: number) => heap.word(record + field);
      expect(id).toBe(ID_FIRST);
      expect(read(TYPE_WORD)).toBe((id << 16) | T_TRACKED | 2);
      expect([read(TYPE_REFS), read(TYPE_SIZE), read(TYPE_NAME), read(TYPE_NAME_BYTES)]).toEqual([2, 20, name, 5]);
      expect(read(TYPE_BYTES)).toBe(24 + GC_BYTES);
      const wide = core.defineType(300, 8 + 1200, T_TRACKED, 0, 0);
      expect(heap.word(objects.field(G_TYPES) + (wide << TYPE_SHIFT) + TYPE_LIST)).toBe(TYPE_LARGE);
      expect(heap.word(objects.field(G_TYPES) + (wide << TYPE_SHIFT) + TYPE_WORD) & 255).toBe(255);
      heap.verify();
    });

    test("thousands of types, and objects of each", () => {
      const objects = new Objects(open());
      const ids = Array.from({ length: 5000 }, (_, i) => objects.type(i % 5, 8 * (i % 40)));
      expect(ids).toEqual(Array.from({ length: 5000 }, (_, i) => ID_FIRST + i));
      const made = ids.map((id) => objects.make(id));
      for (const [i, object] of made.entries()) {
        if (objects.core.typeOf(object) !== ids[i]) throw new Error(`object ${i} is of another type`);
        if (objects.words(object).length !== i % 5) throw new Error(`object ${i} has other references`);
        if (i > 0 && i % 5 > 0) objects.link(object, 0, made[i - 1] as number);
      }
      objects.heap.verify();
      objects.release(...made.reverse());
      expect(objects.leftBlocks()).toBe(0);
    });

    test("65,535 types, and not one more", () => {
      const objects = new Objects(open());
      const { core } = objects;
      const first = objects.type(1);
      for (let id = first + 1; id <= TYPES_MAX; id++)
        if (core.defineType(0, 16, 0, 0, 0) !== id) throw new Error(`${id}`);
      const before = objects.heap.snapshot();
      expect(core.defineType(0, 16, 0, 0, 0)).toBe(0);
      expect(core.lastStatus()).toBe(NO_MEMORY);
      expect(objects.heap.firstChange(before)).toBe(-1);
      expect(objects.field(G_TYPE_COUNT)).toBe(TYPES_MAX);
      expect(objects.field(G_TYPE_CAPACITY)).toBeGreaterThan(TYPES_MAX);
      const [one, last] = [objects.make(first), objects.make(TYPES_MAX)];
      expect([core.typeOf(one), core.typeOf(last)]).toEqual([first, TYPES_MAX]);
      objects.link(one, 0, last);
      objects.release(last);
      objects.heap.verify();
      objects.release(one);
      expect(objects.isLive(last)).toBe(false);
    });

    test.each([
      ["a size below the header", 0, 7, 0],
      ["no size", 0, 0, 0],
      ["a negative size", 0, -8, 0],
      ["a size above the limit", 0, OBJECT_MAX_BYTES + 1, 0],
      ["the largest number as size", 0, 0xffff_ffff, 0],
      ["more references than fit", 3, 16, T_TRACKED],
      ["one reference in a header", 1, 8, T_TRACKED],
      ["one reference in 11 bytes", 1, 11, T_TRACKED],
      ["2^30 references, which are 0 bytes", 2 ** 30, 8, T_TRACKED],
      ["the largest number of references", 0xffff_ffff, 64, T_TRACKED],
      ["a flag there is not", 0, 16, 0x800],
      ["the mark of objects with weak references", 0, 16, T_WEAK],
      ["a flag of objects", 0, 16, 0x8000],
      ["flags in the bits of the references", 0, 16, 1],
    ])("%s is refused", (_, refs, bytes, flags) => {
      const objects = new Objects(open());
      objects.type(1);
      const name = objects.heap.mem.malloc(10);
      const before = objects.heap.snapshot();
      expect(objects.core.defineType(refs, bytes, flags, name, 10)).toBe(0);
      expect(objects.core.lastStatus()).toBe(BAD_TYPE);
      expect(objects.heap.firstChange(before)).toBe(-1);
      expect(objects.heap.mem.free(name)).toBe(OK);
    });

    test.each([0, 3, 100, 65_535, 65_536, 0xffff_ffff, -1])("there is no type %i to make objects of", (id) => {
      const objects = new Objects(open());
      objects.type(1);
      const out = objects.heap.mem.malloc(40);
      const before = objects.heap.snapshot();
      expect(objects.tryMake(id)).toBe(0);
      expect(objects.core.lastStatus()).toBe(BAD_TYPE);
      expect(objects.core.newObjects(id, 0, out)).toBe(OK);
      expect(objects.heap.firstChange(before)).toBe(-1);
      expect(objects.core.newObjects(id, 10, out)).toBe(BAD_TYPE);
      objects.heap.verify();
    });
  });

  describe("newObjects", () => {
    test("writes as many addresses, of objects like any others", () => {
      const objects = new Objects(open());
      const types = [objects.type(2), objects.type(0, 16), objects.type(1, 700), objects.type(0, 700)];
      const out = objects.heap.mem.malloc(4 * 1000);
      for (const type of types) {
        for (const count of [0, 1, 2, 999]) {
          objects.heap.poke(out + 4 * count, 0xabcd);
          expect(objects.core.newObjects(type, count, out)).toBe(OK);
          expect(objects.heap.word(out + 4 * count)).toBe(0xabcd);
          const made = Array.from({ length: count }, (_, i) => objects.heap.word(out + 4 * i));
          expect(new Set(made).size).toBe(count);
          for (const object of made) {
            if (objects.core.checkObject(object, type) !== OK || objects.count(object) !== 1)
              throw new Error(`${object}`);
          }
          objects.heap.verify();
          objects.release(...made);
        }
      }
      objects.heap.mem.free(out);
      expect(objects.leftBlocks()).toBe(0);
    });
  });

  test("a dead object's block serves the next object of its size", () => {
    const objects = new Objects(open());
    const [a, b] = [objects.type(2), objects.type(1, 4)];
    const object = objects.make(a);
    objects.link(object, 0, integer(7));
    objects.release(object);
    expect(objects.core.checkObject(object, 0)).toBe(ALREADY_FREE);
    const next = objects.make(b);
    if (!debug) expect(next).toBe(object);
    expect(objects.words(next)).toEqual([0]);
  });
});
