// heap.globals and heap.frame: who holds what, with the exact counts that articles about Python's memory tell.
import { describe, expect, test } from "vitest";
import { Dict, type Frame, type Handle, type Heap } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

function pointsOf(heap: Heap) {
  return heap.struct("Point", { x: "i32", other: "ref" });
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("a count rises with each name, each frame, each container, and falls with them", async () => {
    const heap = await open();
    const Point = pointsOf(heap);
    const { globals } = heap;
    const handle = new Point();
    const count = () => heap.sys.getRefCount(handle);
    const seen = [count()];
    const note = () => seen.push(count());
    // a = Point(); b = a
    globals.set("a", handle);
    note();
    globals.set("b", handle);
    note();
    // f(a), which calls g(a)
    heap.frame("f", (f) => {
      f.set("argument", handle);
      note();
      heap.frame("g", (g) => {
        g.set("argument", handle);
        g.set("local", handle);
        note();
        g.delete("local");
        note();
      });
      note();
    });
    note();
    // [a, a], {1: a}, (a,), {a}, Point(other=a)
    const list = heap.list([handle, handle]);
    note();
    (list.pop() as Handle).release();
    note();
    const dict = heap.dict([[1, handle]]);
    const tuple = heap.tuple([handle]);
    const set = heap.set([handle]);
    const holder = new Point({ other: handle });
    note();
    dict.delete(1);
    note();
    for (const container of [list, dict, tuple, set, holder]) {
      container.release();
      note();
    }
    // b = 5; del a
    globals.set("b", 5);
    note();
    globals.delete("a");
    note();
    expect(seen).toEqual([1, 2, 3, 4, 6, 5, 4, 3, 5, 4, 8, 7, 6, 6, 5, 4, 3, 2, 1]);
    heap.verify();
  });

  test("an object without names dies, and one in a cycle waits for the collector", async () => {
    const heap = await open();
    const Point = pointsOf(heap);
    const { globals } = heap;
    heap.scope(() => {
      const point = new Point();
      globals.set("alone", point);
      globals.set("cycle", new Point({ other: point }));
      const cycle = globals.get("cycle") as InstanceType<typeof Point>;
      cycle.other = cycle;
    });
    const live = () => heap.inspect().types.find(({ name }) => name === "Point")?.objects;
    expect(live()).toBe(2);
    globals.delete("alone");
    expect(live()).toBe(1);
    globals.delete("cycle");
    expect([live(), heap.gc.collect(), live() ?? 0]).toEqual([1, 1, 0]);
  });

  test("the end of a frame drops its names, its handles, and what nobody else holds", async () => {
    const heap = await open();
    const Point = pointsOf(heap);
    const outside = new Point();
    const handles = heap.handleCount;
    const blocks = heap.sys.getAllocatedBlocks();
    const inner: Handle[] = [];
    const result = heap.frame("f", (frame) => {
      const made = new Point({ other: outside });
      inner.push(made, frame.locals());
      frame.set("made", made);
      frame.set("text", "a text of its own");
      frame.set("list", [1, [outside]]);
      expect(heap.sys.getRefCount(outside)).toBe(3);
      return 7;
    });
    expect([result, inner.map(({ released }) => released)]).toEqual([7, [true, true]]);
    expect([heap.sys.getRefCount(outside), heap.handleCount]).toEqual([1, handles]);
    expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
    heap.verify();
  });

  test("also when the body throws, which goes on", async () => {
    const heap = await open();
    const Point = pointsOf(heap);
    const outside = new Point();
    const failure = new Error("mine");
    const body = (frame: Frame) => {
      frame.set("x", outside);
      heap.frame("inner", (inner) => {
        inner.set("y", outside);
        expect(heap.sys.getRefCount(outside)).toBe(3);
        throw failure;
      });
    };
    expect(() => heap.frame("outer", body)).toThrow(failure);
    expect([heap.sys.getRefCount(outside), heap.handleCount, heap.sys.frames()]).toEqual([1, 1, []]);
    heap.verify();
  });

  test("what is returned or kept outlives the frame; locals do not", async () => {
    const heap = await open();
    const Point = pointsOf(heap);
    const kept: Handle[] = [];
    const point = heap.frame("f", (frame) => {
      frame.set("x", new Point({ x: 3 }));
      frame.set("y", 1);
      kept.push(frame.keep(frame.locals()), frame.keep(new Point({ x: 4 })));
      return frame.get("x") as InstanceType<typeof Point>;
    });
    const [locals, other] = kept as [Dict, InstanceType<typeof Point>];
    expect([point.x, other.x, heap.sys.getRefCount(point), heap.handleCount]).toEqual([3, 4, 1, 3]);
    expect([locals.size, [...locals], heap.sys.getRefCount(locals)]).toEqual([0, [], 1]);
    locals.set("its", "own");
    expect(locals.get("its")).toBe("own");
    heap.verify();
  });

  test("get, set, delete and locals", async () => {
    const heap = await open();
    heap.frame("f", (frame) => {
      expect([frame.name, frame.get("x"), frame.delete("x")]).toEqual(["f", undefined, false]);
      frame.set("x", 1);
      frame.set("x", "two");
      frame.set("__proto__", null);
      frame.set("", 2.5);
      frame.set("name".repeat(2000), 10n ** 30n);
      const locals = frame.locals();
      expect(locals).toBeInstanceOf(Dict);
      expect([...locals.keys()]).toEqual(["x", "__proto__", "", "name".repeat(2000)]);
      expect([frame.get("x"), frame.get("__proto__"), frame.get("")]).toEqual(["two", null, 2.5]);
      expect(frame.get("name".repeat(2000))).toBe(10n ** 30n);
      locals.set("y", 3);
      expect([frame.get("y"), frame.delete("y"), frame.delete("y"), locals.has("y")]).toEqual([3, true, false, false]);
    });
    expect([heap.sys.getAllocatedBlocks(), heap.handleCount]).toEqual([0, 0]);
  });

  test("globals are one dict that stays, in no scope and not counted", async () => {
    const heap = await open();
    const seen: Dict[] = [];
    heap.scope(() => {
      seen.push(heap.globals);
      heap.globals.set("x", [1, 2]);
      heap.frame("f", () => heap.globals);
    });
    const { globals } = heap;
    expect([seen[0] === globals, globals.released, heap.handleCount]).toEqual([true, false, 0]);
    expect([globals.typeName, heap.sys.getRefCount(globals)]).toEqual(["dict", 1]);
    globals.release();
    {
      using again = heap.globals;
      expect(again).toBe(globals);
    }
    heap.scope(() => heap.globals);
    heap.gc.collect();
    expect([globals.released, [...globals.keys()], heap.handleCount]).toEqual([false, ["x"], 0]);
    using clone = globals.clone();
    expect([heap.sys.getRefCount(globals), clone.is(globals), heap.handleCount]).toEqual([2, true, 1]);
    expect(heap.toJS(globals)).toEqual({ x: [1, 2] });
    heap.verify();
  });
});

