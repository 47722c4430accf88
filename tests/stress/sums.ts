// Workers change one heap, and note what they do; afterwards what is there must be what they noted, to the last one.
import { strict as assert } from "node:assert";
import { type Deque, type Dict, Heap, type HeapSet, type List } from "../../src/index.js";
import { Team } from "./team.js";

export interface SumsOptions {
  workers: number;
  /** Of all workers together. */
  operations: number;
  seed: number;
  /** Seconds; CPython's if not given. */
  interval?: number;
  debug?: boolean;
}

export interface SumsReport {
  operations: number;
  switches: number;
  collections: number;
  collected: number;
  mourned: number;
  verified: number;
  milliseconds: number;
}

interface Sum {
  count: number;
  sum: number;
}

/** What a worker notes: see tests/workers/threads-sums.mjs. */
interface Tally {
  counted: number;
  pushed: Sum;
  popped: Sum;
  increments: number[];
  marked: (number | undefined)[];
  sent: Sum;
  received: Sum[];
  claimed: Sum;
  offered: Sum;
  textsPut: number;
  textsTaken: number;
  made: number;
  mourned: number[];
  collections: number;
  collected: number;
  alive: number;
  dead: number;
}

const KEYS = 20;
const LIMIT = 200;
const ACCOUNTS = 8;
/** Operations of the worker that makes everything once, so that what a heap keeps for good is there before blocks are counted. */
const WARM_UP = 2000;

