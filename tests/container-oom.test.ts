// Containers without memory: whatever cannot grow throws a MemoryError and is as it was, nothing is left behind, and it works later.
import { describe, expect, test } from "vitest";
import type { Handle } from "../src/handle.js";
import { type Heap, MemoryError, type Storable, type Value } from "../src/index.js";
import { HEAPS } from "./helpers/containermodel.js";
import { inUse } from "./helpers/plaindata.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const MIB = 2 ** 20;
const PAGE = 2 ** 16;

/** What an operation is about. */
type Subject = Extract<Value, object>;

interface Operation {
  name: string;
  /** Makes what there is before. Nothing if the operation makes something new. */
  make?: (heap: Heap) => Subject;
  /** What it returns is compared, as plain data. */
  run: (heap: Heap, subject: never) => unknown;
}

function operation<S extends Subject>(
  name: string,
  make: (heap: Heap) => S,
  run: (subject: S, heap: Heap) => unknown,
): Operation {
  return { name, make, run: (heap, subject) => run(subject as S, heap) };
}

const TEXTS = Array.from({ length: 40 }, (_, i) => `a text of some length: ${i}`);
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);
const objects = (n: number): Storable[] => numbers(n).map((i) => (i % 2 === 0 ? [i] : { i }));
/** There is no room for another, and the next block is large: there may be memory for an item, and none for that. */
const fullList = (heap: Heap) => heap.list(numbers(3000));
/** Dicts and sets of which the table is full, and has holes. */
const fullDict = (heap: Heap) => heap.dict(numbers(85).map((i): [Storable, Storable] => [`key ${i}`, [i]]));
const fullSet = (heap: Heap) => heap.set(numbers(85));

function holed(heap: Heap) {
  const dict = fullDict(heap);
  for (const i of [0, 5, 30, 84]) dict.delete(`key ${i}`);
  return dict;
}

function* generated(n: number): Generator<Storable> {
  for (let i = 0; i < n; i++) yield i % 3 === 0 ? `text ${i} of the generator` : [i];
}

const DOCUMENT: Storable = {
  rows: numbers(60).map((i) => ({
    id: i,
    name: `name ${i}`,
    tags: new Set([`tag ${i % 5}`, i]),
    at: 2 ** 40 + i,
    half: i / 2,
  })),
  map: new Map<Storable, Storable>([
    [1, "one"],
    [null, 10n ** 40n],
    [Uint8Array.of(1, 2), new Float64Array(100)],
  ]),
  text: "x".repeat(9000),
};

