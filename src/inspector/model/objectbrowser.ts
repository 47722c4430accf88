// The browser of one session's objects.

import { hex, type ObjectAddress } from "../../address.js";
import { WEAK } from "../../graph/links.js";
import { kindOfLink, type ObjectGraph } from "../../graph/objectgraph.js";
import { shortestPath } from "../../graph/path.js";
import { countedObjects, isImmortal } from "../../graph/population.js";
import { retainedSizes } from "../../graph/retained.js";
import { visitRoots } from "../../graph/roots.js";
import {
  G_YOUNG_START,
  GC,
  GC_BYTES,
  GC0,
  O_TYPE,
  PLACE_NONE,
  PLACE_OLD,
  PLACE_SHIFT,
  PLACE_YOUNG,
  T_TRACKED,
} from "../../layout.js";
import type { Parts } from "../../parts.js";
import type { Link, ListOrder, ObjectBrowser, ObjectDetails, ObjectRow, Page, Search } from "./browser.js";
import { ObjectSearch, rowOf } from "./objectsearch.js";
import { isObjectAt, type Residents } from "./residents.js";

/** What the browser looks at. */
interface Browsed {
  /** Another number whenever the heap may be another. */
  readonly revision: number;
  /** The program goes on while somebody looks. */
  readonly isLive: boolean;
  parts(): Parts;
  graph(): ObjectGraph;
  /** By the maps as they were read last. */
  residents(): Residents;
}

/** What was found out about all objects together, at some revision. */
interface Found {
  readonly revision: number;
  readonly graph: ObjectGraph;
  /** All of them; null before anybody wants to know. */
  addresses: Uint32Array | null;
  /** Lists that were asked for, by type and order. */
  readonly lists: Map<string, Uint32Array>;
  retained: Float64Array | null;
}

/** What a walk over the whole heap has found for one object. */
interface Kept {
  readonly of: ObjectAddress;
  readonly revision: number;
  readonly value: unknown;
  /** In a heap that works, it is good until then, in milliseconds of performance.now(). */
  readonly until: number;
}

/** What takes long is done again after so many times as long. */
const REST = 20;

export class SessionBrowser implements ObjectBrowser {
  readonly #browsed: Browsed;
  #found: Found | null = null;
  /** By what was asked for. */
  readonly #kept = new Map<string, Kept>();

  constructor(browsed: Browsed) {
    this.#browsed = browsed;
  }

  list(typeId: number | null, start: number, count: number, order: ListOrder = "address"): Page<ObjectRow> {
    const found = this.#now();
    const addresses = this.#listed(found, typeId, order);
    const rows = [...addresses.subarray(start, start + count)].map((address) => rowOf(found.graph, address));
    return { items: rows, start, total: addresses.length };
  }

