// What must be true of objects, kept up by hand: who refers to whom, who is held from outside, and from that who lives, how
// often each is counted, and in which generation it is. Knows the collector only by its calls and by what CPython's does.
import { FALSE_OBJECT, HEADER_BYTES, TRUE_OBJECT } from "../../src/layout.js";
import { NO_MEMORY, OK } from "../../src/status.js";
import { integer, type Objects, type Totals, type Where } from "./objects.js";

export interface Kind {
  readonly id: number;
  readonly refs: number;
  readonly scalarBytes: number;
  readonly tracked: boolean;
}

export interface Node {
  readonly address: number;
  readonly kind: Kind;
  /** By order of birth, from 1. Stands in its scalars. */
  readonly serial: number;
  /** What its references are: a node, or a word that is none. */
  readonly refs: (Node | number)[];
  /** References from outside. */
  held: number;
  /** All references to it. */
  count: number;
  where: Where;
  /** Place in `live`; −1 once it is dead. */
  index: number;
}

/** Words that are no reference to an object that dies. */
export const PLAIN_WORDS: readonly number[] = [
  0,
  integer(0),
  integer(-1),
  integer(2 ** 30 - 1),
  integer(-(2 ** 30)),
  TRUE_OBJECT,
  FALSE_OBJECT,
];

export class Reach {
  readonly objects: Objects;
  readonly live: Node[] = [];
  readonly totals: Totals[];
  /** Calls that found no memory. */
  failures = 0;
  readonly counts: [number, number, number] = [0, 0, 0];
  #candidates: number;
  #pending = 0;
  #total = 0;
  #thresholds: readonly number[] = [];
  #enabled = false;
  #serial = 0;

  constructor(objects: Objects) {
    this.objects = objects;
    this.#candidates = objects.candidates();
    this.totals = [0, 1, 2].map((generation) => objects.totals(generation));
  }

  // ── calls ──

  kind(refs: number, scalarBytes = 0, tracked = refs > 0): Kind {
    return { id: this.objects.type(refs, scalarBytes, tracked), refs, scalarBytes, tracked };
  }

  /** Switches automatic collections on or off. */
  automatic(enabled: boolean, ...thresholds: [number, number, number]): void {
    this.#enabled = enabled;
    this.#thresholds = thresholds;
    this.objects.automatic(enabled, ...thresholds);
  }

  /** A new node, held once, after the collection that is due; null if there is no memory. */
  make(kind: Kind): Node | null {
    this.#collectIfDue();
    const address = this.objects.tryMake(kind.id);
    if (address !== 0) return this.#enter(kind, address);
    this.#refused(this.objects.core.lastStatus());
    return null;
  }

