// Random programs, and smaller ones of one that fails.
import fc from "fast-check";
import type { Given, Name, Program, Step, Word } from "./words.js";

const NAMES: readonly Name[] = ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"];
const FIELDS = ["a", "b", "c"] as const;
const MOST_BODIES = 6;

type Kind = "node" | "fin" | "list" | "dict" | "set" | "deque" | "tuple" | "frozenset" | "ref" | "any";
const STRUCTS: readonly Kind[] = ["node", "fin"];
const CONTAINERS: readonly Kind[] = ["list", "dict", "set", "deque"];
const LINKABLE: readonly Kind[] = [...STRUCTS, ...CONTAINERS];
const HASHABLE: readonly Kind[] = [...STRUCTS, "frozenset", "ref"];
/** Of weak dictionaries and sets. */
const KEYS: readonly Kind[] = [...STRUCTS, "frozenset"];
const REFERABLE: readonly Kind[] = [...STRUCTS, "set", "frozenset", "deque"];

/** Writes one program. It keeps in mind what each name is likely to stand for, so that most steps do something. */
class Writer {
  readonly #random: fc.Random;
  readonly #kinds = new Map<Name, Kind>();
  #steps: Step[] = [];
  #bodies = 0;

  constructor(random: fc.Random) {
    this.#random = random;
  }

