// What a host keeps in mind about a heap, while another host has it and changes it: names, gc.garbage, functions, weak references, tables.
import { beforeEach, describe, expect, test } from "vitest";
import { DICT_FACTORY } from "../src/layout.js";
import type { StructType } from "../src/structtype.js";
import { type Host, Hosts } from "./helpers/hosts.js";

type NodeFields = { readonly id: "u32"; readonly next: "self" };

describe.each([false, true])("debug: %s", (debug) => {
  let hosts: Hosts;
  let first: Host;
  let second: Host;
  let Node: StructType<NodeFields>;

  beforeEach(async () => {
    hosts = await Hosts.open(debug);
    first = hosts.make();
    second = hosts.make();
    Node = first.struct("Node", { id: "u32", next: "self" });
    hosts.enter(first);
  });

  test("heap.globals are the same, whoever has asked for them first", () => {
    second.frames.globals.set("a", 1);
    first.frames.globals.set("b", 2);
    const third = hosts.make();
    for (const host of [first, second, third])
      expect([...host.frames.globals]).toEqual([
        ["a", 1],
        ["b", 2],
      ]);
    first.verify();
  });

  test("frames and their names are each host's own", () => {
    first.frames.run("outer", (frame) => {
      frame.set("a", 1);
      second.frames.run("inner", (inner) => {
        expect([inner.get("a"), second.frames.names(), first.frames.names()]).toEqual([
          undefined,
          ["inner"],
          ["outer"],
        ]);
      });
      expect(frame.get("a")).toBe(1);
    });
    first.verify();
  });

  test("gc.garbage is the same list, whoever has filled it first", () => {
    const trash = (host: Host) => {
      const node = new Node();
      node.next = node;
      node.release();
      host.gc.setDebug(host.gc.DEBUG_SAVEALL);
      host.gc.collect();
    };
    trash(second);
    trash(first);
    trash(second);
    expect([first.gc.garbage.length, second.gc.garbage.length, hosts.make().gc.garbage.length]).toEqual([3, 3, 3]);
    first.verify();
  });

  test("functions for missing keys have numbers that no other host knows", () => {
    const dicts = [first, second].map((host, n) => host.tables.defaultdict(() => n, []));
    const numbers = dicts.map(({ address }) => first.engine.memory.word(address + DICT_FACTORY));
    expect([numbers.includes(0), numbers[0] === numbers[1]]).toEqual([false, false]);
    const [, seen] = [first, second].map((host, n) => host.at((dicts[1 - n] as { address: number }).address));
    expect(() => (seen as unknown as { get(key: string): unknown }).get("x")).toThrow(
      "defaultdict.get: the function for missing keys is not known here",
    );
    expect(dicts.map((dict) => dict.get("x"))).toEqual([0, 1]);
  });

  test("numbers go on after the last there is, and leave 0 out", () => {
    const random = Math.random;
    Math.random = () => 1 - 2 ** -32;
    const { tables } = hosts.make();
    Math.random = random;
    const dicts = [1, 2, 3].map((n) => tables.defaultdict(() => n, []));
    expect(dicts.map(({ address }) => first.engine.memory.word(address + DICT_FACTORY))).toEqual([0xffff_ffff, 1, 2]);
    expect(dicts.map((dict) => dict.get("x"))).toEqual([1, 2, 3]);
  });

  describe("weak references", () => {
    const called: string[] = [];
    const say = (name: string) => () => void called.push(name);

    beforeEach(() => {
      called.length = 0;
    });

    /** What a host does while the first does not have the heap. */
    function meanwhile(host: Host, body: () => void): void {
      hosts.enter(host);
      body();
      hosts.enter(first);
      first.weakref.callbacks.catchUp();
    }

    test("callbacks are called when their host has the heap again", () => {
      const [a, b, c] = [new Node(), new Node(), new Node()];
      const refs = [a, b, c].map((node, n) => first.weakref.module.ref(node, say(`${n}`)));
      first.weakref.module.finalize(b, say("final"));
      meanwhile(second, () => b.release());
      expect(called).toEqual(["final", "1"].sort());
      expect(refs.map((ref) => ref.callback === null)).toEqual([false, true, false]);
      a.release();
      meanwhile(second, () => {});
      c.release();
      expect(called.slice(2)).toEqual(["0", "2"]);
      first.verify();
    });

    test("of weak references that died meanwhile nothing is left", () => {
      const node = new Node();
      const ref = first.weakref.module.ref(node, say("mine"));
      const { address } = ref;
      meanwhile(second, () => {
        ref.release();
        // Where it was, another host has one of its own now.
        const own = second.weakref.module.ref(second.at(new Node().address), say("other"));
        // In a debug heap freed blocks wait.
        expect(own.address === address).toBe(!debug);
        second.frames.globals.set("own", own);
        own.release();
      });
      const seen = first.frames.globals.get("own") as unknown as typeof ref;
      expect(seen.callback).toBe(null);
      first.weakref.callbacks.callBack(address as never);
      expect(called).toEqual([]);
    });

    test("an address that is something else by now", () => {
      const nodes = [new Node(), new Node(), new Node()];
      const refs = nodes.map((node) => first.weakref.module.ref(node, say("mine")));
      meanwhile(second, () => {
        for (const node of nodes) node.release();
        for (const ref of refs) ref.release();
        for (let n = 0; n < 10; n++) second.frames.globals.set(`${n}`, second.containers.tuple([n, n]));
      });
      expect(called).toEqual([]);
      first.verify();
    });

    test("a callback lets go of the others, and makes new ones", () => {
      const nodes = [new Node({ id: 0 }), new Node({ id: 1 }), new Node({ id: 2 })];
      const alive = new Node({ id: 3 });
      const refs = nodes.map((node, n) =>
        first.weakref.module.ref(node, (_, scope) => {
          called.push(`${n}`);
          for (const ref of refs) ref.release();
          scope.keep(first.weakref.module.ref(alive, say("new")));
          scope.keep(first.weakref.module.ref(alive, say("new")));
        }),
      );
      meanwhile(second, () => {
        for (const node of nodes) node.release();
      });
      expect(called).toEqual(["0"]);
      alive.release();
      expect(called).toEqual(["0", "new", "new"]);
      first.verify();
    });

    test("one that was trash with its object, and revived alone, is not called", () => {
      const fields = { tag: "ref", self: "self" } as const;
      const Holder = first.struct("Holder", fields, { finalize: () => {} });
      second.struct("Holder", fields, { finalize: (holder) => void second.frames.globals.set("holder", holder) });
      const node = new Node();
      node.next = node;
      const ref = first.weakref.module.ref(node, say("mine"));
      const holder = new Holder({ tag: ref });
      holder.self = holder;
      for (const handle of [node, ref, holder]) handle.release();
      meanwhile(second, () => second.gc.collect());
      const { tag } = first.frames.globals.get("holder") as typeof holder;
      expect([(tag as typeof ref).alive, called]).toEqual([false, []]);
      first.verify();
    });

    test("callbacks of another host are not called here", () => {
      const node = new Node();
      const ref = first.weakref.module.ref(node, say("mine"));
      hosts.enter(second);
      const seen = second.at(ref.address) as unknown as typeof ref;
      expect(seen.callback).toBe(null);
      node.release();
      expect([called, seen.alive]).toEqual([[], false]);
      first.weakref.callbacks.catchUp();
      first.weakref.callbacks.catchUp();
      expect(called).toEqual(["mine"]);
    });

    test("weak dictionaries lose their entries wherever an object dies", () => {
      const node = new Node();
      const weak = new first.weakref.module.WeakValueDictionary([["a", node]]);
      const set = new first.weakref.module.WeakSet([node]);
      const keys = new first.weakref.module.WeakKeyDictionary([[node, 1]]);
      meanwhile(second, () => node.release());
      expect([weak.size, set.size, keys.size, [...weak], [...set], [...keys]]).toEqual([0, 0, 0, [], [], []]);
      first.verify();
    });
  });

  describe("iterators", () => {
    test("end, whatever another host does to the table", () => {
      const dict = first.tables.dict([]);
      for (let n = 0; n < 100; n++) dict.set(n, n);
      const seen = second.at(dict.address) as unknown as typeof dict;
      const keys = dict.keys();
      for (let n = 0; n < 50; n++) keys.next();
      for (let n = 0; n < 100; n++) if (n !== 60) seen.delete(n);
      for (let n = 1000; n < 1010; n++) seen.set(n, n);
      const rest = [...keys];
      expect([new Set(rest).size === rest.length, rest.every((key) => dict.has(key as number))]).toEqual([true, true]);
      const more = dict.keys();
      more.next();
      seen.clear();
      expect([...more]).toEqual([]);
    });
  });
});
