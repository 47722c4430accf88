// Heaps whose images are changed at random: small, each full of something else, and the same each time.
import type { Handle } from "../../src/handle.js";
import { Heap } from "../../src/index.js";
import { GC_STATS, S_DURATION, STATS_SHIFT } from "../../src/layout.js";
import { ImageProgram, programTypes } from "./imageprograms.js";
import { offsetOf, seal } from "./images.js";
import { Random } from "./random.js";

export interface Source {
  readonly name: string;
  readonly image: Uint8Array;
}

type Fill = (heap: Heap, random: Random) => void;

const FILLS: { readonly [name: string]: Fill } = {
  empty: () => {},
  containers(heap, random) {
    const values = () =>
      Array.from({ length: random.between(1, 12) }, () => random.pick([1, "text", 2.5, 3n ** 50n, null]));
    for (let i = 0; i < 6; i++) {
      heap.globals.set(`list ${i}`, values());
      heap.globals.set(`dict ${i}`, Object.fromEntries(values().map((value, n) => [`${n}`, [value]])));
      heap.globals.set(`set ${i}`, heap.set(values().map((value, n) => `${value} ${n}`)));
      heap.globals.set(`tuple ${i}`, heap.tuple([heap.tuple([i]), heap.frozenset(values()), heap.list([i])]));
      heap.globals.set(`deque ${i}`, heap.deque(values(), i > 2 ? { maxLength: 4 } : {}));
      heap.globals.set(`array ${i}`, heap.array(random.pick(["u8", "f64", "i32"] as const), i * 5));
    }
    heap.globals.set(
      "map",
      heap.dict(
        new Map<unknown, unknown>([
          [1, "a"],
          [heap.tuple([2]), 2.5],
        ]) as never,
      ),
    );
    heap.globals.set(
      "default",
      heap.defaultdict(() => 0, { a: 1 }),
    );
    heap.globals.set("large", heap.dict(Array.from({ length: 300 }, (_, i) => [i, i] as const)));
    for (let i = 0; i < 200; i += 3) (heap.globals.get("large") as unknown as Map<number, number>).delete(i);
  },
  structs(heap, random) {
    const { Node, Pair, Leaf, Loose, Final } = programTypes(heap, () => {});
    if (!(Node && Pair && Leaf && Loose && Final)) throw new Error("a new heap has types already");
    const Typed = heap.struct("Typed", { node: Node, leaf: Leaf, flag: "bool", wide: "u64" });
    const nodes = Array.from({ length: 60 }, (_, id) => new Node({ id, weight: id / 4 }));
    for (const node of nodes) {
      node.next = random.pick(nodes);
      node.to = random.pick(nodes);
      node.any = random.pick<unknown>([node, "text", 1, new Loose({ any: ["x"] })]) as never;
    }
    heap.globals.set("nodes", heap.list(nodes.filter((_, i) => i % 3 === 0)));
    heap.globals.set(
      "pairs",
      heap.list(nodes.slice(0, 20).map((left) => new Pair({ left, right: new Final({ id: 1, other: left }) }))),
    );
    heap.globals.set(
      "typed",
      heap.list(nodes.slice(0, 9).map((node) => new Typed({ node, leaf: new Leaf({ n: 3 }), wide: 5n }))),
    );
    const wide = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`f${i}`, "ref"] as const));
    const Wide = heap.struct("Wide", wide);
    heap.globals.set("wide", heap.list([new Wide({ f0: 1 }), new Wide({ f149: [2] })]));
  },
  weak(heap) {
    const objects = Array.from({ length: 40 }, (_, i) => heap.frozenset([i, "x"]));
    heap.globals.set("objects", heap.list(objects));
    const refs = objects.flatMap((object, i) => [
      heap.weakref.ref(object),
      heap.weakref.ref(object, i % 2 ? () => {} : undefined),
    ]);
    heap.globals.set("refs", heap.list(refs));
    heap.globals.set("keys", heap.set(refs));
    const { weakref } = heap;
    const kept = [
      new weakref.WeakValueDictionary(objects.map((object, i) => [i, object] as const)),
      new weakref.WeakKeyDictionary(objects.map((object, i) => [object, [i]] as const) as never),
      new weakref.WeakSet(objects.slice(0, 9)),
    ];
    for (const [i, each] of kept.entries()) {
      const { $entries } = each as unknown as { $entries(call: string): Handle };
      heap.globals.set(`entries ${i}`, $entries.call(each, "get"));
    }
    for (const ref of objects.slice(30)) ref.release();
    (heap.globals.get("objects") as unknown as { splice(from: number): void }).splice(25);
  },
  texts(heap) {
    for (let i = 0; i < 150; i++)
      heap.globals.set(
        `key ${i} ${i % 5 === 0 ? "Ω" : "é"}`,
        heap.sys.intern(`interned ${i}${i % 7 === 0 ? "Ω" : ""}`),
      );
    heap.globals.set("long", heap.str("long ".repeat(300)));
    heap.globals.set("wide", heap.str("Ω".repeat(400)));
    heap.globals.set("bytes", heap.bytes(Array.from({ length: 700 }, (_, i) => i & 255)));
    heap.globals.set("numbers", [2n ** 200n, -(2n ** 31n), 0.1, -0, NaN]);
  },
  pieces(heap, random) {
    const blocks = Array.from({ length: 250 }, () => {
      const domain = random.pick(["mem", "obj", "raw"] as const);
      return { domain, at: heap[domain].malloc(random.pick([8, 24, 100, 400, 512, 600, 3000])) };
    });
    for (const { domain, at } of blocks) if (random.chance(70)) heap[domain].free(at);
    heap.arena().malloc(100);
  },
  ages(heap) {
    heap.gc.setThreshold(30, 2, 2);
    for (let age = 0; age < 5; age++) {
      heap.globals.set(
        `age ${age}`,
        Array.from({ length: 30 }, (_, i) => [i, `${i}`]),
      );
      for (let i = 0; i < 10; i++) heap.scope(() => void ((ring) => ring.push(ring))(heap.list([i])));
      if (age === 1) heap.gc.freeze();
      heap.gc.collect(age === 2 ? 1 : 0);
    }
    heap.gc.setDebug(heap.gc.DEBUG_SAVEALL);
    heap.gc.collect();
    for (let i = 0; i < 10; i++) heap.scope(() => void ((ring) => ring.push(ring))(heap.list([i])));
  },
};