  write(): Program {
    for (let i = this.#between(2, 6); i > 0; i--) this.#make();
    for (let i = this.#between(4, 24); i > 0; i--) this.#step();
    const steps = this.#steps;
    const bodies: (readonly Step[])[] = [];
    // Bodies may ask for more bodies.
    while (bodies.length < this.#bodies) bodies.push(this.#body());
    return { steps, bodies };
  }

  #between(from: number, to: number): number {
    return this.#random.nextInt(from, to);
  }

  #chance(percent: number): boolean {
    return this.#between(1, 100) <= percent;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#between(0, list.length - 1)] as T;
  }

  /** Does one of the things, each as likely as its number says. */
  #one(choices: readonly (readonly [number, () => void])[]): void {
    let at = this.#between(
      1,
      choices.reduce((sum, [weight]) => sum + weight, 0),
    );
    for (const [weight, act] of choices) {
      at -= weight;
      if (at > 0) continue;
      act();
      return;
    }
  }

  #say(word: Word, ...given: Given[]): void {
    this.#steps.push([word, ...given]);
  }

  #bind(name: Name, kind: Kind): Name {
    this.#kinds.set(name, kind);
    return name;
  }

  /** A name of something of one of these kinds; one that has to be made first if there is none. */
  #named(kinds?: readonly Kind[]): Name {
    const fitting = [...this.#kinds].filter(
      ([, kind]) => kinds === undefined || kind === "any" || kinds.includes(kind),
    );
    if (fitting.length > 0) return this.#pick(fitting)[0];
    return this.#make(kinds);
  }

  /** A name to give away: most often one that is free. */
  #newName(): Name {
    const free = NAMES.filter((name) => !this.#kinds.has(name));
    return free.length > 0 && this.#chance(90) ? this.#pick(free) : this.#pick(NAMES);
  }

  // ── making ──────────────────────────────────────────────────────────────────────────────────────────

  #make(
    kinds: readonly Kind[] = ["node", "node", "fin", "fin", "fin", ...CONTAINERS, "list", "tuple", "frozenset"],
  ): Name {
    const kind = this.#pick(kinds);
    const name = this.#newName();
    if (kind === "node") this.#say("node", name);
    else if (kind === "fin") this.#say("fin", name, this.#newBody());
    else if (kind === "tuple") {
      const items = Array.from({ length: this.#between(1, 3) }, () => this.#maybe());
      this.#say(this.#chance(20) ? "wide" : "tuple", name, ...items);
    } else if (kind === "frozenset") this.#say("frozenset", name, this.#named([...HASHABLE, "tuple"]));
    else if (kind === "ref") this.#reference();
    else this.#say("container", name, kind);
    if (kind !== "ref") this.#bind(name, kind);
    if (REFERABLE.includes(kind) && this.#chance(kind === "fin" ? 20 : 50)) this.#say("watch", name);
    return name;
  }

  /** The number of a body: none, a new one, or one that another has already. */
  #newBody(): number | null {
    if (this.#chance(25)) return null;
    if (this.#bodies < MOST_BODIES && this.#chance(80)) return this.#bodies++;
    return this.#bodies === 0 ? null : this.#between(0, this.#bodies - 1);
  }

  /** A name, or one that stands for nothing. */
  #maybe(): Name {
    return this.#chance(85) && this.#kinds.size > 0 ? this.#pick([...this.#kinds.keys()]) : this.#pick(NAMES);
  }

  // ── changing ────────────────────────────────────────────────────────────────────────────────────────

  #connect(x: Name, y: Name): void {
    const kind = this.#kinds.get(x) ?? "node";
    const key = this.#between(0, 3);
    if (kind === "list" || kind === "deque") {
      this.#one([
        [6, () => this.#say("push", x, y)],
        [2, () => this.#say("unshift", x, y)],
        [1, () => this.#say("store", x, key, y)],
      ]);
    } else if (kind === "dict") {
      this.#say("put", x, this.#chance(70) ? key : this.#maybe(), y);
    } else if (kind === "set") {
      this.#say("add", x, this.#chance(30) ? y : this.#named(HASHABLE));
    } else {
      this.#say("link", x, this.#pick(FIELDS), y);
    }
  }

  #disconnect(x: Name): void {
    const kind = this.#kinds.get(x) ?? "node";
    const key = this.#between(0, 3);
    if (kind === "list") {
      this.#one([
        [2, () => this.#say("pop", x)],
        [3, () => this.#say("clear", x)],
        [2, () => this.#say("splice", x, this.#between(0, 2), this.#between(1, 3))],
        [1, () => this.#say("splice", x, this.#between(0, 2), this.#between(0, 2), this.#maybe(), this.#maybe())],
      ]);
    } else if (kind === "deque") {
      this.#say(this.#pick(["pop", "shift", "clear"]), x);
    } else if (kind === "dict") {
      if (this.#chance(70)) this.#say("take", x, this.#chance(70) ? key : this.#maybe());
      else this.#say("clear", x);
    } else if (kind === "set") {
      if (this.#chance(50)) this.#say("discard", x, this.#maybe());
      else this.#say("clear", x);
    } else {
      this.#say("link", x, this.#pick(FIELDS), null);
    }
  }

  /** Objects in a circle, whose names are then most often forgotten. */
  #ring(): void {
    const ring = Array.from({ length: this.#between(1, 4) }, () => this.#named(LINKABLE));
    for (const [i, name] of ring.entries()) this.#connect(name, ring[(i + 1) % ring.length] as Name);
    if (this.#chance(30)) this.#connect(this.#pick(ring), this.#named());
    for (const name of ring) if (this.#chance(80)) this.#forget(name);
  }

  /** Gives objects to another, which alone keeps them then. */
  #handOver(): void {
    const x = this.#named(LINKABLE);
    for (let i = this.#between(1, 3); i > 0; i--) {
      const y = this.#chance(60) ? this.#make(["fin", "fin", "node", "list"]) : this.#named();
      this.#connect(x, y);
      if (y !== x) this.#forget(y);
    }
    if (this.#chance(50)) this.#disconnect(x);
  }

  /** Circles of their own, made, looked at and forgotten together, so that one collection finds them all. */
  #burial(): void {
    for (let i = this.#between(1, 3); i > 0; i--) {
      const ring = Array.from({ length: this.#between(1, 2) }, () => this.#make(["fin", "fin", "node", "list"]));
      for (const [k, name] of ring.entries()) this.#connect(name, ring[(k + 1) % ring.length] as Name);
      const one = this.#pick(ring);
      if (this.#chance(40)) this.#connect(one, this.#named());
      if (this.#chance(40)) this.#buryRef(one);
      if (this.#chance(40)) this.#say("ref", this.#bind(this.#newName(), "ref"), one);
      for (const name of ring) this.#forget(name);
    }
    if (this.#chance(80)) this.#collect();
  }

  /** A weak reference that is called, most often one that goes with its referent. */
  #buryRef(name: Name): void {
    const ref = this.#bind(this.#newName(), "ref");
    this.#say("callRef", ref, name, this.#newBody());
    if (this.#chance(40)) return;
    this.#connect(name, ref);
    this.#forget(ref);
  }

  /** An object that has seen collections, and loses its last reference. */
  #grow(): void {
    const name = this.#make(["fin"]);
    for (let i = this.#between(0, 2); i > 0; i--) this.#collect();
    this.#forget(name);
  }

  #forget(name: Name): void {
    this.#say("forget", name);
    this.#kinds.delete(name);
  }

  #let(): void {
    const y = this.#named();
    const kind = this.#kinds.get(y) ?? "any";
    const x = this.#newName();
    this.#say("let", x, y);
    this.#bind(x, kind);
  }

  #read(): void {
    const y = this.#named();
    const x = this.#newName();
    this.#say("read", x, y, this.#between(0, 3));
    this.#bind(x, "any");
  }

  // ── weak references ─────────────────────────────────────────────────────────────────────────────────

  #reference(): void {
    const y = this.#named(REFERABLE);
    const x = this.#newName();
    if (this.#chance(50)) this.#say("ref", x, y);
    else this.#say("callRef", x, y, this.#newBody());
    this.#bind(x, "ref");
    if (this.#chance(40)) this.#connect(this.#named(LINKABLE), x);
    if (this.#chance(15)) this.#forget(x);
  }

  #weak(): void {
    this.#one([
      [5, () => this.#reference()],
      [2, () => this.#say("watch", this.#named(REFERABLE))],
      [1, () => this.#say("unwatch", this.#between(0, 5))],
      [3, () => this.#deref()],
      [3, () => this.#weakField()],
      [2, () => this.#say("onDeath", this.#named(REFERABLE))],
      [1, () => this.#say(this.#pick(["callNow", "detach"]), this.#between(0, 3))],
      [2, () => this.#say("answers")],
      [2, () => this.#say("refs", this.#named())],
      [1, () => this.#say("hasCallback", this.#named(["ref"]))],
    ]);
  }

  #table(): void {
    this.#one([
      [3, () => this.#say("valuePut", this.#between(0, 1), this.#named(REFERABLE))],
      [1, () => this.#say("valueTake", this.#between(0, 1))],
      [4, () => this.#say("keyPut", this.#named(KEYS), this.#maybe())],
      [1, () => this.#say("keyTake", this.#named(KEYS))],
      [2, () => this.#say("setPut", this.#named(KEYS))],
      [1, () => this.#say("setTake", this.#named(KEYS))],
      [3, () => this.#say("tables")],
    ]);
  }

  #weakField(): void {
    const struct = this.#named(STRUCTS);
    if (this.#chance(60)) this.#say("linkWeak", struct, this.#chance(20) ? null : this.#named(REFERABLE));
    else this.#say("readWeak", this.#bind(this.#newName(), "any"), struct);
  }

  #deref(): void {
    const y = this.#named(["ref"]);
    const x = this.#newName();
    this.#say("deref", x, y);
    this.#bind(x, "any");
  }

  #look(): void {
    this.#one([
      [3, () => this.#say("census")],
      [1, () => this.#say("verify")],
      [2, () => this.#say("countRefs", this.#named())],
      [2, () => this.#say("tracked", this.#named())],
      [2, () => this.#say("finalized", this.#named())],
      [1, () => this.#say("size", this.#named([...CONTAINERS, "tuple"]))],
    ]);
  }

  #collect(): void {
    this.#say("collect", this.#pick([0, 0, 0, 1, 1, 2, 2]));
  }

  #step(): void {
    this.#one([
      [14, () => void this.#make()],
      [14, () => this.#connect(this.#named(LINKABLE), this.#maybe())],
      [8, () => this.#handOver()],
      [9, () => this.#disconnect(this.#named(LINKABLE))],
      [10, () => this.#ring()],
      [5, () => this.#burial()],
      [3, () => this.#grow()],
      [8, () => this.#forget(this.#named())],
      [3, () => this.#let()],
      [4, () => this.#read()],
      [14, () => this.#weak()],
      [6, () => this.#table()],
      [9, () => this.#look()],
      [13, () => this.#collect()],
      [1, () => this.#say(this.#pick(["freeze", "unfreeze"]))],
    ]);
  }

  // ── finalizers and callbacks ────────────────────────────────────────────────────────────────────────

  #body(): readonly Step[] {
    this.#steps = [];
    const before = new Map(this.#kinds);
    for (let i = this.#between(0, 4); i > 0; i--) this.#act();
    this.#kinds.clear();
    for (const [name, kind] of before) this.#kinds.set(name, kind);
    return this.#steps;
  }

  #act(): void {
    this.#one([
      [7, () => this.#say("let", this.#newName(), "self")],
      [3, () => this.#connect(this.#named(LINKABLE), "self")],
      [4, () => this.#say("link", "self", this.#pick(FIELDS), this.#chance(60) ? null : this.#maybe())],
      [3, () => this.#say("read", this.#newName(), "self", this.#between(0, 2))],
      [3, () => this.#disconnect(this.#named(LINKABLE))],
      [3, () => this.#forget(this.#pick(NAMES))],
      [3, () => this.#collect()],
      [2, () => this.#say("throw")],
      [2, () => this.#say(this.#pick(["tracked", "finalized", "refs"]), "self")],
      [2, () => this.#say("callRef", this.#newName(), "self", null)],
      [1, () => this.#say("ref", this.#newName(), "self")],
      [1, () => this.#say("watch", "self")],
      [3, () => this.#say("answers")],
      [2, () => this.#table()],
      [2, () => this.#deref()],
      [8, () => this.#step()],
    ]);
  }
}

// ── for fast-check ──────────────────────────────────────────────────────────────────────────────────

class Programs extends fc.Arbitrary<Program> {
  override generate(random: fc.Random): fc.Value<Program> {
    return new fc.Value(new Writer(random).write(), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Program {
    return typeof value === "object" && value !== null && "steps" in value;
  }

  override shrink(program: Program): fc.Stream<fc.Value<Program>> {
    return fc.stream(smaller(program)).map((value) => new fc.Value(value, undefined));
  }
}

/** Programs with some steps less, largest pieces first; then with less in finalizers and callbacks; then with simpler steps. */
function* smaller({ steps, bodies }: Program): IterableIterator<Program> {
  for (const less of shorter(steps)) yield { steps: less, bodies };
  for (const [i, body] of bodies.entries()) {
    for (const less of shorter(body)) yield { steps, bodies: replaced(bodies, i, 1, less) };
  }
  for (const [i, step] of steps.entries()) {
    for (const simple of simpler(step)) yield { steps: replaced(steps, i, 1, simple), bodies };
  }
}

function replaced<T>(list: readonly T[], at: number, count: number, ...by: T[]): T[] {
  return [...list.slice(0, at), ...by, ...list.slice(at + count)];
}

function* shorter(steps: readonly Step[]): IterableIterator<readonly Step[]> {
  for (let length = steps.length; length > 0; length >>= 1) {
    for (let at = 0; at < steps.length; at += length) yield replaced(steps, at, length);
  }
}

function* simpler([word, ...given]: Step): IterableIterator<Step> {
  if (word === "fin" || word === "container") yield ["node", given[0] as Name];
  if (word === "callRef" && given[2] !== null) yield ["callRef", given[0] as Name, given[1] as Name, null];
  if (word === "fin" && given[1] !== null) yield ["fin", given[0] as Name, null];
  if (word === "collect" && given[0] !== 2) yield ["collect", 2];
}

/** Programs of about 30 steps. */
export const programs = (): fc.Arbitrary<Program> => new Programs();
