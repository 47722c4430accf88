// Handles and cursors as people read them: in consoles, in text, as JSON.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { Heap } from "../src/index.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}

function typesOf(heap: Heap) {
  const Person = heap.struct("Person", { born: "u16", height: "f64", big: "u64", friend: "self", note: "ref" });
  const Empty = heap.struct("Empty", {});
  return { Person, Empty };
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("a handle and a cursor print their fields, and make no handle", async () => {
    const heap = await open();
    const { Person, Empty } = typesOf(heap);
    using friend = new Empty();
    using person = new Person({ born: 1815, height: 1.65, big: 2n ** 60n, note: friend });
    person.friend = person;
    const name = `Person ${hex(person.address)}`;
    const empty = `Empty ${hex(friend.address)}`;
    const fields = `born: 1815, height: 1.65, big: 1152921504606846976n, friend: [Circular *1], note: ${empty}`;
    const wide = { breakLength: 1000, compact: 100 };
    const cursor = Person.cursor(person.address);
    expect(inspect(person, wide)).toBe(`<ref *1> Person { ${fields} }`);
    expect(inspect(cursor, wide)).toBe(`<ref *1> Person cursor ${hex(person.address)} { ${fields} }`);
    expect([`${person}`, `${cursor}`]).toEqual([name, `Person cursor ${hex(person.address)}`]);
    for (const [note, text] of [
      [null, "null"],
      [-7, "-7"],
      [true, "true"],
      [false, "false"],
    ] as const) {
      person.note = note;
      expect(inspect(person, wide)).toContain(`note: ${text} }`);
    }
    expect(inspect(friend)).toBe(`Empty ${hex(friend.address)}`);
    expect([heap.handleCount, heap.sys.getRefCount(person)]).toEqual([2, 2]);
    heap.verify();
  });

  test("inside other values they keep to depth, colours and lines", async () => {
    const heap = await open();
    const { Person } = typesOf(heap);
    using person = new Person();
    const name = `Person ${hex(person.address)}`;
    expect(inspect({ a: { b: person } }, { depth: 1 })).toContain(`[${name}]`);
    expect(inspect({ a: { b: person } }, { depth: 2 })).toContain("born: 0");
    person.friend = new Person();
    expect(inspect({ a: { b: person } }, { depth: 2 })).toContain("friend: [Person 0x");
    expect(inspect({ a: { b: person } }, { depth: 3 })).not.toContain("[Person 0x");
    expect(inspect(person, { colors: true })).toContain("\u001b[33m0\u001b[39m");
    expect(inspect({ person }, { breakLength: 40 })).toMatch(/^\{\n {2}person: Person \{\n {4}born: 0,\n/);
  });

  test("objects inside each other are opened as deep as the console goes, and no handle is made", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { id: "u8", next: "self", seen: "weak" });
    heap.scope(() => {
      const last = new Node({ id: 4 });
      const third = new Node({ id: 3, next: last, seen: last });
      const first = new Node({ id: 1, next: new Node({ id: 2, next: third }) });
      const wide = { breakLength: 1000, compact: 100 };
      const tail = `[Node ${hex(last.address)}]`;
      const [handles, count] = [heap.handleCount, heap.sys.getRefCount(last)];
      expect(inspect(first, wide)).toBe(
        `Node { id: 1, next: Node { id: 2, next: Node { id: 3, next: ${tail}, seen: ${tail} }, seen: null }, seen: null }`,
      );
      expect(inspect(first, { ...wide, depth: 0 })).toBe(
        `Node { id: 1, next: [Node ${hex(first.next?.address ?? 0)}], seen: null }`,
      );
      for (const depth of [null, Number.POSITIVE_INFINITY, 3]) {
        expect(inspect({ first }, { ...wide, depth: depth === 3 ? 4 : depth })).not.toContain("[Node");
        expect(inspect(first, { ...wide, depth })).toContain("seen: Node { id: 4, next: null, seen: null } }");
      }
      expect([heap.handleCount - 1, heap.sys.getRefCount(last)]).toEqual([handles, count]);
      last.next = third;
      expect(inspect(third, wide)).toBe(
        "<ref *1> Node { id: 3, next: Node { id: 4, next: [Circular *1], seen: null }, " +
          "seen: Node { id: 4, next: [Circular *1], seen: null } }",
      );
      expect(inspect([third, last], wide).match(/<ref \*1>/g)).toHaveLength(2);
    });
    heap.verify();
  });

  test("a long chain is shown as far as the engine's stack has room", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { next: "self" });
    heap.scope(() => {
      let chain = new Node();
      for (let n = 0; n < 3000; n++) chain = new Node({ next: chain });
      expect(inspect(chain, { depth: null })).toMatch(/Node \{ next: \[Node 0x\w+\] \}/);
      expect(inspect(chain)).toMatch(/Node \{ next: \[Node 0x\w+\] \}/);
    });
  });

  test("objects that are referred to again and again are shown up to a number, and named from there on", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { left: "self", right: "self" });
    heap.scope(() => {
      let fields = new Node();
      let items = heap.list();
      for (let n = 0; n < 18; n++) {
        fields = new Node({ left: fields, right: fields });
        items = heap.list([items, items]);
      }
      for (const shared of [fields, items]) {
        const texts = [0, 1].map(() => inspect(shared, { depth: null, breakLength: Number.POSITIVE_INFINITY }));
        expect(texts[1]).toBe(texts[0]);
        expect(texts[0]?.match(/\b(Node \{|list \[)/g)).toHaveLength(10_000);
        expect(texts[0]?.match(/\[(Node|list) 0x/g)?.length).toBeGreaterThan(0);
      }
      expect(inspect([fields, items], { depth: 1 })).toContain("Node {");
    });
  });

  test("what refers to freed memory is named, and nothing throws", async () => {
    const heap = await open();
    const Node = heap.struct("Node", { next: "self" });
    using one = new Node();
    const two = new Node();
    const address = two.address;
    two.release();
    heap.core.drain();
    new Uint32Array(heap.memory.buffer)[(one.address + 8) / 4] = address;
    expect(inspect(one)).toMatch(/^Node \{ next: (<.* 0x\w+>|.* 0x\w+|Node \{ .* \}) \}$/s);
    new Uint32Array(heap.memory.buffer)[(one.address + 8) / 4] = 0;
  });

  test("JSON has plain values", async () => {
    const heap = await open();
    const { Person } = typesOf(heap);
    using person = new Person({ born: 1, height: Number.NaN, big: 2n ** 64n - 1n, note: 5 });
    person.friend = person;
    const friend = `<Person ${hex(person.address)}>`;
    const fields = { born: 1, height: null, big: "18446744073709551615", friend, note: 5 };
    expect(JSON.parse(JSON.stringify([person, Person.cursor(person.address)]))).toEqual([fields, fields]);
    expect(person.toJSON()).toEqual({ ...fields, height: Number.NaN });
  });

  test("what has no fields to show says why, and throws nothing", async () => {
    const heap = await open();
    const { Person } = typesOf(heap);
    const [person, other] = [new Person(), new Person()];
    const [cursor, away, stale] = [Person.cursor(other.address), Person.cursor(), Person.cursor(person.address)];
    const [name, at] = [`Person ${hex(person.address)}`, hex(other.address)];
    person.release();
    const texts = (value: object) => [inspect(value), JSON.parse(JSON.stringify(value))];
    const twice = (text: string) => [text, text];
    expect(texts(person)).toEqual(twice(`${name} (released)`));
    expect(texts(away)).toEqual(twice("Person cursor (at no object)"));
    expect(texts(stale)).toEqual(twice(`Person cursor ${hex(stale.address)} (no Person is there)`));
    heap[Symbol.dispose]();
    expect(texts(other)).toEqual(twice(`Person ${at} (heap disposed)`));
    expect(texts(cursor)).toEqual(twice(`Person cursor ${at} (heap disposed)`));
    expect(`${other} ${cursor}`).toBe(`Person ${at} Person cursor ${at}`);
  });

  test("memory may have grown since the last look", async () => {
    const heap = await open();
    const { Person } = typesOf(heap);
    using person = new Person({ born: 3, note: 4 });
    heap.memory.grow(1);
    expect(inspect(person)).toContain("born: 3");
    heap.memory.grow(1);
    expect(inspect(Person.cursor(person.address))).toContain("note: 4");
  });
});

test("an object of a type that the host does not know prints as such, and so does a reference to it", async () => {
  const heap = await openHeap();
  const id = heap.core.defineType(0, 16, 0, 0, 0);
  const Box = heap.struct("Box", { value: "ref" });
  using box = new Box();
  const object = heap.core.newObject(id) >>> 0;
  Box.cursor(box.address).value = object;
  heap.core.decref(object);
  using value = box.value as typeof box;
  expect(inspect(value)).toBe(`type ${id} ${hex(object)}`);
  expect(inspect(box)).toBe(`Box { value: type ${id} ${hex(object)} }`);
});
