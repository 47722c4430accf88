// The program of the demo: a shop with a tree of articles, orders that come and go, visitors who know each other, and figures that are kept
// for a while. What it does at a position depends on nothing but the position and what it did before.

import type { Deque } from "../../deque.js";
import type { Dict } from "../../dict.js";
import type { Heap } from "../../heap.js";
import type { Instance, StructType } from "../../structtype.js";

const ARTICLE = { key: "u32", price: "f64", left: "self", right: "self", about: "ref" } as const;
const VISITOR = { number: "u32", met: "self", guide: "self", basket: "ref", article: "weak" } as const;
const GUEST = { number: "u32", visitor: "ref" } as const;
type Article = Instance<typeof ARTICLE>;

/** Operations of the demo in all, and of one season of the shop: half of it the stock grows, then it shrinks. */
export const DEMO_LENGTH = 12_000;
const SEASON = 4_000;

/** Articles have keys below this. */
const KEYS = 1 << 16;
/** Articles of a delivery, and orders of one customer. */
const DELIVERY = 24;
const ORDERS = 8;
/** Months that figures are kept. */
const FIGURES_KEPT = 24;

/** What there is to do; how often each, of 100, while the stock grows, and while it shrinks. */
const WORK = [
  ["stock a delivery", 30, 4],
  ["clear a shelf", 2, 16],
  ["take orders", 24, 6],
  ["fill orders", 6, 28],
  ["let visitors come and go", 24, 26],
  ["look something up", 8, 12],
  ["write down the figures of a month", 4, 6],
] as const;
type Work = (typeof WORK)[number][0];

/** Operations at which everything is collected at once, as at the end of a day. */
const COLLECTIONS_EVERY = 2_000;

export class DemoProgram {
  readonly #heap: Heap;
  readonly #Article: StructType<typeof ARTICLE>;
  readonly #Visitor: StructType<typeof VISITOR>;
  readonly #Guest: StructType<typeof GUEST>;

  /** On a heap that was just made. */
  constructor(heap: Heap) {
    this.#heap = heap;
    this.#Article = heap.struct("Article", ARTICLE);
    this.#Visitor = heap.struct("Visitor", VISITOR);
    this.#Guest = heap.struct("Guest", GUEST, { finalize: () => this.#countGuest() });
    heap.scope(() => {
      heap.globals.set("articles", null);
      heap.globals.set("orders", heap.dict());
      heap.globals.set("log", heap.deque([], { maxLength: 300 }));
      heap.globals.set("figures", heap.deque([], { maxLength: FIGURES_KEPT }));
      heap.globals.set("guests gone", 0);
    });
  }

  /** Does what there is to do at a position. Nothing is left in quick lists, so that who looks at the pools changes nothing. */
  run(position: number): void {
    this.#heap.scope(() => this.#do(position));
    if (isEndOfDay(position)) this.#heap.gc.collect();
    this.#heap.core.drain();
  }

  /** What `run` will do, in words. */
  static describe(position: number): string {
    return isEndOfDay(position) ? `${workAt(position)}, then collect everything` : workAt(position);
  }

