// Random operations on a heap that is known by its global names alone: the same numbers do the same in two heaps that are alike.
import { Handle } from "../../src/handle.js";
import {
  Deque,
  Dict,
  FrozenSet,
  type Heap,
  HeapError,
  HeapSet,
  List,
  type Storable,
  type StructType,
  TypedArrayHandle,
  WeakReference,
} from "../../src/index.js";
import { ATOMS } from "./containermodel.js";
import type { Random } from "./random.js";

const NAMES = Array.from({ length: 14 }, (_, i) => `v${i}`);

/** Fields of the types that programs use. */
const FIELDS = {
  Node: { id: "i32", weight: "f64", next: "self", any: "ref", to: "weak" },
  Pair: { left: "ref", right: "ref" },
  Leaf: { n: "u8" },
  Loose: { any: "ref" },
  Final: { id: "u32", other: "ref" },
} as const;
type TypeName = keyof typeof FIELDS;

/** The types of a heap by their names; those that the heap has otherwise are missing. */
export type ProgramTypes = { readonly [K in TypeName]?: StructType<(typeof FIELDS)[K]> };

/** Defines the types, or finds them. What finalizers are called for goes to `log`. */
export function programTypes(heap: Heap, log: (id: number) => void): ProgramTypes {
  const options = { Loose: { gc: false }, Final: { finalize: ({ id }: { id: number }) => log(id) } };
  const entries = Object.entries(FIELDS).flatMap(([name, fields]) => {
    try {
      return [[name, heap.struct(name, fields, options[name as keyof typeof options] as never)] as const];
    } catch (error) {
      if (error instanceof TypeError) return [];
      throw error;
    }
  });
  return Object.fromEntries(entries) as ProgramTypes;
}

/** What an operation came to, as text. */
export type Outcome = string;

export class ImageProgram {
  readonly heap: Heap;
  readonly types: ProgramTypes;
  readonly random: Random;
  readonly #makesDefaultDicts: boolean;
  #serial = 0;

  /** Each host gives the functions of defaultdicts numbers of its own: `makesDefaultDicts` is not for heaps that are to stay alike. */
  constructor(heap: Heap, types: ProgramTypes, random: Random, makesDefaultDicts = false) {
    this.#makesDefaultDicts = makesDefaultDicts;
    this.heap = heap;
    this.types = types;
    this.random = random;
  }

  /** One operation. @throws what shows that the heap is not sound */
  step(): Outcome {
    const { heap } = this;
    try {
      return heap.scope(() => this.#step());
    } catch (error) {
      if (error instanceof HeapError && !TOLD.includes(error.code)) throw error;
      if (error instanceof Error && !(error instanceof WebAssembly.RuntimeError))
        return `${error.name}: ${error.message}`;
      throw error;
    }
  }

  #step(): Outcome {
    const { random } = this;
    const roll = random.below(100);
    if (roll < 22) return this.#make();
    if (roll < 55) return this.#change();
    if (roll < 72) return this.#take();
    if (roll < 80) return `drop ${this.heap.globals.delete(random.pick(NAMES))}`;
    if (roll < 86) return this.#refer();
    if (roll < 96) return this.#collect();
    return this.#look();
  }

