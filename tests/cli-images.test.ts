// arenaria load, stats, snapshot and diff: files in heaps, and images of heaps.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "acorn";
import { type Handle, Heap, type Value } from "arenaria";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectPath } from "../bench/paths.js";
import { arenaria, arenariaJson } from "./helpers/cli.js";

let folder: string;
const at = (name: string) => join(folder, name);
function file(name: string, contents: string | Uint8Array): string {
  writeFileSync(at(name), contents);
  return at(name);
}

/** What an image has under a name of `globals`, as plain data. */
async function valueIn(image: string, name: string): Promise<unknown> {
  const heap = await Heap.restore(readFileSync(image));
  heap.verify();
  return heap.toJS(heap.globals.get(name) as Value);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "arenaria-images-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("arenaria load", () => {
  const DATA = { name: "a", list: [1, 2.5, "three", null, true], deep: { er: { still: [[], {}] } } };

  test("puts JSON into a heap, and saves it under globals.data", async () => {
    const image = at("data.image");
    const found = arenariaJson(["load", file("data.json", JSON.stringify(DATA)), "-o", image]);
    expect(found).toMatchObject({ kind: "JSON", name: "data", output: image, fileBytes: JSON.stringify(DATA).length });
    expect(await valueIn(image, "data")).toEqual(DATA);
    const objects = Object.fromEntries(
      found.types.map((type: { name: string; objects: number }) => [type.name, type.objects]),
    );
    // One dict more is that of the globals.
    expect(objects).toMatchObject({ dict: 5, list: 3, float: 1 });
    // true lives as long as the heap, whoever refers to it.
    expect(objects).not.toHaveProperty("bool");
  });

  test.each(["7", '"text"', "null", "[]"])("takes %s, which is JSON too", async (json) => {
    const image = at("scalar.image");
    expect(arenaria(["load", file("scalar", json), "-o", image])).toMatchObject({ status: 0, stderr: "" });
    expect(await valueIn(image, "data")).toEqual(JSON.parse(json));
  });

  /** Not every literal has these; in the heap, all do. */
  const NOT_ALWAYS = { bigint: null, regex: null };
  /** The parser's tree as the heap has it: no prototypes, no regular expressions. */
  function plain(value: unknown): unknown {
    if (value instanceof RegExp || value === undefined) return null;
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    const { type, ...fields } = value as Record<string, unknown>;
    const all = { ...(type === "Literal" ? NOT_ALWAYS : {}), ...fields };
    return Object.fromEntries(Object.entries(all).map(([name, child]) => [name, plain(child)]));
  }

  const SOURCE = `#!/usr/bin/env node
    import fs, { readFile as read } from "node:fs";
    export class A extends B { #x = 0x1234567890abcdef1234n; static y = /a+b/giu; get z() { return \`t\${this.#x}u\`; } }
    label: for (const [a, , { b = 2, ...c }] of await d()) { if (a?.b ?? c) continue label; else throw new E(...c); }
    const f = async (x) => ({ x, [x]: null, "é€": -1.5e300 }), [, g] = [true, , false];`;

  test("puts the syntax tree of JavaScript into a heap, node by node, and saves it under globals.tree", async () => {
    const image = at("tree.image");
    const found = arenariaJson(["load", file("tree.js", SOURCE), "-o", image]);
    expect(found).toMatchObject({ kind: "JavaScript", name: "tree" });
    const tree = parse(SOURCE, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true });
    expect(await valueIn(image, "tree")).toEqual(plain(tree));
    const heap = await Heap.restore(readFileSync(image));
    const root = heap.globals.get("tree") as Handle;
    expect(String(root)).toMatch(/^Program/);
  });

  test("takes scripts that are no modules, and what returns", async () => {
    const image = at("script.image");
    expect(arenariaJson(["load", file("script.js", "with (a) b = 010; return"), "-o", image]).kind).toBe("JavaScript");
    expect(await valueIn(image, "tree")).toMatchObject({ sourceType: "script" });
  });

  test("prints times, sizes, collections and types", () => {
    const { status, stdout, stderr } = arenaria([
      "load",
      projectPath("node_modules/acorn/dist/acorn.js"),
      "--top",
      "3",
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/acorn\.js {2}JavaScript, \d+ KiB\n/);
    expect(stdout).toMatch(/put into the heap in +[\d.,]+ (ms|s) {2}[\d.]+ (ms|µs) of it in \d+ collections: median/);
    expect(stdout).toMatch(/in the engine's heap +[\d.]+ MiB/);
    expect(stdout).toMatch(/^ {2}Identifier +[\d,]+ /m);
    expect(stdout).toMatch(/^ {2}\d+ other types /m);
  });

  test("writes a .heapsnapshot of the same heap", () => {
    const snapshot = at("tree.heapsnapshot");
    const found = arenariaJson(["load", file("tree.js", SOURCE), "--snapshot", snapshot]);
    expect(found.snapshot).toBe(snapshot);
    expect(JSON.parse(readFileSync(snapshot, "utf8")).snapshot.node_count).toBeGreaterThan(found.objects);
  });

  test("takes an array of as many items as there are", () => {
    const { types } = arenariaJson(["load", file("wide.js", `x = [${"7,".repeat(200_000)}]`)]);
    expect(types).toContainEqual(expect.objectContaining({ name: "Literal", objects: 200_000 }));
  });

  test("goes down a tree as deep as the parser can make it", () => {
    const deep = `${"a+".repeat(3000)}a`;
    const { types } = arenariaJson(["load", file("deep.js", deep)]);
    expect(types).toContainEqual(expect.objectContaining({ name: "BinaryExpression", objects: 3000 }));
  });
});

