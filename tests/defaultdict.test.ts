// heap.defaultdict: get makes what is missing, nothing else does; functions go when their dicts are gone.
import { describe, expect, test } from "vitest";
import { Factories } from "../src/defaultdict.js";
import { Dict, type Handle, type List, type Storable } from "../src/index.js";
import { DICT_FACTORY } from "../src/layout.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

describe.each(VARIANTS)("$name", ({ open }) => {
  test("get stores and returns what the function makes", async () => {
    const heap = await open();
    const groups = heap.defaultdict(() => []);
    expect([groups instanceof Dict, groups.typeName, groups.size]).toEqual([true, "defaultdict", 0]);
    heap.scope(() => {
      for (const word of ["one", "two", "three", "six"]) (groups.get(word.length) as List).push(word);
    });
    expect(heap.toJS(groups)).toEqual(
      new Map([
        [3, ["one", "two", "six"]],
        [5, ["three"]],
      ]),
    );
    const counts = heap.defaultdict(() => 0);
    for (const letter of "hello") counts.set(letter, (counts.get(letter) as number) + 1);
    expect([...counts]).toEqual([
      ["h", 1],
      ["e", 1],
      ["l", 2],
      ["o", 1],
    ]);
    const list = heap.defaultdict(() => heap.list());
    const made = list.get("x") as Handle;
    expect([made.is(list.get("x")), heap.sys.getRefCount(made)]).toEqual([true, 4]);
    heap.verify();
  });

  test("nothing else calls the function", async () => {
    const heap = await open();
    let calls = 0;
    const factory = () => ++calls;
    const dict = heap.defaultdict(factory, { a: 10 });
    expect([dict.has("b"), dict.delete("b"), dict.get("a"), [...dict], calls]).toEqual([
      false,
      false,
      10,
      [["a", 10]],
      0,
    ]);
    expect([dict.get("b"), dict.get("b"), dict.get(null), calls]).toEqual([1, 1, 2, 2]);
    dict.delete("b");
    expect([dict.get("b"), calls]).toEqual([3, 3]);
    expect(heap.dict(dict).get("c")).toBe(undefined);
    const long = "key".repeat(1000);
    expect([dict.get(long), dict.get(long), dict.get(0.5), dict.get(0.5), calls]).toEqual([4, 4, 5, 5, 5]);
    heap.verify();
  });

  test("what it is made of", async () => {
    const heap = await open();
    const zero = () => 0;
    const sources = [[["a", 1]], new Map([["a", 1]]), { a: 1 }, heap.dict({ a: 1 }), heap.defaultdict(zero, { a: 1 })];
    for (const source of sources) {
      const dict = heap.defaultdict(zero, source as never);
      expect([dict.get("a"), dict.get("b"), dict.size, dict.typeName]).toEqual([1, 0, 2, "defaultdict"]);
    }
    const before = [heap.handleCount, heap.sys.getAllocatedBlocks()];
    expect(() => heap.defaultdict(5 as never)).toThrow(
      "heap.defaultdict: wants a function that makes the values of missing keys, not 5",
    );
    expect(() => heap.defaultdict(zero, 5 as never)).toThrow("heap.defaultdict: wants pairs");
    expect(() =>
      heap.defaultdict(zero, [
        ["a", []],
        [[], 1],
      ]),
    ).toThrow("heap.defaultdict: a list cannot be a key");
    expect([heap.handleCount, heap.sys.getAllocatedBlocks()]).toEqual(before);
  });

  test("a function that throws, or returns what cannot be stored, leaves the dict as it was", async () => {
    const heap = await open();
    const failure = new Error("mine");
    const failing = heap.defaultdict(() => {
      throw failure;
    });
    const wrong = heap.defaultdict((() => () => 1) as never);
    const promising = heap.defaultdict((async () => 1) as never);
    const before = [heap.handleCount, heap.sys.getAllocatedBlocks()];
    const key = "a key that is long enough to be an object of its own";
    for (const missing of [key, 5, 0.25, [1]]) {
      const isKey = !Array.isArray(missing);
      expect(() => failing.get(missing)).toThrow(isKey ? failure : "defaultdict.get: a list cannot be a key");
      expect(() => wrong.get(missing)).toThrow(TypeError);
      expect(() => promising.get(missing)).toThrow(TypeError);
    }
    expect([failing.size, wrong.size, promising.size]).toEqual([0, 0, 0]);
    expect([heap.handleCount, heap.sys.getAllocatedBlocks()]).toEqual(before);
    heap.verify();
  });

  test("a function that uses the dict, or lets go of it", async () => {
    const heap = await open();
    const fibonacci: Dict = heap.defaultdict(() => sizes());
    function sizes(): Storable {
      const n = fibonacci.size;
      fibonacci.set(`made ${n}`, n);
      return n;
    }
    expect([fibonacci.get("x"), [...fibonacci]]).toEqual([
      0,
      [
        ["made 0", 0],
        ["x", 0],
      ],
    ]);
    const same: Dict = heap.defaultdict(() => {
      same.set("x", "inside");
      return "outside";
    });
    expect([same.get("x"), same.size]).toEqual(["outside", 1]);
    const clearing: Dict = heap.defaultdict(
      () => {
        clearing.clear();
        return 1;
      },
      Array.from({ length: 100 }, (_, n) => [n, n] as const),
    );
    expect([clearing.get("x"), [...clearing]]).toEqual([1, [["x", 1]]]);
    const nested = heap.defaultdict(() => heap.defaultdict(() => 0));
    heap.scope(() => (nested.get("a") as Dict).set("b", 5));
    expect(heap.toJS(nested)).toEqual({ a: { b: 5 } });
    const before = [heap.handleCount, heap.sys.getAllocatedBlocks()];
    const gone: Dict = heap.defaultdict(() => {
      gone.release();
      return ["a", "list"];
    });
    expect(() => gone.get("some key of its own")).toThrow(expect.objectContaining({ code: "HANDLE_RELEASED" }));
    expect([heap.handleCount, heap.sys.getAllocatedBlocks()]).toEqual(before);
    const key = heap.tuple(["a", "key"]);
    const keyless = heap.defaultdict(() => {
      key.release();
      return 1;
    });
    expect([keyless.get(key), keyless.has(heap.tuple(["a", "key"]))]).toEqual([1, true]);
    heap.verify();
  });

  test("growth of memory that fails leaves nothing behind", async () => {
    const heap = await open({ initialMemory: 2 ** 19, maximumMemory: 2 ** 24, gc: { enabled: false } });
    const dict = heap.defaultdict(() => "v".repeat(600));
    let failures = 0;
    for (let n = 0; n < 1500; n++) {
      const key = `${n} `.repeat(60);
      const before = [dict.size, heap.sys.getAllocatedBlocks()];
      heap.core.failGrowth(1);
      try {
        dict.get(key);
      } catch (error) {
        failures++;
        expect(error).toMatchObject({ name: "MemoryError" });
        expect([dict.size, heap.sys.getAllocatedBlocks()]).toEqual(before);
      }
      heap.core.failGrowth(0);
      expect(dict.get(key)).toBe("v".repeat(600));
    }
    expect(failures).toBeGreaterThan(0);
    heap.verify();
  });
});

