// Objects of all types that hold each other without cycles, with a model of the order in which they die.
import { T_TRACKED } from "../../src/layout.js";
import { ok } from "./containers.js";
import { integer } from "./objects.js";
import type { Random } from "./random.js";
import type { WeakRefs } from "./weakrefs.js";

/** Reference words of the struct types. */
const SIZES = [0, 1, 3, 254, 255, 300] as const;

export interface ForestNode {
  readonly address: number;
  /** Of structs: what its finalizer is known by. */
  readonly name: number | null;
  /** In the order in which it lets go of them. */
  readonly holds: readonly ForestNode[];
  /** References of the program, and of other nodes. */
  held: number;
  count: number;
}

export interface Forest {
  readonly nodes: readonly ForestNode[];
  /** Of structs, by address. */
  readonly names: ReadonlyMap<number, number>;
}

/** Grows one, of so many nodes with one reference of the program each; struct types have these flags besides. */
export function growForest(weak: WeakRefs, random: Random, size: number, flags: number): Forest {
  const { core, objects } = weak;
  const types = SIZES.flatMap((refs) =>
    [refs > 0 ? T_TRACKED : 0, 0].map((tracked) => ({
      refs,
      id: core.defineType(refs, 8 + 4 * refs, flags | tracked, 0, 0),
    })),
  );
  const nodes: ForestNode[] = [];
  const names = new Map<number, number>();

  /** A few nodes that there are, each with a reference more for who is to hold it; some twice. */
  function some(most: number, fits: (node: ForestNode) => boolean = () => true): ForestNode[] {
    const known = nodes.filter(fits);
    const count = known.length === 0 ? 0 : random.below(most + 1);
    return Array.from({ length: count }, () => take(random.pick(known)));
  }

  function take(node: ForestNode): ForestNode {
    objects.hold(node.address);
    node.count++;
    return node;
  }

  function words(children: readonly ForestNode[]): number[] {
    return children.map(({ address }) => address);
  }

  function struct(): [number, ForestNode[]] {
    const { refs, id } = random.pick(types);
    const object = objects.make(id);
    const slots = [
      ...new Set([0, 1, refs >> 1, refs - 2, refs - 1].filter((slot) => slot >= 0 && slot < refs && random.chance(60))),
    ];
    const holds = slots
      .sort((a, b) => a - b)
      .flatMap((slot) => {
        const [child] = some(1);
        if (child === undefined) return [];
        objects.link(object, slot, child.address);
        weak.release(child.address);
        return [child];
      });
    return [object, holds];
  }

  /** Structs that differ: what may be a key. */
  function keys(): ForestNode[] {
    const found: ForestNode[] = [];
    for (const node of some(6, ({ name }) => name !== null)) {
      if (!found.includes(node)) found.push(node);
      else {
        weak.release(node.address);
        node.count--;
      }
    }
    return found;
  }

  /** Its items are in other blocks than one after the other, and more than one. */
  function deque(): [number, ForestNode[]] {
    const holds = some(8);
    const made = weak.deque(0xffff_ffff, ...Array.from({ length: 70 }, () => integer(1)));
    const turns = random.below(200);
    for (let i = 0; i < turns; i++) {
      ok(core.dequePush(made, integer(2), 0));
      core.dequeTake(made, 1);
    }
    for (const { address } of holds) ok(core.dequePush(made, address, 0));
    return [made, holds];
  }

  function dict(): [number, ForestNode[]] {
    const pairs = keys().map((key) => [key, ...some(1)] as const);
    const made = weak.dict(
      [integer(1), 0],
      ...pairs.map(([key, value]) => [key.address, value?.address ?? integer(3)] as const),
    );
    if (random.chance(50)) core.dictTake(made, integer(1));
    return [made, pairs.flatMap(([key, value]) => (value === undefined ? [key] : [key, value]))];
  }

  const makers: (() => [number, ForestNode[]])[] = [
    struct,
    struct,
    struct,
    () => {
      const holds = some(6);
      return [weak.list(integer(4), ...words(holds)), holds.reverse()];
    },
    () => {
      const holds = some(6);
      return [weak.tuple(...words(holds), integer(5), 0), holds.reverse()];
    },
    () => {
      const holds = keys();
      return [weak.set(...words(holds)), holds];
    },
    () => {
      const holds = keys();
      return [weak.frozenset(...words(holds)), holds];
    },
    dict,
    deque,
  ];
  while (nodes.length < size) {
    const kind = random.below(makers.length);
    const [address, holds] = (makers[kind] as () => [number, ForestNode[]])();
    const name = kind < 3 ? nodes.length : null;
    if (name !== null) names.set(address, name);
    nodes.push({ address, name, holds, held: 1, count: 0 });
  }
  return { nodes, names };
}

/** Lets go of the program's reference to a node in the model; returns the names of those who die, in order. */
export function orderOfDeaths(node: ForestNode): number[] {
  const order: number[] = [];
  const drop = (each: ForestNode) => {
    if (each.held + each.count > 0) return;
    if (each.name !== null) order.push(each.name);
    for (const child of each.holds) {
      child.count--;
      drop(child);
    }
  };
  node.held--;
  drop(node);
  return order;
}