const OPERATIONS: readonly Operation[] = [
  operation("list.push of an integer", fullList, (list) => list.push(1)),
  operation("list.push of a text", fullList, (list) => list.push("Ā new text, and a wide one")),
  operation("list.push of a float", fullList, (list) => list.push(0.1)),
  operation("list.push of a bigint", fullList, (list) => list.push(10n ** 5000n)),
  operation("list.push of plain data", fullList, (list) => list.push(DOCUMENT)),
  operation("list.push of many", fullList, (list) => list.push(1, ...objects(700), "the end of them")),
  operation("list.push of many integers", fullList, (list) => list.push(...numbers(900))),
  operation("list.insert", fullList, (list) => list.insert(3, ["inserted", { list: [] }])),
  operation("list.set", fullList, (list) => list.set(-3, ["set", 1.5])),
  operation(
    "list.splice that removes objects",
    (heap) => heap.list(objects(60)),
    (list, heap) => list.splice(20, 10, ...objects(300)).map((one) => heap.toJS(one)),
  ),
  operation(
    "list.splice that makes room",
    (heap) => heap.list(objects(200)),
    (list) => list.splice(1, 198, "a new text").length,
  ),
  operation("dict.set of a new integer", fullDict, (dict) => dict.set(1, 2).size),
  operation("dict.set of a new text", fullDict, (dict) => dict.set("another key", "another value").size),
  operation("dict.set of a long text", fullDict, (dict) => dict.set("y".repeat(3000), 1).size),
  operation("dict.set of an old text", fullDict, (dict) => dict.set("key 7", "another value").size),
  operation("dict.set of bytes", fullDict, (dict) => dict.set(Uint8Array.of(1, 2, 3), DOCUMENT).size),
  operation("dict.set in a table with holes", holed, (dict) => dict.set("another key", 1).size),
  operation("dict.set under an iterator", holed, (dict) => {
    const iterator = dict.keys();
    for (let i = 0; i < 10; i++) iterator.next();
    try {
      dict.set("another key", 1.5);
    } finally {
      expect([...iterator].slice(0, 2)).toEqual(["key 12", "key 13"]);
    }
  }),
  operation(
    "defaultdict.get",
    (heap) => heap.defaultdict(() => ["made", {}], fullDict(heap)),
    (dict, heap) => heap.toJS(dict.get("a missing key") as Value),
  ),
  operation("set.add of an integer", fullSet, (set) => set.add(-1).size),
  operation("set.add of a text", fullSet, (set) => set.add("a text that is new").size),
  operation("set.add of a bigint", fullSet, (set) => set.add(2n ** 100n).size),
  operation(
    "deque.push",
    (heap) => heap.deque(numbers(64)),
    (deque) => deque.push("a text"),
  ),
  operation(
    "deque.push of many",
    (heap) => heap.deque(TEXTS),
    (deque) => deque.push(...objects(300)),
  ),
  operation(
    "deque.unshift",
    (heap) => heap.deque(numbers(64)),
    (deque) => deque.unshift([1]),
  ),
  operation(
    "deque.unshift of many",
    (heap) => heap.deque(TEXTS),
    (deque) => deque.unshift(...objects(300), "first"),
  ),
  operation(
    "deque.push of many integers",
    (heap) => heap.deque(TEXTS),
    (deque) => deque.push(...numbers(300)),
  ),
  operation(
    "deque.unshift of many integers",
    (heap) => heap.deque(TEXTS),
    (deque) => deque.unshift(...numbers(300)),
  ),
  operation(
    "deque.push of many, with a limit",
    (heap) => heap.deque(TEXTS, { maxLength: 50 }),
    (deque) => deque.push(...objects(120)),
  ),
  operation(
    "deque.unshift of many, with a limit",
    (heap) => heap.deque(objects(40), { maxLength: 50 }),
    (deque) => deque.unshift(...objects(120)),
  ),
  operation(
    "deque.push of one, with a limit",
    (heap) => heap.deque(objects(64), { maxLength: 64 }),
    (deque) => deque.push([1]),
  ),
  operation(
    "array.push",
    (heap) => heap.array("f64", 100),
    (array) => array.push(0.5),
  ),
  operation(
    "array.push of many",
    (heap) => heap.array("i64", 100),
    (array) => array.push(...Array(500).fill(7n)),
  ),
  operation(
    "a field",
    (heap) => new (heap.struct("Box", { value: "ref" }))({ value: ["old"] }),
    (box) => {
      box.value = DOCUMENT as never;
    },
  ),
  operation(
    "a name",
    (heap) => heap.dict(),
    (_, heap) => {
      heap.frame("f", (frame) => {
        frame.set("a name", ["a local value"]);
        frame.set("another", DOCUMENT);
        return frame.locals().size;
      });
    },
  ),
  { name: "heap.str", run: (heap) => heap.str("Ā".repeat(2000)).length },
  { name: "heap.bytes", run: (heap) => heap.bytes(new Uint8Array(5000)).length },
  { name: "sys.intern", run: (heap) => String(heap.sys.intern("a text to be interned")) },
  { name: "heap.list", run: (heap) => heap.list(objects(200)) },
  { name: "heap.list of a generator", run: (heap) => heap.list(generated(200)) },
  { name: "heap.list of a list", run: (heap) => heap.list(heap.list(objects(200))) },
  { name: "heap.tuple", run: (heap) => heap.tuple([...objects(50), ...TEXTS, ...numbers(600)]) },
  {
    name: "heap.tuple of a tuple of tuples",
    run: (heap) => heap.tuple([heap.tuple([heap.tuple(["deep"]), 1.5]), 2.5]),
  },
  { name: "heap.dict of an object", run: (heap) => heap.dict(DOCUMENT as { [key: string]: Storable }) },
  { name: "heap.dict of a Map", run: (heap) => heap.dict(new Map([[1, DOCUMENT]])) },
  {
    name: "heap.dict of pairs",
    run: (heap) => heap.dict([...generated(100)].map((value, i): [Storable, Storable] => [`key ${i}`, value])),
  },
  { name: "heap.dict of a dict", run: (heap) => heap.dict(fullDict(heap)) },
  { name: "heap.defaultdict", run: (heap) => heap.defaultdict(() => 1, holed(heap)) },
  { name: "heap.set", run: (heap) => heap.set([...TEXTS, ...numbers(100)]) },
  { name: "heap.set of a Set", run: (heap) => heap.set(new Set([...TEXTS, 0.5])) },
  { name: "heap.set of a list", run: (heap) => heap.set(heap.list([...TEXTS, ...TEXTS])) },
  { name: "heap.frozenset", run: (heap) => heap.frozenset([...TEXTS, heap.frozenset(numbers(50))]) },
  { name: "heap.deque", run: (heap) => heap.deque([...objects(100), ...TEXTS]) },
  {
    name: "heap.deque of a list",
    run: (heap) => heap.deque(heap.list([...objects(100), ...TEXTS]), { maxLength: 70 }),
  },
  { name: "heap.array", run: (heap) => heap.array("f64", 1000) },
  { name: "heap.array of items", run: (heap) => heap.array("u16", numbers(3000)) },
  { name: "heap.from", run: (heap) => heap.from([DOCUMENT, DOCUMENT, { again: DOCUMENT }]) },
  { name: "heap.from of an integer", run: (heap) => heap.list([10n ** 9000n]) },
];