test("frames() names those that run, outermost first", async () => {
  const heap = await openHeap();
  const seen: (readonly string[])[] = [heap.sys.frames()];
  const note = () => seen.push(heap.sys.frames());
  heap.frame("<module>", () => {
    heap.frame("f", () => {
      note();
      expect(() =>
        heap.frame("g", () => {
          note();
          throw new Error("mine");
        }),
      ).toThrow("mine");
      heap.scope(() => heap.frame("f", note));
    });
    note();
  });
  note();
  expect(seen).toEqual([[], ["<module>", "f"], ["<module>", "f", "g"], ["<module>", "f", "f"], ["<module>"], []]);
});

test("a frame that has ended", async () => {
  const heap = await openHeap();
  const frame = heap.frame("f", (running) => {
    running.set("x", 1);
    return { running };
  }).running;
  const advice = 'the frame "f" has ended, and its names are gone; use them while its body runs';
  const uses = {
    get: () => frame.get("x"),
    set: () => frame.set("x", 1),
    delete: () => frame.delete("x"),
    locals: () => frame.locals(),
  };
  for (const [name, use] of Object.entries(uses)) {
    expect(use).toThrow(TypeError);
    expect(use).toThrow(`frame.${name}: ${advice}`);
  }
  using list = heap.list();
  expect(() => frame.keep(list)).toThrow("the scope has ended");
  expect([frame.name, heap.handleCount]).toEqual(["f", 1]);
});

