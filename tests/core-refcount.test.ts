// Reference counts and reference slots: what a call does, what it refuses, and who dies of it.
import { describe, expect, test } from "vitest";
import {
  EMPTY_TUPLE,
  FALSE_OBJECT,
  G_COUNT,
  GC_BYTES,
  HEADER_BYTES,
  IMMORTALS_END,
  RUNTIME,
  TRUE_OBJECT,
} from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, BAD_INDEX, BAD_TYPE, IS_OBJECT, OK, OVERRUN, UNDERRUN } from "../src/status.js";
import { DEBUG, DOMAINS, PLAIN, VARIANTS } from "./helpers/core.js";
import { integer, Objects } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** Words that refer to nothing that is counted. */
const UNCOUNTED = [0, integer(0), integer(-1), integer(2 ** 30 - 1), integer(-(2 ** 30)), TRUE_OBJECT, FALSE_OBJECT];

interface Wrong {
  name: string;
  word(objects: Objects): number;
  status: number;
}

/** Words that are neither null, an integer, nor a live object. */
const WRONG: Wrong[] = [
  { name: "the end of the address space", word: () => 0xffff_fff8, status: BAD_ADDRESS },
  { name: "−8", word: () => -8, status: BAD_ADDRESS },
  { name: "the end of memory", word: ({ heap }) => heap.memory.byteLength, status: BAD_ADDRESS },
  { name: "the last words of memory", word: ({ heap }) => heap.memory.byteLength - 8, status: BAD_ADDRESS },
  { name: "2 GiB", word: () => 2 ** 31, status: BAD_ADDRESS },
  { name: "the guard page", word: () => 8, status: BAD_ADDRESS },
  { name: "the runtime record", word: () => RUNTIME, status: BAD_ADDRESS },
  { name: "behind the last of the objects that come with the heap", word: () => IMMORTALS_END, status: BAD_ADDRESS },
  { name: "the inside of one of them", word: () => EMPTY_TUPLE + 8, status: BAD_ADDRESS },
  { name: "half of true", word: () => TRUE_OBJECT + 4, status: BAD_ADDRESS },
  { name: "an object's second word", word: (o) => o.make(o.type(2)) + 4, status: BAD_ADDRESS },
  { name: "an object's second word, with a type word in its references", word: (o) => shifted(o), status: BAD_ADDRESS },
  { name: "two bytes into an object", word: (o) => o.make(o.type(2)) + 2, status: BAD_ADDRESS },
  { name: "an object's references", word: (o) => o.make(o.type(2)) + HEADER_BYTES, status: BAD_ADDRESS },
  { name: "an object's gc words", word: (o) => o.make(o.type(2)) - GC_BYTES, status: BAD_ADDRESS },
  { name: "a large object's block", word: (o) => o.make(o.type(200)) - 16, status: BAD_ADDRESS },
  { name: "a large object's inside", word: (o) => o.make(o.type(0, 4000)) + 2000, status: BAD_ADDRESS },
  { name: "a block of zeros", word: ({ heap }) => heap.mem.calloc(1, 40), status: BAD_ADDRESS },
  { name: "a large block of zeros", word: ({ heap }) => heap.mem.calloc(1, 4000), status: BAD_ADDRESS },
  { name: "a dead object", word: (o) => dead(o, o.type(2)), status: ALREADY_FREE },
  { name: "a dead object among live ones", word: (o) => dead(o, o.type(2), 10), status: ALREADY_FREE },
];

/** An object that has died, between others that live. */
function dead(objects: Objects, type: number, neighbours = 0): number {
  const all = objects.makeMany(type, 2 * neighbours + 1);
  const object = all[neighbours] as number;
  objects.release(object);
  return object;
}

/** An object that looks like one from its second word on: in its first reference is an integer that reads as a type word. */
function shifted(objects: Objects): number {
  const object = objects.make(objects.type(1));
  objects.link(object, 0, objects.typeWord(object));
  return object + 4;
}

/** Bytes like those of a live object, in a block of the host. */
function forged(objects: Objects): number {
  const { heap } = objects;
  const word = objects.typeWord(objects.make(objects.type(0, 8)));
  const block = heap.mem.malloc(64);
  heap.poke(block + 16, 1);
  heap.poke(block + 20, word);
  return block + 16;
}

