// What finalizers and callbacks do while a collection is under way.
import { describe, expect, test } from "vitest";
import { G_YOUNG_CAPACITY } from "../src/layout.js";
import { VARIANTS } from "./helpers/core.js";
import { takeAllMemory } from "./helpers/objects.js";
import { ring, upTo } from "./helpers/rings.js";
import { WeakRefs } from "./helpers/weakrefs.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  test("a reference that dies after its callback is counted", () => {
    const weak = new WeakRefs(open());
    const made = weak.some(3);
    ring(weak, made);
    const refs = made.map((object) => weak.calling(object));
    weak.heap.host.callBack = (ref) => {
      if (ref !== refs[1]) weak.release(ref);
    };
    weak.release(...made);
    expect(weak.core.collect(2)).toBe(5);
    weak.release(refs[1] as number);
    expect([weak.calls(), weak.left()]).toEqual([[], 0]);
  });

  test("a callback that revives trash through a shared reference: its finalizer runs all the same", () => {
    const weak = new WeakRefs(open());
    const { objects, heap } = weak;
    const made = weak.some(3);
    ring(weak, made);
    const [shared, ref] = [weak.shared(made[1] as number), weak.calling(made[0] as number)];
    heap.host.callBack = () => {
      objects.hold(weak.referent(shared));
      heap.verify();
    };
    weak.release(...made);
    expect([weak.core.collect(0), weak.deaths()]).toEqual([0, [0, 1, 2]]);
    expect([weak.referent(shared), made.map((object) => objects.where(object))]).toEqual([made[1], [1, 1, 1]]);
    heap.verify();
    weak.release(made[1] as number);
    expect([weak.core.collect(1), weak.deaths(), weak.referent(shared)]).toEqual([3, [], 0]);
    weak.release(shared, ref);
    expect(weak.left()).toBe(0);
  });

  test("objects that finalizers make are young, and the revived are before them, however many there are", () => {
    const weak = new WeakRefs(open());
    const { core, heap, objects } = weak;
    const type = objects.type(1);
    const old = objects.makeMany(type, 10);
    core.collect(0);
    const survivors = objects.makeMany(type, 20);
    const made = weak.some(600);
    ring(weak, made);
    const fresh: number[] = [];
    weak.onDeath = (number) => {
      const [object = 0, gone = 0] = objects.makeMany(type, 2);
      fresh.push(object);
      objects.release(gone);
      if (number === 77) objects.hold(made[77] as number);
    };
    weak.release(...made);
    expect(core.collect(0)).toBe(0);
    heap.verify();
    expect(objects.generation(1)).toEqual([...old, ...survivors, ...made]);
    expect(objects.generation(0)).toEqual(fresh);
    weak.onDeath = () => {};
    weak.release(made[77] as number, ...fresh, ...old, ...survivors);
    expect([core.collect(1), weak.left()]).toEqual([600, 0]);
  });

  test("without memory for a longer young array the revived are old", () => {
    const weak = new WeakRefs(open({ pages: 40, maximumPages: 40 }));
    const { core, heap, objects } = weak;
    const type = objects.type(1);
    const made = weak.some(10);
    ring(weak, made);
    weak.release(...made);
    const fresh: number[] = [];
    let giveBack = () => {};
    weak.onDeath = (number) => {
      if (number !== 9) return;
      while (objects.field(G_YOUNG_CAPACITY) - fresh.length > 5) fresh.push(objects.make(type));
      objects.hold(made[0] as number);
      giveBack = takeAllMemory(heap);
    };
    expect(core.collect(0)).toBe(0);
    expect(made.map((object) => [objects.where(object), objects.isAtRest(object)])).toEqual(Array(10).fill([2, true]));
    heap.verify();
    giveBack();
    weak.release(made[0] as number, ...fresh);
    expect([core.collect(2), weak.left()]).toEqual([10, 0]);
  });

  test("freeze and unfreeze in finalizers leave the trash alone", () => {
    const weak = new WeakRefs(open());
    const { core, heap, objects } = weak;
    const others = objects.makeMany(objects.type(1), 3);
    const made = weak.some(6);
    ring(weak, made);
    weak.onDeath = (number) => {
      if (number === 1) core.freeze();
      if (number === 3) objects.hold(made[5] as number);
      if (number === 4) core.unfreeze();
      heap.verify();
    };
    weak.release(...made);
    expect(core.collect(2)).toBe(0);
    heap.verify();
    expect([...others, ...made].map((object) => objects.where(object))).toEqual(Array(9).fill(2));
    weak.release(made[5] as number, ...others);
    expect([core.collect(2), weak.left()]).toEqual([6, 0]);
  });

  test("an automatic collection does the same", () => {
    const weak = new WeakRefs(open());
    const { core, objects } = weak;
    const made = weak.some(10);
    ring(weak, made);
    const ref = weak.calling(made[3] as number);
    weak.release(...made);
    objects.automatic(true, 5, 10, 10);
    const object = objects.make(objects.type(1));
    expect([weak.deaths(), weak.calls(), core.dueGeneration()]).toEqual([upTo(10), [["callBack", ref]], -1]);
    weak.release(object, ref);
    expect(weak.left()).toBe(0);
  });
});
