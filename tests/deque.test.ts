// heap.deque: a queue with two ends, against JavaScript's Array.
import { beforeEach, describe, expect, test } from "vitest";
import { Deque, type Heap, type Storable, type Value } from "../src/index.js";
import { exhaust } from "./helpers/exhaust.js";
import { defineNode } from "./helpers/graph.js";
import { VARIANTS } from "./helpers/heap.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { BROKEN, randomValue } from "./helpers/valuesamples.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  let heap: Heap;
  /** Blocks in use before a test. */
  let before: number;

  beforeEach(async () => {
    heap = await open({ gc: { enabled: false } });
    before = heap.sys.getAllocatedBlocks();
  });

  function expectNothingLeft(): void {
    expect([heap.sys.getAllocatedBlocks() - before, heap.handleCount]).toEqual([0, 0]);
    heap.verify();
  }

  test("made of any iterable, with a limit the last of them", () => {
    heap.scope(() => {
      const many = Array.from({ length: 1000 }, (_, i) => i);
      const deque = heap.deque(many);
      expect(deque).toBeInstanceOf(Deque);
      expect([deque.length, deque.maxLength, deque.at(500), deque.at(-1)]).toEqual([1000, null, 500, 999]);
      expect([...deque]).toEqual(many);
      expect(deque.toArray()).toEqual(many);
      expect(heap.toJS(heap.deque("abc"))).toEqual(["a", "b", "c"]);
      expect(heap.toJS(heap.deque(deque))).toEqual(many);
      const limited = heap.deque(many, { maxLength: 3 });
      expect([limited.length, limited.maxLength, heap.toJS(limited)]).toEqual([3, 3, [997, 998, 999]]);
      const none = heap.deque(["text", [1]], { maxLength: 0 });
      expect([none.length, none.push("text"), none.unshift([1], 2), none.pop(), none.shift()]).toEqual([
        0,
        0,
        0,
        undefined,
        undefined,
      ]);
      expect([heap.deque().length, heap.deque([], { maxLength: undefined }).maxLength]).toEqual([0, null]);
    });
    expectNothingLeft();
  });

  test("options that are none", () => {
    for (const [options, type, message] of [
      [{ maxLength: -1 }, RangeError, "heap.deque: maxLength must be an integer of 0 … 4294967294, not -1"],
      [{ maxLength: 1.5 }, RangeError, "not 1.5"],
      [{ maxLength: 2 ** 32 - 1 }, RangeError, "not 4294967295"],
      [{ maxLength: "3" }, TypeError, 'heap.deque: maxLength must be a number, not "3"'],
      [{ maxlen: 3 }, TypeError, 'heap.deque: there is no option "maxlen"; there are maxLength'],
      [null, TypeError, "heap.deque: options must be an object, not null"],
      [3, TypeError, "heap.deque: options must be an object, not 3"],
    ] as const) {
      expect(() => heap.deque([1], options as never)).toThrow(type);
      expect(() => heap.deque([1], options as never)).toThrow(message);
    }
    expect(() => heap.deque(5 as never)).toThrow("heap.deque: wants an iterable of items, not 5");
    expectNothingLeft();
  });

  test.each([null, 0, 1, 5, 64, 100])("does what an array does, for random calls and a limit of %s", (limit) => {
    const random = new Random(TEST_SEED);
    const deque = limit === null ? heap.deque() : heap.deque([], { maxLength: limit });
    const model: unknown[] = [];
    const most = limit ?? Number.POSITIVE_INFINITY;
    const push = (values: unknown[]) => {
      for (const value of values) {
        model.push(value ?? null);
        if (model.length > most) model.shift();
      }
      return model.length;
    };
    const unshift = (values: unknown[]) => {
      for (const value of [...values].reverse()) {
        model.unshift(value ?? null);
        if (model.length > most) model.pop();
      }
      return model.length;
    };
    const rotate = (steps: number) => {
      if (model.length === 0) return;
      const places = ((steps % model.length) + model.length) % model.length;
      model.unshift(...model.splice(model.length - places));
    };
    for (let step = 0; step < 600; step++) {
      const values = Array.from({ length: random.below(random.chance(4) ? 150 : 4) }, () => randomValue(random));
      const steps = random.between(-200, 200);
      const what = random.below(8);
      const calls = [
        () => [deque.push(...values), push(values)],
        () => [deque.unshift(...values), unshift(values)],
        () => [deque.pop(), model.pop()],
        () => [deque.shift(), model.shift()],
        () => [deque.pop(), model.pop()],
        () => [deque.shift(), model.shift()],
        () => [deque.rotate(steps), rotate(steps)],
        () => (random.chance(10) ? [deque.clear(), void model.splice(0)] : []),
      ];
      const note = `seed ${TEST_SEED}, step ${step}, call ${what}`;
      const [got, wanted] = (calls[what] as () => unknown[])();
      expect(got, note).toEqual(wanted);
      expect(deque.length, note).toBe(model.length);
      expect([deque.at(steps), deque.at(0), deque.at(-1)], note).toEqual([model.at(steps), model.at(0), model.at(-1)]);
      if (step % 60 === 0) {
        expect([...deque], note).toEqual(model);
        expect(deque.toArray(), note).toEqual(model);
        expect(heap.toJS(deque), note).toEqual(model);
        heap.verify();
      }
    }
    deque.release();
    expectNothingLeft();
  });

  test("rotate takes steps of any size, and nothing else", () => {
    using deque = heap.deque([1, 2, 3, 4]);
    deque.rotate();
    expect(heap.toJS(deque)).toEqual([4, 1, 2, 3]);
    deque.rotate(-(2 ** 52) - 1);
    expect(heap.toJS(deque)).toEqual([1, 2, 3, 4]);
    deque.pop();
    deque.rotate(2 ** 40);
    expect(heap.toJS(deque)).toEqual([3, 1, 2]);
    for (const steps of [1.5, Number.NaN, Infinity]) expect(() => deque.rotate(steps)).toThrow(RangeError);
    for (const steps of ["1", null, 1n]) expect(() => deque.rotate(steps as never)).toThrow(TypeError);
    using empty = heap.deque();
    empty.rotate(3);
    expect(empty.length).toBe(0);
  });

  test("counts: one more for each place, one less when it is left or driven out", () => {
    heap.scope(() => {
      const node = new (defineNode(heap))();
      const deque = heap.deque([node, 1], { maxLength: 3 });
      const counts = [heap.sys.getRefCount(node)];
      for (const change of [
        () => deque.push(node),
        () => deque.push(2),
        () => deque.unshift(node, node, node),
        () => void deque.shift(),
        () => deque.rotate(1),
        () => deque.push("a", "b"),
        () => deque.clear(),
      ]) {
        heap.scope(change as () => void);
        counts.push(heap.sys.getRefCount(node));
      }
      expect(counts).toEqual([2, 3, 2, 4, 3, 3, 2, 1]);
      expect(deque.indexOf(node)).toBe(-1);
      deque.push(deque);
      expect(heap.sys.getRefCount(deque)).toBe(2);
    });
    expect(heap.gc.collect()).toBe(1);
    expectNothingLeft();
  });

  test("it says what it is, as the other containers and texts do", () => {
    heap.scope(() => {
      const made = [heap.deque(), heap.list(), heap.tuple([]), heap.str("a text"), heap.bytes([1])];
      expect(made.map((one) => Object.prototype.toString.call(one))).toEqual([
        "[object Deque]",
        "[object List]",
        "[object Tuple]",
        "[object Str]",
        "[object Bytes]",
      ]);
    });
    expectNothingLeft();
  });

  test("iterators look at the length before each step", () => {
    using deque = heap.deque([1, 2]);
    const seen: Value[] = [];
    for (const value of deque) {
      seen.push(value);
      if (seen.length < 4) deque.push(seen.length * 10);
      if (seen.length === 4) deque.shift();
    }
    expect(seen).toEqual([1, 2, 10, 20]);
    expect([...deque.entries()]).toEqual([
      [0, 2],
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
  });

  test.each(BROKEN)("%s leaves nothing behind", (_, items, message) => {
    const deque = heap.deque([1]);
    const made = heap.sys.getAllocatedBlocks();
    expect(() => heap.deque(items())).toThrow(message);
    const broken = [...Array.from({ length: 100 }, (_, i) => `${i}`), (() => 1) as never] as Storable[];
    expect(() => deque.push(...broken)).toThrow(TypeError);
    expect(() => deque.unshift(...broken)).toThrow("deque.unshift: values[100]: ");
    expect([heap.sys.getAllocatedBlocks(), deque.length]).toEqual([made, 1]);
    deque.release();
    expectNothingLeft();
  });

  test.each([null, 100, 150])("without memory for all of many, none is pushed; the limit is %s", async (limit) => {
    const small = await open({ gc: { enabled: false }, maximumMemory: 2 ** 20 });
    const deque = small.deque(
      Array.from({ length: 100 }, (_, i) => `item ${i}`),
      limit === null ? {} : { maxLength: limit },
    );
    const items = deque.toArray();
    const kept = small.str("kept");
    const many = Array.from({ length: 3000 }, () => kept);
    for (const add of [() => deque.push(...many), () => deque.unshift(...many), () => small.deque(many)]) {
      const objects = small.inspect().types;
      const giveBack = exhaust(small);
      expect(add).toThrow(expect.objectContaining({ code: "NO_MEMORY" }));
      expect(deque.toArray()).toEqual(items);
      expect(small.sys.getRefCount(kept)).toBe(1);
      small.verify();
      giveBack();
      expect(small.inspect().types).toEqual(objects);
    }
  });

  test("released, and of another heap", async () => {
    const deque = heap.deque([1]);
    const other = await open();
    expect(() => other.deque([deque])).toThrow(expect.objectContaining({ code: "HANDLE_FOREIGN" }));
    deque.release();
    for (const use of [
      () => deque.length,
      () => deque.maxLength,
      () => deque.at(0),
      () => deque.push(1),
      () => deque.push(1, 2),
      () => deque.unshift(1),
      () => deque.pop(),
      () => deque.shift(),
      () => deque.rotate(1),
      () => deque.clear(),
      () => [...deque],
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
    }
    expectNothingLeft();
  });
});
