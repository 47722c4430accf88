// Random struct types that one host defines and another declares: the same, or changed in one place.
import { expect, test } from "vitest";
import type { AnyStructType, Fields, FieldType, StructOptions } from "../src/structtype.js";
import { type Host, Hosts } from "./helpers/hosts.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const KINDS = [
  "i8",
  "u8",
  "i16",
  "u16",
  "i32",
  "u32",
  "i64",
  "u64",
  "f32",
  "f64",
  "bool",
  "ref",
  "self",
  "weak",
] as const;
const TYPES = 200;

/** A type as a program declares it; types of fields are numbers of those before. */
interface Plan {
  readonly fields: readonly (readonly [name: string, kind: (typeof KINDS)[number] | number])[];
  readonly options: StructOptions;
}

function planned(random: Random, n: number): Plan {
  const kind = () => (n > 0 && random.chance(20) ? random.below(n) : random.pick(KINDS));
  const fields = Array.from({ length: random.below(12) }, (_, i) => [`f${i}`, kind()] as const);
  const options: StructOptions = {};
  if (random.chance(20)) options.gc = random.chance(50);
  if (random.chance(20)) options.weakrefable = random.chance(50);
  return { fields, options };
}

/** A type that differs in one thing from one with fields. */
function changed(random: Random, { fields, options }: Plan): Plan {
  const before = random.pick(fields);
  const other = random.pick(KINDS);
  const ways: Plan[] = [
    { fields: fields.filter((field) => field !== before), options },
    { fields: [...fields, ["more", "u8"]], options },
    { fields: fields.map((field) => (field === before ? ["other", field[1]] : field)), options },
    { fields, options: { ...options, weakrefable: options.weakrefable === false } },
  ];
  if (other !== before[1]) {
    ways.push({ fields: fields.map((field) => (field === before ? [before[0], other] : field)), options });
  }
  return random.pick(ways);
}

function declare(host: Host, name: string, types: readonly AnyStructType[], { fields, options }: Plan): AnyStructType {
  const given = fields.map(([field, kind]): [string, FieldType] => [
    field,
    typeof kind === "number" ? (types[kind] as AnyStructType) : kind,
  ]);
  return host.struct(name, Object.fromEntries(given) as Fields, options);
}

test(`random types are found again, and differences are noticed (TEST_SEED=${TEST_SEED})`, async () => {
  const random = new Random(TEST_SEED);
  const hosts = await Hosts.open();
  const [first, second] = [hosts.make(), hosts.make()];
  const plans: Plan[] = [];
  const types: AnyStructType[] = [];
  for (let n = 0; n < TYPES; n++) {
    plans.push(planned(random, n));
    types.push(declare(first, `T${n}`, types, plans[n] as Plan));
  }
  const found: AnyStructType[] = [];
  for (const [n, plan] of plans.entries()) {
    if (plan.fields.length > 0) {
      const other = changed(random, plan);
      expect(() => declare(second, `T${n}`, found, other), JSON.stringify([plan, other])).toThrow(
        `heap.struct("T${n}"): the heap has a struct type of that name already, and it`,
      );
    }
    const Type = declare(second, `T${n}`, found, plan);
    expect([Type.id, Type.size, Object.keys(Type.fields)]).toEqual([
      types[n]?.id,
      types[n]?.size,
      plan.fields.map(([field]) => field),
    ]);
    found.push(Type);
  }
  first.verify();
});