  /** New nodes by one call; none if there is no memory. */
  makeMany(kind: Kind, count: number): Node[] {
    const { heap, core } = this.objects;
    const out = heap.mem.malloc(4 * count);
    if (out === 0) {
      this.#refused(core.lastStatus());
      return [];
    }
    this.#collectIfDue();
    const status = core.newObjects(kind.id, count, out);
    const addresses = status === OK ? Array.from({ length: count }, (_, i) => heap.word(out + 4 * i)) : [];
    if (status !== OK) {
      this.#refused(status);
      this.#forgetMade(kind, count);
    }
    const nodes = addresses.map((address) => this.#enter(kind, address));
    heap.mem.free(out);
    return nodes;
  }

  /** Puts a node or a plain word into a reference of a node. */
  link(from: Node, slot: number, to: Node | number): void {
    this.objects.link(from.address, slot, typeof to === "number" ? to : to.address);
    const old = from.refs[slot] as Node | number;
    if (typeof to !== "number") to.count++;
    from.refs[slot] = to;
    this.#drop(old);
  }

  hold(node: Node): void {
    this.objects.hold(node.address);
    node.held++;
    node.count++;
  }

  release(node: Node): void {
    if (node.held === 0) throw new Error(`nobody outside holds ${show(node)}`);
    this.objects.release(node.address);
    node.held--;
    this.#drop(node);
  }

  collect(generation: 0 | 1 | 2): void {
    const expected = this.#collected(generation);
    const found = this.objects.core.collect(generation);
    if (found !== expected)
      throw new Error(`collect(${generation}) freed ${found} objects, and ${expected} were trash`);
  }

  /** Collects, looks at the trash, and keeps it: held once more each, in generation 2. */
  save(generation: 0 | 1 | 2): void {
    const trash = this.#found(generation);
    const { core } = this.objects;
    same("trash", core.beginCollection(generation), trash.length);
    const up = (a: number, b: number) => a - b;
    const found = this.objects.trash().sort(up);
    same("the trash", found, trash.map(({ address }) => address).sort(up));
    core.endCollection(1);
    for (const node of trash) Object.assign(node, { held: node.held + 1, count: node.count + 1, where: 2 });
  }

  freeze(): void {
    this.objects.core.freeze();
    for (const node of this.live) if (node.kind.tracked) node.where = "frozen";
    this.counts.fill(0);
  }

  unfreeze(): void {
    this.objects.core.unfreeze();
    for (const node of this.live) if (node.where === "frozen") node.where = 2;
  }

  /** Lets go of everything, also of nodes in cycles that the collector does not see. Nothing is live then. */
  clear(): void {
    for (const node of [...this.live]) while (node.index >= 0 && node.held > 0) this.release(node);
    this.unfreeze();
    this.collect(2);
    for (const node of [...this.live]) {
      if (node.index < 0) continue;
      this.hold(node);
      for (let slot = 0; slot < node.refs.length; slot++) this.link(node, slot, 0);
      this.release(node);
    }
    if (this.live.length > 0) throw new Error(`${this.live.length} nodes are left`);
  }

  // ── what they lead to ──

  #enter(kind: Kind, address: number): Node {
    const { heap } = this.objects;
    if (address % 8 !== 0) throw new Error(`an object at 0x${address.toString(16)}`);
    const serial = ++this.#serial;
    const where = kind.tracked ? 0 : "nowhere";
    const refs = Array.from({ length: kind.refs }, () => 0);
    const node = { address, kind, serial, refs, held: 1, count: 1, where, index: this.live.length } as Node;
    for (let at = scalarsOf(node); at < endOf(node); at += 4) {
      if (heap.word(at) !== 0) throw new Error(`${show(node)} is not all zero`);
      heap.poke(at, serial);
    }
    this.live.push(node);
    if (kind.tracked) this.counts[0]++;
    return node;
  }

