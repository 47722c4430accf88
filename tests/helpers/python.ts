// CPython 3.15 in WebAssembly (Pyodide), asked what it does; and keys of dicts in a form that both sides can make and read.
import { loadPyodide } from "pyodide";
import type { Heap, Storable, Value } from "../../src/index.js";
import { FrozenSet, Tuple } from "../../src/index.js";
import type { Random } from "./random.js";

/** A key: floats as the hexadecimal digits of their bits, strs as their units. */
export type Key =
  | readonly ["None"]
  | readonly ["bool", boolean]
  | readonly ["int", string]
  | readonly ["float", string]
  | readonly ["str", readonly number[]]
  | readonly ["bytes", readonly number[]]
  | readonly ["tuple", readonly Key[]]
  | readonly ["frozenset", readonly Key[]];

const HELPERS = `
import array, collections, gc, json, math, struct, sys

def key(spec):
    kind, *rest = spec
    match kind:
        case "None": return None
        case "bool": return rest[0]
        case "int": return int(rest[0])
        case "float":
            value = struct.unpack(">d", bytes.fromhex(rest[0]))[0]
            return math.nan if value != value else value
        case "str": return "".join(map(chr, rest[0]))
        case "bytes": return bytes(rest[0])
        case "tuple": return tuple(map(key, rest[0]))
        case "frozenset": return frozenset(map(key, rest[0]))

def spec(value):
    match value:
        case None: return ["None"]
        case bool(): return ["bool", value]
        case int(): return ["int", str(value)]
        case float():
            # A float that is an integer of at most 2^53 is an int in the heap.
            if value.is_integer() and abs(value) <= 2**53 and struct.pack(">d", value) != struct.pack(">d", -0.0):
                return ["int", str(int(value))]
            return ["float", struct.pack(">d", math.nan if value != value else value).hex()]
        case str(): return ["str", list(map(ord, value))]
        case bytes(): return ["bytes", list(value)]
        case tuple(): return ["tuple", list(map(spec, value))]
        case frozenset(): return ["frozenset", sorted(map(spec, value), key=lambda one: json.dumps(one, separators=(",", ":")))]

def answer(name, given):
    return json.dumps(globals()[name](*json.loads(given)))
`;

/** Loads Python, which takes some seconds, and defines functions in it. What is returned calls one of them; all goes as JSON. */
export async function startPython(functions: string): Promise<(name: string, ...given: unknown[]) => unknown> {
  const python = await loadPyodide();
  python.runPython(HELPERS + functions);
  const answer = python.globals.get("answer");
  return (name, ...given) => JSON.parse(answer(name, JSON.stringify(given)));
}

const BITS = new DataView(new ArrayBuffer(8));

export function floatKey(value: number): Key {
  BITS.setFloat64(0, value);
  return ["float", BITS.getBigUint64(0).toString(16).padStart(16, "0")];
}

function floatOf(digits: string): number {
  BITS.setBigUint64(0, BigInt(`0x${digits}`));
  return BITS.getFloat64(0);
}

export function intKey(value: bigint | number): Key {
  return ["int", String(value)];
}

export function strKey(text: string): Key {
  return ["str", Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))];
}

/** What stands for a key in the heap. Tuples and frozensets are handles: make them in a scope. */
export function storableOf(heap: Heap, key: Key): Storable {
  const [kind, value] = key;
  switch (kind) {
    case "None":
      return null;
    case "bool":
      return value;
    case "int":
      return BigInt(value);
    case "float":
      return floatOf(value);
    case "str":
      return String.fromCharCode(...value);
    case "bytes":
      return Uint8Array.from(value);
    case "tuple":
      return heap.tuple(value.map((item) => storableOf(heap, item)));
    case "frozenset":
      return heap.frozenset(value.map((item) => storableOf(heap, item)));
  }
}

