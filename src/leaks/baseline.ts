// What there was in a heap before a test, and what is there since.

import type { BlockAddress, ObjectAddress } from "../address.js";
import { shortestPath } from "../graph/path.js";
import type { Hold } from "../handle.js";
import { itemsAt } from "../items.js";
import { Census, objectOf } from "./census.js";
import { type GrownContainers, type KeptObjects, type LeakExample, LeakReport } from "./leakreport.js";
import { byType, countHolds, describe, type Left } from "./leaks.js";
import type { LeakSources } from "./leaksources.js";

/** Types of which one object is explained. */
const MOST_EXAMPLES = 5;

/** What of a heap a test is compared with afterwards. Garbage was collected. */
export class Baseline {
  readonly #holds: ReadonlySet<Hold>;
  readonly #references: ReadonlyMap<ObjectAddress, number>;
  readonly #loose: ReadonlyMap<BlockAddress, string>;
  readonly #arenas: ReadonlySet<BlockAddress>;
  /** Names of types by object. An address may have been used again, by an object of the same type too. */
  readonly #typeOf: ReadonlyMap<ObjectAddress, string>;
  readonly #kept: ReadonlyMap<string, KeptObjects>;
  /** Items by container, that of `heap.globals` included. */
  readonly #items: ReadonlyMap<ObjectAddress, number>;

  /** Of a heap; null: of one that is empty. */
  constructor(sources: LeakSources | null, call: string) {
    const census = sources === null ? null : new Census(sources, call);
    this.#holds = new Set(census?.holds);
    this.#references = census?.references ?? new Map();
    this.#loose = new Map(census?.loose.map(({ address, domain }) => [address, domain]));
    this.#arenas = new Set(census?.arenas.keys());
    this.#typeOf = new Map(
      census === null
        ? []
        : Array.from(census.addresses, (address) => [address, census.graph.typeName(address)] as const),
    );
    this.#kept = new Map(census === null ? [] : totalsOf(census));
    this.#items = new Map(census === null || sources === null ? [] : itemsOf(sources, census));
  }

  /**
   * What there is more than there was: handles and arenas that are new; blocks, objects and items of each kind as far as there are more
   * of it than before.
   */
  compare(sources: LeakSources, title: string, call: string): LeakReport {
    const census = new Census(sources, call);
    const { arenas, loose, references } = census;
    const handles = countHolds(census.holds.filter((hold) => !this.#holds.has(hold)).map(objectOf));
    const newReferences = this.#newReferences(references);
    const kept = this.#newObjects(census, new Set([...handles.keys(), ...newReferences.keys()]));
    const grownTypes = new Set(kept.map(({ type }) => type));
    const left: Left = {
      handles,
      references: newReferences,
      kept: census.addresses.filter(
        (at) =>
          this.#isNew(census, at) &&
          !handles.has(at) &&
          !newReferences.has(at) &&
          grownTypes.has(census.graph.typeName(at)),
      ),
      loose: this.#newBlocks(loose),
      arenas: [...arenas.keys()].filter((record) => !this.#arenas.has(record)),
    };
    const grown = this.#grown(sources, census);
    const examples = examplesOf(census, left.kept, kept);
    return new LeakReport(title, { ...describe(sources, census, left), kept, grown, examples });
  }

  #isNew(census: Census, address: ObjectAddress): boolean {
    return this.#typeOf.get(address) !== census.graph.typeName(address);
  }

  #newReferences(now: ReadonlyMap<ObjectAddress, number>): Map<ObjectAddress, number> {
    const more = [...now].map(([address, count]) => [address, count - (this.#references.get(address) ?? 0)] as const);
    return new Map(more.filter(([, count]) => count > 0));
  }

  /** New blocks of the domains that have more of them than before, as many as those are more. */
  #newBlocks(now: Census["loose"]): Left["loose"] {
    const before = [...this.#loose.values()];
    return [...new Set(now.map(({ domain }) => domain))].flatMap((domain) => {
      const ofDomain = now.filter((block) => block.domain === domain);
      const more = ofDomain.length - before.filter((name) => name === domain).length;
      const fresh = ofDomain.filter(({ address }) => this.#loose.get(address) !== domain);
      return more > 0 ? fresh.slice(0, more) : [];
    });
  }

  /** Of each type, what there is more than before and is not left itself. */
  #newObjects(census: Census, alreadyLeft: ReadonlySet<ObjectAddress>): KeptObjects[] {
    const left = [...alreadyLeft].filter((at) => this.#isNew(census, at));
    const leftByType = new Map(byType(census, left).map((row) => [row.type, row]));
    const rows = totalsOf(census).map(([type, { objects, bytes }]) => {
      const [before, own] = [this.#kept.get(type), leftByType.get(type)];
      return {
        type,
        objects: objects - (before?.objects ?? 0) - (own?.objects ?? 0),
        bytes: Math.max(0, bytes - (before?.bytes ?? 0) - (own?.bytes ?? 0)),
      };
    });
    return rows.filter(({ objects }) => objects > 0).sort((a, b) => b.bytes - a.bytes);
  }

  /** Containers from before that have more items, of the types whose containers have more in all. */
  #grown(sources: LeakSources, census: Census): GrownContainers[] {
    const rows = new Map<string, { type: string; objects: number; items: number; net: number }>();
    for (const [address, items] of itemsOf(sources, census)) {
      const before = this.#items.get(address);
      const type = census.graph.typeName(address);
      if (before === undefined || before === items || (this.#typeOf.get(address) ?? type) !== type) continue;
      const row = rows.get(type) ?? { type, objects: 0, items: 0, net: 0 };
      rows.set(type, row);
      row.net += items - before;
      if (items < before) continue;
      row.objects++;
      row.items += items - before;
    }
    return [...rows.values()].flatMap(({ net, ...row }) => (net > 0 ? [row] : []));
  }
}

/** Why one object of each type is alive, containers and structs first: what is in them is alive because of them. */
function examplesOf(census: Census, addresses: Iterable<ObjectAddress>, kept: readonly KeptObjects[]): LeakExample[] {
  const { graph } = census;
  const firsts = new Map<string, ObjectAddress>();
  for (const address of addresses) {
    const type = graph.typeName(address);
    if (!firsts.has(type)) firsts.set(type, address);
  }
  const types = kept.map(({ type }) => type).sort((a, b) => Number(LEAVES.has(a)) - Number(LEAVES.has(b)));
  return types.slice(0, MOST_EXAMPLES).flatMap((type) => {
    const address = firsts.get(type);
    const path = address === undefined ? null : shortestPath(graph, address, false);
    if (address === undefined || path === null) return [];
    return [{ type, address, label: graph.label(address), path: path.toString() }];
  });
}

/** Types that refer to nothing. */
const LEAVES: ReadonlySet<string> = new Set(["str", "bytes", "int", "float", "array"]);

function totalsOf(census: Census): [string, KeptObjects][] {
  return byType(census, census.addresses).map((row) => [row.type, row]);
}

/** How many items, or entries, containers have. */
function itemsOf({ objects }: LeakSources, { graph }: Census): [ObjectAddress, number][] {
  const { memory } = objects.engine;
  return Array.from(graph.addresses()).flatMap((address): [ObjectAddress, number][] => {
    const items = itemsAt(memory, address, 0);
    return items === null ? [] : [[address, items.length]];
  });
}
