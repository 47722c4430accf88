// A search through all objects, in slices.

import type { ObjectGraph } from "../../graph/objectgraph.js";
import type { ObjectRow, Search } from "./browser.js";

/** As many objects are kept. */
const FOUND_MAX = 500;
/** Objects between two looks at the clock. */
const AT_ONCE = 64;

export class ObjectSearch implements Search {
  readonly found: ObjectRow[];
  readonly #graph: ObjectGraph;
  readonly #addresses: Uint32Array;
  readonly #text: string;
  readonly #isObject: (address: number) => boolean;
  #at = 0;

  /**
   * Looks for `text` in type names and labels of objects, whatever case it is in; `found` was found already. Objects may die between two slices:
   * `isObject` tells which are there still.
   */
  constructor(
    graph: ObjectGraph,
    addresses: Uint32Array,
    text: string,
    found: ObjectRow[],
    isObject: (address: number) => boolean,
  ) {
    this.#graph = graph;
    this.#isObject = isObject;
    this.#addresses = text === "" ? new Uint32Array(0) : addresses;
    this.#text = text.toLowerCase();
    this.found = found;
  }

  get done(): boolean {
    return this.#at >= this.#addresses.length || this.found.length >= FOUND_MAX;
  }

  get progress(): number {
    return this.done ? 1 : this.#at / this.#addresses.length;
  }

  advance(budgetMs: number): boolean {
    const deadline = performance.now() + budgetMs;
    while (!this.done && (this.#at % AT_ONCE !== 0 || performance.now() < deadline)) this.#look();
    return this.done;
  }

  #look(): void {
    const graph = this.#graph;
    const address = this.#addresses[this.#at++] as number;
    if (!this.#isObject(address)) return;
    const typeName = graph.typeName(address);
    const label = graph.label(address);
    if (!typeName.toLowerCase().includes(this.#text) && !label.toLowerCase().includes(this.#text)) return;
    this.found.push({ address, typeId: graph.typeId(address), typeName, label, bytes: graph.size(address) });
  }
}
