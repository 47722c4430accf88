// One of several workers with random operations: on containers of its own, which must be as its own copies in JavaScript say, and on
// shared ones, of which what must hold only does if each operation is in one piece.
import { parentPort, workerData } from "node:worker_threads";
import { Heap } from "../../dist/src/index.js";
import { Dice, fail, waitForGo } from "./threads-kit.mjs";

const { share, control, number, operations, seed, limit } = workerData;

/** Operations that are done with the lock taken once, at most. */
const BATCH = 40;

const dice = new Dice(seed);
const heap = await Heap.attach(share);
const { gil } = heap;
const Node = gil.run(() => heap.struct("Node", { id: "u32", left: "ref", right: "ref" }));
const shared = gil.run(() =>
  Object.fromEntries(["pairs", "wheel", "table", "ring", "tree"].map((name) => [name, heap.globals.get(name)])),
);
const { pairs, wheel, table, ring, tree } = shared;
const own = gil.run(() => ({ list: heap.list(), dict: heap.dict(), set: heap.set(), deque: heap.deque() }));
const model = { list: [], dict: new Map(), set: new Set(), deque: [] };
let checks = 0;

function same(found, expected, what) {
  checks++;
  const [left, right] = [found, expected].map((each) => JSON.stringify(each));
  if (left !== right) fail(`worker ${number}, seed ${seed}: ${what}: ${left} and not ${right}`);
}

const value = () => dice.pick([dice.below(1000), `text ${dice.below(50)}`, dice.below(1000) / 8, true, null]);
const key = () => dice.pick([dice.below(40), `key ${dice.below(40)}`]);

/** On containers that nobody else knows. */
const OWN = [
  function list() {
    const { list: real } = own;
    const { list: copy } = model;
    const item = value();
    const way = dice.below(3);
    if (way === 0) same(real.pop() ?? null, copy.pop() ?? null, "list.pop");
    if (way === 1) {
      const [start, count] = [dice.below(copy.length + 1), dice.below(4)];
      same(real.splice(start, count, item), copy.splice(start, count, item), "list.splice");
    }
    if (way === 2 && copy.length < limit) same(real.push(item, item), copy.push(item, item), "list.push");
    if (dice.once(20)) same(real.toArray(), copy, "the list");
  },
  function dict() {
    const [name, item] = [key(), value()];
    if (dice.once(3)) same(own.dict.delete(name), model.dict.delete(name), "dict.delete");
    else {
      own.dict.set(name, item);
      model.dict.set(name, item);
    }
    const asked = key();
    same(own.dict.get(asked) ?? null, model.dict.get(asked) ?? null, "dict.get");
    if (dice.once(20)) same([...own.dict], [...model.dict], "the dict");
  },
  function set() {
    const item = key();
    if (dice.once(2)) same(own.set.delete(item), model.set.delete(item), "set.delete");
    else {
      own.set.add(item);
      model.set.add(item);
    }
    if (dice.once(20)) same([...own.set], [...model.set], "the set");
  },
  function deque() {
    const { deque: real } = own;
    const { deque: copy } = model;
    const item = value();
    if (dice.once(3)) same(real.shift() ?? null, copy.shift() ?? null, "deque.shift");
    else if (dice.once(2)) same(real.unshift(item), copy.unshift(item), "deque.unshift");
    else if (copy.length < limit) same(real.push(item), copy.push(item), "deque.push");
    else same(real.pop(), copy.pop(), "deque.pop");
    if (dice.once(20)) same([...real], copy, "the deque");
  },
  function data() {
    const plain = Array.from({ length: dice.below(20) }, (_, n) => ({ n, item: value(), list: [value(), [value()]] }));
    const stored = heap.from(plain);
    same(heap.toJS(stored), plain, "plain data, there and back");
  },
];