test("a collection that makes other defaultdicts takes no number away", async () => {
  const heap = await openHeap();
  const lists = Array.from({ length: 5 }, () => heap.list());
  heap.gc.callbacks.push(() => {
    for (let n = 0; n < 200; n++) heap.defaultdict(() => -n).release();
  });
  heap.gc.setThreshold(1);
  const dict = heap.defaultdict(() => "mine");
  heap.gc.callbacks.length = 0;
  expect([dict.get(1), lists.length]).toEqual(["mine", 5]);
});

describe("the functions", () => {
  test("one function has one number, and as many as are in use are kept", async () => {
    const heap = await openHeap();
    const { core } = heap;
    const factories = new Factories(engineOf(core, heap.memory) as never);
    const make = (factory: () => Storable) => {
      const address = core.newDefaultDict(0, factories.numberOf(factory)) >>> 0;
      factories.made(address);
      return address;
    };
    const shared = () => 1;
    const first = factories.numberOf(shared);
    for (let n = 0; n < 10_000; n++) core.decref(make(shared));
    expect([factories.numberOf(shared), factories.size]).toEqual([first, 1]);
    const kept = Array.from({ length: 100 }, (_, n) => make(() => n));
    for (let n = 0; n < 10_000; n++) core.decref(make(() => -n));
    expect(factories.size).toBeLessThan(1000);
    const numbers = kept.map(
      (address) => heap.memory.buffer && new Uint32Array(heap.memory.buffer)[(address + DICT_FACTORY) >>> 2],
    );
    expect(numbers.map((number) => factories.get(number as number)())).toEqual(kept.map((_, n) => n));
    for (const address of kept) core.decref(address);
    for (let n = 0; n < 1000; n++) core.decref(make(shared));
    expect(factories.size).toBe(1);
  });

  test("thousands of functions whose dicts die, with one that lives", async () => {
    const heap = await openHeap();
    const lives = heap.defaultdict(() => "still here");
    for (let n = 0; n < 5000; n++) {
      using dict = heap.defaultdict(() => n);
      expect(dict.get("x")).toBe(n);
    }
    expect(lives.get("x")).toBe("still here");
    using last = heap.defaultdict(() => 1);
    const words = new Uint32Array(heap.memory.buffer);
    const [from = 0, to = 0] = [lives, last].map(({ address }) => words[(address + DICT_FACTORY) >>> 2]);
    expect((to - from) >>> 0).toBeLessThan(1000);
  });

  test("addresses that are used again are looked at once", async () => {
    const heap = await openHeap();
    const { core } = heap;
    let looks = 0;
    const checkObject = (address: number, type: number) => {
      looks++;
      return core.checkObject(address, type);
    };
    const factories = new Factories(engineOf({ checkObject }, heap.memory) as never);
    const alive: number[] = [];
    for (let n = 0; n < 10_000; n++) {
      const address =
        core.newDefaultDict(
          0,
          factories.numberOf(() => n),
        ) >>> 0;
      factories.made(address);
      alive.push(address);
      if (alive.length > 5) core.decref(alive.shift() as number);
    }
    expect([looks > 0, looks < 2000]).toEqual([true, true]);
  });

  test("a number that stands for none", async () => {
    const heap = await openHeap();
    const number = 77;
    const address = heap.core.newDefaultDict(0, number);
    const list = heap.list();
    list.push(1);
    const dict = heap.gc.getObjects().find((handle) => handle.address === address) as Dict;
    dict.set("a", 1);
    expect([dict.get("a"), dict.has("b")]).toEqual([1, false]);
    expect(() => dict.get("b")).toThrow(TypeError);
    expect(() => dict.get("b")).toThrow("defaultdict.get: the function for missing keys is not known here");
    expect(dict.size).toBe(1);
  });
});

/** As much of an engine as Factories need. */
function engineOf(core: unknown, memory: WebAssembly.Memory): unknown {
  return {
    run: (body: (running: unknown) => unknown) => body(core),
    memory: { word: (address: number) => new Uint32Array(memory.buffer)[address >>> 2] },
  };
}
