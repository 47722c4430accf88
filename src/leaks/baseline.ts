// What there was in a heap before a test, and what is there since.

import type { BlockAddress, ObjectAddress } from "../address.js";
import { shortestPath } from "../graph/path.js";
import type { Hold } from "../handle.js";
import { Census, objectOf } from "./census.js";
import { type KeptObjects, type LeakExample, LeakReport } from "./leakreport.js";
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
  }

  /**
   * What there is more than there was: handles and arenas that are new, and blocks and objects of each kind as far as there are more of
   * it than before.
   */
  compare(sources: LeakSources, title: string, call: string): LeakReport {
    const census = new Census(sources, call);
    const { arenas, loose, references } = census;
    const left: Left = {
      handles: countHolds(census.holds.filter((hold) => !this.#holds.has(hold)).map(objectOf)),
      references: this.#newReferences(references),
      loose: this.#newBlocks(loose),
      arenas: [...arenas.keys()].filter((record) => !this.#arenas.has(record)),
    };
    const kept = this.#newObjects(census, left);
    const examples = this.#examples(census, left, kept);
    return new LeakReport(title, { ...describe(sources, census, left), kept, examples });
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
  #newObjects(census: Census, { handles, references }: Left): KeptObjects[] {
    const left = [...new Set([...handles.keys(), ...references.keys()])].filter((at) => this.#isNew(census, at));
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

  /** Why one new object of each type that is kept is alive. */
  #examples(census: Census, left: Left, kept: readonly KeptObjects[]): LeakExample[] {
    const { graph } = census;
    return kept.slice(0, MOST_EXAMPLES).flatMap(({ type }) => {
      const address = census.addresses.find(
        (at) =>
          graph.typeName(at) === type && this.#isNew(census, at) && !left.handles.has(at) && !left.references.has(at),
      );
      const path = address === undefined ? null : shortestPath(graph, address, false);
      return address === undefined || path === null ? [] : [{ type, address, path: path.toString() }];
    });
  }
}

function totalsOf(census: Census): [string, KeptObjects][] {
  return byType(census, census.addresses).map((row) => [row.type, row]);
}
