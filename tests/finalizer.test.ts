// Finalizers of struct types: when they are called, with what, and what becomes of objects and handles afterwards.
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import type { Handle, Heap, Scope, Value } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";
import { Scene } from "./helpers/scene.js";

describe.each(VARIANTS)("$name", (variant) => {
  let scene: Scene;
  let heap: Heap;

  beforeEach(async () => {
    scene = await Scene.open(variant);
    heap = scene.heap;
  });

  afterEach(() => scene.close());

  /** A type whose finalizer logs the name of the object, and does what `then` says. */
  function defineNamed(then: (object: Handle & { name: Value; next: Value }, scope: Scope) => void = () => {}) {
    return heap.struct(
      "Named",
      { name: "ref", next: "ref", other: "ref" },
      {
        finalize(object, scope) {
          scene.log.push(String(object.name));
          then(object, scope);
        },
      },
    );
  }

  describe("the call", () => {
    test("comes with the whole object, its fields typed, and a scope", () => {
      const Place = heap.struct("Place", { name: "ref" });
      const Point = heap.struct(
        "Point",
        { x: "f64", place: Place, next: "self" },
        {
          finalize(point, scope) {
            expectTypeOf(point.x).toEqualTypeOf<number>();
            expectTypeOf(point.next).toEqualTypeOf<typeof point | null>();
            expectTypeOf(scope).toEqualTypeOf<Scope>();
            scene.log.push(
              `${point.x} ${point.place?.name} ${Point.isInstance(point)} ${typeof scope.keep}`,
              `${point}`,
            );
          },
        },
      );
      const point = heap.scope((scope) => scope.keep(new Point({ x: 2.5, place: new Place({ name: "here" }) })));
      const title = point.toString();
      point.release();
      expect(scene.ran()).toEqual(["2.5 here true function", title]);
    });

    test("has neither this nor further arguments", () => {
      let given: unknown[] = [];
      const Plain = heap.struct(
        "Plain",
        {},
        {
          finalize: function (this: unknown, ...args: unknown[]) {
            given = [this, args.length];
          },
        },
      );
      new Plain().release();
      expect(given).toEqual([undefined, 2]);
    });

    test("comes when the last reference goes, whoever drops it: a handle, a scope, a frame, a field, a container, an arena", () => {
      const Named = defineNamed();
      new Named({ name: "handle" }).release();
      heap.scope(() => {
        new Named({ name: "scope" });
      });
      heap.frame("f", (frame) => frame.set("local", new Named({ name: "frame" })));
      // Puts an object somewhere, where the only reference is then.
      const put = (name: string, into: (object: Handle) => void) => heap.scope(() => into(new Named({ name })));
      using holder = new Named({ name: "holder" });
      put("field", (object) => {
        holder.next = object;
      });
      holder.next = null;
      using list = heap.list();
      put("list", (object) => void list.push(object));
      list.clear();
      using dict = heap.dict();
      put("value", (object) => void dict.set("a", object));
      put("key", (object) => void dict.set(object, 1));
      dict.set("a", null);
      dict.clear();
      using deque = heap.deque([], { maxLength: 1 });
      put("deque", (object) => void deque.push(object));
      deque.push(1);
      const arena = heap.arena();
      arena.add(new Named({ name: "arena" }));
      arena.free();
      const order = ["handle", "scope", "frame", "field", "list", "value", "key", "deque", "arena"];
      expect(scene.ran()).toEqual(order);
      holder.release();
      expect(scene.ran()).toEqual(["holder"]);
    });

    test("comes when a constructor fails, as for any object that dies", () => {
      const Named = defineNamed();
      expect(() => new Named({ name: "half", next: Symbol("no value") as never })).toThrow(TypeError);
      expect(scene.ran()).toEqual(["half"]);
    });

    test("comes for each object of a ring, in the order in which they were made, when all are whole", () => {
      const seen: unknown[] = [];
      const Named = defineNamed((object) => {
        const next = object.next as typeof object;
        seen.push(next.name);
      });
      heap.scope(() => {
        const [a, b, c] = ["a", "b", "c"].map((name) => new Named({ name }));
        Object.assign(a as Handle, { next: c });
        Object.assign(b as Handle, { next: a });
        Object.assign(c as Handle, { next: b });
      });
      expect(scene.ran()).toEqual([]);
      expect(heap.gc.collect()).toBe(3);
      expect(scene.ran()).toEqual(["a", "b", "c"]);
      expect(seen).toEqual(["c", "a", "b"]);
    });
  });

  describe("handles that are made meanwhile", () => {
    test("are released when it returns, the object's own too, and say so", () => {
      const made: Handle[] = [];
      const Named = defineNamed((object) => {
        made.push(object, heap.list([1]), object.clone());
        heap.scope(() => void made.push(heap.dict()));
      });
      new Named({ name: "a" }).release();
      expect(scene.ran()).toEqual(["a"]);
      expect(made.map(({ released }) => released)).toEqual([true, true, true, true]);
      expect(() => made[0]?.address).toThrow("its scope has ended");
      expect(heap.handleCount).toBe(0);
    });

    test("have nothing to do with the scopes that are open around it", () => {
      const Named = defineNamed(() => void heap.list([1]));
      heap.scope(() => {
        const before = heap.list();
        const handles = heap.handleCount;
        for (let i = 0; i < 3000; i++) new Named({ name: "a" }).release();
        expect(heap.handleCount).toBe(handles);
        expect(before.released).toBe(false);
        before.push(2);
        expect(before.length).toBe(1);
      });
      expect(scene.ran().length).toBe(3000);
    });

    test("leave a scope around it all of its own, however many", () => {
      const Named = defineNamed(() => {
        for (let i = 0; i < 1100; i++) heap.list();
      });
      heap.scope(() => {
        for (let i = 0; i < 5000; i++) heap.list();
        new Named({ name: "a" }).release();
        expect(heap.handleCount).toBe(5000);
        for (let i = 0; i < 2000; i++) heap.list();
      });
      expect(scene.ran()).toEqual(["a"]);
      expect(heap.handleCount).toBe(0);
    });

    test("are the program's if they are kept, also where scopes are open", () => {
      const kept: Handle[] = [];
      const Named = defineNamed((_, scope) => {
        kept.push(scope.keep(heap.list([kept.length])));
        heap.scope(() => void kept.push(scope.keep(heap.list([kept.length]))));
      });
      heap.scope(() => {
        heap.scope(() => {
          new Named({ name: "in scopes" }).release();
          new Named({ name: "at the end of one" });
        });
        expect(kept.map(({ released }) => released)).toEqual([false, false, false, false]);
      });
      expect(scene.ran()).toEqual(["in scopes", "at the end of one"]);
      expect(kept.map((list) => heap.toJS(list))).toEqual([[0], [1], [2], [3]]);
      for (const handle of kept) handle.release();
    });

    test("can be kept by a scope around it that is open still, and are the program's then", () => {
      const kept: Handle[] = [];
      heap.scope((outer) => {
        const Named = defineNamed(() => void kept.push(outer.keep(heap.list())));
        new Named({ name: "a" }).release();
      });
      expect(scene.ran()).toEqual(["a"]);
      expect(kept.map(({ released }) => released)).toEqual([false]);
      kept[0]?.release();
    });

    test("a scope's handles that were made before are kept by it all the same", () => {
      const outside = heap.scope((outer) => {
        const list = heap.list([1]);
        const Named = defineNamed(() => void outer.keep(list));
        new Named({ name: "a" }).release();
        return [list];
      });
      expect(scene.ran()).toEqual(["a"]);
      expect(outside[0]?.length).toBe(1);
      outside[0]?.release();
    });
  });

  describe("errors", () => {
    test("what one throws goes to onUnraisable, and the rest goes on", () => {
      const Named = defineNamed((object) => {
        if (object.name !== "good") throw new Error(`no ${object.name}`);
      });
      const title = heap.scope(() => {
        const bad = new Named({ name: "bad" });
        heap.list([bad, new Named({ name: "good" }), new Named({ name: "worse" })]);
        return bad.toString();
      });
      expect(scene.ran()).toEqual(["worse", "good", "bad"]);
      const events = scene.thrown();
      expect(events.map(({ error }) => String(error))).toEqual(["Error: no worse", "Error: no bad"]);
      expect(events[1]).toMatchObject({ message: "Exception ignored while calling finalizer", object: title });
    });

    test.each([
      ["async", async () => {}, "it returned a promise and must be synchronous"],
      // biome-ignore lint/suspicious/noThenProperty: what passes for a promise is one
      ["thenable", () => ({ then() {} }), "it returned a promise and must be synchronous"],
      ["rejected", () => Promise.reject(new Error("later")), "it returned a promise and must be synchronous"],
      ["generator", function* () {}, "it returned an iterator and must be synchronous"],
    ] as const)("one that is %s is reported, and the object dies", (_, finalize, sentence) => {
      const Later = heap.struct("Later", {}, { finalize: finalize as () => void });
      const later = new Later();
      const { address } = later;
      later.release();
      const [event] = scene.thrown();
      expect(event?.error).toBeInstanceOf(TypeError);
      expect(String(event?.error)).toContain(sentence);
      expect(heap.core.refcount(address)).toBe(0);
    });

    test("what it returns otherwise is of no account, a handle neither kept nor reported", () => {
      let made: Handle | undefined;
      const Odd = heap.struct("Odd", {}, { finalize: (() => (made = heap.list())) as never });
      new Odd().release();
      expect(made?.released).toBe(true);
    });

    test("what onUnraisable does with the heap is released with the rest", async () => {
      const other = await variant.open({ gc: { enabled: false }, onUnraisable: () => void other.list([1, 2]) });
      const Bad = other.struct("Bad", {}, { finalize: () => raise("bad") });
      other.scope(() => {
        const handles = other.handleCount;
        new Bad().release();
        expect(other.handleCount).toBe(handles);
      });
      other.verify();
    });
  });

  describe("gc.isFinalized and gc.isTracked", () => {
    test("inside, the finalizer has not run if the last reference is gone, and has if the collector calls it; afterwards it has", () => {
      const { gc } = heap;
      const seen: boolean[][] = [];
      const kept: Handle[] = [];
      const Named = defineNamed((object, scope) => {
        seen.push([gc.isFinalized(object), gc.isTracked(object)]);
        kept.push(scope.keep(object));
      });
      new Named({ name: "by count" }).release();
      heap.scope(() => {
        const ring = new Named({ name: "by the collector" });
        ring.next = ring;
      });
      gc.collect();
      expect(scene.ran()).toEqual(["by count", "by the collector"]);
      expect(seen).toEqual([
        [false, true],
        [true, true],
      ]);
      expect(kept.map((object) => [gc.isFinalized(object), gc.isTracked(object)])).toEqual([
        [true, true],
        [true, true],
      ]);
      (kept[1] as InstanceType<typeof Named>).next = null;
      for (const object of kept) object.release();
      expect(scene.ran()).toEqual([]);
    });

    test("an object without a finalizer is not finalized", () => {
      const Plain = heap.struct("Plain", { next: "self" });
      const plain = new Plain();
      expect([heap.gc.isFinalized(plain), heap.gc.isTracked(plain)]).toEqual([false, true]);
      plain.release();
    });

    test("tuples of atoms are untracked, also those that are found in trash", () => {
      const seen: boolean[] = [];
      const Named = defineNamed((object) => void seen.push(heap.gc.isTracked(object.next)));
      heap.scope(() => {
        const ring = new Named({ name: "a", next: heap.tuple([1, "b"]) });
        Object.assign(ring, { other: ring });
      });
      heap.gc.collect();
      expect(scene.ran()).toEqual(["a"]);
      expect(seen).toEqual([false]);
    });
  });

  describe("revival", () => {
    test("by scope.keep: the object lives, is not finalized again, and dies silently", () => {
      const kept: Handle[] = [];
      const Named = defineNamed((object, scope) => void kept.push(scope.keep(object)));
      new Named({ name: "a" }).release();
      const [again] = kept as [InstanceType<typeof Named>];
      expect(scene.ran()).toEqual(["a"]);
      expect([again.name, heap.sys.getRefCount(again)]).toEqual(["a", 1]);
      again.release();
      expect(scene.ran()).toEqual([]);
      expect(heap.inspect().types.map(({ name }) => name)).not.toContain("Named");
    });

    test("by storing it: only what it leads to lives, the rest of the trash is freed", () => {
      const refuge = heap.list();
      const Named = defineNamed((object) => {
        if (object.name === "b") refuge.push(object);
      });
      heap.scope(() => {
        // a → b → c → b, and c does not lead back to a; all are trash together.
        const [a, b, c] = ["a", "b", "c"].map((name) => new Named({ name })) as InstanceType<typeof Named>[];
        Object.assign(a as Handle, { next: b, other: a });
        Object.assign(b as Handle, { next: c });
        Object.assign(c as Handle, { next: b });
      });
      expect(heap.gc.collect()).toBe(1);
      expect(scene.ran()).toEqual(["a", "b", "c"]);
      heap.verify();
      refuge.clear();
      expect(heap.gc.collect()).toBe(2);
      expect(scene.ran()).toEqual([]);
      refuge.release();
    });

    test("objects that the collector does not know are finalized each time", () => {
      const kept: Handle[] = [];
      const Leaf = heap.struct(
        "Leaf",
        { x: "f64" },
        {
          finalize(leaf, scope) {
            scene.log.push(`${leaf.x}`);
            leaf.x += 1;
            if (leaf.x < 3) kept.push(scope.keep(leaf));
          },
        },
      );
      new Leaf({ x: 0 }).release();
      while (kept.length > 0) kept.pop()?.release();
      expect(scene.ran()).toEqual(["0", "1", "2"]);
    });
  });

  describe("options", () => {
    test("are checked", () => {
      for (const [options, sentence] of [
        [{ finalize: 1 }, 'heap.struct("T"): finalize must be a function, not 1'],
        [{ finalize: null }, 'heap.struct("T"): finalize must be a function, not null'],
        [{ weakrefable: 0 }, 'heap.struct("T"): weakrefable must be true or false, not 0'],
        [{ gc: "yes" }, 'heap.struct("T"): gc must be true or false, not "yes"'],
      ] as const) {
        expect(() => heap.struct("T", {}, options as never)).toThrow(new TypeError(sentence));
      }
      const T = heap.struct("T", {}, { finalize: undefined, gc: undefined, weakrefable: undefined });
      using one = new T();
      heap.weakref.ref(one).release();
    });

    test("weakrefable: false", () => {
      const Closed = heap.struct("Closed", { next: "self" }, { weakrefable: false });
      using one = new Closed();
      expect(() => heap.weakref.ref(one)).toThrow(TypeError);
      expect(heap.weakref.getWeakRefCount(one)).toBe(0);
    });
  });
});

function raise(message: string): never {
  throw new Error(message);
}
