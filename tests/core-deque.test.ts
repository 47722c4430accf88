// Deques through the core: an array of words as the oracle, blocks that come and go, failure that changes nothing.
import { describe, expect, test } from "vitest";
import { ABSENT, DEQUE_DIRECTORY, DEQUE_FIRST, DEQUE_LENGTH, DEQUE_MOST, DEQUE_ROOM, REFUSED } from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, BAD_TYPE, NO_MEMORY, OK } from "../src/status.js";
import { type CoreHeap, VARIANTS } from "./helpers/core.js";
import { integer, Objects, takeAllMemory } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const NO_LIMIT = 0xffff_ffff;
/** Bytes of the object with its gc words, and of a block. */
const OBJECT_BYTES = 36;
const BLOCK_BYTES = 256;

/** A deque, and what should be in it. */
class Checked {
  readonly heap: CoreHeap;
  readonly objects: Objects;
  readonly deque: number;
  items: number[] = [];

  constructor(objects: Objects, most = NO_LIMIT) {
    this.heap = objects.heap;
    this.objects = objects;
    this.deque = this.heap.core.newDeque(most) >>> 0;
  }

  field(offset: number): number {
    return this.heap.word(this.deque + offset);
  }

  /** Places of the directory. */
  places(): number[] {
    const directory = this.field(DEQUE_DIRECTORY);
    return Array.from({ length: this.field(DEQUE_ROOM) }, (_, i) => this.heap.word(directory + 4 * i));
  }

  blocks(): number {
    return this.places().filter((block) => block !== 0).length;
  }

  /** Blocks that items lie in, and one more where the first would lie. */
  used(): number {
    return Math.ceil(((this.field(DEQUE_FIRST) % 64) + this.items.length) / 64);
  }

  words(): number[] {
    const places = this.places();
    const first = this.field(DEQUE_FIRST);
    return Array.from({ length: this.field(DEQUE_LENGTH) }, (_, i) => {
      const n = (first + i) % (64 * places.length);
      return this.heap.word((places[n >> 6] as number) + 4 * (n & 63));
    });
  }

  /** One of the calls, which must go well. */
  push(word: number, front: boolean): void {
    expect(this.heap.core.dequePush(this.deque, word, front ? 1 : 0)).toBe(OK);
    if (front) this.items.unshift(word);
    else this.items.push(word);
    if (this.items.length > this.field(DEQUE_MOST)) front ? this.items.pop() : this.items.shift();
  }

  take(front: boolean): number {
    const word = this.heap.core.dequeTake(this.deque, front ? 1 : 0) >>> 0;
    expect(word).toBe((front ? this.items.shift() : this.items.pop()) ?? ABSENT);
    return word;
  }

  rotate(steps: number): void {
    expect(this.heap.core.dequeRotate(this.deque, steps)).toBe(OK);
    this.items = rotated(this.items, steps);
  }

  clear(): void {
    expect(this.heap.core.dequeClear(this.deque)).toBe(OK);
    this.items = [];
    expect([DEQUE_DIRECTORY, DEQUE_ROOM, DEQUE_LENGTH].map((offset) => this.field(offset))).toEqual([0, 0, 0]);
  }

  /** What it has is what it should, in as many blocks as it needs, and two more at most. */
  check(): void {
    expect(this.words()).toEqual(this.items);
    expect(this.blocks()).toBeGreaterThanOrEqual(this.used());
    expect(this.blocks()).toBeLessThanOrEqual(this.used() + 2);
    const bytes = OBJECT_BYTES + 4 * this.field(DEQUE_ROOM) + BLOCK_BYTES * this.blocks();
    expect(this.heap.core.sizeOf(this.deque)).toBe(bytes);
    this.heap.verify();
  }
}

/** `steps` items from the end to the front. */
function rotated(items: readonly number[], steps: number): number[] {
  if (items.length === 0) return [];
  const right = ((steps % items.length) + items.length) % items.length;
  return [...items.slice(items.length - right), ...items.slice(0, items.length - right)];
}

/** A deque with n, n + 1, … in it, whose first item lies `offset` words into a block. */
function numbered(objects: Objects, length: number, offset = 0, most = NO_LIMIT): Checked {
  const checked = new Checked(objects, most);
  for (let i = 0; i < offset; i++) checked.push(integer(i), false);
  for (let i = 0; i < length; i++) {
    checked.push(integer(1000 + i), false);
    if (i < offset) checked.take(true);
  }
  while (checked.items.length > length) checked.take(true);
  return checked;
}