test("a promise or an iterator is refused, and the frame ends all the same", async () => {
  const heap = await openHeap();
  const outside = heap.list();
  const bodies: ((frame: Frame) => unknown)[] = [
    async (frame) => frame.set("x", outside),
    function* (frame) {
      yield frame;
    },
    (frame) => {
      frame.set("x", outside);
      return frame.locals().keys();
    },
  ];
  for (const body of bodies) {
    expect(() => heap.frame("f", body)).toThrow(TypeError);
    expect(() => heap.frame("f", body)).toThrow('heap.frame("f"): the body returned a promise or an iterator');
    expect([heap.sys.getRefCount(outside), heap.handleCount, heap.sys.frames()]).toEqual([1, 1, []]);
  }
});

test("arguments that are none change nothing", async () => {
  const heap = await openHeap();
  const other = await openHeap();
  expect(() => heap.frame(5 as never, () => 1)).toThrow("heap.frame: the name must be a string, not 5");
  expect(() => heap.frame("f", 5 as never)).toThrow('heap.frame("f"): wants a function, not 5');
  heap.frame("f", (frame) => {
    expect(() => frame.set(1 as never, 1)).toThrow("frame.set: a name must be a string, not 1");
    expect(() => frame.get(null as never)).toThrow("frame.get: a name must be a string, not null");
    expect(() => frame.delete({} as never)).toThrow("frame.delete: a name must be a string");
    expect(() => frame.set("x", (() => 1) as never)).toThrow("frame.set: value");
    expect(() => frame.set("x", other.list())).toThrow(expect.objectContaining({ code: "HANDLE_FOREIGN" }));
    expect(frame.locals().size).toBe(0);
  });
  expect([heap.handleCount, heap.sys.getAllocatedBlocks()]).toEqual([0, 0]);
});

test("a heap that is disposed of inside a frame", async () => {
  const heap = await openHeap();
  const frames: Frame[] = [];
  const result = heap.frame("f", (frame) => {
    frames.push(frame);
    frame.set("x", [1]);
    heap[Symbol.dispose]();
    return 5;
  });
  expect(result).toBe(5);
  expect(() => heap.globals).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
  expect(() => frames[0]?.get("x")).toThrow(TypeError);
});

test("a callback of the collector may use what is about to be made", async () => {
  const heap = await openHeap();
  const { gc } = heap;
  const makeDue = (): void => {
    gc.setThreshold(1000);
    heap.scope(() => {
      heap.globals.set(
        "held",
        Array.from({ length: 5 }, () => []),
      );
    });
    gc.setThreshold(1);
  };
  const lists = Array.from({ length: 5 }, () => heap.list());
  gc.callbacks.push((phase) => {
    if (phase === "start") heap.globals.set("g", 1);
  });
  gc.setThreshold(1);
  heap.globals.set("h", 2);
  expect([[...heap.globals.keys()], heap.sys.getRefCount(heap.globals)]).toEqual([["g", "h"], 1]);
  makeDue();
  heap.frame("f", (frame) => {
    gc.callbacks.push((phase) => {
      if (phase === "start") frame.set("x", 1);
    });
    frame.set("y", 2);
    expect([...frame.locals().keys()]).toEqual(["x", "y"]);
    gc.callbacks.length = 0;
  });
  for (const list of lists) list.release();
  heap.globals.clear();
  expect(heap.sys.getAllocatedBlocks()).toBe(1);
  heap.verify();
});
