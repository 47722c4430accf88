// Hashes of keys, and which keys are equal. What CPython has was asked of CPython 3.15 for wasm32 (Pyodide): hash(x), and
// _imp.source_hash for SipHash-1-3.
import { beforeAll, describe, expect, test } from "vitest";
import {
  EMPTY_BYTES,
  EMPTY_STR,
  EMPTY_TUPLE,
  FALSE_OBJECT,
  NAN_OBJECT,
  REFUSED,
  TRUE_OBJECT,
  TUPLE_HASH,
} from "../src/layout.js";
import { ALREADY_FREE, BAD_ADDRESS, OK, TOO_DEEP, UNHASHABLE } from "../src/status.js";
import { Containers, ok, unitsOf } from "./helpers/containers.js";
import { VARIANTS } from "./helpers/core.js";
import { integer } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";

beforeAll(() => console.info(`TEST_SEED=${TEST_SEED}`));

const FLOATS: readonly (readonly [value: number, hash: number])[] = [
  [0, 0],
  [-0, 0],
  [1, 1],
  [-1, -2],
  [0.5, 1073741824],
  [-0.5, -1073741824],
  [1.5, 1073741825],
  [Math.PI, 864580935],
  [-Math.E, -2125197491],
  [1e100, 1265806766],
  [-1e300, -260391960],
  [5e-324, 2048],
  [2.2250738585072014e-308, 2],
  [Number.MAX_VALUE, 2147482625],
  [Number.POSITIVE_INFINITY, 314159],
  [Number.NEGATIVE_INFINITY, -314159],
  [2 ** 31, 1],
  [2 ** 31 - 1, 0],
  [-(2 ** 31), -2],
  [2 ** 52, 2097152],
  [1e-7, 1046113225],
];

const INTS: readonly (readonly [value: bigint, hash: number])[] = [
  [0n, 0],
  [-1n, -2],
  [-2n, -2],
  [1n, 1],
  [2n ** 30n - 1n, 1073741823],
  [-(2n ** 30n), -1073741824],
  [2n ** 30n, 1073741824],
  [-(2n ** 30n) - 1n, -1073741825],
  [2n ** 31n - 1n, 0],
  [1n - 2n ** 31n, 0],
  [2n ** 31n - 2n, 2147483646],
  [2n - 2n ** 31n, -2147483646],
  [2n ** 31n, 1],
  [2n ** 32n, 2],
  [2n ** 53n, 4194304],
  [-(2n ** 53n), -4194304],
  [2n ** 62n + 1n, 2],
  [10n ** 30n, 1234980730],
  [-(10n ** 30n), -1234980730],
  [2n ** 61n - 1n, 1073741823],
  [3n ** 200n, 809392969],
];

/** SipHash-1-3 with the key and a zero word behind it. */
const SIPHASHES: readonly (readonly [key: number, text: string, hash: bigint])[] = [
  [0, "a", 0x407448d2b89b1813n],
  [0, "abcdefg", 0x6db12aae9070f506n],
  [0, "abcdefgh", 0x3f7b849c0b8e35ean],
  [0, "abcdefghi", 0xf89b34a3d11eb6e5n],
  [0, "the quick brown fox jumps", 0x00c98b97e4f70042n],
  [0x12345678, "", 0x26bc62e2798994e5n],
  [0x12345678, "a", 0xb3dd5ea929bbb2bcn],
  [0x12345678, "abcdefg", 0x8fbfedafd2776c6cn],
  [0x12345678, "abcdefgh", 0xfd718504565b00d7n],
  [0x12345678, "abcdefghi", 0xba2dc57094c230ban],
  [0x12345678, "the quick brown fox jumps", 0x09c22b3cf9f90c53n],
];

const u64 = (n: bigint) => BigInt.asUintN(64, n);
const rotate = (n: bigint, by: bigint) => u64(n << by) | (n >> (64n - by));