describe.each(VARIANTS)("$name", ({ open, debug }) => {
  describe("words that are not counted", () => {
    test.each(UNCOUNTED)("%i: nothing happens", (word) => {
      const objects = new Objects(open());
      const object = objects.make(objects.type(2));
      const before = objects.heap.snapshot();
      for (let i = 0; i < 5; i++) objects.release(word);
      for (let i = 0; i < 5; i++) objects.hold(word);
      expect(objects.heap.firstChange(before)).toBe(-1);
      objects.link(object, 1, word);
      expect(objects.core.getRef(object, 1) >>> 0).toBe(word);
      objects.link(object, 1, word);
      objects.link(object, 1, 0);
      expect(objects.heap.firstChange(before)).toBe(-1);
      objects.heap.verify();
    });
  });

  describe("words that are wrong", () => {
    test.each(WRONG)("$name: refused, nothing changed", ({ word, status }) => {
      const objects = new Objects(open());
      const { core, heap } = objects;
      const object = objects.make(objects.type(2));
      const wrong = word(objects);
      const before = heap.snapshot();
      const refused = (found: number, fault = wrong) => {
        expect(found).toBe(status);
        expect(core.lastStatus()).toBe(status);
        expect(core.faultAddress() >>> 0).toBe(fault >>> 0);
        expect(heap.firstChange(before)).toBe(-1);
      };
      refused(core.incref(wrong));
      refused(core.decref(wrong));
      refused(core.setRef(object, 0, wrong));
      refused(core.setRef(wrong, 0, object));
      refused(core.checkObject(wrong, 0));
      for (const read of [core.refcount(wrong), core.typeOf(wrong), core.getRef(wrong, 0)]) expect(read).toBe(0);
      refused(core.lastStatus());
      expect(core.getRef(object, 0)).toBe(0);
      heap.verify();
    });

    test("what looks like an object in a block: only checkObject can tell", () => {
      const objects = new Objects(open());
      const object = forged(objects);
      expect(objects.core.checkObject(object, 0)).toBe(BAD_ADDRESS);
      expect(objects.core.refcount(object)).toBe(1);
    });

    test("an object is no dead one after other objects died and were made", () => {
      const objects = new Objects(open());
      const type = objects.type(2);
      const random = new Random(TEST_SEED);
      const live = objects.makeMany(type, 300);
      const gone = random.shuffled(live).slice(0, 150);
      for (const object of gone) objects.release(object);
      objects.heap.core.drain();
      for (const object of live) {
        const status = gone.includes(object) ? ALREADY_FREE : OK;
        if (objects.core.checkObject(object, type) !== status) throw new Error(`TEST_SEED=${TEST_SEED}: ${object}`);
        if (objects.core.refcount(object) !== (status === OK ? 1 : 0)) throw new Error(`TEST_SEED=${TEST_SEED}`);
      }
      objects.heap.verify();
    });

    test("checkObject: of another type, of the type, of any", () => {
      const objects = new Objects(open());
      const types = [objects.type(2), objects.type(1, 4), objects.type(0, 16), objects.type(200), objects.type(0, 900)];
      const made = types.map((type) => objects.make(type));
      for (const [i, object] of made.entries()) {
        for (const [k, type] of types.entries()) {
          expect(objects.core.checkObject(object, type)).toBe(i === k ? OK : BAD_TYPE);
          if (i !== k) expect(objects.core.faultAddress() >>> 0).toBe(object);
        }
        expect(objects.core.checkObject(object, 0)).toBe(OK);
        expect(objects.core.typeOf(object)).toBe(types[i]);
        expect(objects.core.checkObject(object, 65_535)).toBe(BAD_TYPE);
      }
    });
  });

  describe("an object's address is no block's", () => {
    test.each(DOMAINS)("%s: free, realloc and usableSize refuse it", (domain) => {
      const objects = new Objects(open());
      const { core, heap } = objects;
      const calls = heap.in(domain);
      const made = [objects.type(0, 8, true), objects.type(2), objects.type(5, 100), objects.type(100)].flatMap(
        (type) => objects.makeMany(type, 3),
      );
      const before = heap.snapshot();
      for (const object of made) {
        expect(calls.free(object)).toBe(IS_OBJECT);
        expect(core.faultAddress() >>> 0).toBe(object);
        expect(calls.realloc(object, 50)).toBe(0);
        expect(core.lastStatus()).toBe(IS_OBJECT);
        expect(calls.usableSize(object)).toBe(0);
        expect(core.lastStatus()).toBe(IS_OBJECT);
        expect(calls.free(object - GC_BYTES), "its gc words").not.toBe(OK);
        expect(calls.free(object + 8), "its fields").not.toBe(OK);
      }
      expect(heap.firstChange(before)).toBe(-1);
      heap.verify();
    });
  });

  describe("counting", () => {
    test("incref and decref", () => {
      const objects = new Objects(open());
      for (const type of [objects.type(1), objects.type(0, 16), objects.type(1, 800), objects.type(0, 800)]) {
        const object = objects.make(type);
        for (let count = 2; count <= 1000; count++) {
          objects.hold(object);
          expect(objects.core.refcount(object)).toBe(count);
        }
        for (let count = 999; count >= 1; count--) {
          objects.release(object);
          expect(objects.core.refcount(object)).toBe(count);
        }
        objects.release(object);
        expect(objects.isLive(object)).toBe(false);
      }
      expect(objects.leftBlocks()).toBe(0);
    });

    test("setRef takes a reference to the new word and drops the one to the old", () => {
      const objects = new Objects(open());
      const type = objects.type(2);
      const [parent = 0, a = 0, b = 0] = objects.makeMany(type, 3);
      objects.link(parent, 0, a);
      objects.link(parent, 1, a);
      expect([objects.count(a), objects.count(b)]).toEqual([3, 1]);
      objects.link(parent, 0, b);
      expect([objects.count(a), objects.count(b)]).toEqual([2, 2]);
      objects.link(parent, 0, b);
      expect(objects.count(b)).toBe(2);
      expect(objects.words(parent)).toEqual([b, a]);
      objects.release(a);
      objects.link(parent, 1, integer(5));
      expect(objects.isLive(a)).toBe(false);
      expect(objects.words(parent)).toEqual([b, integer(5)]);
      objects.heap.verify();
    });

    test("setRef with the word that is there, and is held by nothing else, keeps it", () => {
      const objects = new Objects(open());
      const [parent = 0, child = 0] = objects.makeMany(objects.type(1), 2);
      objects.link(parent, 0, child);
      objects.release(child);
      objects.link(parent, 0, child);
      expect(objects.count(child)).toBe(1);
      objects.link(parent, 0, 0);
      expect(objects.isLive(child)).toBe(false);
    });

    test("an object that refers to itself", () => {
      const objects = new Objects(open());
      const object = objects.make(objects.type(1));
      objects.link(object, 0, object);
      expect(objects.count(object)).toBe(2);
      objects.link(object, 0, 0);
      expect(objects.count(object)).toBe(1);
      objects.release(object);
      expect(objects.leftBlocks()).toBe(0);
    });

    test.each([2, 3, 255, 1000, 2 ** 24, 2 ** 30, 0x7fff_ffff, 0xffff_ffff, -1])(
      "there is no reference %i of two",
      (index) => {
        const objects = new Objects(open());
        const [object = 0, other = 0] = objects.makeMany(objects.type(2), 2);
        const before = objects.heap.snapshot();
        expect(objects.core.setRef(object, index, other)).toBe(BAD_INDEX);
        expect(objects.core.faultAddress() >>> 0).toBe(object);
        expect(objects.core.getRef(object, index)).toBe(0);
        expect(objects.core.lastStatus()).toBe(BAD_INDEX);
        expect(objects.heap.firstChange(before)).toBe(-1);
      },
    );
  });

  describe("deaths that follow from one", () => {
    test("a tree", () => {
      const objects = new Objects(open());
      const type = objects.type(2, 4);
      const tree = (depth: number): number => {
        const node = objects.make(type);
        for (const slot of depth === 0 ? [] : [0, 1]) {
          const child = tree(depth - 1);
          objects.link(node, slot, child);
          objects.release(child);
        }
        return node;
      };
      const root = tree(12);
      const all = objects.generation(0);
      expect(all).toHaveLength(2 ** 13 - 1);
      objects.release(root);
      expect(objects.generation(0)).toEqual([]);
      expect(all.filter((node) => objects.isLive(node))).toEqual([]);
      expect(objects.counts()).toEqual([0, 0, 0]);
      expect(objects.leftBlocks()).toBe(0);
    });

    test("what is shared dies with the last that refers to it", () => {
      const objects = new Objects(open());
      const [type, leafType] = [objects.type(3), objects.type(0, 8)];
      const [top = 0, left = 0, right = 0, both = 0] = objects.makeMany(type, 4);
      const leaf = objects.make(leafType);
      objects.link(top, 0, left);
      objects.link(top, 2, right);
      for (const side of [left, right]) for (const slot of [0, 1]) objects.link(side, slot, both);
      for (const node of [both, left, right]) objects.link(node, 2, leaf);
      objects.release(left, right, both, leaf);
      expect([left, right, both, leaf].map((object) => objects.count(object))).toEqual([1, 1, 4, 3]);
      objects.link(top, 0, 0);
      expect([right, both, leaf].map((object) => objects.count(object))).toEqual([1, 2, 2]);
      objects.heap.verify();
      objects.release(top);
      expect([top, left, right, both, leaf].filter((object) => objects.isLive(object))).toEqual([]);
      expect(objects.leftBlocks()).toBe(0);
    });

    test("through objects of all sizes, tracked and not, with integers and immortals in between", () => {
      const objects = new Objects(open());
      const types = [objects.type(3), objects.type(2, 8, false), objects.type(300), objects.type(3, 900, false)];
      const random = new Random(TEST_SEED);
      const all: number[] = [];
      for (let i = 0; i < 400; i++) {
        const object = objects.make(random.pick(types));
        objects.link(object, 0, all.at(-1) ?? 0);
        objects.link(object, 1, random.chance(50) ? random.pick([...UNCOUNTED, ...all]) : random.pick(UNCOUNTED));
        all.push(object);
      }
      objects.heap.verify();
      objects.release(...all.slice(0, -1));
      expect(all.filter((object) => !objects.isLive(object))).toEqual([]);
      objects.release(all.at(-1) as number);
      expect(
        all.filter((object) => objects.isLive(object)),
        `TEST_SEED=${TEST_SEED}`,
      ).toEqual([]);
      expect(objects.leftBlocks()).toBe(0);
    });

    test("setRef that drops a whole list", () => {
      const objects = new Objects(open());
      const type = objects.type(1);
      const parent = objects.make(type);
      let first = 0;
      for (let i = 0; i < 1000; i++) {
        const object = objects.make(type);
        objects.link(object, 0, first);
        if (first !== 0) objects.release(first);
        first = object;
      }
      objects.link(parent, 0, first);
      objects.release(first);
      objects.link(parent, 0, integer(1));
      expect(objects.generation(0)).toEqual([parent]);
      expect(objects.field(G_COUNT)).toBe(1);
      objects.heap.verify();
    });

    test("an object with 10,000 references to 5,000 others", () => {
      const objects = new Objects(open());
      const wide = objects.make(objects.type(10_000));
      const children = objects.makeMany(objects.type(0, 8, true), 5000);
      for (let slot = 0; slot < 10_000; slot++) objects.link(wide, slot, children[slot % 5000] as number);
      objects.release(...children);
      objects.heap.verify();
      objects.release(wide);
      expect(objects.generation(0)).toEqual([]);
      expect(objects.leftBlocks()).toBe(0);
    });
  });

  if (!debug) return;

  test("decref tells of the damaged frame of an object that died", () => {
    const objects = new Objects(open());
    const [type, flat] = [objects.type(1), objects.type(0, 16)];
    for (const [of, size] of [
      [type, 12],
      [flat, 24],
    ] as const) {
      const [over = 0, under = 0, parent = 0] = [...objects.makeMany(of, 2), objects.make(type)];
      const block = of === type ? GC_BYTES : 0;
      objects.heap.memory.bytes[over + Math.ceil(size / 8) * 8] = 1;
      expect(objects.core.decref(over)).toBe(OVERRUN);
      expect(objects.core.decref(over)).toBe(ALREADY_FREE);
      objects.heap.memory.bytes[under - block - 1] = 1;
      objects.link(parent, 0, under);
      objects.release(under);
      expect(objects.core.decref(parent)).toBe(UNDERRUN);
      expect(objects.isLive(under)).toBe(false);
    }
  });
});