  #refused(status: number): void {
    this.failures++;
    if (status !== NO_MEMORY) throw new Error(`a new object was refused with status ${status}`);
  }

  /** Objects that were made and freed again have counted, and nobody can tell how many there were. */
  #forgetMade(kind: Kind, count: number): void {
    const now = this.objects.counts()[0] as number;
    if (!kind.tracked || now > this.counts[0] || now + count < this.counts[0]) {
      if (now !== this.counts[0]) throw new Error(`count 0 has become ${now}, from ${this.counts[0]}`);
    }
    this.counts[0] = now;
  }

  /** A reference to a node is gone, and whatever only that kept alive. */
  #drop(word: Node | number): void {
    const dropped = [word];
    for (const each of dropped) {
      if (typeof each === "number" || --each.count > 0) continue;
      this.#die(each);
      dropped.push(...each.refs);
    }
  }

  #die(node: Node): void {
    const last = this.live.pop() as Node;
    if (last !== node) {
      last.index = node.index;
      this.live[node.index] = last;
    }
    node.index = -1;
    if (node.kind.tracked && this.counts[0] > 0) this.counts[0]--;
  }

  #collectIfDue(): void {
    const due = this.due();
    const said = this.objects.core.dueGeneration();
    if (said !== due) throw new Error(`generation ${said} is due, and should be ${due}`);
    if (due >= 0) this.#collected(due as 0 | 1 | 2);
  }

  /** What an automatic collection should collect now, −1 for nothing. */
  due(): number {
    const [first = 0, second = 0, third = 0] = this.#thresholds;
    if (!this.#enabled || first === 0 || this.counts[0] <= first) return -1;
    if (this.counts[2] > third && this.#pending >= Math.floor(this.#total / 4)) return 2;
    return this.counts[1] > second ? 1 : 0;
  }

  /** Does what a collection does; returns how much trash there was. */
  #collected(generation: 0 | 1 | 2): number {
    const trash = this.#found(generation);
    for (const node of trash) this.#die(node);
    for (const node of trash) for (const to of node.refs) if (typeof to === "number" || to.index >= 0) this.#drop(to);
    return trash.length;
  }

  /** Does what a collection does but for the end of the trash, which it returns. */
  #found(generation: 0 | 1 | 2): Node[] {
    if (generation < 2) this.counts[generation + 1] = (this.counts[generation + 1] as number) + 1;
    for (let younger = 0; younger <= generation; younger++) this.counts[younger] = 0;
    const members = this.live.filter(({ where }) => typeof where === "number" && where <= generation);
    const reached = this.#reached(members);
    const trash = members.filter((node) => !reached.has(node));
    for (const node of reached) node.where = generation === 0 ? 1 : 2;
    if (generation === 1) this.#pending += reached.size;
    if (generation === 2) {
      this.#pending = 0;
      this.#total = reached.size;
    }
    this.#candidates = members.length;
    const totals = this.totals[generation] as Totals;
    totals.collections++;
    totals.collected += trash.length;
    totals.candidates += members.length;
    return trash;
  }

  /** The members that are held from outside, or referred to by a live node that is no member, and all that these reach. */
  #reached(members: readonly Node[]): Set<Node> {
    const inSet = new Set(members);
    const reached = new Set(members.filter(({ held }) => held > 0));
    const follow = ({ refs }: Node) => {
      for (const to of refs) if (typeof to !== "number" && inSet.has(to)) reached.add(to);
    };
    for (const node of this.live) if (!inSet.has(node)) follow(node);
    // A set that grows while it is walked is walked to its new end.
    for (const node of reached) follow(node);
    return reached;
  }

  // ── is it so? ──

  /** Throws unless the heap has the same objects, counts, words, generations and totals, and verifies. */
  check(): void {
    const { objects } = this;
    objects.heap.verify();
    const found = new Map<Node, number>();
    for (const { refs } of this.live) {
      for (const to of refs) if (typeof to !== "number") found.set(to, (found.get(to) ?? 0) + 1);
    }
    for (const node of this.live) this.#checkNode(node, node.held + (found.get(node) ?? 0));
    this.#checkGenerations();
    same("counts", objects.counts(), this.counts);
    same("candidates", objects.candidates(), this.#candidates);
    for (const [generation, totals] of this.totals.entries()) {
      same(`totals of ${generation}`, objects.totals(generation), totals);
    }
  }

  #checkNode(node: Node, count: number): void {
    const { objects } = this;
    const { address, kind, serial, where } = node;
    if (count !== node.count) throw new Error(`the model is wrong about ${show(node)}`);
    if (objects.core.checkObject(address, kind.id) !== OK) throw new Error(`${show(node)} is no live object`);
    same(`count of ${show(node)}`, objects.count(address), count);
    for (const [slot, to] of node.refs.entries()) {
      const word = typeof to === "number" ? to : to.address;
      if (objects.heap.word(address + HEADER_BYTES + 4 * slot) !== word)
        throw new Error(`slot ${slot} of ${show(node)}`);
    }
    for (let at = scalarsOf(node); at < endOf(node); at += 4) {
      if (objects.heap.word(at) !== serial) throw new Error(`${show(node)} was written to at 0x${at.toString(16)}`);
    }
    if (kind.tracked && where !== "frozen" && !objects.isAtRest(address)) throw new Error(`gc1 of ${show(node)}`);
  }

  #checkGenerations(): void {
    const sorted = [...this.live].sort((a, b) => a.serial - b.serial);
    const addresses = (where: Where) => sorted.filter((node) => node.where === where).map(({ address }) => address);
    // The young array is in order of birth, old objects are listed as they lie.
    same("generation 0", this.objects.generation(0), addresses(0));
    same("generation 1", this.objects.generation(1), addresses(1));
    const up = (a: number, b: number) => a - b;
    same("generation 2", this.objects.generation(2).sort(up), addresses(2).sort(up));
    for (const address of addresses("frozen")) same("a frozen object", this.objects.where(address), "frozen");
  }
}

function same(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one}, and not ${other}`);
}

function scalarsOf({ address, kind }: Node): number {
  return address + HEADER_BYTES + 4 * kind.refs;
}

function endOf(node: Node): number {
  return scalarsOf(node) + node.kind.scalarBytes;
}

function show({ serial, address, kind }: Node): string {
  return `object ${serial} at 0x${address.toString(16)} (${kind.refs} references, ${kind.scalarBytes} bytes)`;
}
