// Dicts of the core: tables and how they grow, keys and values and who holds them, what is refused, and memory that runs out.
import { beforeAll, describe, expect, test } from "vitest";
import {
  ABSENT,
  CHAR_STR_BYTES,
  CHAR_STRS,
  DICT_FACTORY,
  EMPTY_STR,
  FALSE_OBJECT,
  ID_DEFAULTDICT,
  ID_DICT,
  NAN_OBJECT,
  REFUSED,
  T_OF_MAP,
  TEXT_HASH,
  TEXT_SCRATCH,
  TEXT_SCRATCH_BYTES,
  TRUE_OBJECT,
} from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, BAD_TYPE, OK, TOO_DEEP, UNHASHABLE } from "../src/status.js";
import { Containers, ok, unitsOf } from "./helpers/containers.js";
import { VARIANTS } from "./helpers/core.js";
import { integer } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";

beforeAll(() => console.info(`TEST_SEED=${TEST_SEED}`));

/** Stores integers as keys, each with its double. */
function fill({ core }: Containers, dict: number, from: number, to: number): void {
  for (let i = from; i < to; i++) ok(core.dictSet(dict, integer(i), integer(2 * i)));
}

describe.each(VARIANTS)("$name", ({ open, debug }) => {
  describe("keys and values", () => {
    test("of every kind that can be a key, each found by another word that equals it", () => {
      const containers = new Containers(open());
      const { core, objects } = containers;
      const struct = objects.make(objects.type(1));
      const kinds: (readonly [string, () => number])[] = [
        ["null", () => 0],
        ["integer", () => integer(-77)],
        ["int", () => containers.int(2n ** 70n)],
        ["float", () => containers.float(0.25)],
        ["NaN", () => NAN_OBJECT],
        ["false", () => FALSE_OBJECT],
        ["str", () => containers.str("some text")],
        ["wide str", () => containers.str("\u4e2d\u6587 text")],
        ["bytes", () => containers.bytes(...Buffer.from("some text"))],
        ["tuple", () => containers.tuple(integer(1), containers.str("two"))],
        ["frozenset", () => containers.frozenset(integer(1), containers.str("two"))],
        ["struct", () => struct],
      ];
      objects.hold(struct, struct);
      const dict = containers.dict();
      for (const [i, [, make]] of kinds.entries()) ok(core.dictSet(dict, make(), integer(i)));
      expect(containers.count(dict)).toBe(kinds.length);
      for (const [i, [name, make]] of kinds.entries())
        expect([name, core.dictGet(dict, make())]).toEqual([name, integer(i)]);
      expect(core.dictGet(dict, containers.float(-77))).toBe(integer(1));
      expect(core.dictGet(dict, containers.float(2 ** 70))).toBe(integer(2));
      expect(core.dictGet(dict, integer(0))).toBe(integer(5));
      expect(core.dictGet(dict, TRUE_OBJECT)).toBe(ABSENT);
      expect(containers.wrong(dict)).toBe("");
      containers.heap.verify();
    });

    test("a key that equals another gives it a new value, and goes", () => {
      const containers = new Containers(open());
      const { core, objects } = containers;
      const dict = containers.dict([integer(1), containers.tuple(integer(5))]);
      const value = containers.entries(dict)[0]?.[1] as number;
      objects.hold(value);
      const key = containers.float(1);
      objects.hold(key);
      ok(core.dictSet(dict, key, integer(9)));
      expect(containers.entries(dict)).toEqual([[integer(1), integer(9)]]);
      expect([objects.count(key), objects.count(value)]).toEqual([1, 1]);
      // The same value again: it must not die in between.
      objects.hold(value, value);
      ok(core.dictSet(dict, integer(1), value));
      ok(core.dictSet(dict, TRUE_OBJECT, value));
      expect([objects.count(value), containers.entries(dict)]).toEqual([2, [[integer(1), value]]]);
      containers.heap.verify();
    });

    test("what a dict takes over it holds until the entry goes", () => {
      const containers = new Containers(open());
      const { core, objects } = containers;
      const [key, value] = [containers.tuple(integer(1)), containers.tuple(integer(2))];
      objects.hold(key, value);
      const dict = containers.dict([key, value]);
      expect([objects.count(key), objects.count(value)]).toEqual([2, 2]);
      expect(core.dictGet(dict, key) >>> 0).toBe(value);
      expect([objects.count(key), objects.count(value)]).toEqual([2, 2]);
      expect(core.dictTake(dict, key) >>> 0).toBe(value);
      expect([objects.count(key), objects.count(value)]).toEqual([1, 2]);
      expect(core.dictTake(dict, key)).toBe(ABSENT);
      objects.release(value);
      ok(core.dictSet(dict, key, value));
      objects.hold(key, value);
      ok(core.dictClear(dict));
      expect([objects.count(key), objects.count(value)]).toEqual([1, 1]);
      ok(core.dictSet(dict, key, value));
      objects.release(dict);
      expect([objects.isLive(key), objects.isLive(value)]).toEqual([false, false]);
    });

    test("a key in itself as a value is trash that collections find", () => {
      const containers = new Containers(open());
      const { core, objects } = containers;
      const dict = containers.dict();
      const type = objects.type(1);
      const struct = objects.make(type);
      objects.link(struct, 0, dict);
      objects.hold(dict);
      ok(core.dictSet(dict, struct, dict));
      objects.release(dict);
      expect(core.collect(2)).toBe(2);
      expect(objects.isLive(dict)).toBe(false);
      containers.heap.verify();
    });

    test("defaultdicts are dicts with a number, and dicts made of a Map are dicts", () => {
      const containers = new Containers(open());
      const { core, objects, heap } = containers;
      const dict = core.newDefaultDict(2, 0x1234_5678) >>> 0;
      fill(containers, dict, 0, 5);
      expect([core.typeOf(dict), heap.word(dict + DICT_FACTORY)]).toEqual([ID_DEFAULTDICT, 0x1234_5678]);
      expect([core.dictGet(dict, integer(4)), core.dictGet(dict, integer(5))]).toEqual([integer(8), ABSENT]);
      const ofMap = containers.dict();
      heap.poke(ofMap + 4, objects.typeWord(ofMap) | T_OF_MAP);
      fill(containers, ofMap, 0, 5);
      expect([core.typeOf(ofMap), core.dictTake(ofMap, integer(4))]).toEqual([ID_DICT, integer(8)]);
    });
  });

  describe("texts as keys", () => {
    const TEXTS = [
      "",
      "a",
      "\u00ff",
      "name",
      "eight by",
      "nine byte",
      "\u0100",
      "n\u00e4me",
      "\u4e2d\u6587",
      "x".repeat(TEXT_SCRATCH_BYTES),
      "\u0101".repeat(TEXT_SCRATCH_BYTES / 2),
    ];

    test("are the strs of these units", () => {
      const containers = new Containers(open());
      const { core, objects } = containers;
      const [byText, byWord] = [containers.dict(), containers.dict()];
      for (const [i, text] of TEXTS.entries()) {
        ok(core.dictSetText(byText, ...containers.scratch(text), integer(i)));
        ok(core.dictSet(byWord, containers.str(text), integer(i)));
      }
      for (const [i, text] of TEXTS.entries()) {
        const word = containers.str(text);
        expect([i, core.dictGet(byText, word), core.dictGet(byWord, word)]).toEqual([i, integer(i), integer(i)]);
        expect([i, core.dictGetText(byText, ...containers.scratch(text))]).toEqual([i, integer(i)]);
        expect([i, core.dictGetText(byWord, ...containers.scratch(text))]).toEqual([i, integer(i)]);
        expect([i, core.dictGetText(byWord, ...containers.scratch(`${text.slice(1)}!`))]).toEqual([i, ABSENT]);
      }
      expect(containers.keys(byText)).toHaveLength(TEXTS.length);
      expect(containers.keys(byText).slice(0, 2)).toEqual([EMPTY_STR, CHAR_STRS + 97 * CHAR_STR_BYTES]);
      expect([containers.wrong(byText), containers.wrong(byWord)]).toEqual(["", ""]);
      for (const [i, text] of TEXTS.entries()) {
        expect(core.dictTakeText(byText, ...containers.scratch(text))).toBe(integer(i));
        expect(core.dictTakeText(byText, ...containers.scratch(text))).toBe(ABSENT);
      }
      expect([containers.count(byText), objects.isLive(byText)]).toEqual([0, true]);
      containers.heap.verify();
    });

    test("make a str only when they are new, which the dict alone holds", () => {
      const containers = new Containers(open());
      const { core, objects } = containers;
      const dict = containers.dict();
      ok(core.dictSetText(dict, ...containers.scratch("a new key"), containers.tuple(integer(1))));
      const [key, value] = containers.entries(dict)[0] as [number, number];
      expect([objects.count(key), objects.count(value)]).toEqual([1, 1]);
      const before = objects.leftBlocks();
      ok(core.dictSetText(dict, ...containers.scratch("a new key"), containers.tuple(integer(2))));
      expect(objects.leftBlocks()).toBe(before);
      expect([containers.keys(dict), objects.isLive(value)]).toEqual([[key], false]);
      const taken = core.dictTakeText(dict, ...containers.scratch("a new key"));
      expect([objects.count(taken), objects.isLive(key)]).toEqual([1, false]);
    });

    test("in units of two bytes that one would do for are the same", () => {
      const containers = new Containers(open());
      const { core, heap } = containers;
      const dict = containers.dict([containers.str("na\u00efve"), integer(1)]);
      const wide = () => {
        for (const [i, char] of [..."na\u00efve"].entries()) {
          heap.memory.bytes.set([char.charCodeAt(0), 0], TEXT_SCRATCH + 2 * i);
        }
      };
      wide();
      expect(core.dictGetText(dict, 5, 2)).toBe(integer(1));
      wide();
      ok(core.dictSetText(dict, 5, 2, integer(2)));
      expect(containers.entries(dict).map(([, value]) => value)).toEqual([integer(2)]);
    });

    test("no other key is taken for one of them, however alike", () => {
      const containers = new Containers(open());
      const { core } = containers;
      const text = "\u0141\u0142\u0143";
      const narrow = String.fromCharCode(...unitsOf(text)[0]);
      const dict = containers.dict(
        [containers.bytes(...Buffer.from("key")), 1],
        [containers.str(narrow), 3],
        [containers.tuple(containers.str("key")), 5],
      );
      expect(core.dictGetText(dict, ...containers.scratch("key"))).toBe(ABSENT);
      expect(core.dictGetText(dict, ...containers.scratch(text))).toBe(ABSENT);
      expect(core.dictGetText(dict, ...containers.scratch(narrow))).toBe(3);
    });

    test("are told apart by their units when they have the same hash", () => {
      const containers = new Containers(open());
      const { core, heap } = containers;
      const dict = containers.dict();
      const hash = core.hashOf(containers.str("name and more"));
      for (const [i, text] of ["name and", "name and mare", "name and more!"].entries()) {
        const key = containers.str(text);
        heap.poke(key + TEXT_HASH, hash);
        ok(core.dictSet(dict, key, integer(i)));
      }
      expect(containers.count(dict)).toBe(3);
      expect(core.dictGetText(dict, ...containers.scratch("name and more"))).toBe(ABSENT);
      expect(core.dictGet(dict, containers.str("name and more"))).toBe(ABSENT);
      ok(core.dictSetText(dict, ...containers.scratch("name and more"), integer(3)));
      expect(core.dictGet(dict, containers.str("name and more"))).toBe(integer(3));
    });

    test("that do not fit are refused", () => {
      const containers = new Containers(open());
      const { core } = containers;
      const dict = containers.dict();
      const bad = [
        [TEXT_SCRATCH_BYTES + 1, 1],
        [TEXT_SCRATCH_BYTES / 2 + 1, 2],
        [0xffff_ffff, 1],
        [0x8000_0001, 2],
        [1, 0],
        [1, 3],
      ] as const;
      for (const [length, width] of bad) {
        expect([core.dictGetText(dict, length, width), core.lastStatus()]).toEqual([REFUSED, BAD_ADDRESS]);
        expect([core.dictTakeText(dict, length, width), core.lastStatus()]).toEqual([REFUSED, BAD_ADDRESS]);
        expect(core.dictSetText(dict, length, width, 1)).toBe(BAD_ADDRESS);
      }
    });
  });

  describe("what is refused changes nothing", () => {
    test("what is no dict", () => {
      const containers = new Containers(open());
      const { core, heap, objects } = containers;
      const dead = containers.dict([integer(1), integer(1)]);
      const cases: [number, number][] = [
        [containers.set(integer(1)), BAD_TYPE],
        [core.newList(0) >>> 0, BAD_TYPE],
        [EMPTY_STR, BAD_TYPE],
        [dead, ALREADY_FREE],
        [0, BAD_ADDRESS],
        [3, BAD_ADDRESS],
        [0xffff_fff8, BAD_ADDRESS],
        [containers.dict() + 8, BAD_ADDRESS],
      ];
      objects.release(dead);
      containers.scratch("k");
      const before = heap.snapshot();
      for (const [address, status] of cases) {
        const words = [
          core.dictGet(address, 1),
          core.dictGetText(address, 1, 1),
          core.dictTake(address, 1),
          core.dictTakeText(address, 1, 1),
        ];
        expect([address, words, core.lastStatus()]).toEqual([address, [REFUSED, REFUSED, REFUSED, REFUSED], status]);
        const statuses = [
          core.dictSet(address, 1, 1),
          core.dictSetText(address, 1, 1, 1),
          core.dictClear(address),
          core.dictReserve(address, 1),
        ];
        expect([address, statuses]).toEqual([address, [status, status, status, status]]);
      }
      expect(heap.firstChange(before)).toBe(-1);
    });

    test("keys that cannot be keys, and words that are none", () => {
      const containers = new Containers(open());
      const { core, heap, objects } = containers;
      const dict = containers.dict([integer(1), integer(1)]);
      const dead = containers.float(1.5);
      objects.release(dead);
      const keys: (readonly [number, number])[] = [
        ...containers.unhashables().map(([, word]) => [word, UNHASHABLE] as const),
        [dead, ALREADY_FREE],
        [ABSENT, BAD_ADDRESS],
        [REFUSED, BAD_ADDRESS],
      ];
      const before = heap.snapshot();
      for (const [key, status] of keys) {
        expect([core.dictGet(dict, key), core.lastStatus(), core.faultAddress() >>> 0]).toEqual([REFUSED, status, key]);
        expect([core.dictTake(dict, key), core.lastStatus()]).toEqual([REFUSED, status]);
        expect(core.dictSet(dict, key, 1)).toBe(status);
      }
      for (const value of [dead, ABSENT, REFUSED]) {
        const status = value === dead ? ALREADY_FREE : BAD_ADDRESS;
        expect(core.dictSet(dict, 1, value)).toBe(status);
        expect(core.dictSetText(dict, 1, 1, value)).toBe(status);
      }
      expect(heap.firstChange(before)).toBe(-1);
    });

    test("keys too deep to be compared", () => {
      const containers = new Containers(open());
      const { core, heap } = containers;
      const deep = () => {
        let word = containers.tuple(0);
        for (let i = 0; i < 1001; i++) word = containers.tuple(word);
        return word;
      };
      const [first, second] = [deep(), deep()];
      const dict = containers.dict([first, integer(1)]);
      const before = heap.snapshot();
      expect([core.dictGet(dict, second), core.lastStatus()]).toEqual([REFUSED, TOO_DEEP]);
      expect([core.dictTake(dict, second), core.lastStatus()]).toEqual([REFUSED, TOO_DEEP]);
      expect(core.dictSet(dict, second, 1)).toBe(TOO_DEEP);
      expect(heap.firstChange(before)).toBe(-1);
      expect(core.dictGet(dict, first)).toBe(integer(1));
    });
  });

  test("random programs do what a Map does", () => {
    const random = new Random(TEST_SEED);
    const containers = new Containers(open());
    const { core, objects, heap } = containers;
    const blocks = objects.leftBlocks();
    const dict = containers.dict();
    const model = new Map<string, number>();
    const kinds: ((n: number) => [name: string, word: number])[] = [
      (n) => [`number ${n}`, integer(n)],
      (n) => [`number ${n}`, containers.float(n)],
      (n) => [`number ${n + 0.5}`, containers.float(n + 0.5)],
      (n) => [`text ${n}`, containers.str(`text ${n}`)],
      (n) => [`tuple ${n}`, containers.tuple(integer(n), containers.str("and"))],
      (n) => [`int ${n}`, containers.int(BigInt(n) << 40n)],
      (n) => [`set ${n}`, containers.frozenset(integer(n), integer(n + 1))],
    ];
    for (let step = 0; step < 4000; step++) {
      const range = step % 1000 < 600 ? 150 : 8;
      const n = random.between(1, range);
      const [name, word] = random.pick(kinds)(n);
      const value = random.below(1000);
      const asText = name.startsWith("text") && random.chance(50);
      const text: [number, number] = asText ? containers.scratch(name) : [0, 1];
      const expected = model.has(name) ? integer(model.get(name) as number) : ABSENT;
      const action = random.below(100);
      if (action < (step % 1000 < 600 ? 50 : 15)) {
        if (!asText) objects.hold(word);
        ok(asText ? core.dictSetText(dict, ...text, integer(value)) : core.dictSet(dict, word, integer(value)));
        model.set(name, value);
      } else if (action < 75) {
        expect([step, asText ? core.dictGetText(dict, ...text) : core.dictGet(dict, word)]).toEqual([step, expected]);
      } else if (action < 99 || random.chance(90)) {
        expect([step, asText ? core.dictTakeText(dict, ...text) : core.dictTake(dict, word)]).toEqual([step, expected]);
        model.delete(name);
      } else {
        ok(core.dictClear(dict));
        model.clear();
      }
      objects.release(word);
      if (step % 100 === 0) {
        expect([step, containers.wrong(dict)]).toEqual([step, ""]);
        expect(containers.entries(dict).map(([, held]) => held)).toEqual([...model.values()].map(integer));
      }
    }
    heap.verify();
    objects.release(dict);
    expect(objects.leftBlocks()).toBe(blocks);
    expect(debug ? core.debugReport() : OK).toBe(OK);
  });
});