  #do(position: number): void {
    const chance = hash(position);
    const work = workAt(position);
    if (work === "stock a delivery") this.#stock(position);
    else if (work === "clear a shelf") this.#clear(chance % KEYS);
    else if (work === "take orders") this.#order(position, chance);
    else if (work === "fill orders") this.#fill(chance);
    else if (work === "let visitors come and go") this.#visit(position, chance);
    else if (work === "look something up") this.#lookUp(chance % KEYS, position);
    else this.#writeFigures(chance);
  }

  #stock(position: number): void {
    for (let n = 0; n < DELIVERY; n++) {
      const key = hash(position * DELIVERY + n) % KEYS;
      const name = `article ${key}`;
      const about = key % 3 === 0 ? { name, tags: ["new", `shelf ${key % 90}`] } : name;
      this.#plant(new this.#Article({ key, price: key / 100, about }));
    }
  }

  #plant(article: Article): void {
    const { globals } = this.#heap;
    const root = globals.get("articles") as Article | null;
    if (root === null) {
      globals.set("articles", article);
      return;
    }
    for (let at = root; ; ) {
      const side = article.key < at.key ? "left" : "right";
      const next: Article | null = at[side];
      if (next === null) {
        at[side] = article;
        return;
      }
      at = next;
    }
  }

  /** Takes out a branch somewhere below the articles that the key leads past. */
  #clear(key: number): void {
    let at = this.#heap.globals.get("articles") as Article | null;
    for (let depth = 5 + (key % 6); at !== null; depth--) {
      const side = key < at.key ? "left" : "right";
      const next: Article | null = at[side];
      if (depth <= 0) at[side] = null;
      at = depth <= 0 ? null : next;
    }
  }

  #order(position: number, chance: number): void {
    const orders = this.#heap.globals.get("orders") as Dict;
    for (let n = 0; n < ORDERS; n++) {
      const count = 1 + ((chance >>> n) % 6);
      const lines = Array.from({ length: count }, (_, line) => ({
        article: (chance >>> line) % KEYS,
        pieces: line + 1,
      }));
      const customer = `customer ${(chance + n) % 500}`;
      orders.set(`order ${position}.${n}`, { customer, lines, total: (chance % 10_000) / 100 });
    }
    const log = this.#heap.globals.get("log") as Deque;
    log.push(`${ORDERS} orders came in at ${position}`);
  }

  /** The oldest orders go. */
  #fill(chance: number): void {
    const orders = this.#heap.globals.get("orders") as Dict;
    const oldest: string[] = [];
    for (const [key] of orders) {
      oldest.push(String(key));
      if (oldest.length === ORDERS + (chance % 4)) break;
    }
    for (const key of oldest) orders.delete(key);
  }

  /** Three visitors who know each other: when they leave, only a collection finds them. Some bring a guest, whose end is noted. */
  #visit(position: number, chance: number): void {
    const article = this.#heap.globals.get("articles");
    const first = new this.#Visitor({ number: position, article: article as Article | null });
    const second = new this.#Visitor({ number: position, met: first, basket: [chance % KEYS, (chance * 7) % KEYS] });
    first.met = new this.#Visitor({ number: position, met: second, guide: first });
    if (chance % 8 !== 0) return;
    second.basket = new this.#Guest({ number: position, visitor: first });
    this.#heap.globals.set("last visitor", first);
  }

  #lookUp(key: number, position: number): void {
    let steps = 0;
    let at = this.#heap.globals.get("articles") as Article | null;
    for (; at !== null && at.key !== key; steps++) at = key < at.key ? at.left : at.right;
    const log = this.#heap.globals.get("log") as Deque;
    log.push(`${position}: ${steps} steps to ${at === null ? "nothing" : "the article"}`);
  }

  #writeFigures(chance: number): void {
    const figures = this.#heap.globals.get("figures") as Deque;
    const days = this.#heap.array("f64", 200 + (chance % 9_000));
    figures.push(days);
  }

  #countGuest(): void {
    const { globals } = this.#heap;
    globals.set("guests gone", Number(globals.get("guests gone")) + 1);
  }
}

function isEndOfDay(position: number): boolean {
  return position % COLLECTIONS_EVERY === COLLECTIONS_EVERY - 1;
}

function workAt(position: number): Work {
  const grows = position % SEASON < SEASON / 2;
  let left = hash(position ^ 0x5eed) % 100;
  for (const [work, growing, shrinking] of WORK) {
    left -= grows ? growing : shrinking;
    if (left < 0) return work;
  }
  return "look something up";
}

/** A number of 32 bits that has nothing to do with its neighbours' (the finalizer of MurmurHash3, Appleby, 2008). */
function hash(position: number): number {
  let bits = position + 0x9e3779b9;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
