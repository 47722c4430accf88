// Random operations on dicts and sets, and the same on Map and Set: equal contents in the same order, and a heap in order.
import { describe, expect, test } from "vitest";
import type { Dict, HeapSet, Storable } from "../src/index.js";
import { HEAPS, Trial } from "./helpers/containermodel.js";
import { pythonKey } from "./helpers/plaindata.js";
import { TEST_SEED } from "./helpers/random.js";

/** By what makes keys equal. */
type Model = Map<string, [key: Storable, value: Storable]>;

describe.each(HEAPS)("$name", (variant) => {
  function expectSame(trial: Trial, dict: Dict, set: HeapSet, model: Model): void {
    const pairs = [...model.values()];
    const keys = pairs.map(([key]) => key);
    expect([dict.size, set.size]).toEqual([model.size, model.size]);
    trial.expectValues(dict.keys(), keys);
    trial.expectValues(
      dict.values(),
      pairs.map(([, value]) => value),
    );
    trial.expectValues(set, keys);
    trial.expectValues([...dict].flat(), pairs.flat());
    trial.expectValues(trial.heap.dict(dict).keys(), keys);
    trial.expectValues(trial.heap.frozenset(set), keys);
    trial.expectValues(trial.heap.list(set), keys);
  }

  test.each([
    [8, 2000, 10],
    [170, 3000, 150],
    [1000, 4000, 800],
  ])("dict and set of about %i keys", async (size, steps, every) => {
    const trial = await Trial.open(variant);
    const { random } = trial;
    const dict = trial.heap.dict();
    const set = trial.heap.set();
    const model: Model = new Map();
    const step = () => {
      const key = random.chance(15) ? trial.atom() : trial.key(2 * size);
      const name = pythonKey(key);
      const there = model.get(name);
      if (random.chance(there === undefined ? 60 : 30)) {
        const value = trial.value();
        expect(dict.set(key, value)).toBe(dict);
        expect(set.add(key)).toBe(set);
        if (there === undefined) model.set(name, [key, value]);
        else there[1] = value;
      } else if (random.chance(60)) {
        expect(dict.delete(key)).toBe(model.delete(name));
        expect(set.delete(key)).toBe(there !== undefined);
      } else if (random.below(steps) < 3) {
        dict.clear();
        set.clear();
        model.clear();
      }
      const asked = trial.key(2 * size);
      const found = model.get(pythonKey(asked));
      if (dict.has(asked) !== (found !== undefined)) throw new Error(`dict.has(${asked})`);
      if (set.has(asked) !== (found !== undefined)) throw new Error(`set.has(${asked})`);
      trial.expectValue(dict.get(asked), found?.[1]);
    };
    trial.run(steps, every, step, () => expectSame(trial, dict, set, model));
    trial.end(dict, set);
  });

  /** Both give the same, or are at the end: then this is true. */
  function expectStep(ours: Iterator<unknown>, theirs: Iterator<unknown>): boolean {
    const [found, wanted] = [ours.next(), theirs.next()];
    const same = found.done === wanted.done && String(found.value) === String(wanted.value);
    if (!same) throw new Error(`TEST_SEED=${TEST_SEED}: ${JSON.stringify([found, wanted])}`);
    return wanted.done === true;
  }

  test("iterators go on while entries come and go, as those of Map and Set", async () => {
    const trial = await Trial.open(variant);
    const { random } = trial;
    for (let round = 0; round < 150; round++) {
      const [dict, map] = [trial.heap.dict(), new Map<number, number>()];
      const [heapSet, set] = [trial.heap.set(), new Set<number>()];
      const size = random.below(40);
      for (let i = 0; i < size; i++) change(i, true);
      function change(key: number, add: boolean): void {
        if (add) {
          dict.set(key, -key);
          heapSet.add(key);
          map.set(key, -key);
          set.add(key);
        } else {
          for (const one of [dict, heapSet, map, set]) one.delete(key);
        }
      }
      const pairs: [Iterator<unknown>, Iterator<unknown>][] = [];
      for (let step = 0; step < 120; step++) {
        if (random.chance(8)) pairs.push([dict.entries(), map.entries()], [heapSet.values(), set.values()]);
        if (random.chance(2)) for (const one of [dict, heapSet, map, set]) one.clear();
        for (let i = random.below(4); i > 0; i--) change(random.below(size + 20), random.chance(55));
        if (random.chance(3)) for (const [ours] of pairs.splice(0, 2)) ours.return?.();
        for (const [ours, theirs] of pairs) if (random.chance(40)) expectStep(ours, theirs);
      }
      for (const [ours, theirs] of pairs) {
        while (!expectStep(ours, theirs));
      }
      trial.heap.verify();
      dict.release();
      heapSet.release();
    }
    trial.end();
  });

  /** Slots take 1 byte up to 128 of them, 2 up to 2^15, then 4. */
  test.each([80, 90, 21_800, 40_000])("dict and set of %i keys, thinned, filled again, and emptied", async (size) => {
    const trial = await Trial.open(variant);
    const { heap, random } = trial;
    const dict = heap.dict();
    const set = heap.set();
    const model = new Map<Storable, number>();
    const key = (i: number) => (i % 2 === 0 ? i * 7 : `key ${i}`);
    const store = (i: number, value: number) => {
      dict.set(key(i), value);
      set.add(key(i));
      model.set(key(i), value);
    };
    const expectAll = () => {
      expect([dict.size, set.size]).toEqual([model.size, model.size]);
      expect([...dict]).toEqual([...model]);
      expect([...set]).toEqual([...model.keys()]);
      heap.verify();
    };
    const remove = (keys: readonly Storable[]) => {
      for (const one of keys) {
        if (!(dict.delete(one) && set.delete(one) && model.delete(one))) throw new Error(`no ${one}`);
        if (dict.delete(one) || set.delete(one)) throw new Error(`${one} is there still`);
      }
    };
    for (let i = 0; i < size; i++) store(i, i);
    expectAll();
    for (let i = 0; i < size; i++) if (!set.has(key(i)) || dict.get(key(i)) !== i) throw new Error(`no ${key(i)}`);
    for (let i = size; i < size + 200; i++) {
      if (set.has(key(i)) || dict.has(key(i))) throw new Error(`${key(i)} is there`);
    }
    remove(random.shuffled([...model.keys()]).slice(0, size * 0.8));
    expectAll();
    for (let i = 0; i < size; i += 3) store(i, -i);
    expectAll();
    remove([...model.keys()]);
    expectAll();
    for (let i = 0; i < 300; i++) store(i, i);
    expectAll();
    dict.clear();
    set.clear();
    model.clear();
    expectAll();
    store(1, 2);
    expectAll();
    trial.end(dict, set);
  });
});
