// A thread that has a tree with others: see crowd.ts.

import type { Heap, List } from "arenaria";
import { type Signals, serveCrew } from "../threads/crew.js";
import { Held } from "../threads/held.js";
import { LOG, type TreeAnswer, type TreeJob, type WatchSample } from "./crowd.js";
import { ROOT } from "./image.js";
import { defineSyntaxNode, type SyntaxNodeType } from "./records.js";

/** Nodes between two checkpoints. */
const STRIDE = 64;

await serveCrew<TreeJob, TreeAnswer>((heap, job, signals) => {
  return job.kind === "move" ? mover(heap, job.passes, job.kinds) : watcher(heap, signals, job.pause);
});

/** Goes through the tree so many times, and each time moves all of it on by one character. */
function mover(heap: Heap, passes: number, kinds: number): () => TreeAnswer {
  const { gil } = heap;
  const tally = new Array<number>(kinds).fill(0);
  const { SyntaxNode, root, log } = gil.run(() => ({
    SyntaxNode: defineSyntaxNode(heap),
    root: heap.scope(() => (heap.globals.get(ROOT) as { readonly address: number }).address),
    log: heap.globals.get(LOG) as List,
  }));
  const held = new Held(gil);
  return () => {
    held.run(() => {
      for (let pass = 1; pass <= passes; pass++) {
        move(SyntaxNode, root, tally, held);
        held.around(() => log.push([gil.thread, pass]));
      }
    });
    return { thread: gil.thread, spans: held.spans, tally, samples: [] };
  };
}

/** What happens to a node between two checkpoints happens at once for all others. */
function move(SyntaxNode: SyntaxNodeType, root: number, tally: number[], held: Held): void {
  const record = SyntaxNode.cursor();
  let visited = 0;
  for (let at = root; at !== 0; ) {
    record.address = at;
    record.start = record.start + 1;
    record.end = record.end + 1;
    tally[record.kind] = (tally[record.kind] as number) + 1;
    if (++visited % STRIDE === 0) held.checkpoint();
    at = record.firstChild;
    while (at === 0) {
      at = record.nextSibling;
      if (at !== 0) break;
      const parent = record.parent;
      if (parent === 0) return;
      record.address = parent;
    }
  }
}

/** Looks at the heap once in a while. */
function watcher(heap: Heap, signals: Signals, pause: number): () => TreeAnswer {
  const { gil } = heap;
  const log = gil.run(() => heap.globals.get(LOG) as List);
  const held = new Held(gil);
  const samples: WatchSample[] = [];
  const look = () => ({ blocks: heap.sys.getAllocatedBlocks(), passes: log.length, switches: gil.switches });
  return () => {
    while (!signals.isOver) {
      held.run(() => held.around(() => samples.push(look())));
      signals.sleep(pause);
    }
    return { thread: gil.thread, spans: held.spans, tally: [], samples };
  };
}
