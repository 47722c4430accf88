// In which order a container's references are dropped, and that it is as it is to be before the first is. As in CPython: list_clear and
// list_ass_slice last to first, tables and deques first to last, keys before values.
import { describe, expect, test } from "vitest";
import { LIST_LENGTH, TUPLE_ITEMS } from "../src/layout.js";
import { OK } from "../src/status.js";
import { ok } from "./helpers/containers.js";
import { VARIANTS } from "./helpers/core.js";
import { Mourners } from "./helpers/mourners.js";
import { integer } from "./helpers/objects.js";

const FORWARD = [0, 1, 2, 3, 4];
const BACKWARD = [4, 3, 2, 1, 0];

describe.each(VARIANTS)("$name", ({ open }) => {
  /** The order of deaths when `end` is called for what `make` makes of five objects; nothing may be left then. */
  function order(make: (mourners: Mourners, objects: number[]) => number, end: (m: Mourners, made: number) => void) {
    const mourners = new Mourners(open());
    const made = make(mourners, mourners.some(5));
    end(mourners, made);
    mourners.heap.verify();
    const deaths = mourners.deaths();
    if (mourners.objects.isLive(made)) mourners.release(made);
    mourners.heap.verify();
    expect(mourners.left()).toBe(0);
    return deaths;
  }

  type Make = (mourners: Mourners, objects: number[]) => number;
  const list: Make = (mourners, objects) => mourners.list(...objects);
  const dict: Make = (mourners, [a = 0, b = 0, c = 0, d = 0, e = 0]) => mourners.dict([a, b], [integer(7), c], [d, e]);
  const set: Make = (mourners, objects) => mourners.set(...objects);
  const deque: Make = (mourners, objects) => mourners.deque(0xffff_ffff, ...objects);

  /** With holes before, between and behind. */
  const holed: Make = (mourners, [a = 0, b = 0, c = 0, d = 0, e = 0]) => {
    const made = mourners.dict([integer(1), 0], [a, b], [integer(2), 0], [integer(7), c], [d, e], [integer(3), 0]);
    for (const key of [1, 2, 3]) mourners.core.dictTake(made, integer(key));
    return made;
  };

  /** The first block is at the end of the directory, the others at its start. */
  const turned: Make = (mourners, objects) => {
    const made = mourners.deque(0xffff_ffff, ...Array.from({ length: 200 }, (_, i) => integer(i)));
    for (let i = 0; i < 200; i++) mourners.core.dequeTake(made, 1);
    for (const object of [...objects].reverse()) {
      for (let i = 0; i < 100; i++) ok(mourners.core.dequePush(made, integer(i), 1));
      ok(mourners.core.dequePush(made, object, 1));
    }
    return made;
  };

  describe("when it dies", () => {
    const cases: [string, Make, number[]][] = [
      ["a list", list, BACKWARD],
      ["a tuple", (mourners, objects) => mourners.tuple(...objects), BACKWARD],
      ["a dict", dict, FORWARD],
      ["a dict with holes", holed, FORWARD],
      ["a set", set, FORWARD],
      ["a frozenset", (mourners, objects) => mourners.frozenset(...objects), FORWARD],
      ["a deque", deque, FORWARD],
      ["a deque that was turned", turned, FORWARD],
    ];
    test.each(cases)("%s", (_, make, wanted) => {
      expect(order(make, (mourners, made) => mourners.release(made))).toEqual(wanted);
    });

    test.each([2, 5, 254, 255, 300])("an object with %i references: first to last", (refs) => {
      const mourners = new Mourners(open());
      const object = mourners.objects.make(mourners.objects.type(refs));
      const places = refs < 5 ? [0, 1] : [0, 1, refs >> 1, refs - 2, refs - 1];
      for (const [number, place] of places.entries()) {
        const child = mourners.one(number);
        mourners.objects.link(object, place, child);
        mourners.release(child);
      }
      mourners.release(object);
      expect(mourners.deaths()).toEqual(places.map((_, number) => number));
      mourners.heap.verify();
      expect(mourners.left()).toBe(0);
    });

    test.each<[string, (mourners: Mourners, ...objects: number[]) => number, number[]]>([
      ["list", (mourners, ...objects) => mourners.list(...objects), [5, 3, 4, 1, 2, 0]],
      ["tuple", (mourners, ...objects) => mourners.tuple(...objects), [5, 3, 4, 1, 2, 0]],
      ["deque", (mourners, ...objects) => mourners.deque(100, ...objects), [0, 1, 2, 3, 4, 5]],
      ["set", (mourners, ...objects) => mourners.set(...objects), [0, 1, 2, 3, 4, 5]],
    ])("a %s: each item with all that only it kept alive, before the next", (_, make, wanted) => {
      const mourners = new Mourners(open());
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mourners.some(6);
      for (const [from, to] of [
        [b, c],
        [d, e],
      ] as const) {
        mourners.objects.link(from, 0, to);
        mourners.release(to);
      }
      mourners.release(make(mourners, a, b, d, f));
      expect(mourners.deaths()).toEqual(wanted);
      expect(mourners.left()).toBe(0);
    });
  });

  test.each<[string, Make, (mourners: Mourners, made: number) => number, number[]]>([
    ["listClear", list, ({ core }, made) => core.listClear(made), BACKWARD],
    ["listSplice of all", list, (m, made) => m.withWords([], (at) => m.core.listSplice(made, 0, 5, at, 0)), BACKWARD],
    ["listSplice of some", list, (m, made) => m.withWords([], (at) => m.core.listSplice(made, 1, 3, at, 0)), [3, 2, 1]],
    [
      "listSplice in the place of which others come",
      list,
      (m, made) => m.withWords([integer(1), integer(2), integer(3)], (at) => m.core.listSplice(made, 2, 2, at, 3)),
      [3, 2],
    ],
    ["dictClear", dict, ({ core }, made) => core.dictClear(made), FORWARD],
    ["dictClear of one with holes", holed, ({ core }, made) => core.dictClear(made), FORWARD],
    ["setClear", set, ({ core }, made) => core.setClear(made), FORWARD],
    ["dequeClear", deque, ({ core }, made) => core.dequeClear(made), FORWARD],
    ["dequeClear of one that was turned", turned, ({ core }, made) => core.dequeClear(made), FORWARD],
  ])("%s", (_, make, call, wanted) => {
    expect(order(make, (mourners, made) => expect(call(mourners, made)).toBe(OK))).toEqual(wanted);
  });

  describe("what finalizers find", () => {
    /** What `look` sees in each finalizer that runs in a call. */
    function seen<T>(mourners: Mourners, call: () => number, look: () => T): T[] {
      const found: T[] = [];
      mourners.onDeath = () => {
        mourners.heap.verify();
        found.push(look());
      };
      expect(call()).toBe(OK);
      mourners.onDeath = () => {};
      return found;
    }

    test("a list that is cleared is empty, one that was spliced has its new items", () => {
      const mourners = new Mourners(open());
      const { core, heap, objects } = mourners;
      const made = mourners.list(...mourners.some(3));
      const items = () => objects.referents(made);
      expect(
        seen(
          mourners,
          () => mourners.withWords([integer(8), integer(9)], (at) => core.listSplice(made, 0, 2, at, 2)),
          () => items().slice(0, 2),
        ),
      ).toEqual(Array(2).fill([integer(8), integer(9)]));
      expect(
        seen(
          mourners,
          () => core.listClear(made),
          () => [items(), heap.word(made + LIST_LENGTH)],
        ),
      ).toEqual([[[], 0]]);
      mourners.release(made);
      expect(mourners.left()).toBe(0);
    });

    test("a replaced item or value is replaced already", () => {
      const mourners = new Mourners(open());
      const { core } = mourners;
      const made = mourners.list(mourners.one(0));
      expect(
        seen(
          mourners,
          () => core.listSet(made, 0, integer(5)),
          () => mourners.objects.referents(made),
        ),
      ).toEqual([[integer(5)]]);
      const dict = mourners.dict([integer(1), mourners.one(1)], [mourners.str("key"), mourners.one(2)]);
      expect(
        seen(
          mourners,
          () => core.dictSet(dict, integer(1), integer(6)),
          () => core.dictGet(dict, integer(1)),
        ),
      ).toEqual([integer(6)]);
      const look = () => mourners.entries(dict)[1]?.[1];
      expect(seen(mourners, () => core.dictSetText(dict, ...mourners.scratch("key"), integer(7)), look)).toEqual([
        integer(7),
      ]);
      mourners.release(made, dict);
      expect(mourners.left()).toBe(0);
    });

    test("dicts and sets that are cleared are empty, and keys that are taken out are gone", () => {
      const mourners = new Mourners(open());
      const { core } = mourners;
      const [a = 0, b = 0, c = 0, d = 0, e = 0] = mourners.some(5);
      const dict = mourners.dict([a, integer(1)], [b, c]);
      const set = mourners.set(d, e);
      expect(
        seen(
          mourners,
          () => (core.dictTake(dict, a) === integer(1) ? OK : 1),
          () => mourners.keys(dict),
        ),
      ).toEqual([[b]]);
      expect(
        seen(
          mourners,
          () => core.dictClear(dict),
          () => [mourners.count(dict), mourners.keys(dict)],
        ),
      ).toEqual(Array(2).fill([0, []]));
      expect(
        seen(
          mourners,
          () => (core.setRemove(set, d) === 1 ? OK : 1),
          () => mourners.keys(set),
        ),
      ).toEqual([[e]]);
      expect(
        seen(
          mourners,
          () => core.setClear(set),
          () => mourners.count(set),
        ),
      ).toEqual([0]);
      expect(mourners.deaths()).toEqual([0, 1, 2, 3, 4]);
      mourners.release(dict, set);
      expect(mourners.left()).toBe(0);
    });

    test.each([0, 1])(
      "a deque that has as many items as it may has the new one, and the other is out (front: %i)",
      (front) => {
        const mourners = new Mourners(open());
        const { core, objects } = mourners;
        const deque = mourners.deque(2, ...mourners.some(2));
        const [first = 0, last = 0] = objects.referents(deque);
        const wanted = front === 1 ? [integer(7), first] : [last, integer(7)];
        const items = () => {
          // Runs go by blocks: those of the front come last.
          const found = objects.referents(deque);
          return front === 1 && found[0] === first ? [found[1], found[0]] : found;
        };
        expect(seen(mourners, () => core.dequePush(deque, integer(7), front), items)).toEqual([wanted]);
        expect(
          seen(
            mourners,
            () => core.dequeClear(deque),
            () => objects.referents(deque),
          ),
        ).toEqual([[]]);
        const none = mourners.deque(0);
        expect(
          seen(
            mourners,
            () => core.dequePush(none, mourners.one(5), front),
            () => objects.referents(none),
          ),
        ).toEqual([[]]);
        mourners.release(deque, none);
        expect(mourners.left()).toBe(0);
      },
    );

    test("what a tuple that dies still has is alive", () => {
      const mourners = new Mourners(open());
      const objects = mourners.some(3);
      const tuple = mourners.tuple(...objects);
      const found: number[] = [];
      mourners.onDeath = (number) => {
        mourners.heap.verify();
        for (let i = 0; i < number; i++) {
          found.push(mourners.objects.count(mourners.heap.word(tuple + TUPLE_ITEMS + 4 * i)));
        }
      };
      mourners.release(tuple);
      expect(found).toEqual([1, 1, 1]);
      expect(mourners.left()).toBe(0);
    });
  });
});