  ofPool(page: number): readonly ObjectRow[] {
    const { graph } = this.#now();
    const { engine } = this.#browsed.parts();
    const rows: ObjectRow[] = [];
    this.#browsed.residents().inPage(page, (object) => {
      if (isObjectAt(engine, object)) rows.push(rowOf(graph, object));
    });
    return rows;
  }

  at(address: number): ObjectRow | null {
    const { graph } = this.#now();
    const object = isImmortal(address) ? 0 : this.#browsed.residents().at(address);
    return object === 0 ? null : rowOf(graph, object);
  }

  details(address: ObjectAddress): ObjectDetails {
    const { graph } = this.#now();
    this.#requireObject(address);
    const parts = this.#browsed.parts();
    const roots: string[] = [];
    visitRoots(parts, (group, name, to) => {
      if (to === address) roots.push(name === group ? group : name);
    });
    return {
      ...rowOf(graph, address),
      count: isImmortal(address) ? Number.POSITIVE_INFINITY : graph.count(address),
      generation: generationOf(parts, address),
      scalars: graph.scalars(address).map(([name, value]) => [name, textOf(value)] as const),
      roots,
    };
  }

  referents(address: ObjectAddress, start: number, count: number): Page<Link> {
    const { graph } = this.#now();
    this.#requireObject(address);
    const items: Link[] = [];
    let total = 0;
    graph.links(address, (link, label, to) => {
      const index = total++;
      if (index < start || index >= start + count) return;
      items.push(linkOf(graph, address, link, label, to));
    });
    return { items, start, total };
  }

  referrers(address: ObjectAddress, start: number, count: number): Page<Link> {
    const links = this.#slowly("referrers", address, (found) => referrersOf(found.graph, this.#all(found), address));
    return { items: links.slice(start, start + count), start, total: links.length };
  }

  retained(address: ObjectAddress): number {
    return this.#slowly("retained", address, (found) => {
      found.retained ??= retainedSizes(found.graph).sizes;
      return found.retained[found.graph.numberOf(address)] ?? 0;
    });
  }

  path(address: ObjectAddress): readonly string[] {
    return this.#slowly("path", address, ({ graph }) => {
      const path = shortestPath(graph, address, false);
      return path === null ? [] : path.toString().split("\n");
    });
  }

  search(query: string): Search {
    const found = this.#now();
    const { graph } = found;
    const text = query.trim();
    const { engine } = this.#browsed.parts();
    const isObject = (address: number) => isObjectAt(engine, address);
    if (/^(0x[0-9a-f]+|\d{5,})$/i.test(text)) {
      const row = this.at(Number(text));
      // A number may be one in a text as well.
      const rest = row !== null || text.startsWith("0x") ? new Uint32Array(0) : this.#all(found);
      return new ObjectSearch(graph, rest, text, row === null ? [] : [row], isObject);
    }
    return new ObjectSearch(graph, this.#all(found), text, [], isObject);
  }

  /** What `walk` finds for an object; or has found, if that was just now. */
  #slowly<T>(what: string, address: ObjectAddress, walk: (found: Found) => T): T {
    const { revision, isLive } = this.#browsed;
    const start = performance.now();
    this.#requireObject(address);
    const kept = this.#kept.get(what);
    if (kept?.of === address && (kept.revision === revision || (isLive && start < kept.until))) return kept.value as T;
    const value = walk(this.#now());
    const end = performance.now();
    this.#kept.set(what, { of: address, revision, value, until: end + (end - start) * REST });
    return value;
  }

  #now(): Found {
    const { revision } = this.#browsed;
    if (this.#found?.revision !== revision) {
      const graph = this.#browsed.graph();
      this.#found = { revision, graph, addresses: null, lists: new Map(), retained: null };
    }
    return this.#found;
  }

  #all(found: Found): Uint32Array {
    found.addresses ??= countedObjects(this.#browsed.parts().objects);
    return found.addresses;
  }

  #listed(found: Found, typeId: number | null, order: ListOrder): Uint32Array {
    const name = `${typeId} ${order}`;
    let addresses = found.lists.get(name);
    if (addresses === undefined) {
      const { graph } = found;
      const all = this.#all(found);
      if (order === "size") addresses = largestFirst(graph, this.#listed(found, typeId, "address"));
      else addresses = typeId === null ? all : all.filter((address) => graph.typeId(address) === typeId);
      found.lists.set(name, addresses);
    }
    return addresses;
  }

  #requireObject(address: ObjectAddress): void {
    if (isImmortal(address) || isObjectAt(this.#browsed.parts().engine, address)) return;
    throw new RangeError(`no object lives at ${hex(address)} any more`);
  }
}

function linkOf(graph: ObjectGraph, from: ObjectAddress, link: number, label: number, other: ObjectAddress): Link {
  const name = graph.nameOfLink(from, link, label);
  const kind = kindOfLink(link, label);
  return { kind, name: kind === "element" ? `[${name}]` : String(name), row: rowOf(graph, other) };
}

/** Those of the same size in the order in which they were. */
function largestFirst(graph: ObjectGraph, addresses: Uint32Array): Uint32Array {
  const sizes = Float64Array.from(addresses, (address) => graph.size(address));
  const order = Uint32Array.from(addresses.keys());
  order.sort((a, b) => (sizes[b] as number) - (sizes[a] as number) || a - b);
  return order.map((index) => addresses[index] as number);
}

/** The references to an object, weak ones last. */
function referrersOf(graph: ObjectGraph, addresses: Uint32Array, target: ObjectAddress): Link[] {
  const strong: Link[] = [];
  const weak: Link[] = [];
  for (const address of addresses) {
    graph.links(address, (link, label, to) => {
      if (to !== target) return;
      const found = { ...linkOf(graph, address, link, label, to), row: rowOf(graph, address) };
      (link >= WEAK ? weak : strong).push(found);
    });
  }
  return [...strong, ...weak];
}

/** Where the collector has an object. */
function generationOf({ engine: { memory } }: Parts, address: ObjectAddress): ObjectDetails["generation"] {
  if (isImmortal(address) || (memory.word(address + O_TYPE) & T_TRACKED) === 0) return "untracked";
  const place = memory.word(address - GC_BYTES + GC0) >>> PLACE_SHIFT;
  if (place === PLACE_NONE) return "untracked";
  if (place < PLACE_OLD) return "frozen";
  if (place < PLACE_YOUNG) return 2;
  return place - PLACE_YOUNG < memory.word(GC + G_YOUNG_START) ? 1 : 0;
}

function textOf(value: string | number | bigint | boolean): string {
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}
