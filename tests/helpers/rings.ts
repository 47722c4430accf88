// Trash with finalizers whose order is no accident of addresses, and a model of one collection of it.
import { Random, TEST_SEED } from "./random.js";
import type { WeakRefs } from "./weakrefs.js";

/** Objects with numbers from `from` on, whose addresses are in no order. */
export function scattered(weak: WeakRefs, count: number, from = 0): number[] {
  const random = new Random(TEST_SEED + from);
  // Blocks that were given back in another order are handed out in that.
  const blocks = Array.from({ length: count }, () => weak.objects.make(weak.type));
  const silent = weak.heap.host.finalize;
  weak.heap.host.finalize = () => {};
  weak.release(...random.shuffled(blocks));
  weak.heap.host.finalize = silent;
  return Array.from({ length: count }, (_, i) => weak.one(from + i));
}

/** A ring through reference 0, which keeps the program's references. */
export function ring(weak: WeakRefs, objects: readonly number[]): void {
  for (const [i, object] of objects.entries())
    weak.objects.link(object, 0, objects[(i + 1) % objects.length] as number);
}

/** So many numbers, from `from` on. */
export function upTo(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

/** One collection of a random graph against what CPython's steps come to. */
export function collectGraph(weak: WeakRefs, random: Random): void {
  const { core, heap, objects } = weak;
  const made: number[] = [];
  for (let age = 2; age >= 0; age--) {
    made.push(...scattered(weak, 30, made.length));
    if (age > 0) core.collect(age - 1);
  }
  const ages = made.map((object) => objects.where(object) as number);
  const to = made.map((_, i) =>
    [0, 1].map((slot) => (random.chance(55) ? random.below(made.length) : slot === 0 ? i : -1)),
  );
  for (const [i, targets] of to.entries()) {
    for (const [slot, target] of targets.entries())
      objects.link(made[i] as number, slot, target < 0 ? 0 : (made[target] as number));
  }
  const held = new Set(upTo(made.length).filter(() => random.chance(8)));
  const generation = random.below(3);
  const reach = (from: Iterable<number>, inSet: (i: number) => boolean) => {
    const reached = new Set(from);
    for (const i of reached)
      for (const target of to[i] as number[]) if (target >= 0 && inSet(target)) reached.add(target);
    return reached;
  };
  for (const i of held) objects.hold(made[i] as number);
  const silent = weak.heap.host.finalize;
  const dead: number[] = [];
  heap.host.finalize = (object) => dead.push(made.indexOf(object));
  weak.release(...made);
  heap.host.finalize = silent;
  const isLive = (i: number) => !dead.includes(i) && objects.isLive(made[i] as number);
  const members = upTo(made.length).filter((i) => isLive(i) && (ages[i] as number) <= generation);
  const outside = upTo(made.length).filter((i) => isLive(i) && (ages[i] as number) > generation);
  // They stay, also if only trash refers to them.
  objects.hold(...outside.map((i) => made[i] as number));
  const roots = [...held, ...outside.flatMap((i) => to[i] as number[])].filter((i) => members.includes(i));
  const reached = reach(roots, (i) => members.includes(i));
  const trash = members.filter((i) => !reached.has(i));
  const revivers = new Set(trash.filter(() => random.chance(6)));
  const revived = reach(revivers, (i) => trash.includes(i));
  weak.onDeath = (number) => {
    heap.verify();
    if (revivers.has(number)) objects.hold(made[number] as number);
  };
  const collected = core.collect(generation);
  same("finalizers", weak.deaths(), trash);
  same("collected", collected, trash.length - revived.size);
  heap.verify();
  const next = Math.min(generation + 1, 2);
  for (const i of trash) same(`life of ${i}`, objects.isLive(made[i] as number), revived.has(i));
  for (const i of [...reached, ...revived]) same(`generation of ${i}`, objects.where(made[i] as number), next);
  if (next === 1) {
    // Before those of generation 0, those that were there; then the revived, in the order in which they were made.
    const wanted = [...members.filter((i) => reached.has(i)), ...trash.filter((i) => revived.has(i))];
    same(
      "generation 1",
      objects
        .generation(1)
        .slice(-wanted.length || undefined)
        .map((object) => made.indexOf(object)),
      wanted.length === 0 ? objects.generation(1).map((object) => made.indexOf(object)) : wanted,
    );
  }
  weak.onDeath = () => {};
  heap.host.finalize = () => {};
  objects.release(...[...held, ...outside, ...revivers].map((i) => made[i] as number));
  core.collect(2);
  same("blocks that are left", weak.left(), 0);
}

function same(what: string, found: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${what}: ${one}, and not ${other}`);
}
