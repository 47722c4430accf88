// One of several workers that change one heap, and note what they did, so that it can be added up afterwards.
import { parentPort, workerData } from "node:worker_threads";
import { Heap } from "../../dist/src/index.js";
import { Dice, defineTypes, fail, waitForGo } from "./threads-kit.mjs";

const { share, control, number, workers, operations, seed, keys, limit } = workerData;

/** Operations that are done with the lock taken once, at most. */
const BATCH = 64;

const dice = new Dice(seed);
const heap = await Heap.attach(share);
const { gil } = heap;

/** What this worker did; numbers that do not get larger than 2^53. */
const tally = {
  counted: 0,
  pushed: { count: 0, sum: 0 },
  popped: { count: 0, sum: 0 },
  increments: new Array(keys).fill(0),
  /** What of them this worker has stored under its own name. */
  marked: new Array(keys).fill(undefined),
  sent: { count: 0, sum: 0 },
  /** By sender. */
  received: Array.from({ length: workers }, () => ({ count: 0, sum: 0 })),
  claimed: { count: 0, sum: 0 },
  offered: { count: 0, sum: 0 },
  textsPut: 0,
  textsTaken: 0,
  made: 0,
  /** By owner: whose collection it was that found them. */
  mourned: new Array(workers).fill(0),
  collections: 0,
  collected: 0,
  alive: 0,
  dead: 0,
};

const { Parcel, Mourned } = gil.run(() => defineTypes(heap, (owner) => tally.mourned[owner]++));
const names = ["counter", "accounts", "numbers", "cells", "marks", "parcels", "offers", "texts", "kept", "weak"];
const shared = gil.run(() => Object.fromEntries(names.map((name) => [name, heap.globals.get(name)])));
const { counter, accounts, numbers, cells, marks, parcels, offers, texts, kept, weak } = shared;

/** The next parcel from each sender must have a larger number: a deque hands over in order. */
const lastSerial = new Array(workers).fill(-1);
let serial = 0;

/** The text that a worker stores, with what shows that it is whole. */
function textOf(from, n) {
  return `${from}:${n}:${(n * 31 + from) % 9973}${n % 3 === 0 ? " …" : ""}`;
}

function add(sum, value) {
  sum.count++;
  sum.sum += value;
}

/** Others come in only after an operation that writes: what stands on one line here, reads and then a write, is in one piece. */
const OPERATIONS = [
  function count() {
    counter.count++;
    counter.total += number + 1;
    counter.wide += 1n;
    tally.counted++;
  },
  function transfer() {
    const amount = dice.below(100);
    const from = dice.below(accounts.length);
    const to = dice.below(accounts.length);
    gil.atomic(() => {
      accounts.set(from, accounts.at(from) - amount);
      accounts.set(to, accounts.at(to) + amount);
    });
  },
  function audit() {
    const sum = accounts.toArray().reduce((all, each) => all + each, 0);
    if (sum !== 0) fail(`the accounts add up to ${sum}, and not to 0`);
  },
  function push() {
    if (numbers.length >= limit) return take();
    const value = dice.below(1_000_000);
    numbers.push(value);
    add(tally.pushed, value);
  },
  take,
  function increment() {
    const key = dice.below(keys);
    const name = `key ${key}`;
    cells.set(name, cells.get(name) + 1);
    tally.increments[key]++;
  },
  function mark() {
    const key = dice.below(keys);
    marks.set(`${number}/${key}`, tally.increments[key]);
    tally.marked[key] = tally.increments[key];
  },
  function send() {
    if (parcels.length >= limit) return receive();
    const parcel = new Parcel({ from: number, serial });
    parcels.push(parcel);
    add(tally.sent, serial++);
  },
  receive,
  function offer() {
    const item = number + workers * dice.below(1000);
    // Nobody else offers it, so that it is new if this worker finds that it is not there; others may take it at any time.
    if (offers.has(item)) return;
    offers.add(item);
    add(tally.offered, item);
  },
  function claim() {
    const item = dice.below(workers * 1000);
    if (offers.delete(item)) add(tally.claimed, item);
  },
  function putText() {
    if (texts.length >= limit) return takeText();
    texts.push(textOf(number, tally.textsPut++));
  },
  takeText,
  function ring() {
    const first = new Mourned({ owner: number });
    first.next = new Mourned({ owner: number, next: first });
    tally.made += 2;
  },
  function mourner() {
    new Mourned({ owner: number });
    tally.made++;
  },
  function collect() {
    if (!dice.once(200)) return;
    tally.collected += heap.gc.collect(dice.once(10) ? 2 : 0);
    tally.collections++;
  },
  function keep() {
    if (kept.length >= limit) {
      kept.pop();
      return;
    }
    const object = new Parcel({ from: number, serial: dice.below(1_000_000) });
    kept.push(object);
    weak.push([heap.weakref.ref(object), object.from, object.serial]);
  },
  function look() {
    const entry = weak.pop();
    if (entry === undefined) return;
    const [ref, from, expected] = entry.toArray();
    const object = ref.deref();
    if (object === undefined) tally.dead++;
    else if (object.from !== from || object.serial !== expected) fail("a weak reference leads to another object");
    else tally.alive++;
  },
];

function take() {
  const value = numbers.pop();
  if (value !== undefined) add(tally.popped, value);
}

function receive() {
  const parcel = parcels.shift();
  if (parcel === undefined) return;
  const { from } = parcel;
  if (parcel.serial <= lastSerial[from]) fail(`parcel ${parcel.serial} of ${from} after ${lastSerial[from]}`);
  lastSerial[from] = parcel.serial;
  add(tally.received[from], parcel.serial);
}

function takeText() {
  const text = texts.pop();
  if (text === undefined) return;
  const [from, n] = text.split(":").map(Number);
  if (text !== textOf(from, n)) fail(`a text that nobody has put there: ${text}`);
  tally.textsTaken++;
}

waitForGo(control, parentPort);
for (let done = 0; done < operations; ) {
  const size = Math.min(1 + dice.below(BATCH), operations - done);
  gil.run(() =>
    heap.scope(() => {
      for (let n = 0; n < size; n++) dice.pick(OPERATIONS)();
    }),
  );
  done += size;
}
gil.run(() => {
  for (const handle of Object.values(shared)) handle.release();
});
const handles = gil.run(() => heap.handleCount);
heap[Symbol.dispose]();
parentPort.postMessage({ tally, handles });