describe.each(VARIANTS)("$name", ({ open, debug }) => {
  test("a new one has no block; the first item brings one, and a directory of one place", () => {
    for (const front of [true, false]) {
      const checked = new Checked(new Objects(open()));
      const { core } = checked.heap;
      expect(core.sizeOf(checked.deque)).toBe(OBJECT_BYTES);
      expect([core.dequeTake(checked.deque, 0), core.dequeTake(checked.deque, 1)]).toEqual([ABSENT, ABSENT]);
      checked.push(integer(1), front);
      expect(core.sizeOf(checked.deque)).toBe(OBJECT_BYTES + 4 + BLOCK_BYTES);
      checked.check();
      for (let i = 0; i < 63; i++) checked.push(integer(i), front);
      expect(core.sizeOf(checked.deque)).toBe(OBJECT_BYTES + 4 + BLOCK_BYTES);
      checked.push(integer(99), front);
      expect(core.sizeOf(checked.deque)).toBe(OBJECT_BYTES + 8 + 2 * BLOCK_BYTES);
      checked.check();
      checked.objects.release(checked.deque);
      expect(checked.objects.leftBlocks()).toBe(0);
    }
  });

  test.each([0, 1, 5, 64, 100, 1000, NO_LIMIT])("random pushes and takes with at most %i items", (most) => {
    const objects = new Objects(open());
    const random = new Random(TEST_SEED);
    const checked = new Checked(objects, most);
    const held = objects.makeMany(typeOf(objects), 50);
    let grow = 60;
    for (let step = 0; step < 5000; step++) {
      if (step % 250 === 0) grow = random.pick([10, 45, 50, 55, 90]);
      const front = random.chance(step % 1000 < 500 ? 50 : 85);
      if (random.chance(grow)) {
        const word = random.chance(50) ? integer(random.below(1000)) : random.pick(held);
        objects.hold(...(word % 2 === 0 ? [word] : []));
        checked.push(word, front);
      } else {
        const word = checked.take(random.chance(50) ? front : !front);
        if (word !== ABSENT && word % 2 === 0) objects.release(word);
      }
      if (random.chance(1)) checked.rotate(random.between(-200, 200));
      if (step % 100 === 0) checked.check();
      if (random.below(3000) === 0) checked.clear();
    }
    checked.check();
    for (const object of held) {
      const inside = checked.items.filter((word) => word === object).length;
      if (objects.count(object) !== 1 + inside) throw new Error(`a count is off, TEST_SEED=${TEST_SEED}`);
    }
    objects.release(checked.deque, ...held);
    expect(objects.leftBlocks()).toBe(0);
  });

  test("words taken out leave 0 behind, wherever the first lies", () => {
    for (let offset = 0; offset < 64; offset += 7) {
      const checked = numbered(new Objects(open()), 150, offset);
      checked.check();
      while (checked.items.length > 0) checked.take(checked.items.length % 3 === 0);
      checked.check();
      for (const block of checked.places()) {
        if (block === 0) continue;
        expect(Array.from({ length: 64 }, (_, i) => checked.heap.word(block + 4 * i))).toEqual(Array(64).fill(0));
      }
    }
  });

  test("an end that goes to and fro between two blocks allocates nothing", () => {
    for (const front of [true, false]) {
      const checked = numbered(new Objects(open()), 256);
      checked.push(integer(1), front);
      const places = checked.places();
      for (let i = 0; i < 10; i++) {
        checked.take(front);
        expect(checked.places()).toEqual(places);
        checked.push(integer(i), front);
        expect(checked.places()).toEqual(places);
      }
      checked.check();
    }
  });

  test("each end keeps a spare of its own", () => {
    const checked = numbered(new Objects(open()), 256);
    for (let i = 0; i < 64; i++) checked.take(true);
    for (let i = 0; i < 64; i++) checked.take(false);
    expect([checked.used(), checked.blocks()]).toEqual([2, 4]);
    checked.check();
  });

  test.each([1, 40, 64, 200, 1000])("a queue of %i items goes round in the same blocks", (length) => {
    for (const front of [true, false]) {
      const checked = numbered(new Objects(open()), length);
      for (let i = 0; i < 200; i++) {
        checked.push(integer(i), front);
        checked.take(!front);
      }
      const blocks = [...checked.places()].filter((block) => block !== 0).sort();
      for (let i = 0; i < 2000; i++) {
        checked.push(integer(i), front);
        checked.take(!front);
      }
      expect([...checked.places()].filter((block) => block !== 0).sort()).toEqual(blocks);
      checked.check();
    }
  });

  test("blocks go back as it empties, and a long directory with them", () => {
    const objects = new Objects(open());
    for (const front of [true, false]) {
      const checked = numbered(objects, 20_000);
      expect(checked.field(DEQUE_ROOM)).toBe(512);
      while (checked.items.length > 10) checked.take(front);
      checked.check();
      expect(checked.field(DEQUE_ROOM)).toBeLessThanOrEqual(16);
      expect(checked.blocks()).toBeLessThanOrEqual(3);
      objects.release(checked.deque);
    }
    expect(objects.leftBlocks()).toBe(0);
  });

  test("rotated by any number of steps, with the first item anywhere in its block", () => {
    for (const length of [0, 1, 2, 5, 63, 64, 65, 127, 128, 129, 200, 1000]) {
      const objects = new Objects(open());
      for (const offset of [0, 1, 31, 63]) {
        const checked = numbered(objects, length, offset);
        for (const steps of [0, 1, -1, 2, -3, 31, 32, -33, 63, 64, -64, 65, -66, 128, 500, -501, 12_345, -54_321])
          checked.rotate(steps);
        checked.check();
        checked.rotate(2 ** 31 - 1);
        checked.rotate(-(2 ** 31));
        checked.check();
        objects.release(checked.deque);
      }
    }
  });

  test("one more than there may be drops the one at the other end; where none may be, itself", () => {
    const objects = new Objects(open());
    const type = typeOf(objects);
    const checked = new Checked(objects, 3);
    const made = objects.makeMany(type, 5);
    const other = objects.make(type);
    for (const object of made) checked.push(object, false);
    expect(made.map((object) => objects.isLive(object))).toEqual([false, false, true, true, true]);
    checked.push(other, true);
    expect(made.map((object) => objects.isLive(object))).toEqual([false, false, true, true, false]);
    checked.check();
    const none = new Checked(objects, 0);
    const lost = objects.make(type);
    none.push(lost, false);
    expect(objects.isLive(lost)).toBe(false);
    none.check();
    objects.release(checked.deque, none.deque);
    expect(objects.leftBlocks()).toBe(0);
  });

  test("cleared, it drops all its items, from the first to the last, and has no block", () => {
    const objects = new Objects(open());
    const checked = new Checked(objects);
    const made = objects.makeMany(typeOf(objects), 200);
    for (const [i, object] of made.entries()) checked.push(object, i % 3 === 0);
    checked.clear();
    checked.check();
    expect(made.filter((object) => objects.isLive(object))).toEqual([]);
    checked.clear();
    checked.push(integer(5), true);
    checked.check();
    objects.release(checked.deque);
    expect(objects.leftBlocks()).toBe(0);
  });

  test("one that contains itself goes when it is cleared, and when it is collected", () => {
    const objects = new Objects(open());
    for (const how of ["clear", "collect"]) {
      const checked = new Checked(objects);
      checked.push(checked.deque, false);
      expect(objects.count(checked.deque)).toBe(1);
      expect(how === "clear" ? objects.core.dequeClear(checked.deque) : objects.core.collect(2)).toBe(
        how === "clear" ? OK : 1,
      );
      expect(objects.isLive(checked.deque)).toBe(false);
    }
    objects.heap.verify();
    expect(objects.leftBlocks()).toBe(0);
  });

  test("what is no deque, or no word, is refused", () => {
    const objects = new Objects(open());
    const { core } = objects.heap;
    const [checked, dead] = [numbered(objects, 3), new Checked(objects)];
    const other = objects.make(typeOf(objects));
    objects.release(dead.deque);
    const before = objects.heap.snapshot();
    for (const [address, status] of [
      [other, BAD_TYPE],
      [dead.deque, ALREADY_FREE],
      [checked.deque + 4, BAD_ADDRESS],
      [0, BAD_ADDRESS],
    ] as const) {
      expect([
        core.dequePush(address, 1, 0),
        core.dequeReserve(address, 1, 0),
        core.dequeRotate(address, 1),
        core.dequeClear(address),
      ]).toEqual(Array(4).fill(status));
      expect([core.dequeTake(address, 1), core.lastStatus()]).toEqual([REFUSED, status]);
    }
    expect(core.dequePush(checked.deque, dead.deque, 0)).toBe(ALREADY_FREE);
    expect(core.dequePush(checked.deque, checked.deque + 4, 1)).toBe(BAD_ADDRESS);
    expect(core.dequeReserve(checked.deque, 0xffff_ffff, 0)).toBe(NO_MEMORY);
    expect(objects.heap.firstChange(before)).toBe(-1);
    objects.release(checked.deque, other);
    expect(objects.leftBlocks()).toBe(0);
  });

  test.each([
    ["a first block", 0, 0, NO_LIMIT],
    ["a block and a longer directory", 64, 0, NO_LIMIT],
    ["the same, with the first in the middle of a block", 100, 28, NO_LIMIT],
    ["a block alone", 192, 0, NO_LIMIT],
    ["the same, where one is to be dropped", 192, 0, 192],
  ])("without memory for %s it is as it was", (_, length, offset, most) => {
    const objects = new Objects(open({ maximumPages: 8 }));
    const { core } = objects.heap;
    const other = objects.make(typeOf(objects));
    const checked = numbered(objects, length, offset, most);
    const places = checked.places();
    expect(checked.blocks()).toBe(checked.used());
    const giveBack = takeAllMemory(objects.heap);
    // The pools that its blocks lie in have places for more.
    const { mem } = objects.heap;
    const taken: number[] = [];
    for (const size of [BLOCK_BYTES, 32, 16, 8]) {
      for (let block = mem.malloc(size); block !== 0; block = mem.malloc(size)) taken.push(block);
    }
    for (const front of [0, 1]) {
      // In the block of the first there may be room before it.
      if (front === 1 && offset > 0) continue;
      expect(core.dequePush(checked.deque, other, front)).toBe(NO_MEMORY);
    }
    if (length > 0) expect(core.dequeRotate(checked.deque, -1)).toBe(NO_MEMORY);
    if (length > 0) expect(core.dequeRotate(checked.deque, 40)).toBe(NO_MEMORY);
    expect(checked.places()).toEqual(places);
    expect(objects.count(other)).toBe(1);
    checked.check();
    giveBack();
    for (const block of taken) mem.free(block);
    checked.push(other, false);
    checked.rotate(-1);
    checked.rotate(40);
    checked.check();
  });

  test("memory for a block, but not for a longer directory: the block goes back", () => {
    const objects = new Objects(open({ maximumPages: 8 }));
    const checked = numbered(objects, 64);
    const { core, mem } = objects.heap;
    const giveBack = takeAllMemory(objects.heap);
    const taken: number[] = [];
    for (const size of [BLOCK_BYTES, 8]) {
      for (let block = mem.malloc(size); block !== 0; block = mem.malloc(size)) taken.push(block);
    }
    mem.free(taken[0] as number);
    expect(core.dequePush(checked.deque, integer(1), 0)).toBe(NO_MEMORY);
    expect(mem.malloc(BLOCK_BYTES)).not.toBe(0);
    checked.check();
    giveBack();
  });

  test.each([0, 1, 63, 64, 65, 300, 2000, NO_LIMIT])(
    "reserved with at most %i items, pushes need no memory",
    (most) => {
      const objects = new Objects(open({ maximumPages: 8 }));
      const { core, mem } = objects.heap;
      const random = new Random(TEST_SEED);
      for (let round = 0; round < 12; round++) {
        const checked = numbered(objects, Math.min(most, random.below(400)), random.below(64), most);
        for (let i = random.below(3); i > 0; i--) checked.rotate(random.between(-500, 500));
        const front = random.chance(50);
        const n = random.below(random.pick([5, 200, 1500]));
        expect(core.dequeReserve(checked.deque, n, front ? 1 : 0)).toBe(OK);
        const giveBack = takeAllMemory(objects.heap);
        const taken: number[] = [];
        for (let size = 512; size > 0; size -= 8) {
          for (let block = mem.malloc(size); block !== 0; block = mem.malloc(size)) taken.push(block);
        }
        for (let i = 0; i < n; i++) {
          const status = core.dequePush(checked.deque, integer(i), front ? 1 : 0);
          if (status !== OK) throw new Error(`push ${i} of ${n}: ${status}, round ${round}, TEST_SEED=${TEST_SEED}`);
          if (front) checked.items.unshift(integer(i));
          else checked.items.push(integer(i));
          if (checked.items.length > most) front ? checked.items.pop() : checked.items.shift();
        }
        checked.check();
        giveBack();
        for (const block of taken) mem.free(block);
        objects.release(checked.deque);
      }
      expect(objects.leftBlocks()).toBe(0);
    },
  );

  test("reserving gets all it needs, or changes nothing", () => {
    for (const front of [0, 1]) {
      for (const [length, offset] of [
        [0, 0],
        [40, 0],
        [100, 28],
        [200, 50],
      ] as const) {
        const objects = new Objects(open({ maximumPages: 8 }));
        const { core, mem } = objects.heap;
        const checked = numbered(objects, length, offset);
        const places = checked.places();
        // What is free later, one after another: blocks, a directory of 16 places, blocks.
        const taken = [...Array(10).fill(BLOCK_BYTES), 64, ...Array(3).fill(BLOCK_BYTES)].map((size) =>
          mem.malloc(size),
        );
        const giveBack = takeAllMemory(objects.heap);
        const others = fillPools(objects.heap);
        const inUse = objects.leftBlocks();
        let failures = 0;
        while (core.dequeReserve(checked.deque, 600, front) !== OK) {
          expect(core.lastStatus()).toBe(NO_MEMORY);
          expect(checked.places()).toEqual(places);
          expect(objects.leftBlocks()).toBe(inUse - failures);
          checked.check();
          failures++;
          mem.free(taken.pop() as number);
        }
        expect(failures).toBeGreaterThan(4);
        const ahead = checked.places();
        const inUseNow = objects.leftBlocks();
        for (const n of [0, 1, 600]) expect(core.dequeReserve(checked.deque, n, front)).toBe(OK);
        expect([checked.places(), objects.leftBlocks()]).toEqual([ahead, inUseNow]);
        giveBack();
        for (const block of [...taken, ...others]) mem.free(block);
        objects.release(checked.deque);
        expect(objects.leftBlocks()).toBe(0);
      }
    }
  });

  test("spares that were reserved and not used go as it becomes shorter, or with it", () => {
    const objects = new Objects(open());
    const { core } = objects.heap;
    const random = new Random(TEST_SEED);
    for (let round = 0; round < 60; round++) {
      const checked = numbered(objects, random.below(300), random.below(64));
      for (let i = random.between(1, 3); i > 0; i--) {
        expect(core.dequeReserve(checked.deque, random.below(3000), random.below(2))).toBe(OK);
        for (let pushes = random.below(200); pushes > 0; pushes--) checked.push(integer(pushes), random.chance(50));
        expect(checked.words()).toEqual(checked.items);
      }
      objects.heap.verify();
      if (random.chance(50)) {
        for (let i = 0; i < 1000; i++) checked.push(integer(i), i % 2 === 0);
        while (checked.items.length > 0) checked.take(random.chance(50));
        objects.heap.verify();
        expect(checked.field(DEQUE_ROOM), `TEST_SEED=${TEST_SEED}`).toBeLessThanOrEqual(32);
      }
      objects.release(checked.deque);
    }
    expect(objects.leftBlocks()).toBe(0);
  });

  test("pushed to until there is no more memory, it goes on when there is", () => {
    for (const fronts of [0, 50, 100]) {
      const objects = new Objects(open({ maximumPages: 8 }));
      const random = new Random(TEST_SEED);
      const checked = new Checked(objects);
      const blocks: number[] = [];
      for (let block = objects.heap.raw.malloc(8000); block !== 0; block = objects.heap.raw.malloc(8000))
        blocks.push(block);
      for (let i = 0; i < 3; i++) {
        objects.heap.raw.free(blocks.pop() as number);
        for (let step = 0; ; step++) {
          const front = random.chance(fronts);
          const status = objects.heap.core.dequePush(checked.deque, integer(step), front ? 1 : 0);
          if (status === NO_MEMORY) break;
          if (front) checked.items.unshift(integer(step));
          else checked.items.push(integer(step));
        }
        checked.check();
      }
      expect(checked.items.length).toBeGreaterThan(1000);
      for (let i = 0; i < 500; i++) checked.take(random.chance(50));
      for (let i = 0; i < 250; i++) checked.push(integer(i), false);
      checked.rotate(321);
      checked.check();
    }
  });

  test.runIf(debug)("a damaged block of one that is cleared is reported", () => {
    const objects = new Objects(open());
    const checked = numbered(objects, 5);
    const [block = 0] = checked.places();
    objects.heap.memory.bytes.fill(0, block + BLOCK_BYTES, block + BLOCK_BYTES + 2);
    expect(objects.heap.core.dequeClear(checked.deque)).toBe(6);
  });
});

/** Takes what pools have places for when there is no memory for others. */
function fillPools({ mem }: CoreHeap): number[] {
  const taken: number[] = [];
  for (let size = 512; size > 0; size -= 8) {
    for (let block = mem.malloc(size); block !== 0; block = mem.malloc(size)) taken.push(block);
  }
  return taken;
}

/** A type of objects without references. */
function typeOf(objects: Objects): number {
  return objects.type(0, 8);
}
