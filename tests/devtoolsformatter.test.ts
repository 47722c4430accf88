// Handles in the consoles of browsers, which ask a formatter about each value.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { devtoolsFormatter } from "../src/devtoolsformatter.js";
import type { Heap } from "../src/index.js";
import { VARIANTS } from "./helpers/heap.js";

/** What a console shows of a value that is opened to a depth: lines with what is below them. */
function shown(value: unknown, depth: number): unknown {
  const header = devtoolsFormatter.header(value);
  if (header === null) return value;
  const line = header.slice(2).join("");
  if (!devtoolsFormatter.hasBody(value) || depth === 0) return line;
  const [tag, , ...rows] = devtoolsFormatter.body(value);
  expect(tag).toBe("ol");
  return [line, ...rows.map((row) => rowOf(row, depth - 1))];
}

function rowOf(row: unknown, depth: number): unknown[] {
  const [tag, , ...parts] = row as [string, object, ...unknown[]];
  expect(tag).toBe("li");
  return parts.map((part) => (Array.isArray(part) ? shown(part[1].object, depth) : part));
}

describe.each(VARIANTS)("$name", ({ open }) => {
  let heap: Heap;
  beforeEach(async () => {
    heap = await open();
  });
  afterEach(() => heap[Symbol.dispose]());

  test("fields and items are opened step by step, and no handle is made", () => {
    const Node = heap.struct("Node", { id: "u8", next: "self", note: "ref", seen: "weak" });
    const cursor = heap.scope(() => {
      const node = new Node({ id: 1, note: ["a text", { key: 5 }, 2n ** 70n] });
      node.next = node;
      node.seen = node;
      heap.globals.set("node", node);
      return Node.cursor(node.address);
    });
    const node = Node.at(cursor.address);
    const handles = heap.handleCount;
    const title = `${node}`;
    expect(shown(node, 0)).toBe(title);
    expect(shown(node, 1)).toEqual([title, ["id: ", 1], ["next: ", title], ["note: ", "list (3)"], ["seen: ", title]]);
    const note = ["list (3)", ["0: ", "a text"], ["1: ", ["dict (1)", ["key", " → ", 5]]], ["2: ", 2n ** 70n]];
    expect(shown(node, 3)).toContainEqual(["note: ", note]);
    expect(shown(cursor, 3)).toContainEqual(["note: ", note]);
    expect(shown(cursor, 0)).toBe(`Node cursor ${title.slice(5)}`);
    expect(heap.handleCount).toBe(handles);
    node.release();
    heap.verify();
  });

  test("texts, long containers, and what is none of the library's", () => {
    heap.scope(() => {
      expect(shown(heap.str("it's"), 1)).toBe('str "it\'s"');
      expect(shown(heap.tuple(), 1)).toBe("tuple (0)");
      const long = shown(heap.list(Array.from({ length: 150 }, (_, n) => n)), 1) as unknown[];
      expect([long[0], long[100], long[101], long.length]).toEqual(["list (150)", ["99: ", 99], ["… 50 more"], 102]);
    });
    for (const value of [null, 5, "text", {}, [], Symbol.iterator, Object.getPrototypeOf(heap.globals), heap]) {
      expect(devtoolsFormatter.header(value)).toBeNull();
      expect(devtoolsFormatter.hasBody(value)).toBe(false);
    }
  });

  test("what is gone says so, and nothing throws", () => {
    const list = heap.list([["inside"], ["kept"]]);
    const [, , ...rows] = devtoolsFormatter.body(list) as [
      string,
      object,
      [string, object, string, [string, { object: unknown }]],
    ];
    const inside = rows[0][3][1].object;
    expect(shown(inside, 0)).toBe("list (1)");
    const title = `${list}`;
    list.release();
    expect(shown(list, 1)).toBe(`${title} (released)`);
    expect(shown(inside, 1)).toMatch(/^<list 0x\w+> \(gone\)$/);
    const kept = heap.list([["inside"]]);
    const [, , [, , , [, part]]] = devtoolsFormatter.body(kept) as unknown as [
      0,
      0,
      [0, 0, 0, [0, { object: unknown }]],
    ];
    heap[Symbol.dispose]();
    expect([shown(kept, 1), shown(part.object, 1)]).toEqual([
      expect.stringContaining("(heap disposed)"),
      expect.stringContaining("(gone)"),
    ]);
  });
});
