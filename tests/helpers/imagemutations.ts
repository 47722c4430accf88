// Images that are not as they were made: one change each, found again by its number.

import type { Source } from "./imageheaps.js";
import { HEADER, type Place, placesOf, seal, viewOf } from "./images.js";
import { Random } from "./random.js";

export interface Mutation {
  /** What was done to which image. */
  readonly recipe: string;
  readonly kind: string;
  readonly image: Uint8Array;
  /** Its checksum is right. */
  readonly sealed: boolean;
  /** It is as it was. */
  readonly same: boolean;
}

const PAGE = 4096;

/** An image that is being changed. */
class Victim {
  readonly random: Random;
  readonly sources: readonly Source[];
  readonly source: Source;
  readonly places: readonly Place[];
  image: Uint8Array;
  readonly #did: string[] = [];

  constructor(random: Random, sources: readonly Source[]) {
    this.random = random;
    this.sources = sources;
    this.source = random.pick(sources);
    this.image = this.source.image.slice();
    this.places = placesOf(this.image);
  }

  get recipe(): string {
    return `${this.source.name}: ${this.#did.join("; ")}`;
  }

  did(what: string): void {
    this.#did.push(what);
  }

  /** An offset in the image, of the records of the runtime and of what is in use more often than of others. */
  offset(): number {
    const { random } = this;
    const roll = random.below(100);
    const runtime = (this.places[0] as Place).offset;
    if (roll < 6) return random.below(runtime);
    if (roll < 26) return runtime + random.below(0x1200);
    if (roll < 32) return runtime + random.below(0xd000);
    for (let tries = 0; tries < 50; tries++) {
      const at = runtime + random.below(this.image.length - runtime);
      if (this.image[at] !== 0 || tries === 49) return at;
    }
    return 0;
  }

  /** The offset of a word. */
  word(): number {
    return Math.min(this.offset() & ~3, (this.image.length & ~3) - 4);
  }

  get(at: number): number {
    return viewOf(this.image).getUint32(at, true);
  }

  set(at: number, value: number): void {
    this.did(`${this.where(at)}: 0x${this.get(at).toString(16)} becomes 0x${(value >>> 0).toString(16)}`);
    viewOf(this.image).setUint32(at, value, true);
  }

  /** An offset as messages have it. */
  where(at: number): string {
    const place = this.places.find(({ offset, bytes }) => at >= offset && at < offset + bytes);
    return place === undefined ? `+${at}` : `0x${(place.address + at - place.offset).toString(16)}`;
  }

  /** Any word that the heap has, which is an address more often than not. */
  someWord(): number {
    for (let tries = 0; tries < 20; tries++) {
      const value = this.get(this.word());
      if (value >= 0xe000 && value % 8 === 0 && value < 2 ** 23) return value;
    }
    return this.get(this.word());
  }
}

function tellingNumber(victim: Victim, was: number): number {
  const { random } = victim;
  const roll = random.below(14);
  const small = [0, 1, 2, 0xffff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8];
  if (roll < 3) return random.pick(small);
  if (roll < 8) return was + random.pick([1, -1, 2, 4, -4, 8, -8, 16, 0x100, 0x1000, 0x10000]);
  if (roll < 12) return victim.someWord() + (random.chance(30) ? random.pick([8, -8, 16, 1]) : 0);
  return was ^ (1 << random.below(32));
}

function copied(victim: Victim, from: Uint8Array, at: number, to: number, bytes: number): void {
  const length = Math.min(bytes, from.length - at, victim.image.length - to);
  victim.did(`${length} bytes of ${at} to ${victim.where(to)}`);
  victim.image.set(from.slice(at, at + length), to);
}

/** Swaps bytes of one length at two offsets of images, of which the first is the victim's. */
function swapped(victim: Victim, one: number, other: number, most: number): void {
  const { image } = victim;
  const bytes = Math.min(most, image.length - one, image.length - other);
  const [first, second] = [image.slice(one, one + bytes), image.slice(other, other + bytes)];
  victim.did(`${bytes} bytes of ${victim.where(one)} and ${victim.where(other)} swapped`);
  image.set(second, one);
  image.set(first, other);
}

