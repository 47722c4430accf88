// A worker that attaches to the heap of a page and does what it is told.
import { Heap, type HeapShare, type List } from "arenaria";

export interface Order {
  share: HeapShare;
  /** Fill what is shared; hold the lock until `signal` is set; the same in a finalizer, in the middle of the core. */
  task: "fill" | "hold" | "hold in the core";
  /** This worker's. */
  number: number;
  rounds: number;
  signal: Int32Array<SharedArrayBuffer>;
}

/** What a worker posts when it has done its task; before, it posts "holding" if that is its task. */
export interface Done {
  collected: number;
  handles: number;
}

/** Records of which each round leaves a ring behind. */
const LINK = { round: "u32", next: "ref" } as const;

/** Each round puts a number and a text into what is shared, and leaves garbage. */
function fill(heap: Heap, { number, rounds }: Order): Done {
  const Link = heap.gil.run(() => heap.struct("Link", LINK));
  let collected = 0;
  for (let round = 1; round <= rounds; round++) {
    heap.gil.run(() =>
      heap.scope(() => {
        const first = new Link({ round });
        first.next = new Link({ round, next: first });
        listOf(heap, "numbers").push(round);
        listOf(heap, "texts").push(`${number}: round ${round} …`);
      }),
    );
    if (round % 10 === 0) collected += heap.gil.run(() => heap.gc.collect());
  }
  return heap.gil.run(() => ({ collected, handles: heap.handleCount }));
}

function listOf(heap: Heap, name: string): List {
  return heap.globals.get(name) as List;
}

/** Says so, and waits until the page lets this thread go on, which may be never. */
function hold(signal: Order["signal"]): void {
  postMessage("holding");
  Atomics.wait(signal, 0, 0);
}

self.onmessage = async ({ data }: MessageEvent<Order>) => {
  const heap = await Heap.attach(data.share);
  if (data.task === "fill") postMessage(fill(heap, data));
  if (data.task === "hold") {
    heap.gil.run(() => hold(data.signal));
    postMessage({ collected: 0, handles: heap.gil.run(() => heap.handleCount) } satisfies Done);
  }
  if (data.task === "hold in the core") {
    heap.gil.run(() => {
      const Last = heap.struct("Last", { id: "u32" }, { finalize: () => hold(data.signal) });
      new Last({ id: 1 }).release();
    });
  }
};
