// What there is in a heap at some moment, and who owns it: what leak reports are made of.

import type { BlockAddress, ObjectAddress } from "../address.js";
import { WEAK } from "../graph/links.js";
import { ObjectGraph } from "../graph/objectgraph.js";
import { isImmortal } from "../graph/population.js";
import { visitRoots } from "../graph/roots.js";
import { type Hold, OWNS } from "../handle.js";
import { G_GARBAGE, G_GLOBALS, GC } from "../layout.js";
import { addressAt } from "../word.js";
import type { LeakSources } from "./leaksources.js";
import { type LooseBlock, looseBlocks } from "./looseblocks.js";

/** True of a heap until it changes. */
export class Census {
  readonly graph: ObjectGraph;
  /** No other thread has the heap. */
  readonly isWhole: boolean;
  /** Of handles that no open scope will release and that own a reference. */
  readonly holds: readonly Hold[];
  /** Handles that open scopes will release. */
  readonly scoped: number;
  /** References that nothing in the heap accounts for, by object. Empty if other threads have the heap. */
  readonly references: ReadonlyMap<ObjectAddress, number>;
  /** Blocks that belong to nobody in the heap. Empty if other threads have it. */
  readonly loose: readonly LooseBlock[];
  /** Records of arenas that are not freed, with the objects of which they own references. */
  readonly arenas: ReadonlyMap<BlockAddress, readonly ObjectAddress[]>;
  /** Live objects, ascending, without those that live as long as the heap. */
  readonly addresses: Uint32Array;

  /**
   * `call` begins the message.
   *
   * @throws HeapError `BUSY` inside a finalizer, a callback or a collection
   */
  constructor(sources: LeakSources, call: string) {
    const { objects } = sources;
    const { memory } = objects.engine;
    this.graph = new ObjectGraph(sources, call);
    this.isWhole = sources.isWhole();
    const apart = objects.holdsApart();
    this.holds = apart.filter(({ state }) => state === OWNS);
    this.scoped = objects.handleCount - apart.length;
    this.arenas = new Map([...objects.arenas].map(([record, held]) => [record, held.map(({ address }) => address)]));
    const all = this.graph.addresses();
    this.references = this.isWhole ? this.#unaccounted(sources) : new Map();
    this.loose = this.isWhole ? looseBlocks(objects, all) : [];
    const own = [memory.word(GC + G_GLOBALS), memory.word(GC + G_GARBAGE)];
    this.addresses = all.filter((address) => !isImmortal(address) && !own.includes(address));
  }

  /** The objects that can be reached from some, with these, but for those in `without`. */
  reachableFrom(roots: readonly ObjectAddress[], without: ReadonlySet<ObjectAddress>): Uint32Array {
    const { graph } = this;
    const seen = new Uint8Array(graph.addresses().length);
    const pending: ObjectAddress[] = [];
    const add = (address: ObjectAddress) => {
      const number = graph.numberOf(address);
      if (seen[number] !== 0) return;
      seen[number] = 1;
      pending.push(address);
    };
    for (const root of roots) add(root);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      graph.links(next, (link, _, to) => {
        if (link < WEAK) add(to);
      });
    }
    for (const address of without) seen[graph.numberOf(address)] = 0;
    return this.addresses.filter((address) => seen[graph.numberOf(address)] === 1);
  }

  #unaccounted(sources: LeakSources): Map<ObjectAddress, number> {
    const { graph } = this;
    const all = graph.addresses();
    const known = new Uint32Array(all.length);
    const add = (address: ObjectAddress) => {
      const number = graph.numberOf(address);
      if (number >= 0) known[number] = (known[number] as number) + 1;
    };
    visitRoots(sources, (_group, _name, to) => add(to));
    for (const held of this.arenas.values()) for (const address of held) add(address);
    const found = new Map<ObjectAddress, number>();
    for (const [number, address] of all.entries()) {
      if (isImmortal(address)) continue;
      const more = graph.count(address) - graph.found(number) - (known[number] as number);
      if (more > 0) found.set(address, more);
    }
    return found;
  }
}

/** The object of a hold that owns a reference. */
export function objectOf({ index }: Hold): ObjectAddress {
  return addressAt(index);
}
