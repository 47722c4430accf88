// What a page does with a heap that it shares with workers.
import { Heap, HeapError, type UnraisableEvent } from "arenaria";
import type { Done, Order } from "./attacher.js";

export interface Shared {
  /** How many of each number the list has: one for each worker. */
  counts: number[];
  texts: number;
  /** What the collections of the workers freed. */
  collected: number;
  handles: number[];
  switched: boolean;
  blocksLeft: number;
}

export interface Ended {
  /** Codes of what the page heard through onUnraisable. */
  heard: string[];
  messages: string[];
  /** What the page got of the lock afterwards: a number, or the code of an error. */
  afterwards: number | string;
}

const WORKERS = 2;
const ROUNDS = 200;

function codeOf(error: unknown): string {
  return error instanceof HeapError ? error.code : String(error);
}

/** A worker that has attached, and what it posts, in order. */
class Attached {
  readonly worker = new Worker("/bundle/attacher.js", { type: "module" });
  readonly #posts: unknown[] = [];
  #wake: () => void = () => {};
  #failure: Error | undefined;

  constructor(order: Order) {
    this.worker.onmessage = ({ data }) => {
      this.#posts.push(data);
      this.#wake();
    };
    this.worker.onerror = ({ message }) => {
      this.#failure = new Error(`worker: ${message}`);
      this.#wake();
    };
    this.worker.addEventListener("messageerror", () => {
      this.#failure = new Error("worker: a message could not be read");
      this.#wake();
    });
    this.worker.postMessage(order);
  }

  async next<T>(): Promise<T> {
    while (this.#posts.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#posts.shift() as T;
  }
}

function order(heap: Heap, task: Order["task"], number = 1): Order {
  return { share: heap.share(), task, number, rounds: ROUNDS, signal: new Int32Array(new SharedArrayBuffer(4)) };
}

/** Two workers fill one heap, and the page reads it without ever blocking. */
async function share(): Promise<Shared> {
  const heap = await Heap.create({ shared: true, initialMemory: 1 << 20 });
  const blocksBefore = await heap.gil.runAsync(() => {
    heap.struct("Link", { round: "u32", next: "ref" });
    heap.globals.set("numbers", null);
    heap.globals.set("texts", null);
    const blocks = heap.sys.getAllocatedBlocks();
    heap.globals.set("numbers", []);
    heap.globals.set("texts", []);
    return blocks;
  });
  const workers = Array.from({ length: WORKERS }, (_, n) => new Attached(order(heap, "fill", n + 1)));
  const done = await Promise.all(workers.map((worker) => worker.next<Done>()));
  const found = await heap.gil.runAsync(() => {
    heap.verify();
    const { numbers, texts } = heap.toJS(heap.globals) as { numbers: number[]; texts: string[] };
    const counts = new Array<number>(ROUNDS).fill(0);
    for (const number of numbers) counts[number - 1] = (counts[number - 1] ?? 0) + 1;
    heap.globals.set("numbers", null);
    heap.globals.set("texts", null);
    const collected = heap.gc.collect();
    return {
      counts,
      texts: new Set(texts).size,
      collected: collected + done.reduce((sum, each) => sum + each.collected, 0),
      handles: [...done.map(({ handles }) => handles), heap.handleCount],
      switched: heap.gil.switches > 0,
      blocksLeft: heap.sys.getAllocatedBlocks() - blocksBefore,
    };
  });
  for (const { worker } of workers) worker.terminate();
  return found;
}

/** What `acquire` throws here while a worker has the lock, and what `runAsync` returns when it has let go. */
async function acquireWhileHeld(): Promise<[acquired: string, afterwards: number]> {
  const heap = await Heap.create({ shared: true });
  const given = order(heap, "hold");
  const attached = new Attached(given);
  await attached.next();
  let acquired = "nothing";
  try {
    heap.gil.acquire();
  } catch (error) {
    acquired = codeOf(error);
  }
  const later = heap.gil.runAsync(() => heap.list([1, 2, 3]).length);
  Atomics.store(given.signal, 0, 1);
  Atomics.notify(given.signal, 0);
  const afterwards = await later;
  attached.worker.terminate();
  return [acquired, afterwards];
}

/** A worker is terminated while it holds the lock; in the middle of the core, or not. */
async function terminate(task: "hold" | "hold in the core"): Promise<Ended> {
  const events: UnraisableEvent[] = [];
  const heap = await Heap.create({ shared: true, onUnraisable: (event) => events.push(event) });
  const attached = new Attached(order(heap, task));
  await attached.next();
  const later = heap.gil.runAsync(() => {
    heap.verify();
    return heap.list([1, 2, 3, 4]).length;
  });
  attached.worker.terminate();
  const afterwards = await later.catch(codeOf);
  return {
    heard: events.map(({ error }) => codeOf(error)),
    messages: events.map(({ error }) => String(error)),
    afterwards,
  };
}

/** What `Heap.create({ shared: true })` throws in a page that has no shared memory. */
async function refused(): Promise<[code: string, message: string]> {
  try {
    await Heap.create({ shared: true });
  } catch (error) {
    return [codeOf(error), error instanceof Error ? error.message : ""];
  }
  return ["none", ""];
}

/** Images in base64, which is what a test can pass to a page and back in no time. */
const images = {
  /** An image of a heap made here. */
  async snapshot(): Promise<string> {
    const heap = await Heap.create();
    heap.globals.set("plain", {
      text: "Grüße, 世界",
      numbers: [1, -2.5, 2n ** 70n],
      nested: new Map([[1, [true, null]]]),
    });
    return toText(heap.snapshot());
  },
  /** What an image made elsewhere holds, and the image of the heap made of it. */
  async restore(image: string): Promise<[plain: string, again: string]> {
    const heap = await Heap.restore(Uint8Array.from(atob(image), (character) => character.charCodeAt(0)));
    heap.verify();
    return [showPlain(heap.toJS(heap.globals)), toText(heap.snapshot())];
  },
};

function toText(image: Uint8Array): string {
  let text = "";
  for (const byte of image) text += String.fromCharCode(byte);
  return btoa(text);
}

function showPlain(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "bigint") return `${item}n`;
    return item instanceof Map ? [...item] : item;
  });
}

export const threads = { share, acquireWhileHeld, terminate, refused, images };

Object.assign(window, { threads });