function anyPage(image: Uint8Array, random: Random): number {
  const place = random.pick(placesOf(image));
  return place.offset + PAGE * random.below(place.bytes / PAGE);
}

const KINDS: { readonly [name: string]: (victim: Victim) => void } = {
  bits(victim) {
    const { random } = victim;
    for (let i = random.between(1, 8); i > 0; i--) {
      const at = victim.offset();
      const bit = random.below(8);
      victim.did(`${victim.where(at)}: bit ${bit}`);
      victim.image[at] = (victim.image[at] ?? 0) ^ (1 << bit);
    }
  },
  words(victim) {
    for (let i = victim.random.pick([1, 1, 1, 2, 4]); i > 0; i--) {
      const at = victim.word();
      victim.set(at, tellingNumber(victim, victim.get(at)));
    }
  },
  length(victim) {
    const { image, random } = victim;
    const change = random.pick([1, 4, 64, PAGE, random.between(1, image.length - 100)]);
    const length = random.chance(50) ? image.length - Math.min(change, image.length - 1) : image.length + change;
    const longer = new Uint8Array(length);
    longer.set(image.subarray(0, length));
    victim.did(`${image.length} bytes become ${length}`);
    victim.image = longer;
    if (random.chance(50) && length >= HEADER.bytes) viewOf(longer).setBigUint64(HEADER.length, BigInt(length), true);
  },
  overwritten(victim) {
    const { image, random } = victim;
    const at = victim.offset();
    const bytes = Math.min(random.pick([8, 32, 200, PAGE]), image.length - at);
    const fill = random.pick([-1, 0, 255, 0xdd]);
    victim.did(`${bytes} bytes of ${victim.where(at)} become ${fill < 0 ? "random" : fill}`);
    for (let i = at; i < at + bytes; i++) image[i] = fill < 0 ? random.below(256) : fill;
  },
  swapped(victim) {
    const { image, places, random } = victim;
    const roll = random.below(4);
    const runs = places.length - 1;
    if (roll === 0 && runs > 1) {
      swapped(victim, HEADER.bytes + 8 * random.below(runs), HEADER.bytes + 8 * random.below(runs), 8);
    } else if (roll === 1) {
      const other = random.pick(victim.sources).image;
      copied(victim, other, anyPage(other, random), anyPage(image, random), PAGE);
    } else if (roll === 2) {
      swapped(victim, victim.word(), victim.word(), random.pick([4, 8, 32]));
    } else {
      swapped(victim, anyPage(image, random), anyPage(image, random), PAGE);
    }
  },
  spliced(victim) {
    const { image, random } = victim;
    const other = random.chance(50) ? image : random.pick(victim.sources).image;
    const bytes = random.pick([4, 8, 24, 64, 512, PAGE]);
    const at = random.below(other.length) & ~7;
    const sameOffset = random.chance(30);
    copied(victim, other, at, sameOffset ? Math.min(at, image.length - 8) : victim.word(), bytes);
  },
  header(victim) {
    const { image, random } = victim;
    const held = victim.get(HEADER.held);
    const tables = HEADER.bytes + 8 * (victim.places.length - 1) + 4 * held;
    const at = random.below(Math.min(tables, image.length - 4)) & ~3;
    victim.set(at, tellingNumber(victim, victim.get(at)));
  },
};

export const MUTATION_KINDS: readonly string[] = Object.keys(KINDS);

/** The mutation of images with this number, of those with this seed. */
export function mutationOf(sources: readonly Source[], seed: number, number: number): Mutation {
  const random = new Random((seed + Math.imul(number, 0x9e37_79b1)) >>> 0);
  const victim = new Victim(random, sources);
  const kind = random.pick(MUTATION_KINDS);
  KINDS[kind]?.(victim);
  const sealed = random.chance(88) && victim.image.length >= HEADER.bytes;
  if (sealed) seal(victim.image);
  const { image, recipe, source } = victim;
  return { recipe, kind, image, sealed, same: Buffer.compare(image, source.image) === 0 };
}
