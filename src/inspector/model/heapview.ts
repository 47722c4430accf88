// What all sessions have in common: the maps of a heap, read frame by frame, and what is made of them.

import { ObjectGraph } from "../../graph/objectgraph.js";
import { type Heap, partsOf } from "../../heap.js";
import { G_COLLECTING, G_DEPTH, GC } from "../../layout.js";
import type { HeapMemory } from "../../memory.js";
import type { Parts } from "../../parts.js";
import type { ObjectBrowser } from "./browser.js";
import { Census } from "./census.js";
import { CollectionList } from "./collections.js";
import { LargeMap } from "./largemap.js";
import { blockNumbers, collectorNumbers, mallocNumbers, usageNumbers } from "./numbers.js";
import { SessionBrowser } from "./objectbrowser.js";
import { placeIn } from "./places.js";
import { PoolMap } from "./poolmap.js";
import { Residents } from "./residents.js";
import { GrowingSeries } from "./series.js";
import type { Numbers, Place, Player, Session, SessionKind, SessionState } from "./session.js";

/** Milliseconds of a frame that are left for counting objects, however long it took to play; and those that it may take while things happen. */
const COUNTING_LEAST = 1;
const COUNTING_MOST = 2;
/** Milliseconds between two counts while things happen. */
const COUNTING_REST = 300;

/** What takes long is done again after so many times as long. */
const REST = 20;

/** A heap that nobody looks into yet: all numbers are 0. */
const NOTHING: Numbers = {
  malloc: {
    classes: [],
    arenas: { allocated: 0, reclaimed: 0, highWater: 0, current: 0, bytes: 0 },
    ledger: { allocated: 0, available: 0, unusedPools: 0, lentPools: 0, poolHeaders: 0, quantization: 0, total: 0 },
    large: { blocks: 0, bytes: 0, free: 0 },
  },
  usage: { reserved: 0, arenas: 0, large: 0, live: 0, own: 0, peak: 0 },
  blocks: 0,
  gc: {
    enabled: false,
    count: [0, 0, 0],
    threshold: [0, 0, 0],
    objects: [0, 0, 0],
    frozen: 0,
    stats: [none(), none(), none()],
  },
  types: [],
  counting: true,
  handles: null,
};

function none() {
  return { collections: 0, candidates: 0, collected: 0, uncollectable: 0, duration: 0 };
}

export abstract class HeapView implements Session {
  readonly kind: SessionKind;
  readonly name: string;
  readonly map = new PoolMap();
  readonly large = new LargeMap();
  readonly collections = new CollectionList();
  readonly series: GrowingSeries;
  readonly browser: ObjectBrowser;
  readonly player: Player | null = null;
  readonly #census = new Census();
  #numbers = NOTHING;
  /** What the maps, and the numbers, were read at. */
  #mapped = -1;
  /** When it is time for large blocks, and for totals, again, in milliseconds of performance.now(). */
  #largeAgain = 0;
  #numbersAgain = 0;
  #counted = -1;
  #graph: { readonly revision: number; readonly graph: ObjectGraph } | null = null;

  constructor(kind: SessionKind, name: string) {
    this.kind = kind;
    this.name = name;
    this.series = new GrowingSeries(kind === "heap" ? "milliseconds" : "operations");
    const view = this;
    this.browser = new SessionBrowser({
      get revision() {
        return view.browsedRevision;
      },
      isLive: kind === "heap",
      parts: () => view.settled(),
      graph: () => view.graph(),
      residents: () => view.#residents(),
    });
  }

  abstract readonly heap: Heap;
  abstract readonly state: SessionState;
  abstract readonly stateText: string;
  abstract close(): void;
  abstract look<T>(body: () => T): Promise<T>;

  /** Why the heap could not be read, until its totals could be summed up again; null if it can. */
  protected failure: string | null = null;