  /** A value for a container: an atom, plain data, or what a name stands for. */
  #value(): Storable {
    const { random } = this;
    const roll = random.below(10);
    if (roll < 4) return this.#named();
    if (roll < 5) return [random.below(100), { key: [`${random.below(9)}`] }];
    return roll < 8 ? random.between(-20, 20) : random.pick(ATOMS);
  }

  /** Something that can be a key. */
  #key(): Storable {
    const { random } = this;
    const value = this.#named();
    if (value instanceof FrozenSet || value instanceof WeakReference) return value;
    return random.pick([`key ${random.below(12)}`, random.below(12), random.below(9) + 0.5, random.pick(ATOMS)]);
  }

  #named(): Storable {
    return this.heap.globals.get(this.random.pick(NAMES)) ?? null;
  }

  #some(most: number, make: () => Storable): Storable[] {
    return Array.from({ length: this.random.below(most + 1) }, make);
  }

  /** What a name stands for becomes something new. */
  #make(): Outcome {
    const { heap, random, types } = this;
    const value = () => this.#value();
    const key = () => this.#key();
    const { Node, Pair, Leaf, Loose, Final } = types;
    const makers: (() => Storable)[] = [
      () => heap.list(this.#some(random.pick([3, 3, 40]), value)),
      () => heap.tuple(this.#some(4, value)),
      () => heap.dict(this.#some(8, key).map((each) => [each, value()] as const) as never),
      () => heap.dict(new Map([[key(), value()]]) as never),
      () =>
        this.#makesDefaultDicts
          ? heap.defaultdict(() => 0, { a: value() } as never)
          : heap.dict({ a: value() } as never),
      () => heap.set(this.#some(8, key)),
      () => heap.frozenset(this.#some(4, key)),
      () => heap.deque(this.#some(random.pick([4, 90]), value), random.chance(30) ? { maxLength: 5 } : {}),
      () => heap.array(random.pick(["u8", "i32", "f64"] as const), random.below(random.pick([9, 9, 800]))),
      () => heap.str(`text ${random.below(50)}${random.chance(20) ? " Ω" : ""}`),
      () => heap.sys.intern(`name_${random.below(20)}`),
      () => heap.bytes(Array.from({ length: random.below(20) }, () => random.below(256))),
      () => (Node ? new Node({ id: random.below(99), weight: 0.5, any: value() }) : null),
      () => (Node ? this.#chain(Node) : null),
      () => (Pair ? new Pair({ left: value(), right: value() }) : null),
      () => (Leaf ? new Leaf({ n: random.below(256) }) : null),
      () => (Loose ? new Loose({ any: random.pick([1, "text", null]) }) : null),
      () => (Final ? new Final({ id: ++this.#serial, other: value() }) : null),
    ];
    const name = random.pick(NAMES);
    const made = random.pick(makers)();
    heap.globals.set(name, made);
    return `make ${name} ${shown(made)}`;
  }

  /** A ring of nodes, which point at each other weakly, too. */
  #chain(Node: NonNullable<ProgramTypes["Node"]>): Handle {
    const { random } = this;
    const nodes = Array.from({ length: random.between(1, 6) }, (_, id) => new Node({ id }));
    for (const node of nodes) {
      node.next = random.pick(nodes);
      if (random.chance(50)) node.to = random.pick(nodes);
    }
    return nodes[0] as Handle;
  }

  /** Something goes into what a name stands for. */
  #change(): Outcome {
    const { heap, random, types } = this;
    const { Node, Pair, Loose, Final } = types;
    const target = this.#named();
    const value = this.#value();
    if (target instanceof List) {
      if (target.length > 0 && random.chance(40)) target.set(random.below(target.length), value);
      else if (random.chance(20)) target.insert(random.below(target.length + 1), value);
      else target.push(value, random.below(9));
      return `list ${target.length}`;
    }
    if (target instanceof Dict) {
      target.set(this.#key(), value);
      return `dict ${target.size}`;
    }
    if (target instanceof HeapSet) return `set ${target.add(this.#key()).size}`;
    if (target instanceof Deque) {
      if (random.chance(30)) target.rotate(random.between(-3, 3));
      return `deque ${random.chance(50) ? target.push(value) : target.unshift(value, 1)}`;
    }
    if (target instanceof TypedArrayHandle) return `array ${target.push(random.below(100) as never)}`;
    if (Node?.isInstance(target as never)) {
      const node = target as InstanceType<NonNullable<typeof Node>>;
      node.any = value as never;
      node.weight = random.below(100) / 4;
      const other = this.#named();
      if (Node.isInstance(other as never)) node.next = other as typeof node;
      if (other instanceof HeapSet || other instanceof Deque) node.to = other;
      return `node ${node.id}`;
    }
    if (Pair?.isInstance(target as never)) (target as { left: unknown }).left = value;
    if (Final?.isInstance(target as never)) (target as { other: unknown }).other = value;
    if (Loose?.isInstance(target as never)) (target as { any: unknown }).any = random.pick(["a text", 2, null]);
    heap.globals.set(random.pick(NAMES), target);
    return shown(target);
  }

  /** Something goes out of what a name stands for. */
  #take(): Outcome {
    const { random } = this;
    const target = this.#named();
    if (target instanceof List) {
      if (random.chance(20))
        return `splice ${target.splice(random.below(target.length + 1), random.below(5)).map(shown)}`;
      return `pop ${shown(target.pop())}`;
    }
    if (target instanceof Dict) {
      const key = this.#key();
      return `delete ${target.has(key)} ${target.delete(key)} ${target.size}`;
    }
    if (target instanceof HeapSet) return `remove ${target.delete(this.#key())} ${target.size}`;
    if (target instanceof Deque) return `shift ${shown(random.chance(50) ? target.shift() : target.pop())}`;
    if (target instanceof TypedArrayHandle) return `last ${target.pop()}`;
    if (target instanceof WeakReference) return `referent ${shown(target.deref())}`;
    return shown(target);
  }

  #refer(): Outcome {
    const { heap, random } = this;
    const target = this.#named();
    if (!(target instanceof Handle)) return "none";
    const ref = heap.weakref.ref(target, random.chance(30) ? () => {} : undefined);
    heap.globals.set(random.pick(NAMES), ref);
    return `ref ${shown(ref)}, ${heap.weakref.getWeakRefCount(target)}`;
  }

  #collect(): Outcome {
    const { heap, random } = this;
    const { gc } = heap;
    const roll = random.below(20);
    if (roll === 0) gc.freeze();
    else if (roll < 3) gc.unfreeze();
    else if (roll === 3) gc.setThreshold(random.pick([20, 200, 2000]), random.below(5), random.below(5));
    else if (roll === 4) gc.disable();
    else if (roll < 7) gc.enable();
    else return `collect ${gc.collect(random.below(3) as 0 | 1 | 2)}, ${gc.getCount()}`;
    return `gc ${gc.getFreezeCount()}, ${gc.isEnabled()}, ${gc.getThreshold()}`;
  }

  /** Goes through much of the heap. */
  #look(): Outcome {
    const { heap, random } = this;
    const target = this.#named();
    if (random.chance(50)) return `objects ${heap.gc.getObjects(random.below(3) as 0 | 1 | 2).map(shown)}`;
    if (!(target instanceof Handle)) return `blocks ${heap.sys.getAllocatedBlocks()}`;
    const { gc, sys } = heap;
    return `${shown(target)}: ${sys.getRefCount(target)}, ${sys.getSizeOf(target)}, ${gc.getReferrers(target).map(shown)}, ${gc.getReferents(target).map(shown)}`;
  }
}

/** Codes of errors that say that something cannot be done, and not that the heap is unsound. */
const TOLD: readonly string[] = ["NO_MEMORY", "REQUEST_TOO_LARGE"];

function shown(value: unknown): string {
  if (value instanceof Handle) return `${value.typeName}@${value.address.toString(16)}`;
  return typeof value === "string" ? JSON.stringify(value.slice(0, 20)) : String(value);
}