/** On containers that all change. */
const SHARED = [
  function addPair() {
    const amount = 1 + dice.below(1000);
    if (pairs.length < 2 * limit) pairs.push(amount, -amount);
  },
  function takePair() {
    // Looked up and taken with nobody let in between: reading lets nobody in.
    const start = 2 * dice.below(pairs.length / 2 + 1);
    const taken = pairs.splice(start, 2);
    if (taken.length > 0) same(taken.length === 2 && taken[0] === -taken[1], true, `a pair is ${taken}`);
  },
  function insertPair() {
    const amount = 1 + dice.below(1000);
    if (pairs.length < 2 * limit) pairs.splice(2 * dice.below(pairs.length / 2 + 1), 0, amount, -amount);
  },
  function readPairs() {
    const all = pairs.toArray();
    const odd = all.findIndex((each, n) => n % 2 === 1 && each !== -all[n - 1]);
    same([all.length % 2, odd], [0, -1], "pairs lie together");
  },
  function turn() {
    wheel.rotate(dice.below(7) - 3);
  },
  function readWheel() {
    // It is turned by all, and stays in order. One who goes through it must see to it that nobody turns it meanwhile.
    const all = gil.atomic(() => [...wheel]);
    const from = all.indexOf(0);
    same([...all.slice(from), ...all.slice(0, from)], [...all.keys()], "a wheel that is turned");
  },
  function swap() {
    const [a, b] = [dice.below(16), dice.below(16)];
    gil.atomic(() => {
      const [left, right] = [table.get(a), table.get(b)];
      table.set(a, right);
      gil.checkpoint();
      table.set(b, left);
    });
  },
  function readTable() {
    same(
      gil.atomic(() => [...table.values()]).sort((a, b) => a - b),
      [...Array(16).keys()],
      "a table of which entries are swapped",
    );
  },
  function replaceRing() {
    // A cycle that others read while this thread makes it garbage.
    const first = new Node({ id: number });
    first.left = first.right = new Node({ id: number, left: first, right: first });
    ring.set(dice.below(4), first);
  },
  function readRing() {
    const first = ring.get(dice.below(4));
    if (first === null) return;
    const next = first.left;
    same(
      [next.left.is(first), next.right.is(first), first.right.is(next), next.id === first.id],
      [true, true, true, true],
      "a ring",
    );
  },
  function grow() {
    // A tree that all hang new leaves on: what a reader sees is a tree, and what hangs on a leaf that is replaced dies.
    let node = tree;
    for (let depth = dice.below(12); depth > 0; depth--) {
      const side = dice.pick(["left", "right"]);
      const next = node[side];
      if (next === null || next.id === 0) break;
      node = next;
    }
    node[dice.pick(["left", "right"])] = dice.once(4) ? null : new Node({ id: 1 + dice.below(100) });
  },
  function walk() {
    const plain = heap.toJS(tree);
    for (const rest = [plain]; rest.length > 0; ) {
      const { id, left, right } = rest.pop();
      if (!(id >= 0 && id <= 100)) fail(`a leaf of the tree has id ${id}`);
      rest.push(...[left, right].filter((each) => each !== null));
    }
    checks++;
  },
  function collect() {
    if (dice.once(20)) heap.gc.collect(dice.below(3));
  },
  function growMemory() {
    if (dice.once(50)) heap.bytes(new Uint8Array(dice.below(2 ** 20)));
  },
];

waitForGo(control, parentPort);
for (let done = 0; done < operations; ) {
  const size = Math.min(1 + dice.below(BATCH), operations - done);
  const body = () =>
    heap.scope(() => {
      for (let n = 0; n < size; n++) dice.pick(dice.once(2) ? OWN : SHARED)();
    });
  if (dice.once(4)) await gil.runAsync(body);
  else gil.run(body);
  done += size;
}
gil.run(() => {
  for (const handle of Object.values(shared)) handle.release();
});
// Those of its own are left to the end of the heap here.
const handles = gil.run(() => heap.handleCount) - Object.keys(own).length;
heap[Symbol.dispose]();
parentPort.postMessage({ checks, handles });