  /** Calls `body`; what it throws is not the frame's business but that of `failure`. */
  protected trying(body: () => void): void {
    try {
      body();
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  /** Another number whenever the heap may be another. */
  protected abstract readonly revision: number;
  /** The same for objects and what is in them; changes that the maps do not show count too. */
  protected get browsedRevision(): number {
    return this.revision;
  }

  /** The same for maps and totals, where it takes a reading to tell. */
  protected get mapRevision(): number {
    return this.revision;
  }

  /** The heap can be read at this moment. */
  protected get canRead(): boolean {
    return this.state === "ready";
  }

  /** The memory that the maps are drawn from. Nothing of it is changed. */
  protected abstract readonly shown: HeapMemory;
  /** The heap to look into, drained. @throws HeapError when it cannot be read */
  protected abstract settled(): Parts;

  frame(budgetMs: number): void {
    const deadline = performance.now() + budgetMs;
    this.player?.advance(budgetMs / 2);
    if (!this.canRead) return;
    if (this.#moves) this.skimMaps();
    else this.readMaps();
    this.countTypes(deadline);
  }

  numbers(): Numbers {
    if (this.canRead && this.#counted !== this.mapRevision) this.trying(() => this.#renewNumbers());
    return { ...this.#numbers, types: this.#census.types, counting: !this.isCounted };
  }

  graph(): ObjectGraph {
    const revision = this.browsedRevision;
    if (this.#graph?.revision !== revision) this.#graph = { revision, graph: new ObjectGraph(this.settled()) };
    return this.#graph.graph;
  }

  placeAt(address: number): Place {
    if (!this.canRead) return placeIn(this.map, this.large, null, address);
    this.readMaps();
    const found = placeIn(this.map, this.large, this.shown, address);
    if (!found.used || (found.kind !== "block" && found.kind !== "large")) return found;
    const object = this.#residents().at(address);
    if (object === 0) return found;
    const label = this.isBusy ? this.settled().objects.typeNameAt(object) : this.graph().label(object);
    return { ...found, object, text: `${label} — ${found.text}` };
  }

  blocksOf(page: number, into: Uint8Array): number {
    return this.canRead ? this.map.blocks(this.shown, page, into) : 0;
  }

  /** Reads the maps, exactly, if the heap may be another than when they were read last. */
  protected readMaps(): void {
    if (this.#mapped === this.mapRevision) return;
    this.#mapped = this.mapRevision;
    this.map.read(this.shown, Number.POSITIVE_INFINITY);
    this.large.read(this.shown, this.map);
  }

  /** Reads the maps while things happen: what takes long is not done in every frame. */
  protected skimMaps(): void {
    if (this.#mapped === this.mapRevision) return;
    this.map.read(this.shown);
    const start = performance.now();
    if (start < this.#largeAgain) return;
    this.large.read(this.shown, this.map);
    const end = performance.now();
    this.#largeAgain = end + (end - start) * REST;
  }

  /** All objects of this revision have been counted. */
  protected get isCounted(): boolean {
    return this.#census.isAsOf(this.revision);
  }

  /** Counts objects until `deadline`, if there are any to be counted. The maps must be as of now. */
  protected countTypes(deadline: number): void {
    if (this.isCounted) return;
    const now = performance.now();
    let end = Math.max(deadline, now + COUNTING_LEAST);
    if (this.#moves) {
      if (this.#census.isResting(COUNTING_REST)) return;
      end = Math.min(end, now + COUNTING_MOST);
    }
    this.#census.advance(partsOf(this.heap).objects, this.map, this.large, this.revision, end);
  }

  /** The maps of the heap that is looked into, and the numbers that they add up to. */
  protected settledMaps(_parts: Parts): { map: PoolMap; large: LargeMap } {
    this.#mapped = -1;
    this.readMaps();
    return { map: this.map, large: this.large };
  }

  /** Handles that somebody has; null if that says nothing. */
  protected handlesOf(_parts: Parts): number | null {
    return null;
  }

  /** A finalizer, a callback or a collection is under way, so that there are objects that are half dead. */
  protected get isBusy(): boolean {
    const { shown } = this;
    return shown.word(GC + G_DEPTH) !== 0 || shown.word(GC + G_COLLECTING) !== 0;
  }

  /** Things happen in it: it is played, or it is the program's. */
  get #moves(): boolean {
    return this.player === null ? this.kind === "heap" : this.player.playing || this.player.seeking;
  }

  #renewNumbers(): void {
    const start = performance.now();
    if (this.player !== null && this.#moves && start < this.#numbersAgain) return;
    this.#numbers = this.#readNumbers();
    this.failure = null;
    const end = performance.now();
    this.#numbersAgain = end + (end - start) * REST;
  }

  #readNumbers(): Numbers {
    const parts = this.settled();
    const { map, large } = this.settledMaps(parts);
    const { memory } = parts.engine;
    this.#counted = this.mapRevision;
    const malloc = mallocNumbers(memory, map, large);
    return {
      malloc,
      usage: usageNumbers(memory, malloc, large),
      blocks: blockNumbers(memory, malloc),
      gc: collectorNumbers(parts),
      types: [],
      counting: true,
      handles: this.handlesOf(parts),
    };
  }

  #residents(): Residents {
    this.readMaps();
    return new Residents(this.settled().engine, this.map, this.large);
  }
}