/** The subject of an operation; null if there is none. */
function made(heap: Heap, { make }: Operation): Subject | null {
  return make === undefined ? null : heap.scope((scope) => scope.keep(make(heap)));
}

/** What can be seen of a subject without memory. */
function seen(heap: Heap, subject: Subject | null): unknown {
  if (subject === null) return null;
  const { length, size } = subject as { length?: number; size?: number };
  return [heap.toJS(subject), length, size, heap.sys.getSizeOf(subject), heap.sys.getRefCount(subject)];
}

/** Plain data of what an operation returned. */
function plain(heap: Heap, result: unknown): unknown {
  return typeof result === "object" && result !== null && "address" in result ? heap.toJS(result as Value) : result;
}

/** Takes all memory there is. Returns the blocks in the order in which they were taken, and the objects. */
function fill({ mem, core }: Heap): { blocks: number[]; objects: number[] } {
  const blocks: number[] = [];
  const objects: number[] = [];
  const small = Array.from({ length: 64 }, (_, i) => 8 * (64 - i));
  for (const size of [64 * 1024, 8192, 1024, ...small]) {
    try {
      for (;;) blocks.push(mem.malloc(size));
    } catch (error) {
      expect(error).toBeInstanceOf(MemoryError);
    }
  }
  for (const size of small) {
    for (let at = core.roomForBytes(size); at !== 0; at = core.roomForBytes(size)) objects.push(at >>> 0);
  }
  return { blocks, objects };
}

/** Containers of several kinds in a cycle. */
function garbage(heap: Heap): void {
  const list = heap.list(numbers(20));
  list.push(heap.dict([["list", list]]), heap.deque([list]), heap.set(numbers(20)), "a text of its own");
}