describe("images", () => {
  const held: Handle[] = [];
  /** A heap with nodes that `globals` has, and texts that only handles have. */
  async function heapOf(nodes: number, texts: number): Promise<Heap> {
    const heap = await Heap.create();
    const Node = heap.struct("Node", { id: "u32", next: "self" });
    const all = heap.list();
    for (let id = 0; id < nodes; id++) {
      const node = new Node({ id });
      all.push(node);
      node.release();
    }
    heap.globals.set("nodes", all);
    all.release();
    for (let i = 0; i < texts; i++) held.push(heap.str(`text number ${i}`));
    heap.gc.collect();
    return heap;
  }

  let small: Heap;
  let large: Heap;
  beforeAll(async () => {
    small = await heapOf(10, 3);
    large = await heapOf(5000, 3);
    file("small.image", small.snapshot());
    file("large.image", large.snapshot());
  });

  test("stats says what the heap itself says, and keeps what handles held", () => {
    const found = arenariaJson(["stats", at("large.image")]);
    expect(found.malloc).toEqual(JSON.parse(JSON.stringify(large.sys.debugMallocStats())));
    expect(found.memory).toMatchObject({ arenas: large.sys.memoryUsage().arenas, live: large.sys.memoryUsage().live });
    expect(found.generations.map(({ objects }: { objects: number }) => objects)).toEqual(large.inspect().generations);
    expect(found.generations[2]).toMatchObject({ ...large.gc.getStats()[2], threshold: large.gc.getThreshold()[2] });
    const types = new Map(found.types.map((type: { name: string; objects: number }) => [type.name, type.objects]));
    expect(types.get("Node")).toBe(5000);
    expect([...types].sort()).toEqual(
      large
        .inspect()
        .types.map(({ name, objects }) => [name, objects])
        .sort(),
    );
  });

  test("stats says who holds what, and what nothing else keeps alive", () => {
    const { held } = arenariaJson(["stats", at("small.image")]);
    // The list with its items, and ten nodes of a header, a number, a reference and the collector's words.
    const nodes = small.sys.getSizeOf(small.globals.get("nodes") as Handle) + 10 * 24;
    const texts = 3 * small.sys.getSizeOf("text number 0");
    expect(held).toEqual([
      { holder: 'globals["nodes"]', objects: 1, type: "list", object: "list of 10", retained: nodes },
      { holder: "handles", objects: 3, type: "str", object: null, retained: texts },
    ]);
    const { stdout } = arenaria(["stats", at("small.image")]);
    expect(stdout).toMatch(/^ {2}globals\["nodes"\] +1 {2}list of 10 +\d+ B$/m);
    expect(stdout).toMatch(/^ {2}handles +3 {2}str +\d+ B$/m);
  });

  test("stats prints tables of it", () => {
    const { status, stdout, stderr } = arenaria(["stats", at("large.image")]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const title of ["Memory", "Size classes", "Arenas", "Bytes of arenas", "Large blocks", "Collector"]) {
      expect(stdout).toMatch(new RegExp(`^${title}$`, "m"));
    }
    expect(stdout).toMatch(/^ {2}Node +5,000 /m);
  });

  test("diff has what grew, the most first", () => {
    const found = arenariaJson(["diff", at("small.image"), at("large.image")]);
    expect(found.types[0]).toMatchObject({ name: "Node", objects: { old: 10, new: 5000, change: 4990 } });
    expect(found.types[1]).toMatchObject({ name: "list", objects: { change: 0 } });
    expect(found.types.map(({ name }: { name: string }) => name)).not.toContain("str");
    const { live } = found.memory;
    expect(live).toEqual({
      old: small.sys.memoryUsage().live,
      new: large.sys.memoryUsage().live,
      change: large.sys.memoryUsage().live - small.sys.memoryUsage().live,
    });
    expect(found.generations[2].objects.change).toBe(4990);
    expect(found.classes.some(({ used }: { used: { change: number } }) => used.change === 4990)).toBe(true);
  });

  test("diff has who holds more or less", async () => {
    const heap = await heapOf(10, 3);
    const leaked = Array.from({ length: 40 }, (_, i) => heap.str(`leaked ${i % 10}`));
    const { held } = arenariaJson(["diff", at("small.image"), file("leaky.image", heap.snapshot())]);
    const bytes = leaked.length * heap.sys.getSizeOf("leaked 0");
    const before = 3 * heap.sys.getSizeOf("text number 0");
    expect(held).toEqual([
      {
        holder: "handles",
        type: "str",
        object: null,
        objects: { old: 3, new: 43, change: 40 },
        retained: { old: before, new: before + bytes, change: bytes },
      },
    ]);
    const [list] = arenariaJson(["diff", at("small.image"), at("large.image")]).held;
    expect(list).toMatchObject({ holder: 'globals["nodes"]', object: "list of 5000", objects: { change: 0 } });
    expect(arenaria(["diff", at("small.image"), at("leaky.image")]).stdout).toMatch(/^ {2}handles +str +43 +\+40 /m);
  });

  test("diff the other way round has it with a minus, and nothing of a heap and itself", () => {
    const { stdout } = arenaria(["diff", at("large.image"), at("small.image")]);
    expect(stdout).toMatch(/^ {2}Node +10 +−4,990 /m);
    const { types, classes, held } = arenariaJson(["diff", at("small.image"), at("small.image")]);
    expect({ types, classes, held }).toEqual({ types: [], classes: [], held: [] });
    expect(arenaria(["diff", at("small.image"), at("small.image")]).stdout).toContain("Types: none changed");
  });

  test("snapshot writes what heap.heapSnapshot() of the restored heap does, next to where the command runs if no file is named", async () => {
    const found = arenariaJson(["snapshot", at("small.image")], { cwd: folder });
    expect(found.file).toBe("small.heapsnapshot");
    const written = readFileSync(at("small.heapsnapshot"), "utf8");
    const heap = await Heap.restore(readFileSync(at("small.image")), { keepHandles: true });
    expect(found.bytes).toBe(Buffer.byteLength(written));
    const { snapshot, strings } = JSON.parse(written);
    const expected = JSON.parse([...heap.heapSnapshot()].join(""));
    expect([snapshot.node_count, snapshot.edge_count]).toEqual([
      expected.snapshot.node_count,
      expected.snapshot.edge_count,
    ]);
    expect(strings).toContain("text number 2");
  });

  test("a heap in debug mode needs no option", async () => {
    const heap = await Heap.create({ debug: true });
    heap.globals.set("a", heap.list([1]));
    expect(arenariaJson(["stats", file("debug.image", heap.snapshot())]).objects).toBeGreaterThan(1);
  });

  test.each([
    ["load", "-o"],
    ["load", "--snapshot"],
    ["snapshot", "-o"],
    ["replay", "--trace-events"],
  ])("%s %s never writes over what is read, whatever it is called", (command, option) => {
    const input = file("precious", "[1]");
    symlinkSync(input, at("alias"));
    for (const name of [input, at("alias"), join(folder, "no", "..", "precious")]) {
      const { status, stdout, stderr } = arenaria([command, input, option, name]);
      expect(stderr).toMatch(/^arenaria: .*would be written over what is read.*\n$/);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    }
    rmSync(at("alias"));
    expect(readFileSync(input, "utf8")).toBe("[1]");
  });

  test("load writes no two things to one file", () => {
    const { status, stderr } = arenaria(["load", file("one.json", "1"), "-o", at("both"), "--snapshot", at("both")]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("written already")]);
    expect(existsSync(at("both"))).toBe(false);
  });

  test("no command leaves a file that nobody asked for", () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    for (const command of ["stats", "load"]) {
      const input = command === "load" ? file("one.json", "1") : at("small.image");
      arenaria([command, input], { cwd: empty });
    }
    expect(readdirSync(empty)).toEqual([]);
  });
});
