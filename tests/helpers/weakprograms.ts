// Random programs of weak references against a model: who refers to whom, in which order, and who is called when an object dies.
import { G_TYPE_COUNT, G_TYPES, T_FINALIZER, TYPE_SHIFT } from "../../src/layout.js";
import { NO_MEMORY } from "../../src/status.js";
import type { CoreHeap, HostCall } from "./core.js";
import { takeAllMemory } from "./objects.js";
import type { Random } from "./random.js";
import { WeakRefs } from "./weakrefs.js";

type Sort = "shared" | "calling" | "keyed";

interface Ref {
  readonly address: number;
  readonly sort: Sort;
  /** null once it is dead. */
  referent: Referent | null;
  /** References of the program. */
  held: number;
}

interface Referent {
  readonly address: number;
  /** As the list is to be: the shared one, then the newest. */
  readonly refs: Ref[];
}

export interface WeakProgramOptions {
  steps: number;
  random: Random;
  /** Most objects at a time, about. */
  objects: number;
  /** Everything is looked at each time after so many steps. */
  checkEvery: number;
  /** Blocks that are not the program's, and stay; none if not given. */
  blocks?: number;
  /** Now and then there is no memory for some steps. */
  shortages?: boolean;
}

export class WeakModel {
  readonly weak: WeakRefs;
  readonly referents: Referent[] = [];
  readonly refs: Ref[] = [];
  /** Calls that found no memory. */
  failures = 0;
  readonly #owner: number;
  readonly #makers: readonly (() => number)[];
  readonly #random: Random;
  readonly #dying: Ref[] = [];