/** A list of objects through reference 0, built from its end, held by its first. */
function chain(objects: Objects, type: number, length: number): number {
  const { core } = objects;
  let first = 0;
  for (let i = 0; i < length; i++) {
    const object = core.newObject(type) >>> 0;
    if (object === 0) throw new Error(`no memory after ${i} objects`);
    objects.heap.poke(object + HEADER_BYTES, first);
    first = object;
  }
  return first;
}

describe.each(PLAIN)("$name", ({ open, build }) => {
  test("a chain of ten million objects dies of one decref", { timeout: 120_000 }, () => {
    const objects = new Objects(open());
    const length = build === "debug" ? 1_000_000 : 10_000_000;
    const first = chain(objects, objects.type(1), length);
    expect(objects.field(G_COUNT)).toBe(length);
    objects.release(first);
    expect(objects.core.objects(0, 0, 0)).toBe(0);
    expect(objects.field(G_COUNT)).toBe(0);
    objects.core.drain();
    expect(objects.heap.stats().arenas.current).toBeLessThanOrEqual(1);
    objects.heap.verify();
  });
});

describe.each(DEBUG)("$name", ({ open }) => {
  test("a chain of objects dies of one decref, through quarantine", () => {
    const objects = new Objects(open());
    const first = chain(objects, objects.type(1), 200_000);
    objects.release(first);
    expect(objects.core.objects(0, 0, 0)).toBe(0);
    expect(objects.leftBlocks()).toBe(0);
    objects.heap.verify();
  });
});