/** @throws AssertionError when anything is not as it was noted; Error when a worker fails, or nothing happens any more */
export async function runSums(options: SumsOptions): Promise<SumsReport> {
  const { workers, operations, seed, interval, debug = false } = options;
  const errors: unknown[] = [];
  const heap = await Heap.create({ shared: true, debug, onUnraisable: ({ error }) => errors.push(error) });
  const mourned = new Array<number>(workers).fill(0);
  const types = heap.gil.run(() => {
    if (interval !== undefined) heap.sys.setSwitchInterval(interval);
    return defineTypes(heap, (owner) => {
      mourned[owner] = (mourned[owner] ?? 0) + 1;
    });
  });
  const each = (count: number, by: number) =>
    Array.from({ length: by }, (_, n) => ({
      seed: seed + n,
      operations: Math.ceil(count / by),
      keys: KEYS,
      limit: LIMIT,
    }));

  heap.gil.run(() => fillGlobals(heap, types));
  await new Team(heap, "threads-sums.mjs", each(WARM_UP, 1)).run();
  const blocksBefore = heap.gil.run(() => dropAll(heap));
  mourned.fill(0);

  heap.gil.run(() => fillGlobals(heap, types));
  const switchesBefore = heap.gil.switches;
  const started = performance.now();
  let verified = 0;
  const reports = await new Team(heap, "threads-sums.mjs", each(operations, workers)).run<{
    tally: Tally;
    handles: number;
  }>(() => {
    heap.verify();
    verified++;
  });
  const milliseconds = performance.now() - started;
  const tallies = reports.map(({ tally }) => tally);
  const switches = heap.gil.switches - switchesBefore;
  heap.gil.run(() => heap.scope(() => compare(heap, tallies)));
  const blocksAfter = heap.gil.run(() => dropAll(heap));
  heap.gil.run(() => heap.verify());

  const total = (of: (tally: Tally) => number) => tallies.reduce((sum, tally) => sum + of(tally), 0);
  const allMourned = total((tally) => sumOf(tally.mourned)) + sumOf(mourned);
  assert.equal(
    allMourned,
    total(({ made }) => made),
    "each object with a finalizer is mourned once",
  );
  assert.deepEqual(
    reports.map(({ handles }) => handles),
    reports.map(() => 0),
    "handles of the workers",
  );
  assert.equal(
    heap.gil.run(() => heap.handleCount),
    0,
    "handles of the main thread",
  );
  assert.equal(blocksAfter, blocksBefore, "blocks in use");
  assert.deepEqual(errors, [], "errors that nobody could catch");
  heap[Symbol.dispose]();
  return {
    operations: Math.ceil(operations / workers) * workers,
    switches,
    collections: total(({ collections }) => collections),
    collected: total(({ collected }) => collected),
    mourned: allMourned,
    verified,
    milliseconds,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** As tests/workers/threads-kit.mjs has them. */
function defineTypes(heap: Heap, mourn: (owner: number) => void) {
  return {
    Counter: heap.struct("Counter", { count: "u32", total: "f64", wide: "u64" }),
    Parcel: heap.struct("Parcel", { from: "u32", serial: "u32", next: "ref" }),
    Mourned: heap.struct("Mourned", { owner: "u32", next: "ref" }, { finalize: ({ owner }) => mourn(owner) }),
  };
}

function fillGlobals(heap: Heap, { Counter }: ReturnType<typeof defineTypes>): void {
  heap.scope(() => {
    const { globals } = heap;
    globals.set("counter", new Counter());
    globals.set("accounts", new Array(ACCOUNTS).fill(0));
    globals.set("numbers", []);
    globals.set("cells", Object.fromEntries(Array.from({ length: KEYS }, (_, key) => [`key ${key}`, 0])));
    globals.set("marks", new Map());
    globals.set("parcels", heap.deque());
    globals.set("offers", heap.set());
    globals.set("texts", []);
    globals.set("kept", []);
    globals.set("weak", []);
  });
}

/** Blocks in use when nothing is there any more. */
function dropAll(heap: Heap): number {
  heap.globals.clear();
  heap.gc.collect();
  return heap.sys.getAllocatedBlocks();
}

/** What is in the heap against what the workers noted. */
function compare(heap: Heap, tallies: readonly Tally[]): void {
  const total = (of: (tally: Tally) => number) => tallies.reduce((sum, tally) => sum + of(tally), 0);
  const named = <T>(name: string) => heap.globals.get(name) as T;

  const counter = named<InstanceType<ReturnType<typeof defineTypes>["Counter"]>>("counter");
  assert.equal(
    counter.count,
    total(({ counted }) => counted),
    "a field, counted up by all",
  );
  assert.equal(
    counter.total,
    tallies.reduce((sum, { counted }, n) => sum + counted * (n + 1), 0),
    "a field, added to by all",
  );
  assert.equal(counter.wide, BigInt(total(({ counted }) => counted)), "a field of 64 bits");
  assert.equal(heap.sys.getRefCount(counter), 2, "references to the counter: of the globals and of this handle");

  const accounts = named<List>("accounts").toArray() as number[];
  assert.equal(sumOf(accounts), 0, "accounts");

  const numbers = named<List>("numbers");
  const left = numbers.toArray() as number[];
  assert.equal(
    left.length,
    total(({ pushed, popped }) => pushed.count - popped.count),
    "a list: how many",
  );
  assert.equal(
    sumOf(left),
    total(({ pushed, popped }) => pushed.sum - popped.sum),
    "a list: which",
  );
  assert.equal(heap.sys.getRefCount(numbers), 2, "references to a list");

  const cells = heap.toJS(named<Dict>("cells")) as Record<string, number>;
  const marks = heap.toJS(named<Dict>("marks")) as Map<string, number>;
  for (let key = 0; key < KEYS; key++) {
    const increments = total((tally) => tally.increments[key] ?? 0);
    assert.equal(cells[`key ${key}`], increments, `a dict: key ${key}, counted up by all`);
    for (const [n, { marked }] of tallies.entries()) {
      assert.equal(marks.get(`${n}/${key}`), marked[key], `a dict: what worker ${n} has stored last`);
    }
  }

  const parcels = [...named<Deque>("parcels")] as InstanceType<ReturnType<typeof defineTypes>["Parcel"]>[];
  for (const [from, { sent }] of tallies.entries()) {
    const waiting = parcels.filter((parcel) => parcel.from === from);
    assert.equal(
      waiting.length + total(({ received }) => received[from]?.count ?? 0),
      sent.count,
      `parcels of ${from}`,
    );
    const serials = sumOf(waiting.map(({ serial }) => serial));
    assert.equal(serials + total(({ received }) => received[from]?.sum ?? 0), sent.sum, `which parcels of ${from}`);
  }
  for (const parcel of parcels) assert.equal(heap.sys.getRefCount(parcel), 2, "references to a parcel");

  const offers = [...named<HeapSet>("offers")] as number[];
  assert.equal(
    offers.length,
    total(({ offered, claimed }) => offered.count - claimed.count),
    "a set: how many",
  );
  assert.equal(
    sumOf(offers),
    total(({ offered, claimed }) => offered.sum - claimed.sum),
    "a set: which",
  );
  assert.equal(
    named<List>("texts").length,
    total(({ textsPut, textsTaken }) => textsPut - textsTaken),
    "texts",
  );
  assert.ok(
    total(({ alive }) => alive) > 0 && total(({ dead }) => dead) > 0,
    "weak references that live and that died",
  );
}
