// What is written into blocks on the map: types and contents of objects, kept for as long as their pool stays the same.

import { POOL_BYTES } from "../../layout.js";
import { HOLDS_BLOCKS } from "../model/pages.js";
import type { Session } from "../model/session.js";
import { shortHex } from "./format.js";
import { PAGES_PER_TILE } from "./tiling.js";

/** Pools that are kept. */
const KEPT = 64;

interface PoolNotes {
  readonly changed: number;
  readonly lines: ReadonlyMap<number, readonly string[]>;
}

export class Notes {
  readonly #session: Session;
  readonly #onRead: () => void;
  readonly #pools = new Map<number, PoolNotes>();
  readonly #asked = new Set<number>();

  /** `onRead` is called when there is something new to be drawn. */
  constructor(session: Session, onRead: () => void) {
    this.#session = session;
    this.#onRead = onRead;
  }

  /** The lines of a block in use: what it is, its address, what is in it. */
  linesOf(page: number, block: number, size: number): readonly string[] {
    const address = shortHex(page * POOL_BYTES + block * size);
    if (this.#session.map.holds[page] === HOLDS_BLOCKS) return [`${size} B`, address];
    const changed = this.#session.map.changed[Math.floor(page / PAGES_PER_TILE)] ?? 0;
    const known = this.#pools.get(page);
    if (known?.changed !== changed) this.#ask(page, size, changed);
    return known?.lines.get(block) ?? ["object", address];
  }

  #ask(page: number, size: number, changed: number): void {
    if (this.#asked.has(page)) return;
    this.#asked.add(page);
    const session = this.#session;
    session
      .look(() => session.browser.ofPool(page))
      .then((rows) => {
        const lines = new Map<number, readonly string[]>();
        for (const { address, typeName, label } of rows) {
          const block = Math.floor((address - page * POOL_BYTES) / size);
          lines.set(block, [typeName, shortHex(address), label]);
        }
        if (this.#pools.size >= KEPT) this.#pools.clear();
        this.#pools.set(page, { changed, lines });
        this.#onRead();
      })
      .catch(() => this.#pools.set(page, { changed, lines: new Map() }))
      .finally(() => this.#asked.delete(page));
  }
}
