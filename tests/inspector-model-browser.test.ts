// The browser of objects: lists, one object with all there is to know, references, searches.
import { Heap } from "arenaria";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ObjectBrowser } from "../src/inspector/model/browser.js";
import { openHeap } from "../src/inspector/model/open.js";
import type { Session } from "../src/inspector/model/session.js";

let heap: Heap;
let session: Session;
let browser: ObjectBrowser;

beforeEach(async () => {
  heap = await Heap.create();
  session = openHeap(heap);
  browser = session.browser;
  session.frame(1);
});

afterEach(() => {
  session.close();
  heap[Symbol.dispose]();
});

describe("lists", () => {
  test("of a type are all its objects, page by page, in address order", () => {
    const Node = heap.struct("Node", { id: "u32", next: "self" });
    const nodes = Array.from({ length: 250 }, (_, id) => new Node({ id }));
    const pages = [0, 100, 200].map((start) => browser.list(Node.id, start, 100));
    expect(pages.map(({ items, total }) => [items.length, total])).toEqual([
      [100, 250],
      [100, 250],
      [50, 250],
    ]);
    const listed = pages.flatMap(({ items }) => items.map(({ address }) => address));
    expect(listed).toEqual(nodes.map(({ address }) => address).sort((a, b) => a - b));
    const row = pages[0]?.items[0];
    expect(row).toEqual({
      address: listed[0],
      typeId: Node.id,
      typeName: "Node",
      label: expect.stringMatching(/^Node {id: \d+/),
      bytes: heap.sys.getSizeOf(nodes[0] ?? null),
    });
    expect(browser.list(null, 0, 10).total).toBeGreaterThanOrEqual(250);
    const sizes = browser.list(null, 0, 300, "size").items.map(({ bytes }) => bytes);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(browser.list(Node.id, 0, 300, "size").items.map(({ address }) => address)).toEqual(listed);
    expect(browser.list(9999, 0, 10)).toEqual({ items: [], start: 0, total: 0 });
  });

  test("of a pool are the objects in it, without what has died", () => {
    const Node = heap.struct("Node", { id: "u32", next: "self" });
    const nodes = Array.from({ length: 20 }, (_, id) => new Node({ id }));
    const page = (nodes[0]?.address ?? 0) >>> 12;
    nodes.splice(5, 3).forEach((node) => {
      node.release();
    });
    session.frame(1);
    const inPool = nodes.filter(({ address }) => address >>> 12 === page).map(({ address }) => address);
    expect(browser.ofPool(page).map(({ address }) => address)).toEqual(inPool.sort((a, b) => a - b));
    expect(browser.ofPool(1)).toEqual([]);
  });
});

describe("one object", () => {
  test("says what it is, how often it is referred to, and by whom", () => {
    const Node = heap.struct("Node", { id: "u32", weight: "f64", next: "self", peer: "weak", any: "ref" });
    const first = new Node({ id: 1, weight: 2.5 });
    const second = new Node({ id: 2, next: first, peer: first, any: ["x", first] });
    heap.globals.set("first", first);
    expect(browser.details(first.address)).toMatchObject({
      address: first.address,
      typeName: "Node",
      count: heap.sys.getRefCount(first),
      generation: 0,
      scalars: [
        ["id", "1"],
        ["weight", "2.5"],
      ],
      roots: ["handle"],
    });
    const referents = browser.referents(second.address, 0, 10);
    expect(referents.items.map(({ kind, name, row }) => [kind, name, row.typeName])).toEqual(
      expect.arrayContaining([
        ["property", "next", "Node"],
        ["property", "any", "list"],
      ]),
    );
    const referrers = browser.referrers(first.address, 0, 10);
    expect(referrers.total).toBe(referrers.items.length);
    expect(referrers.items.map(({ kind, name, row }) => [kind, name, row.typeName])).toEqual(
      expect.arrayContaining([
        ["property", "next", "Node"],
        ["element", "[1]", "list"],
        ["property", "first", "dict"],
      ]),
    );
    expect(referrers.items.filter(({ kind }) => kind !== "weak")).toHaveLength(3);
    expect(browser.referrers(first.address, 1, 1).items).toEqual([referrers.items[1]]);
    expect(browser.details(heap.globals.address).roots).toEqual(["globals"]);
  });

  test("is in the generation that the collector has it in", () => {
    const Node = heap.struct("Node", { next: "self" });
    const node = new Node();
    const plain = heap.struct("Plain", { id: "u32" });
    expect(browser.details(new plain().address).generation).toBe("untracked");
    for (const generation of [0, 1, 2] as const) {
      session.frame(1);
      expect(browser.details(node.address).generation).toBe(generation);
      heap.gc.collect(generation === 2 ? 2 : generation);
    }
    heap.gc.freeze();
    session.frame(1);
    expect(browser.details(node.address).generation).toBe("frozen");
    expect(browser.details(heap.str("").address)).toMatchObject({ count: Number.POSITIVE_INFINITY, label: '""' });
  });

  test("is found by any address in its block, also in a large one", () => {
    const Node = heap.struct("Node", { id: "u32", next: "self" });
    const node = new Node({ id: 5 });
    const text = heap.str("long ".repeat(400));
    const tuple = heap.tuple(Array.from({ length: 300 }, (_, n) => n));
    const block = heap.mem.malloc(100);
    const large = heap.mem.malloc(5000);
    session.frame(1);
    expect(browser.at(node.address + 9)?.address).toBe(node.address);
    expect(browser.at(text.address + 900)?.address).toBe(text.address);
    expect(browser.at(tuple.address + 900)?.address).toBe(tuple.address);
    expect([browser.at(block), browser.at(large + 8), browser.at(3), browser.at(0xfffffff0)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(session.placeAt(node.address)).toMatchObject({
      kind: "block",
      object: node.address,
      text: expect.stringMatching(/^Node {id: 5.*} — block of \d+ bytes/),
    });
    expect(session.placeAt(text.address + 99)).toMatchObject({ kind: "large", object: text.address });
    expect(session.placeAt(block)).toMatchObject({ kind: "block", object: 0, used: true });
  });

  test("that has died is refused in words", () => {
    const list = heap.list([1]);
    const { address } = list;
    list.release();
    session.frame(1);
    for (const ask of [browser.details, browser.path, browser.retained] as ((address: number) => unknown)[]) {
      expect(() => ask.call(browser, address)).toThrow(/^no object lives at 0x[0-9a-f]{8} any more$/);
    }
  });

  test("keeps alive what only it leads to, and is kept alive on some path", () => {
    const inner = heap.list([new Map([["k", "a text of its own"]])]);
    heap.globals.set("cache", { inner });
    const { address } = inner;
    const size = heap.sys.getSizeOf(inner);
    inner.release();
    session.frame(1);
    expect(browser.retained(address)).toBeGreaterThan(size + 50);
    expect(browser.path(address).join(" ")).toMatch(/globals.*cache.*inner/);
    const loose = heap.list();
    loose.push(loose);
    const lost = loose.address;
    loose.release();
    session.frame(1);
    expect(browser.path(lost)).toEqual([]);
  });
});

test("each look sees the heap as it is, between two frames too", async () => {
  const list = heap.list([[]]);
  const total = () => session.look(() => browser.list(null, 0, 1).total);
  const before = await total();
  list.clear();
  expect(await total()).toBe(before - 1);
});

describe("a search", () => {
  test("finds types, texts and addresses, in slices", () => {
    const Node = heap.struct("Widget", { id: "u32" });
    const made = Array.from({ length: 30 }, (_, id) => new Node({ id }));
    heap.globals.set(
      "texts",
      Array.from({ length: 2000 }, (_, n) => `text number ${n}`),
    );
    const byType = browser.search("widg");
    let slices = 0;
    while (!byType.advance(0.01)) slices++;
    expect(slices).toBeGreaterThan(0);
    expect(byType.found).toHaveLength(30);
    expect(byType).toMatchObject({ done: true, progress: 1 });
    const byText = browser.search("NUMBER 1234");
    while (!byText.advance(50));
    expect(byText.found.map(({ label }) => label)).toEqual(['"text number 1234"']);
    const address = made[3]?.address ?? 0;
    const byAddress = browser.search(`0x${(address + 4).toString(16)}`);
    expect(byAddress).toMatchObject({ done: true, found: [{ address }] });
    expect(browser.search("0x12").found).toEqual([]);
    expect(browser.search("  ")).toMatchObject({ done: true, found: [] });
  });

  test("goes past objects that have died since it began", () => {
    const Node = heap.struct("Node", { next: "self" });
    const nodes = Array.from({ length: 300 }, () => new Node());
    const search = browser.search("node");
    for (const node of nodes.splice(100)) node.release();
    while (!search.advance(50));
    expect(search.found).toHaveLength(100);
  });

  test("keeps 500 of what it finds", () => {
    heap.globals.set(
      "texts",
      Array.from({ length: 900 }, (_, n) => `text number ${n}`),
    );
    const search = browser.search("text number");
    while (!search.advance(50));
    expect(search.found).toHaveLength(500);
  });
});
