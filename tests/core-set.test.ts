// Sets and frozensets of the core: elements and who holds them, freezing, what is refused, and memory that runs out. Their tables are
// those of dicts (core-table.test.ts), with one word an entry.
import { beforeAll, describe, expect, test } from "vitest";
import {
  ABSENT,
  EMPTY_STR,
  ID_FROZENSET,
  ID_SET,
  REFUSED,
  SET_HASH,
  T_WEAK,
  TEXT_SCRATCH_BYTES,
  TRUE_OBJECT,
  W_REFERENT,
} from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, BAD_TYPE, NO_MEMORY, TOO_DEEP, UNHASHABLE } from "../src/status.js";
import { Containers, ok, usable } from "./helpers/containers.js";
import { VARIANTS } from "./helpers/core.js";
import { integer, takeAllMemory } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";

beforeAll(() => console.info(`TEST_SEED=${TEST_SEED}`));

/** log2 of the slots and room for elements. */
function shape(containers: Containers, set: number): [log2: number, capacity: number] | null {
  const table = containers.table(set);
  return table === null ? null : [table.log2, table.capacity];
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("tables have one word an element, and grow as those of dicts", () => {
    const containers = new Containers(open());
    const { core } = containers;
    for (const capacity of [1, 2, 3, 85, 86, 21_846]) {
      const set = core.newSet(capacity) >>> 0;
      const [log2, room] = shape(containers, set) as [number, number];
      expect([room, capacity > usable(log2 - 1) || log2 === 2]).toEqual([capacity, true]);
      expect(core.sizeOf(set)).toBe(28 + containers.tableBytes(set, log2, capacity));
    }
    const set = containers.set();
    expect([core.sizeOf(set), shape(containers, set)]).toEqual([28, null]);
    const shapes: string[] = [];
    for (let i = 0; i < 200; i++) {
      ok(core.setAdd(set, integer(i)));
      const now = String(shape(containers, set));
      if (now !== shapes.at(-1)) shapes.push(now);
    }
    expect(shapes).toEqual(["2,2", "3,5", "4,10", "5,21", "6,42", "7,85", "8,170", "9,341"]);
    expect(containers.wrong(set)).toBe("");
    for (let i = 0; i < 199; i++) expect(core.setRemove(set, integer(i))).toBe(1);
    expect(containers.table(set)?.entries.filter(([key]) => key === ABSENT)).toHaveLength(199);
    for (let i = 0; i < 142; i++) ok(core.setAdd(set, integer(-i)));
    expect([shape(containers, set), containers.count(set), containers.wrong(set)]).toEqual([[9, 341], 143, ""]);
    expect(containers.keys(set)).toEqual([integer(199), ...Array.from({ length: 142 }, (_, i) => integer(-i))]);
    containers.heap.verify();
  });

  test("an element that equals another goes, and the one that was there stays", () => {
    const containers = new Containers(open());
    const { core, objects } = containers;
    const first = containers.tuple(integer(1), containers.str("two"));
    const set = containers.set(first);
    const second = containers.tuple(TRUE_OBJECT, containers.str("two"));
    objects.hold(first, second);
    ok(core.setAdd(set, second));
    expect([containers.keys(set), objects.count(first), objects.count(second)]).toEqual([[first], 2, 1]);
    ok(core.setAdd(set, second));
    expect(objects.isLive(second)).toBe(false);
    expect(core.setHas(set, first)).toBe(1);
    ok(core.setAdd(set, first));
    expect([objects.count(first), containers.count(set)]).toEqual([1, 1]);
  });

  test("elements are held until they are removed, the set is cleared, or it dies", () => {
    const containers = new Containers(open());
    const { core, objects } = containers;
    const before = objects.leftBlocks();
    const keys = [containers.tuple(integer(1)), containers.tuple(integer(2)), containers.tuple(integer(3))] as const;
    const set = containers.set(...keys);
    expect([core.setRemove(set, keys[0]), objects.isLive(keys[0])]).toEqual([1, false]);
    const absent = containers.tuple(integer(1));
    expect([core.setRemove(set, absent), core.setHas(set, absent), containers.count(set)]).toEqual([0, 0, 2]);
    objects.hold(keys[1]);
    ok(core.setClear(set));
    expect([objects.count(keys[1]), objects.isLive(keys[2])]).toEqual([1, false]);
    expect([containers.table(set), containers.count(set), core.setHas(set, keys[1])]).toEqual([null, 0, 0]);
    ok(core.setAdd(set, keys[1]));
    objects.release(set, absent);
    expect([objects.isLive(keys[1]), objects.leftBlocks()]).toEqual([false, before]);
  });

  test("texts: the strs of these units, made only when they are new", () => {
    const containers = new Containers(open());
    const { core, objects } = containers;
    const set = containers.set();
    const texts = ["", "a", "name", "longer than eight", "\u0100", "n\u00e4me", "\u4e2d\u6587".repeat(500)];
    for (const text of texts) {
      expect(core.setHasText(set, ...containers.scratch(text))).toBe(0);
      expect(core.setRemoveText(set, ...containers.scratch(text))).toBe(0);
      ok(core.setAddText(set, ...containers.scratch(text)));
      expect(core.setHasText(set, ...containers.scratch(text))).toBe(1);
      expect(core.setHas(set, containers.str(text))).toBe(1);
    }
    const before = [objects.leftBlocks(), containers.keys(set)];
    for (const text of texts) ok(core.setAddText(set, ...containers.scratch(text)));
    expect([objects.leftBlocks(), containers.keys(set)]).toEqual(before);
    for (const key of containers.keys(set).slice(2)) expect(objects.count(key)).toBe(1);
    expect(containers.wrong(set)).toBe("");
    for (const text of texts) expect(core.setRemoveText(set, ...containers.scratch(text))).toBe(1);
    expect([containers.count(set), core.setHasText(set, ...containers.scratch("name"))]).toEqual([0, 0]);
    containers.heap.verify();
  });

  test("a set with one reference can be frozen: it keeps its elements and can be a key", () => {
    const containers = new Containers(open());
    const { core, objects, heap } = containers;
    const set = containers.set(integer(1), containers.str("two"));
    const keys = containers.keys(set);
    expect(core.hashOf(set)).toBe(0);
    objects.hold(set);
    const before = heap.snapshot();
    expect(core.setFreeze(set)).toBe(BAD_TYPE);
    expect(heap.firstChange(before)).toBe(-1);
    objects.release(set);
    ok(core.setFreeze(set));
    expect([core.typeOf(set), containers.keys(set)]).toEqual([ID_FROZENSET, keys]);
    expect(core.hashOf(set) >>> 0).toBe(heap.word(set + SET_HASH));
    expect([core.setHas(set, integer(1)), core.setHasText(set, ...containers.scratch("two"))]).toEqual([1, 1]);
    const outer = containers.set(set);
    expect(core.setHas(outer, containers.frozenset(containers.str("two"), integer(1)))).toBe(1);
    expect(core.setHas(outer, containers.frozenset(containers.str("two")))).toBe(0);
    heap.verify();
  });

  test("sets with weak references to them do all that others do, and keep those when they are frozen", () => {
    const containers = new Containers(open());
    const { core, objects, heap } = containers;
    const set = containers.set(integer(1), containers.str("two"));
    const refs = [core.newWeakRef(set, 0) >>> 0, core.newWeakRef(set, 1) >>> 0];
    ok(core.setAdd(set, integer(3)));
    ok(core.setAddText(set, ...containers.scratch("four")));
    expect([core.setHas(set, integer(3)), core.setHasText(set, ...containers.scratch("two"))]).toEqual([1, 1]);
    expect([core.setRemove(set, integer(3)), core.setRemoveText(set, ...containers.scratch("two"))]).toEqual([1, 1]);
    ok(core.setFreeze(set));
    expect([core.typeOf(set), containers.count(set), core.setHas(set, integer(1))]).toEqual([ID_FROZENSET, 2, 1]);
    expect([core.weakRefs(set, 0, 0), objects.typeWord(set) & T_WEAK]).toEqual([2, T_WEAK]);
    heap.verify();
    objects.release(set);
    expect([refs.map((ref) => heap.word(ref + W_REFERENT)), heap.called]).toEqual([[0, 0], [["callBack", refs[1]]]]);
    const cleared = containers.set(integer(1));
    const ref = core.newWeakRef(cleared, 0) >>> 0;
    ok(core.setClear(cleared));
    expect(heap.word(ref + W_REFERENT)).toBe(cleared);
    objects.release(cleared, ref, ...refs);
    heap.verify();
  });

  test("a frozenset does not change", () => {
    const containers = new Containers(open());
    const { core, heap } = containers;
    const frozen = containers.frozenset(integer(1));
    containers.scratch("k");
    const before = heap.snapshot();
    expect([core.setAdd(frozen, integer(2)), core.setAddText(frozen, 1, 1)]).toEqual([BAD_TYPE, BAD_TYPE]);
    expect([core.setClear(frozen), core.setFreeze(frozen)]).toEqual([BAD_TYPE, BAD_TYPE]);
    expect([core.setRemove(frozen, integer(1)), core.lastStatus()]).toEqual([REFUSED, BAD_TYPE]);
    expect([core.setRemoveText(frozen, 1, 1), core.lastStatus()]).toEqual([REFUSED, BAD_TYPE]);
    expect(heap.firstChange(before)).toBe(-1);
  });

  test("what is no set is refused, and nothing changes", () => {
    const containers = new Containers(open());
    const { core, heap, objects } = containers;
    const dead = containers.set(integer(1));
    const cases: [number, number][] = [
      [containers.dict([integer(1), integer(1)]), BAD_TYPE],
      [EMPTY_STR, BAD_TYPE],
      [dead, ALREADY_FREE],
      [0, BAD_ADDRESS],
      [5, BAD_ADDRESS],
      [0xffff_fff8, BAD_ADDRESS],
    ];
    objects.release(dead);
    containers.scratch("k");
    const before = heap.snapshot();
    for (const [address, status] of cases) {
      const answers = [
        core.setHas(address, 1),
        core.setHasText(address, 1, 1),
        core.setRemove(address, 1),
        core.setRemoveText(address, 1, 1),
      ];
      expect([address, answers, core.lastStatus()]).toEqual([address, [REFUSED, REFUSED, REFUSED, REFUSED], status]);
      const statuses = [
        core.setAdd(address, 1),
        core.setAddText(address, 1, 1),
        core.setClear(address),
        core.setFreeze(address),
      ];
      expect([address, statuses]).toEqual([address, [status, status, status, status]]);
    }
    expect(heap.firstChange(before)).toBe(-1);
  });

  test("elements that cannot be, and words that are none, are refused, and nothing changes", () => {
    const containers = new Containers(open());
    const { core, heap, objects } = containers;
    const deep = () => {
      let word = containers.frozenset();
      for (let i = 0; i < 1002; i++) word = containers.frozenset(word);
      return word;
    };
    const [known, tooDeep] = [deep(), deep()];
    const set = containers.set(integer(1), known);
    const dead = containers.float(1.5);
    const keys: (readonly [number, number])[] = [
      ...containers.unhashables().map(([, word]) => [word, UNHASHABLE] as const),
      [dead, ALREADY_FREE],
      [ABSENT, BAD_ADDRESS],
      [REFUSED, BAD_ADDRESS],
      [tooDeep, TOO_DEEP],
    ];
    objects.release(dead);
    const before = heap.snapshot();
    for (const [key, status] of keys) {
      expect(core.setAdd(set, key)).toBe(status);
      expect([core.setHas(set, key), core.lastStatus()]).toEqual([REFUSED, status]);
      expect([core.setRemove(set, key), core.lastStatus()]).toEqual([REFUSED, status]);
    }
    for (const [length, width] of [
      [TEXT_SCRATCH_BYTES + 1, 1],
      [TEXT_SCRATCH_BYTES / 2 + 1, 2],
      [1, 3],
      [1, 0],
    ] as const) {
      expect(core.setAddText(set, length, width)).toBe(BAD_ADDRESS);
      expect([core.setHasText(set, length, width), core.setRemoveText(set, length, width)]).toEqual([REFUSED, REFUSED]);
    }
    expect(heap.firstChange(before)).toBe(-1);
    expect(core.setHas(set, known)).toBe(1);
  });

  test("without memory nothing is made, nothing is lost, and elements can be looked up and removed", () => {
    const containers = new Containers(open({ maximumPages: 12 }));
    const { core, heap, objects } = containers;
    const start = objects.leftBlocks();
    const [full, empty] = [containers.set(), containers.set()];
    for (let i = 0; i < 85; i++) ok(core.setAdd(full, containers.float(i + 0.5)));
    const word = containers.tuple(integer(4));
    containers.scratch("a key that is new");
    const giveBack = takeAllMemory(heap);
    const kept = [containers.keys(full), containers.table(full)];
    expect([core.newSet(9), core.lastStatus()]).toEqual([0, NO_MEMORY]);
    for (const set of [full, empty]) {
      expect([core.setAdd(set, word), core.setAddText(set, 17, 1)]).toEqual([NO_MEMORY, NO_MEMORY]);
    }
    expect([containers.keys(full), containers.table(full), containers.table(empty)]).toEqual([...kept, null]);
    expect(objects.count(word)).toBe(1);
    const [first] = containers.keys(full) as [number];
    expect([core.setHas(full, first), core.setRemove(full, first), containers.wrong(full)]).toEqual([1, 1, ""]);
    ok(core.setFreeze(empty));
    giveBack();
    ok(core.setAdd(full, word));
    heap.verify();
    objects.release(full, empty);
    expect(objects.leftBlocks()).toBe(start);
  });

  test("a text's str goes again when there is no room for it in the set", () => {
    const containers = new Containers(open({ maximumPages: 12 }));
    const { core, heap, objects } = containers;
    const set = core.newSet(10_922) >>> 0;
    for (let i = 0; i < 10_922; i++) ok(core.setAdd(set, integer(i)));
    containers.scratch("a key that is new");
    // Strs still fit into a pool that is there.
    const room = containers.str("room for a str of its size");
    const giveBack = takeAllMemory(heap);
    objects.release(room);
    const left = objects.leftBlocks();
    expect(core.setAddText(set, 17, 1)).toBe(NO_MEMORY);
    expect([objects.leftBlocks(), containers.count(set)]).toEqual([left, 10_922]);
    giveBack();
    heap.verify();
  });

  test("a table goes again when there is no room for the set", () => {
    const containers = new Containers(open({ maximumPages: 12 }));
    const { core, heap, objects } = containers;
    const sets = [containers.set()];
    const table = heap.mem.malloc(containers.tableBytes(sets[0] as number, 6, 42));
    const giveBack = takeAllMemory(heap);
    for (let set = core.newSet(0); set !== 0; set = core.newSet(0)) sets.push(set);
    heap.mem.free(table);
    const left = objects.leftBlocks();
    expect([core.newSet(42), core.lastStatus(), objects.leftBlocks()]).toEqual([0, NO_MEMORY, left]);
    objects.release(...sets);
    expect(core.newSet(42)).not.toBe(0);
    giveBack();
    heap.verify();
  });

  test("random programs do what a Set does", () => {
    const random = new Random(TEST_SEED);
    const containers = new Containers(open());
    const { core, objects, heap } = containers;
    const blocks = objects.leftBlocks();
    const set = containers.set();
    const model = new Set<string>();
    const kinds: ((n: number) => [name: string, word: number])[] = [
      (n) => [`number ${n}`, integer(n)],
      (n) => [`number ${n}`, containers.float(n)],
      (n) => [`text ${n}`, containers.str(`text ${n}`)],
      (n) => [`tuple ${n}`, containers.tuple(integer(n), containers.float(n + 0.5))],
    ];
    for (let step = 0; step < 4000; step++) {
      const growing = step % 1000 < 600;
      const [name, word] = random.pick(kinds)(random.between(1, growing ? 200 : 8));
      const asText = name.startsWith("text") && random.chance(50);
      const text: [number, number] = asText ? containers.scratch(name) : [0, 1];
      const expected = model.has(name) ? 1 : 0;
      const action = random.below(100);
      if (action < (growing ? 50 : 15)) {
        if (!asText) objects.hold(word);
        ok(asText ? core.setAddText(set, ...text) : core.setAdd(set, word));
        model.add(name);
      } else if (action < 75) {
        expect([step, asText ? core.setHasText(set, ...text) : core.setHas(set, word)]).toEqual([step, expected]);
      } else if (action < 99 || random.chance(90)) {
        expect([step, asText ? core.setRemoveText(set, ...text) : core.setRemove(set, word)]).toEqual([step, expected]);
        model.delete(name);
      } else {
        ok(core.setClear(set));
        model.clear();
      }
      objects.release(word);
      if (step % 100 === 0) {
        expect([step, containers.wrong(set), containers.count(set)]).toEqual([step, "", model.size]);
      }
    }
    expect(core.typeOf(set)).toBe(ID_SET);
    heap.verify();
    objects.release(set);
    expect(objects.leftBlocks()).toBe(blocks);
  });
});