  constructor(heap: CoreHeap, random: Random) {
    const weak = new WeakRefs(heap);
    const { core, objects } = weak;
    const types = [objects.type(2), objects.type(0, 16), objects.type(3, 16, false), objects.type(300)];
    this.#random = random;
    this.weak = weak;
    this.#owner = core.newSet(0) >>> 0;
    this.#makers = [
      ...types.map((type) => () => objects.tryMake(type)),
      () => core.newSet(0) >>> 0,
      () => core.newDeque(0xffff_ffff) >>> 0,
      () => core.newArray(6, 3) >>> 0,
    ];
    heap.host.callBack = (ref) => {
      heap.called.push(["callBack", ref]);
      for (const { address } of this.#dying) {
        if (weak.referent(address) !== 0) throw new Error("a callback runs, and a reference is not dead yet");
      }
    };
  }

  #refused(): void {
    this.failures++;
    const status = this.weak.core.lastStatus();
    if (status !== NO_MEMORY) throw new Error(`a call has status ${status}`);
  }

  makeObject(): void {
    const address = this.#random.pick(this.#makers)();
    if (address === 0) this.#refused();
    else this.referents.push({ address, refs: [] });
  }

  /** One more reference, or one reference more to the shared one. */
  makeRef(referent: Referent, sort: Sort): void {
    const { core, objects } = this.weak;
    const [first] = referent.refs;
    const shared = first?.sort === "shared" ? first : undefined;
    const made =
      sort === "keyed"
        ? core.newKeyedRef(referent.address, this.#owner, objects.count(this.#owner) * 2 + 1)
        : core.newWeakRef(referent.address, sort === "calling" ? 1 : 0);
    const address = made >>> 0;
    if (address === 0) {
      this.#refused();
      return;
    }
    if (sort === "shared" && shared !== undefined) {
      if (shared.address !== address) throw new Error("another shared reference");
      shared.held++;
      return;
    }
    const ref: Ref = { address, sort, referent, held: 1 };
    referent.refs.splice(sort !== "shared" && shared !== undefined ? 1 : 0, 0, ref);
    this.refs.push(ref);
  }

  releaseRef(ref: Ref): void {
    const { sort, referent, address } = ref;
    this.#expect(ref.held === 1 && sort === "calling" && referent !== null ? [["forget", address]] : [], () =>
      this.weak.release(address),
    );
    ref.held--;
    if (ref.held > 0) return;
    this.refs.splice(this.refs.indexOf(ref), 1);
    if (referent !== null) referent.refs.splice(referent.refs.indexOf(ref), 1);
  }

  /** The object dies, and its references are told. */
  kill(referent: Referent): void {
    this.referents.splice(this.referents.indexOf(referent), 1);
    this.#dying.push(...referent.refs);
    const calling = referent.refs.filter(({ sort }) => sort === "calling");
    this.#expect(
      calling.map(({ address }) => ["callBack", address]),
      () => this.weak.release(referent.address),
    );
    this.#dying.length = 0;
    for (const ref of referent.refs) ref.referent = null;
  }

  #expect(wanted: HostCall[], act: () => void): void {
    act();
    same("calls of the host", this.weak.calls(), wanted);
  }

  /** Throws unless lists, table, marks and counts are as they are to be. */
  check(): void {
    const { weak } = this;
    weak.heap.verify();
    const known = this.referents.filter(({ refs }) => refs.length > 0);
    for (const { address, refs } of this.referents) {
      const list = refs.map((ref) => ref.address);
      same("a list", weak.linked(weak.first(address)), list);
      same("a list by the core", weak.refsTo(address), list);
      same("a mark", weak.isMarked(address), list.length > 0);
    }
    for (const ref of this.refs) {
      same("a referent", weak.referent(ref.address), ref.referent?.address ?? 0);
      same("a count", weak.objects.count(ref.address), ref.held);
      same("a call that is due", weak.isCalling(ref.address), ref.sort === "calling" && ref.referent !== null);
    }
    // The set is the owner of keyed references, and one shared reference is for all of them.
    const keyed = this.refs.filter(({ sort }) => sort === "keyed").length;
    const owner = keyed > 0 ? 1 : 0;
    same("referents", weak.referents(), known.length + owner);
    same("the owner's references", weak.objects.count(weak.first(this.#owner)), keyed);
    same("slots in use", weak.slots().filter((ref) => ref !== 0).length, known.length + owner);
    if (weak.referents() * 3 > weak.slots().length * 2) throw new Error("more than two thirds of the table are in use");
    same("watchers", weak.watchers(), this.refs.length + owner + finalizerTypes(weak));
  }

  clear(): void {
    while (this.referents.length > 0 || this.refs.length > 0) {
      if (this.refs.length > 0 && this.#random.chance(70)) this.releaseRef(this.#random.pick(this.refs));
      else if (this.referents.length > 0) this.kill(this.#random.pick(this.referents));
    }
    this.check();
    this.weak.release(this.#owner);
  }
}

/** Types with finalizers, which count as watchers too. */
function finalizerTypes({ objects, heap }: WeakRefs): number {
  const types = objects.field(G_TYPES);
  let count = 0;
  for (let id = 16; id <= objects.field(G_TYPE_COUNT); id++) {
    if ((heap.word(types + (id << TYPE_SHIFT)) & T_FINALIZER) !== 0) count++;
  }
  return count;
}

function same(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one}, and not ${other}`);
}

function oneStep(model: WeakModel, random: Random, objects: number): void {
  const roll = random.below(100);
  const { referents, refs } = model;
  if (referents.length === 0 || (roll < 25 && referents.length < objects)) model.makeObject();
  else if (roll < 60) model.makeRef(random.pick(referents), random.pick(["shared", "calling", "keyed"]));
  else if (roll < 62) same("what was collected", model.weak.core.collect(random.below(3)), 0);
  else if (roll < 85 && refs.length > 0) model.releaseRef(random.pick(refs));
  else model.kill(random.pick(referents));
}

/** Runs one on an empty heap, and lets go of everything at the end. Throws at the first mistake; returns how many calls found no memory. */
export function runWeakProgram(heap: CoreHeap, options: WeakProgramOptions): number {
  const { steps, random, objects, checkEvery, blocks = 0, shortages = false } = options;
  const model = new WeakModel(heap, random);
  let giveBack: (() => void) | null = null;
  for (let step = 1; step <= steps; step++) {
    try {
      if (giveBack !== null && random.chance(10)) {
        giveBack();
        giveBack = null;
        model.check();
      } else if (giveBack === null && shortages && random.chance(2)) {
        giveBack = takeAllMemory(heap);
      }
      // Fewer for a while, so that the table comes and goes.
      oneStep(model, random, step % 1000 < 700 ? objects : 3);
      if (step % 1000 === 900) while (model.referents.length > 3) model.kill(random.pick(model.referents));
      if (step % checkEvery === 0 && giveBack === null) model.check();
    } catch (error) {
      throw new Error(`step ${step}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
  giveBack?.();
  model.check();
  model.clear();
  const left = model.weak.left();
  if (left !== blocks) throw new Error(`${left} blocks are left, and not ${blocks}`);
  return model.failures;
}
