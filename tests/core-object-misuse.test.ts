// What looks like an object and is none, dead objects, and records of types that were written to.
import { describe, expect, test } from "vitest";
import { I_TYPE } from "../assembly/invariants.js";
import { G_TYPES, TYPE_BYTES, TYPE_LIST, TYPE_SHIFT, TYPE_SIZE } from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, BAD_TYPE, IS_OBJECT, NO_MEMORY, OK } from "../src/status.js";
import { VARIANTS } from "./helpers/core.js";
import { Objects } from "./helpers/objects.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  test("objects of the type of true and false cannot be made", () => {
    const objects = new Objects(open());
    expect(objects.tryMake(1)).toBe(0);
    expect(objects.core.lastStatus()).toBe(BAD_TYPE);
  });

  test.each([
    ["small untracked", 0, 16],
    ["large untracked", 0, 700],
    ["small tracked", 2, 0],
    ["large tracked", 200, 0],
  ])("a dead %s object is ALREADY_FREE, for every call, and nothing changes", (_, refs, scalars) => {
    const objects = new Objects(open());
    const type = objects.type(refs, scalars);
    const [a = 0, b = 0] = objects.makeMany(type, 2);
    objects.release(a, b);
    const before = objects.heap.snapshot();
    for (const object of [b, a]) {
      const { core } = objects;
      expect([core.checkObject(object, 0), core.decref(object), core.incref(object)]).toEqual([
        ALREADY_FREE,
        ALREADY_FREE,
        ALREADY_FREE,
      ]);
    }
    expect(objects.heap.firstChange(before)).toBe(-1);
    objects.heap.verify();
  });

  test("checkObject: a block of the raw domain is no object", () => {
    const objects = new Objects(open());
    expect(objects.core.checkObject(objects.heap.raw.calloc(1, 4000), 0)).toBe(BAD_ADDRESS);
  });

  test("the block of a large tracked object cannot be freed under it", () => {
    const objects = new Objects(open());
    const object = objects.make(objects.type(200));
    expect(objects.heap.mem.free(object - 16)).toBe(IS_OBJECT);
    expect(objects.heap.obj.free(object - 16)).toBe(IS_OBJECT);
    objects.heap.verify();
  });

  test("a type with a name of no bytes", () => {
    const objects = new Objects(open());
    expect(objects.core.defineType(0, 16, 0, objects.heap.mem.malloc(0), 0)).not.toBe(0);
    objects.heap.verify();
  });

  test.each([
    ["list", TYPE_LIST, 64],
    ["bytes of the block", TYPE_BYTES, 64],
    ["bytes", TYPE_SIZE, 64],
  ])("verify: another %s in a type record", (_, field, more) => {
    const objects = new Objects(open());
    const type = objects.type(2);
    const at = objects.field(G_TYPES) + (type << TYPE_SHIFT) + field;
    objects.heap.poke(at, objects.heap.word(at) + more);
    expect(objects.core.verify()).toBe(I_TYPE);
  });

  test("a count that cannot be larger stays one that can be read", () => {
    const objects = new Objects(open());
    const object = objects.make(objects.type(2));
    objects.heap.poke(object, 0x7fff_ffff);
    const holder = objects.make(objects.type(2));
    expect(objects.core.incref(object)).toBe(NO_MEMORY);
    expect(objects.core.setRef(holder, 0, object)).toBe(NO_MEMORY);
    expect(objects.core.checkObject(object, 0)).toBe(OK);
    expect(objects.core.refcount(object)).toBe(0x7fff_ffff);
  });

  test("memory freed by large objects serves small tracked ones, without a drain by hand", () => {
    const objects = new Objects(open({ pages: 24, maximumPages: 24 }));
    const [large, small] = [objects.type(200), objects.type(3, 4)];
    const made: number[] = [];
    for (let object = objects.tryMake(large); object !== 0; object = objects.tryMake(large)) made.push(object);
    objects.release(...made.splice(10, made.length / 2));
    expect(objects.tryMake(small)).not.toBe(0);
  });

  test("verify does not trap when the address of the type table was overwritten", () => {
    const objects = new Objects(open());
    objects.make(objects.type(2));
    objects.setField(G_TYPES, 0xffff_ff00);
    expect(objects.core.verify()).toBe(I_TYPE);
  });
});