/** The key that a value of the heap is, as Python's `spec` has it. */
export function keyOf(heap: Heap, value: Value): Key {
  if (value === null) return ["None"];
  if (typeof value === "boolean") return ["bool", value];
  if (typeof value === "string") return strKey(value);
  if (typeof value === "bigint") return intKey(value);
  if (typeof value === "number") {
    const exact = Number.isInteger(value) && Math.abs(value) <= 2 ** 53 && !Object.is(value, -0);
    return exact ? intKey(value) : floatKey(value);
  }
  if (value instanceof Tuple) return ["tuple", [...value].map((item) => keyOf(heap, item))];
  if (value instanceof FrozenSet) {
    const items = [...value].map((item) => keyOf(heap, item));
    const text = (item: Key) => JSON.stringify(item);
    return ["frozenset", items.sort((a, b) => (text(a) < text(b) ? -1 : 1))];
  }
  return ["bytes", [...(heap.toJS(value) as Uint8Array)]];
}

// ── random keys ─────────────────────────────────────────────────────────────────────────────────────

const BORDERS = [0, 7, 24, 29, 30, 31, 32, 33, 52, 53, 54, 61, 62, 63, 64, 65, 93, 124, 127, 1023].flatMap((n) =>
  [-2n, -1n, 0n, 1n, 2n].flatMap((d) => [2n ** BigInt(n) + d, -(2n ** BigInt(n)) + d]),
);
const FLOATS = [
  ...[0, -0, NaN, Infinity, -Infinity, 0.5, -0.5, 0.1, 1.5, 1e-7, 5e-324, -5e-324, 2.2250738585072014e-308, 1e300],
  ...[
    1,
    -1,
    2,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    2 ** 53,
    2 ** 53 + 2,
    2 ** 62,
    2 ** 63,
    -(2 ** 63),
    2 ** 64,
    2 ** 1023,
  ],
];
const TEXTS = ["", "a", "b", "ab", "é", "\xff", "Ā", "\ud800", "\udc00", "1", "None", "a longer text, for hashing"];

export function randomNumberKey(random: Random): Key {
  switch (random.below(6)) {
    case 0:
      return intKey(random.between(-5, 5));
    case 1:
      return intKey(random.pick(BORDERS));
    case 2:
      return intKey(BigInt.asIntN(random.between(1, 300), randomBits(random, 320)));
    case 3:
      return floatKey(random.pick(FLOATS));
    case 4:
      return floatKey((random.next() - 2 ** 31) / 2 ** random.below(40));
    default: {
      const key = ["float", randomBits(random, 64).toString(16).padStart(16, "0")] as const;
      return Number.isNaN(floatOf(key[1])) ? floatKey(NaN) : key;
    }
  }
}

function randomBits(random: Random, n: number): bigint {
  let bits = 0n;
  for (let i = 0; i < n; i += 32) bits = (bits << 32n) | BigInt(random.next());
  return BigInt.asUintN(n, bits);
}

export function randomKey(random: Random, depth = 3): Key {
  const kind = random.below(depth > 0 ? 10 : 7);
  if (kind < 3) return randomNumberKey(random);
  if (kind === 3) return random.chance(40) ? ["None"] : ["bool", random.chance(50)];
  if (kind < 6) return strKey(random.chance(70) ? random.pick(TEXTS) : `text ${random.below(30)}`);
  const length = random.below(4);
  if (kind === 6) return ["bytes", Array.from({ length }, () => random.pick([0, 97, 98, 255]))];
  return [kind < 9 ? "tuple" : "frozenset", Array.from({ length }, () => randomKey(random, depth - 1))];
}

/** A key that is likely to be equal to another, though not the same, or nearly equal. */
export function similarKey(random: Random, key: Key): Key {
  const [kind, value] = key;
  if (random.chance(15)) return randomKey(random, 1);
  switch (kind) {
    case "bool":
      return random.pick([intKey(value ? 1 : 0), floatKey(value ? 1 : 0), key]);
    case "int":
      return random.pick<Key>([key, floatKey(Number(value)), ["bool", value !== "0"], intKey(BigInt(value) + 1n)]);
    case "float": {
      const number = floatOf(value);
      return Number.isFinite(number) ? random.pick([key, intKey(BigInt(Math.trunc(number))), floatKey(-number)]) : key;
    }
    case "str":
      return random.pick<Key>([key, key, ["bytes", value.map((unit) => unit & 255)]]);
    case "tuple":
      return [random.chance(90) ? "tuple" : "frozenset", value.map((item) => similarKey(random, item))];
    case "frozenset":
      return ["frozenset", random.shuffled([...value, ...value.slice(1)]).map((item) => similarKey(random, item))];
    default:
      return key;
  }
}
