// node --expose-gc pauses.js WHAT COUNT
// A process in whose JavaScript heap, or beside it, that many records live: what V8's own collector takes then.

import { answer, collectJavaScript } from "./answer.js";
import { Numeric, Referring } from "./plainwork.js";
import { GraphHeap } from "./wasmgraph.js";

/** What lives. Kept by the process until its end. */
const HOLDS: Readonly<Record<string, (count: number) => unknown>> = {
  nothing: () => new GraphHeap(),
  records: (count) => {
    const heap = new GraphHeap();
    heap.build({ shape: "pairs", nodes: count, shuffled: false });
    return heap;
  },
  objects: plainPairs,
};

/** Plain objects in pairs, one of each held, as the records are. */
function plainPairs(count: number): Referring[] {
  return Array.from({ length: count / 2 }, () => {
    const pair = new Referring();
    pair.a = new Referring();
    pair.a.a = pair;
    return pair;
  });
}

/** Bytes of V8's heap that each of `count` objects takes. */
function bytesEach(make: () => Referring | Numeric, count: number): number {
  const objects = new Array<Referring | Numeric | null>(count).fill(null);
  collectJavaScript();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < count; i++) objects[i] = make();
  collectJavaScript();
  const bytes = (process.memoryUsage().heapUsed - before) / count;
  return objects.length === count ? bytes : Number.NaN;
}

const [what = "", count] = process.argv.slice(2);
const held = HOLDS[what]?.(Number(count));
if (held === undefined) throw new Error(`nothing of the name ${what} can be held`);

await answer({
  /** Milliseconds of full collections. */
  pause: (times: number) =>
    Array.from({ length: times }, () => {
      const before = performance.now();
      collectJavaScript();
      return performance.now() - before;
    }),
  bytes: (kind: "referring" | "numeric", number: number) =>
    kind === "referring" ? bytesEach(() => new Referring(), number) : bytesEach(() => new Numeric(), number),
  /** That what is held is held until the end. */
  held: () => typeof held,
});
