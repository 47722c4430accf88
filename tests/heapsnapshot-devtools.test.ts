// Heap snapshots in Chrome's own Memory panel: the code that it reads them with, out of the browser that is installed.
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ObjectGraph } from "../src/graph/objectgraph.js";
import { retainedSizes } from "../src/graph/retained.js";
import { partsOf } from "../src/heap.js";
import type { Heap } from "../src/index.js";
import { chromiumFile } from "./helpers/chromium.js";
import { openHeap } from "./helpers/heap.js";
import { ImageProgram, programTypes } from "./helpers/imageprograms.js";
import { Random, TEST_SEED } from "./helpers/random.js";

/** What the panel finds. */
interface Findings {
  readonly nodes: number;
  readonly bytes: number;
  /** By id of a node: its name, its retained size, and how far it is from what holds objects from outside. */
  readonly found: { readonly [id: string]: readonly [name: string, retained: number, distance: number] };
}

/** In the page: the panel's code, for which there are no types; null where this browser keeps it elsewhere. */
interface Tools {
  // biome-ignore lint/suspicious/noExplicitAny: whatever it is.
  readonly tools: any;
}

/** Gets the code. A text, so that nothing makes another sort of import of this one. */
const LOAD_TOOLS = `import("devtools://devtools/bundled/entrypoints/heap_snapshot_worker/heap_snapshot_worker.js")
  .then((tools) => { globalThis.tools = tools; }, () => { globalThis.tools = null; })`;

/** Loads a snapshot in the page, as the panel does. */
async function loadInPage(pieces: readonly string[]): Promise<Findings | null> {
  const { tools } = globalThis as unknown as Tools;
  if (tools === null) return null;
  const loader = new tools.HeapSnapshotLoader.HeapSnapshotLoader({ sendEvent() {} });
  for (const piece of pieces) loader.write(piece);
  loader.close();
  await loader.parsingComplete;
  const channel = new MessageChannel();
  new tools.HeapSnapshot.SecondaryInitManager(channel.port2);
  const snapshot = await loader.buildSnapshot(channel.port1);
  const node = snapshot.createNode(0);
  const found: { [id: string]: [string, number, number] } = {};
  for (let n = 0; n < snapshot.nodeCount; n++) {
    node.nodeIndex = n * snapshot.nodeFieldCount;
    found[node.id()] = [node.rawName(), node.retainedSize(), node.distance()];
  }
  return { nodes: snapshot.nodeCount, bytes: snapshot.totalSize, found };
}

/** Nodes of the last snapshot that are not what the graph of the heap says. */
function differences(heap: Heap, { found, nodes }: Findings): unknown[] {
  const graph = new ObjectGraph(partsOf(heap));
  const { sizes } = retainedSizes(graph);
  const addresses = graph.addresses();
  const wrong: unknown[] = [];
  for (const [number, address] of addresses.entries()) {
    const [name, retained, distance] = found[address + ((graph.typeId(address) & 3) << 1) + 1] ?? [];
    // 1 is the distance of what holds objects.
    const isNear = distance !== undefined && distance >= 2 && distance <= addresses.length + 1;
    if (retained !== sizes[number] || !isNear)
      wrong.push([graph.label(address), name, retained, sizes[number], distance]);
  }
  return nodes > addresses.length ? wrong : ["nodes are missing", ...wrong];
}

describe.skipIf(!chromiumFile)("the Memory panel", () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumFile ?? "", args: ["--no-sandbox", "--disable-gpu"] });
    page = await browser.newPage();
    await page.goto("devtools://devtools/bundled/devtools_app.html");
    await page.evaluate(LOAD_TOOLS);
  });
  afterAll(() => browser?.close());

  test("finds the retained sizes that we find, and everything near", async (context) => {
    for (const seed of [TEST_SEED, TEST_SEED + 1]) {
      using heap = await openHeap({ gc: { threshold: [100, 3, 3] } });
      const program = new ImageProgram(
        heap,
        programTypes(heap, () => {}),
        new Random(seed >>> 0),
        true,
      );
      for (let i = 0; i < 600; i++) program.step();
      const findings = await page.evaluate(loadInPage, [...heap.heapSnapshot()]);
      if (findings === null) return context.skip("DevTools of this browser have no heap_snapshot_worker.js");
      expect(differences(heap, findings), `seed ${seed >>> 0}`).toEqual([]);
      // Objects, and what else is live.
      expect(findings.bytes).toBe(heap.sys.memoryUsage().live);
    }
  }, 120_000);

  test("finds the names", async (context) => {
    using heap = await openHeap();
    const Thing = heap.struct("Object", { n: "u32", next: "self" });
    heap.globals.set("it", [new Thing({ n: 1 }), "a text", 2.5]);
    const findings = await page.evaluate(loadInPage, [...heap.heapSnapshot()]);
    if (findings === null) return context.skip("DevTools of this browser have no heap_snapshot_worker.js");
    const names = [...Object.values(findings.found)].map(([name]) => name);
    expect(names.sort()).toEqual(
      ["", "(globals)", "(handles)", "2.5", "Object", "a text", "dict", "it", "list"].sort(),
    );
  }, 120_000);
});
