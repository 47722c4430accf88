// The verifier on any bytes whatever: it comes to an end with a rule, and a heap that it lets pass can be used.
import { describe, expect, test } from "vitest";
import { invariantOf } from "../src/invariants.js";
import { CHAR_STRS, GUARD_BYTES, HEAP_START, ID_FIRST } from "../src/layout.js";
import { OK } from "../src/status.js";
import { furnishContainers } from "./helpers/containerbreaks.js";
import { type CoreHeap, VARIANTS } from "./helpers/core.js";
import { furnishObjects } from "./helpers/objectbreaks.js";
import { integer, Objects } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { furnishState } from "./helpers/statebreaks.js";

const PAGES = 24;
const ROUNDS = 600;

/** Another value for a word: often one that some other word has, or an object's address. */
function otherValue(random: Random, old: number, words: readonly number[], objects: readonly number[]): number {
  const kind = random.below(7);
  if (kind === 0) return random.next();
  if (kind === 1) return random.below(64);
  if (kind === 2) return (old ^ (1 << random.below(32))) >>> 0;
  if (kind === 3) return (old + 4 * random.between(-4, 4)) >>> 0;
  if (kind === 4) return (PAGES * 65_536 - 8 * random.below(3)) >>> 0;
  return random.pick(kind === 5 ? words : objects);
}

/** Changes words, or copies or fills some in a row; returns what it did. */
function damage(random: Random, heap: CoreHeap, places: readonly number[], objects: readonly number[]): string {
  const at = random.pick(places);
  const bytes = 4 * random.between(1, 40);
  const from = random.pick(places);
  const kind = random.below(8);
  if (kind === 0) heap.memory.bytes.copyWithin(at, from, from + bytes);
  else if (kind === 1) heap.memory.bytes.fill(random.pick([0, 0xdd, 0xff]), at, at + bytes);
  else heap.poke(at, otherValue(random, heap.word(at), [heap.word(from)], objects));
  return `0x${at.toString(16)}: kind ${kind}, now 0x${heap.word(at).toString(16)}`;
}

/** What programs do, with whatever is there still. Of each object they have one reference. */
function use(random: Random, { heap, core }: Objects, objects: readonly number[]): void {
  const held = new Set(objects);
  for (let i = 0; i < 60; i++) {
    const [object, other] = [random.pick(objects), random.pick(objects)];
    if (core.checkObject(object, 0) !== OK || core.checkObject(other, 0) !== OK) continue;
    const type = core.typeOf(object);
    core.incref(other);
    if (core.listAppend(object, other) !== OK && core.dictSet(object, integer(i), other) !== OK) core.decref(other);
    core.dequePush(object, integer(i), i & 1);
    core.dictTake(object, integer(i - 3));
    core.setAdd(object, integer(i));
    core.arrayResize(object, i);
    if (type >= ID_FIRST) core.setRef(object, random.below(2), other);
    if (random.chance(20) && held.delete(object)) core.decref(object);
    if (random.chance(10)) heap.mem.free(heap.mem.malloc(random.below(3000)));
  }
  core.collect(2);
  core.drain();
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("damaged at random, a heap is refused or can be used", { timeout: 60_000 }, () => {
    const objects = new Objects(open({ pages: PAGES, maximumPages: PAGES + 1 }));
    const { heap } = objects;
    const made = [furnishContainers(objects), furnishState(objects), furnishObjects(objects)];
    const addresses = made.flatMap((places) => Object.values(places).flat() as number[]);
    const isLive = (address: number) => address > HEAP_START && heap.core.checkObject(address, 0) === OK;
    const live = [...new Set(addresses)].filter(isLive);
    const held = PAGES * 65_536;
    heap.core.memory.grow(1);
    for (const [i, address] of live.entries()) heap.poke(held + 4 * i, address);
    expect(heap.core.verifyImage(held, live.length)).toBe(0);
    const sound = heap.snapshot();
    const places: number[] = [];
    for (let at = GUARD_BYTES; at < sound.length; at += 4) if (heap.word(at) !== 0 && at < CHAR_STRS) places.push(at);
    for (let at = HEAP_START; at < held; at += 4) if (heap.word(at) !== 0) places.push(at);
    const random = new Random(TEST_SEED);
    for (let round = 0; round < ROUNDS; round++) {
      heap.restore(sound);
      const done = Array.from({ length: random.between(1, 3) }, () => damage(random, heap, places, live));
      const note = `TEST_SEED=${TEST_SEED}, round ${round}: ${done.join("; ")}`;
      try {
        const rule = heap.core.verifyImage(held, live.length);
        expect(rule === 0 || !invariantOf(rule).name.startsWith("number"), note).toBe(true);
        if (rule === 0) use(random, objects, live);
      } catch (error) {
        throw new Error(note, { cause: error });
      }
    }
  });
});