/** Of these, handles stay, and frames are open when the image is taken. */
function takeImage(heap: Heap, name: string): Uint8Array {
  if (name !== "program") return heap.snapshot();
  const held = [heap.list([1]), heap.dict({ a: [1] })];
  const image = heap.frame("frame", (frame) => {
    frame.set("local", heap.list(held));
    return heap.snapshot();
  });
  for (const handle of held) handle.release();
  return image;
}

/** An image of each kind of heap, without debug hooks and with. */
export async function sourceImages(): Promise<Source[]> {
  const sources: Source[] = [];
  for (const debug of [false, true]) {
    for (const name of [...Object.keys(FILLS), "program"]) {
      const random = new Random(sources.length + 1);
      const image = await sameEachTime(random, () => imageOf(name, debug, random));
      sources.push({ name: debug ? `${name}, debug` : name, image: timeless(image) });
    }
  }
  return sources;
}

async function imageOf(name: string, debug: boolean, random: Random): Promise<Uint8Array> {
  using heap = await Heap.create({ debug, maximumMemory: 2 ** 23 });
  heap.scope(() => {
    FILLS[name]?.(heap, random);
    if (name !== "program") return;
    const program = new ImageProgram(
      heap,
      programTypes(heap, () => {}),
      random,
      true,
    );
    for (let i = 0; i < 500; i++) program.step();
  });
  return takeImage(heap, name);
}

/** Calls a function for which chance, and time, are what this generator says. */
async function sameEachTime<T>(random: Random, make: () => Promise<T>): Promise<T> {
  const { getRandomValues } = crypto;
  const { random: chance } = Math;
  crypto.getRandomValues = (array) => {
    if (array instanceof Uint8Array) for (let i = 0; i < array.length; i++) array[i] = random.below(256);
    return array;
  };
  Math.random = () => random.below(1000) / 1000;
  try {
    return await make();
  } finally {
    crypto.getRandomValues = getRandomValues;
    Math.random = chance;
  }
}

/** Takes out how long collections took. */
function timeless(image: Uint8Array): Uint8Array {
  for (const generation of [0, 1, 2]) {
    const at = offsetOf(image, GC_STATS + (generation << STATS_SHIFT) + S_DURATION);
    image.fill(0, at, at + 8);
  }
  return seal(image);
}