/** SipHash-1-3, as in the paper. */
function siphash(key: readonly [bigint, bigint], bytes: Uint8Array): bigint {
  let [v0, v1] = [key[0] ^ 0x736f6d6570736575n, key[1] ^ 0x646f72616e646f6dn];
  let [v2, v3] = [key[0] ^ 0x6c7967656e657261n, key[1] ^ 0x7465646279746573n];
  const round = () => {
    v0 = u64(v0 + v1);
    v1 = rotate(v1, 13n) ^ v0;
    v0 = rotate(v0, 32n);
    v2 = u64(v2 + v3);
    v3 = rotate(v3, 16n) ^ v2;
    v0 = u64(v0 + v3);
    v3 = rotate(v3, 21n) ^ v0;
    v2 = u64(v2 + v1);
    v1 = rotate(v1, 17n) ^ v2;
    v2 = rotate(v2, 32n);
  };
  const padded = new Uint8Array(8 * Math.floor(bytes.length / 8) + 8);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length;
  for (let at = 0; at < padded.length; at += 8) {
    const word = new DataView(padded.buffer).getBigUint64(at, true);
    v3 ^= word;
    round();
    v0 ^= word;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < 3; i++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

function folded(hash: bigint): number {
  return Number((hash ^ (hash >> 32n)) & 0xffff_ffffn);
}

/** Tuples inside each other, so many, around an integer that no other has. */
function nestedTuples(containers: Containers, levels: number): number {
  let word = containers.int(2n ** 40n);
  for (let i = 0; i < levels; i++) word = containers.tuple(word);
  return word;
}

function nestedSets(containers: Containers, levels: number): number {
  let word = containers.int(2n ** 40n);
  for (let i = 0; i < levels; i++) word = containers.frozenset(word);
  return word;
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("numbers have the hashes of CPython", () => {
    const containers = new Containers(open());
    const { core } = containers;
    for (const [value, hash] of FLOATS) expect([value, core.hashOf(containers.float(value))]).toEqual([value, hash]);
    for (const [value, hash] of INTS) expect([value, core.hashOf(containers.int(value))]).toEqual([value, hash]);
    expect([TRUE_OBJECT, FALSE_OBJECT, 0].map((word) => core.hashOf(word))).toEqual([1, 0, -56073184]);
  });

  test("a number has one hash, whatever its type, and is equal to itself in the others", () => {
    const random = new Random(TEST_SEED);
    const containers = new Containers(open());
    const { core } = containers;
    for (let i = 0; i < 400; i++) {
      const value = (random.chance(50) ? 1 : -1) * random.between(1, 2 ** 31) * 2 ** random.between(-40, 980);
      const float = containers.float(value);
      if (!Number.isInteger(value)) {
        expect(core.equals(float, containers.int(BigInt(Math.trunc(value))))).toBe(0);
        continue;
      }
      const exact = BigInt(value);
      const int = containers.int(exact);
      expect([value, core.hashOf(int)]).toEqual([value, core.hashOf(float)]);
      expect([value, core.equals(float, int), core.equals(int, float)]).toEqual([value, 1, 1]);
      const others = [exact + 1n, exact - 1n, -exact, exact << 32n, exact ^ (1n << 40n), exact + (1n << 1100n)];
      for (const other of others) {
        expect([value, other, core.equals(float, containers.int(other))]).toEqual([value, other, 0]);
        expect([value, other, core.equals(containers.int(other), int)]).toEqual([value, other, 0]);
      }
    }
    for (const value of [2 ** 40 + 0.5, -(2 ** 31) - 0.25]) {
      const whole = containers.int(BigInt(Math.trunc(value)));
      expect([value, core.equals(containers.float(value), whole)]).toEqual([value, 0]);
    }
    containers.heap.verify();
  });

  test("true is 1 and 1.0, false is 0, 0.0 and -0.0; null is none of them", () => {
    const containers = new Containers(open());
    const { core } = containers;
    const ones = [TRUE_OBJECT, integer(1), containers.float(1)];
    const zeros = [FALSE_OBJECT, integer(0), containers.float(0), containers.float(-0)];
    for (const one of ones) {
      expect(ones.map((other) => core.equals(one, other))).toEqual([1, 1, 1]);
      expect(zeros.map((other) => core.equals(one, other))).toEqual([0, 0, 0, 0]);
    }
    for (const zero of zeros) expect(zeros.map((other) => core.equals(zero, other))).toEqual([1, 1, 1, 1]);
    for (const word of [...ones, ...zeros, EMPTY_STR, EMPTY_TUPLE]) {
      expect([core.equals(0, word), core.equals(word, 0)]).toEqual([0, 0]);
    }
    expect(core.equals(0, 0)).toBe(1);
  });

  test("NaN is equal to itself and nothing else; infinities to no int", () => {
    const containers = new Containers(open());
    const { core } = containers;
    const large = containers.int(2n ** 1024n);
    const infinity = containers.float(Number.POSITIVE_INFINITY);
    expect([core.equals(NAN_OBJECT, NAN_OBJECT), core.hashOf(NAN_OBJECT)]).toEqual([1, 314159]);
    for (const other of [containers.float(1), integer(1), large, TRUE_OBJECT]) {
      expect([core.equals(NAN_OBJECT, other), core.equals(other, NAN_OBJECT)]).toEqual([0, 0]);
    }
    expect([core.equals(infinity, large), core.equals(large, infinity)]).toEqual([0, 0]);
    expect(core.equals(infinity, containers.float(Number.POSITIVE_INFINITY))).toBe(1);
  });

  test.each(SIPHASHES)("texts have SipHash-1-3, folded: key %i, %j", (key, text, hash) => {
    const containers = new Containers(open(), [key, 0, 0, 0]);
    expect(containers.core.hashOf(containers.str(text)) >>> 0).toBe(folded(hash));
    expect(containers.core.hashOf(containers.bytes(...Buffer.from(text))) >>> 0).toBe(folded(hash));
  });

  test("texts of every length, narrow and wide, hashed by a key of 16 bytes", () => {
    const key = [0x8765_4321, 0x0fed_cba9, 0x1122_3344, 0xaabb_ccdd] as const;
    const containers = new Containers(open(), key);
    const [low, high] = [0, 2].map((i) => (BigInt(key[i + 1] as number) << 32n) | BigInt(key[i] as number));
    const expected = (text: string) => folded(siphash([low as bigint, high as bigint], unitsOf(text)[0]));
    for (let length = 0; length < 70; length++) {
      const narrow = Array.from({ length }, (_, i) => String.fromCharCode((37 * i + length) & 255)).join("");
      for (const text of [narrow, `${narrow}\u0100`]) {
        expect([text, containers.core.hashOf(containers.str(text)) >>> 0]).toEqual([text, expected(text)]);
      }
    }
  });

  test("a hash stays what it is, and is no part of what strs are equal by", () => {
    const containers = new Containers(open());
    const { core } = containers;
    const [hashed, fresh] = [containers.str("forty-two"), containers.str("forty-two")];
    const hash = core.hashOf(hashed);
    expect(core.equals(hashed, fresh)).toBe(1);
    expect(core.hashOf(fresh)).toBe(hash);
    expect(core.equals(hashed, containers.str("forty-three"))).toBe(0);
    expect(core.equals(hashed, containers.str("forty-twp"))).toBe(0);
    expect(core.equals(hashed, containers.bytes(...Buffer.from("forty-two")))).toBe(0);
    // The bytes of the first are those that the second begins with.
    const [narrow, wide] = [containers.str("\0\u0001"), containers.str("\u0100\u0141")];
    expect([core.equals(narrow, wide), core.equals(wide, narrow)]).toEqual([0, 0]);
    expect(core.equals(containers.bytes(1, 2, 3), containers.bytes(1, 2, 3))).toBe(1);
    expect(core.equals(EMPTY_STR, EMPTY_BYTES)).toBe(0);
  });

  test("tuples have the hashes of CPython", () => {
    const containers = new Containers(open());
    const { core } = containers;
    const pair = (a: number, b: number) => containers.tuple(integer(a), integer(b));
    const hashes: [word: number, hash: number][] = [
      [containers.tuple(integer(1)), 1956216267],
      [containers.tuple(integer(0)), 1214856301],
      [containers.tuple(integer(1), integer(2), integer(3)), -2022708474],
      [containers.tuple(integer(-1)), 2104906594],
      [containers.tuple(containers.float(1.5), integer(2)), 1730253399],
      [containers.tuple(TRUE_OBJECT, FALSE_OBJECT), 1884778150],
      [containers.tuple(...Array.from({ length: 100 }, (_, i) => integer(i))), 1269293197],
      [containers.tuple(EMPTY_TUPLE), 1430206286],
      [containers.tuple(pair(1, 2), pair(3, 4)), 622536806],
      [containers.tuple(0), -1891217614],
    ];
    expect(hashes.map(([word]) => core.hashOf(word))).toEqual(hashes.map(([, hash]) => hash));
    expect(core.hashOf(EMPTY_TUPLE)).toBe(750394483);
    expect(containers.heap.word(EMPTY_TUPLE + TUPLE_HASH)).toBe(750394483);
  });

  test("frozensets have the hashes of CPython, whatever the order of their elements", () => {
    const containers = new Containers(open());
    const { core } = containers;
    const frozen = (...values: number[]) => containers.frozenset(...values.map(integer));
    expect([[], [1], [0], [1, 2, 3], [3, 1, 2]].map((values) => core.hashOf(frozen(...values)))).toEqual([
      -1572407560, 882226578, -281444354, -2021384008, -2021384008,
    ]);
    const withHole = containers.set(...[5, 1, 2, 3].map(integer));
    expect(core.setRemove(withHole, integer(5))).toBe(1);
    ok(core.setFreeze(withHole));
    expect(core.hashOf(withHole)).toBe(-2021384008);
    expect(core.equals(withHole, frozen(1, 2, 3))).toBe(1);
    expect(core.equals(frozen(1, 2, 3), withHole)).toBe(1);
  });

  test("tuples and frozensets are equal by what they hold", () => {
    const containers = new Containers(open());
    const { core } = containers;
    const tuple = (last: number) => containers.tuple(containers.str("key"), containers.float(2.5), last);
    expect(core.equals(tuple(integer(1)), tuple(TRUE_OBJECT))).toBe(1);
    expect(core.equals(tuple(integer(1)), tuple(integer(2)))).toBe(0);
    expect(core.equals(containers.tuple(integer(1)), containers.tuple(integer(1), integer(1)))).toBe(0);
    // −1 and −2 have the same hash.
    expect(core.equals(containers.tuple(integer(-1)), containers.tuple(integer(-2)))).toBe(0);
    expect(core.equals(containers.frozenset(integer(-1)), containers.frozenset(integer(-2)))).toBe(0);
    expect(core.equals(containers.frozenset(tuple(0)), containers.frozenset(tuple(0)))).toBe(1);
    expect(core.equals(containers.frozenset(), containers.frozenset())).toBe(1);
    expect(core.equals(containers.tuple(NAN_OBJECT), containers.tuple(NAN_OBJECT))).toBe(1);
    expect(core.equals(containers.frozenset(integer(1)), containers.tuple(integer(1)))).toBe(0);
    const list = core.newList(0);
    containers.objects.hold(list, list, list);
    const [one, two] = [containers.tuple(list), containers.tuple(list, integer(1))];
    expect([core.equals(one, containers.tuple(list)), core.equals(one, two), core.equals(two, one)]).toEqual([1, 0, 0]);
    expect(core.equals(containers.tuple(core.newList(0)), containers.tuple(core.newList(0)))).toBe(0);
  });

  test("everything else is equal to itself alone", () => {
    const containers = new Containers(open());
    const { core, objects } = containers;
    const type = objects.type(1);
    const [one, other] = objects.makeMany(type, 2) as [number, number];
    expect([core.equals(one, one), core.equals(one, other)]).toEqual([1, 0]);
    expect(core.hashOf(one)).not.toBe(core.hashOf(other));
    const [first, second] = [containers.unhashables(), containers.unhashables()];
    for (const [i, [name, word]] of first.entries()) {
      expect([name, core.equals(word, word)]).toEqual([name, 1]);
      expect([name, core.equals(word, second[i]?.[1] as number)]).toEqual([name, 0]);
    }
  });

  test("a hash of 0 is one, if the status says so", () => {
    const containers = new Containers(open());
    const { core } = containers;
    for (const [name, word] of containers.unhashables()) {
      expect([name, core.hashOf(word), core.lastStatus()]).toEqual([name, 0, UNHASHABLE]);
      expect(core.faultAddress() >>> 0).toBe(word);
      expect([name, core.hashOf(FALSE_OBJECT), core.lastStatus()]).toEqual([name, 0, OK]);
    }
  });

  test.each(["tuples", "frozensets"])("%s in each other are compared to a depth of 1000", (kind) => {
    const containers = new Containers(open());
    const { core, objects } = containers;
    const nested = kind === "tuples" ? nestedTuples : nestedSets;
    const before = objects.leftBlocks();
    const words = [nested(containers, 1000), nested(containers, 1000)] as const;
    expect(core.equals(...words)).toBe(1);
    const deeper = words.map((word) => (kind === "tuples" ? containers.tuple(word) : containers.frozenset(word)));
    const [a, b] = deeper as [number, number];
    expect([core.equals(a, b), core.lastStatus()]).toEqual([REFUSED, TOO_DEEP]);
    expect([core.equals(a, a), core.hashOf(a)]).toEqual([1, core.hashOf(b)]);
    objects.release(a, b);
    expect(objects.leftBlocks()).toBe(before);
  });

  test("what is no word is refused", () => {
    const containers = new Containers(open());
    const { core } = containers;
    const dead = containers.tuple(integer(1));
    containers.objects.release(dead);
    for (const [word, status] of [
      [2, BAD_ADDRESS],
      [6, BAD_ADDRESS],
      [0xffff_fff8, BAD_ADDRESS],
      [dead, ALREADY_FREE],
    ] as const) {
      expect([core.equals(word, 0), core.lastStatus()]).toEqual([REFUSED, status]);
      expect([core.equals(0, word), core.lastStatus()]).toEqual([REFUSED, status]);
      expect([core.hashOf(word), core.lastStatus()]).toEqual([0, status]);
    }
  });
});