describe.each(HEAPS)("$name", ({ open, debug }) => {
  /** What the subject is afterwards, and the result, where there is memory. */
  async function withMemory(operation: Operation): Promise<unknown> {
    const heap = await open({ gc: { enabled: false } });
    const subject = made(heap, operation);
    return heap.scope(() => ({
      result: plain(heap, operation.run(heap, subject as never)),
      after: seen(heap, subject),
    }));
  }

  /** False if the operation has failed for want of memory, and has changed nothing. */
  function attempt(heap: Heap, { run }: Operation, subject: Subject | null, wanted: unknown, message: string): boolean {
    const before = { seen: seen(heap, subject), inUse: inUse(heap) };
    let error: unknown = null;
    let found: unknown;
    heap.scope(() => {
      try {
        found = { result: plain(heap, run(heap, subject as never)), after: seen(heap, subject) };
      } catch (thrown) {
        error = thrown;
      }
    });
    heap.verify();
    if (error === null) {
      expect(found, message).toEqual(wanted);
      return true;
    }
    if (!(error instanceof MemoryError)) throw new Error(`${message}: ${error}`, { cause: error });
    expect(error, message).toMatchObject({ name: "MemoryError", code: "NO_MEMORY" });
    expect({ seen: seen(heap, subject), inUse: inUse(heap) }, message).toEqual(before);
    return false;
  }

  test.each(OPERATIONS)("$name: all or nothing, however little memory there is", async (operation) => {
    const wanted = await withMemory(operation);
    const random = new Random(TEST_SEED);
    for (let round = 0; round < (debug ? 1 : 2); round++) {
      const heap = await open({ initialMemory: MIB, maximumMemory: MIB, gc: { enabled: false } });
      const empty = inUse(heap);
      const subject = made(heap, operation);
      const { blocks, objects } = fill(heap);
      const message = () => `TEST_SEED=${TEST_SEED}, round ${round}, ${blocks.length} blocks left`;
      let failures = 0;
      while (!attempt(heap, operation, subject, wanted, message())) {
        failures++;
        if (blocks.length === 0) throw new Error(`${message()}: there is memory, and it fails still`);
        // A few more blocks each time: small ones first, then whole pools, and some large ones between.
        const run = random.between(1, failures);
        const from = random.chance(80) ? Math.max(0, blocks.length - run) : random.below(blocks.length);
        for (const block of blocks.splice(from, run)) heap.mem.free(block);
      }
      expect(failures).toBeGreaterThan(0);
      for (const block of blocks) heap.mem.free(block);
      for (const object of objects) heap.core.decref(object);
      subject?.release();
      heap.verify();
      expect(inUse(heap), message()).toEqual(empty);
    }
  });

  test("all of them, one after another, wherever memory ends and whichever growth fails", async () => {
    const wanted = await Promise.all(OPERATIONS.map(withMemory));
    let failures = 0;
    for (let n = 1; n <= (debug ? 4 : 12); n++) {
      const heap = await open({ initialMemory: MIB / 8, maximumMemory: MIB / 2 + n * PAGE, gc: { enabled: false } });
      const empty = inUse(heap);
      const held: Handle[] = [];
      const drop = () => {
        for (const one of held.splice(0)) one.release();
      };
      heap.core.failGrowth(n);
      for (const [i, operation] of OPERATIONS.entries()) {
        const message = `growth ${n}, ${operation.name}`;
        let subject: Subject | null = null;
        try {
          // What fills memory up, so that it ends somewhere else each time.
          held.push(heap.list(objects(100 * n)));
          subject = made(heap, operation);
        } catch (error) {
          expect(error, message).toBeInstanceOf(MemoryError);
          drop();
          subject = made(heap, operation);
        }
        if (!attempt(heap, operation, subject, wanted[i], message)) {
          failures++;
          drop();
          expect(attempt(heap, operation, subject, wanted[i], `${message}, again`)).toBe(true);
        }
        if (subject !== null) held.push(subject);
      }
      drop();
      expect(inUse(heap)).toEqual(empty);
    }
    expect(failures).toBeGreaterThan(debug ? 0 : 2);
  });

  test.each(OPERATIONS)("$name: works when there is nothing but garbage in the way", async (operation) => {
    const wanted = await withMemory(operation);
    const heap = await open({ initialMemory: MIB, maximumMemory: MIB, gc: { threshold: [0, 0, 0] } });
    const subject = made(heap, operation);
    heap.gc.disable();
    expect(() => {
      for (;;) heap.scope(() => garbage(heap));
    }).toThrow(MemoryError);
    fill(heap);
    heap.gc.enable();
    expect(attempt(heap, operation, subject, wanted, "garbage")).toBe(true);
    expect(heap.gc.getStats()[2].collections).toBe(1);
  });
});
