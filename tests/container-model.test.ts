// Random operations on lists, deques and arrays, and the same on arrays of JavaScript: equal contents, and a heap in order.
import { describe, expect, test } from "vitest";
import { Handle } from "../src/handle.js";
import type { ArrayItem, ArrayKind, Deque, List, Storable } from "../src/index.js";
import { HEAPS, Trial } from "./helpers/containermodel.js";
import { pythonKey } from "./helpers/plaindata.js";

describe.each(HEAPS)("$name", (variant) => {
  function expectSequence(trial: Trial, sequence: List | Deque, model: readonly Storable[]): void {
    expect(sequence.length).toBe(model.length);
    trial.expectValues(sequence, model);
    trial.expectValues(sequence.toArray(), model);
    trial.expectValues(trial.heap.tuple(sequence), model);
    trial.expectValues(trial.heap.list(sequence), model);
    trial.expectValues(trial.heap.deque(sequence), model);
    expect([...sequence.keys()]).toEqual([...model.keys()]);
    for (const index of [trial.index(model.length), 0, -1, model.length, Infinity, -Infinity, NaN, 1.7, -1.7]) {
      trial.expectValue(sequence.at(index), model.at(index));
    }
    const wanted = trial.atom();
    const key = (value: Storable) => (typeof value === "object" && value !== null ? "" : pythonKey(value));
    const from = trial.index(model.length);
    const start = Math.max(0, from < 0 ? from + model.length : from);
    const found = model.findIndex((item, i) => i >= start && key(item) === pythonKey(wanted));
    expect([sequence.indexOf(wanted, from), sequence.includes(wanted, from)]).toEqual([found, found >= 0]);
    const handle = model.find((item) => item instanceof Handle && !["tuple", "frozenset"].includes(item.typeName));
    if (handle !== undefined) expect(sequence.indexOf(handle)).toBe(model.indexOf(handle));
  }

  test.each([
    [10, 2000, 10],
    [300, 1500, 70],
  ])("list of about %i items", async (size, steps, every) => {
    const trial = await Trial.open(variant);
    const { random } = trial;
    const list = trial.heap.list();
    const model: Storable[] = [];
    const grows = () => model.length < size || (model.length < 2 * size && random.chance(45));
    const operations: (() => void)[] = [
      () => {
        const items = grows() ? trial.values(size / 4) : [];
        expect(list.push(...items)).toBe(model.push(...items));
      },
      () => {
        const value = trial.value();
        if (grows()) expect(list.push(value)).toBe(model.push(value));
      },
      () => trial.expectValue(list.pop(), model.pop()),
      () => {
        const [at, value] = [trial.index(model.length), trial.value()];
        if (!grows()) return;
        list.insert(at, value);
        model.splice(at, 0, value);
      },
      () => {
        const [start, count] = [trial.index(model.length), random.between(-2, 8)];
        const items = grows() ? trial.values(6) : [];
        trial.expectValues(list.splice(start, count, ...items), model.splice(start, count, ...items));
      },
      () => {
        const start = trial.index(model.length);
        if (random.chance(10)) trial.expectValues(list.splice(start), model.splice(start));
      },
      () => {
        const [i, value] = [trial.index(model.length), trial.value()];
        if (i >= -model.length && i < model.length) {
          list.set(i, value);
          model[i < 0 ? i + model.length : i] = value;
        } else {
          expect(() => list.set(i, value)).toThrow(RangeError);
        }
      },
      () => {
        if (!random.chance(4)) return;
        list.clear();
        model.length = 0;
      },
    ];
    trial.run(
      steps,
      every,
      () => random.pick(operations)(),
      () => expectSequence(trial, list, model),
    );
    trial.end(list);
  });

  test("list of 100,000 items, filled, thinned, and emptied", async () => {
    const trial = await Trial.open(variant);
    const list = trial.heap.list();
    let model: Storable[] = Array.from({ length: 100_000 }, (_, i) => (i % 3 === 0 ? `item ${i}` : i));
    for (const [i, item] of model.entries()) if (list.push(item) !== i + 1) throw new Error(`no length ${i + 1}`);
    const expectSame = () => {
      expect(list.toArray()).toEqual(model);
      trial.heap.verify();
    };
    expectSame();
    const removed = model.slice(20_000, 60_000);
    expect(list.splice(20_000, 40_000)).toEqual(removed);
    model = [...model.slice(0, 20_000), ...model.slice(60_000)];
    expectSame();
    expect(list.splice(-10, 5, ...removed)).toEqual(model.splice(-10, 5, ...removed));
    expectSame();
    while (model.length > 0) if (list.pop() !== model.pop()) throw new Error(`not the same at ${model.length}`);
    expect(list.pop()).toBeUndefined();
    expectSame();
    trial.end(list);
  });

  test.each([
    [10, null, 1500, 10],
    [700, null, 1000, 60],
    [64, 64, 1500, 20],
    [5, 1, 300, 5],
    [5, 0, 100, 5],
    [200, 130, 1000, 40],
  ])("deque of about %i items, at most %s", async (size, maxLength, steps, every) => {
    const trial = await Trial.open(variant);
    const { random } = trial;
    const limit = maxLength ?? Infinity;
    const deque = maxLength === null ? trial.heap.deque() : trial.heap.deque([], { maxLength });
    const model: Storable[] = [];
    const grows = () => model.length < size || (model.length < 2 * size && random.chance(45));
    const operations: (() => void)[] = [
      () => {
        const items = grows() ? trial.values(size / 2) : [trial.value()];
        model.push(...items);
        model.splice(0, Math.max(0, model.length - limit));
        expect(deque.push(...items)).toBe(model.length);
      },
      () => {
        const items = grows() ? trial.values(size / 2) : [trial.value()];
        model.unshift(...items);
        model.splice(limit);
        expect(deque.unshift(...items)).toBe(model.length);
      },
      () => trial.expectValue(deque.pop(), model.pop()),
      () => trial.expectValue(deque.shift(), model.shift()),
      () => {
        for (let i = random.below(size); i > 0; i--) trial.expectValue(deque.shift(), model.shift());
      },
      () => {
        const turns = random.pick([trial.index(model.length), random.between(-1000, 1000), 1, -1, 0]);
        deque.rotate(turns);
        const cut = model.length === 0 ? 0 : turns % model.length;
        model.unshift(...model.splice(cut > 0 ? model.length - cut : -cut));
      },
      () => {
        if (!random.chance(4)) return;
        deque.clear();
        model.length = 0;
      },
    ];
    trial.run(
      steps,
      every,
      () => random.pick(operations)(),
      () => expectSequence(trial, deque, model),
    );
    expect(deque.maxLength).toBe(maxLength);
    trial.end(deque);
  });

  describe("arrays of scalars", () => {
    const CLASSES = {
      i8: Int8Array,
      u8: Uint8Array,
      i16: Int16Array,
      u16: Uint16Array,
      i32: Int32Array,
      u32: Uint32Array,
      i64: BigInt64Array,
      u64: BigUint64Array,
      f32: Float32Array,
      f64: Float64Array,
    };

    type AnyClass = new (
      of: number | ArrayBuffer,
    ) => { readonly [i: number]: number | bigint; readonly BYTES_PER_ELEMENT: number };

    test.each(Object.keys(CLASSES) as ArrayKind[])("%s", async (kind) => {
      const trial = await Trial.open(variant);
      const { random, heap } = trial;
      const Class: AnyClass = CLASSES[kind];
      const bytes = new Class(1).BYTES_PER_ELEMENT;
      /** Any item that the kind has: random bits, without those of NaNs, which need not stay the same. */
      const item = (): ArrayItem<ArrayKind> => {
        const words = Uint32Array.of(random.next(), random.next());
        const value = new Class(words.buffer)[0] as number;
        return Number.isNaN(value) ? 0.5 : value;
      };
      const array = heap.array(kind, 3);
      const model: ArrayItem<ArrayKind>[] = Array(3).fill(typeof item() === "bigint" ? 0n : 0);
      const operations: (() => void)[] = [
        () => {
          const value = item();
          expect(array.push(value as never)).toBe(model.push(value));
        },
        () => {
          const items = Array.from({ length: random.below(model.length > 2000 ? 1 : 40) }, item);
          expect(array.push(...(items as never[]))).toBe(model.push(...items));
        },
        () => expect(array.pop()).toBe(model.pop()),
        () => {
          for (let i = random.below(60); i > 0; i--) expect(array.pop()).toBe(model.pop());
        },
        () => {
          const [i, value] = [trial.index(model.length), item()];
          if (i >= -model.length && i < model.length) {
            array.set(i, value as never);
            model[i < 0 ? i + model.length : i] = value;
          } else {
            expect(() => array.set(i, value as never)).toThrow(RangeError);
          }
        },
        () => {
          if (model.length === 0) return;
          const i = random.below(model.length);
          const value = item();
          (array.view as unknown as never[])[i] = value as never;
          model[i] = value;
        },
      ];
      trial.run(
        700,
        25,
        () => random.pick(operations)(),
        () => {
          expect([array.length, array.view.length]).toEqual([model.length, model.length]);
          expect([...array]).toEqual(model);
          expect(Array.from<unknown>(array.view)).toEqual(model);
          const plain = heap.toJS(array);
          expect(plain).toBeInstanceOf(Class);
          expect(Array.from(plain as Iterable<unknown>)).toEqual(model);
          expect([array.kind, array.view.BYTES_PER_ELEMENT]).toEqual([kind, bytes]);
          for (const index of [trial.index(model.length), -1, 0, 1.5, NaN, Infinity]) {
            expect(array.at(index)).toBe(model.at(index));
          }
          const copy = heap.array(kind, array as Iterable<never>);
          expect([...copy]).toEqual(model);
        },
      );
      trial.end(array);
    });
  });
});
