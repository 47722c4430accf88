// What lies in the heap where the text of a struct type should be: who calls core.defineType himself may have put anything there, and so may
// have who wrote an image.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { toPlain } from "../src/plain.js";
import { type Host, Hosts } from "./helpers/hosts.js";

describe.each([false, true])("debug: %s", (debug) => {
  let hosts: Hosts;
  let first: Host;
  let second: Host;

  beforeEach(async () => {
    hosts = await Hosts.open(debug);
    first = hosts.make();
    second = hosts.make();
  });

  const good = '{"name":"Node","fields":[["next","self",8],["id","u32",12]]}';
  const define = (host: Host, text: string | Uint8Array, refs = 1, bytes = 16, flags = 0x100) => {
    const said = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const block = said.length === 0 ? 0 : host.mem.malloc(said.length);
    host.engine.memory.bytes.set(said, block);
    return host.engine.core.defineType(refs, bytes, flags, block, said.length);
  };

  test("one that is", () => {
    const id = define(first, good);
    expect(second.struct("Node", { next: "self", id: "u32" }).id).toBe(id);
  });

  test.each<[string, string | Uint8Array, number?, number?]>([
    ["none", ""],
    ["no UTF-8", new TextEncoder().encode(good).fill(0xff, 10, 11)],
    ["a byte order mark", `\ufeff${good}`],
    ["no JSON", good.slice(0, -1)],
    ["null", "null"],
    ["a number", "5"],
    ["an array", "[]"],
    ["no name", '{"fields":[]}'],
    ["a name that is no text", good.replace('"Node"', "5")],
    ["an empty object", "{}"],
    ["fields that are none", '{"name":"Node","fields":{"next":"self"}}'],
    ["a field that is none", '{"name":"Node","fields":[null]}'],
    ["a field without a name", good.replace('"next"', "1")],
    ["an unknown kind", good.replace('"u32"', '"u33"')],
    ["a kind that objects have", good.replace('"u32"', '"toString"')],
    ["a kind that is null", good.replace('"u32"', "null")],
    ["an unknown type", good.replace('"self"', '{"struct":"Nobody"}')],
    ["its own type by name", good.replace('"self"', '{"struct":"Node"}')],
    ["a reserved name", good.replace('"id"', '"address"')],
    ["__proto__", good.replace('"id"', '"__proto__"')],
    ["an empty name", good.replace('"id"', '""')],
    ["a name twice", good.replace('"id"', '"next"')],
    ["an offset that is none", good.replace("12", "16")],
    ["an offset that is no number", good.replace("12", '"12"')],
    ["something more", good.replace("}", ',"more":1}')],
    ["spaces", ` ${good}`],
    ["more references", good, 2],
    ["no references", good, 0],
    ["more bytes", good, 1, 20],
    ["fewer bytes", good, 1, 12],
    ["a great depth", `{"name":"Node","fields":${"[".repeat(100_000)}`],
  ])("%s: handles without fields, and the name is free", (_name, text, refs, bytes) => {
    const id = define(first, text, refs, bytes);
    const object = first.engine.core.newObject(id);
    const handle = second.at(object);
    expect([handle.typeName, Object.keys(toPlain(second.objects, handle, "test") as object)]).toEqual([
      `type ${id}`,
      [],
    ]);
    expect(second.struct("Node", { next: "self", id: "u32" }).id).toBe(id + 1);
    expect(hosts.make().struct("Node", { next: "self", id: "u32" }).id).toBe(id + 1);
  });

  test("a text outside memory", () => {
    const { core } = first.engine;
    const id = core.defineType(1, 16, 0x100, 0xffff_fff0 | 0, 0xffff_ffff | 0);
    expect(second.at(core.newObject(id)).typeName).toBe(`type ${id}`);
    // It is no reason not to read others.
    const next = define(first, good);
    expect(second.struct("Node", { next: "self", id: "u32" }).id).toBe(next);
  });

  test("a name that was given twice is that of the older type, and both have fields", () => {
    const older = define(first, good);
    const newer = define(first, good);
    expect(second.struct("Node", { next: "self", id: "u32" }).id).toBe(older);
    const object = second.at(first.engine.core.newObject(newer)) as unknown as { readonly id: number };
    expect([object.id, String(object).startsWith("Node")]).toEqual([0, true]);
  });

  test("one text for many types is not read again and again", () => {
    const fields = Array.from({ length: 10_000 }, (_, n) => [`f${n}`, "u8", 8 + n]);
    const said = new TextEncoder().encode(JSON.stringify({ name: "Node", fields }));
    const block = first.raw.malloc(said.length);
    first.engine.memory.bytes.set(said, block);
    let id = 0;
    for (let n = 0; n < 500; n++) id = first.engine.core.defineType(0, 8, 0, block, said.length);
    const read = vi.spyOn(JSON, "parse");
    const handle = second.at(first.engine.core.newObject(id));
    const reads = read.mock.calls.length;
    read.mockRestore();
    expect(handle.typeName).toBe(`type ${id}`);
    expect([reads > 0, reads < 50]).toEqual([true, true]);
  });
});
