// Fields of records read and written from JavaScript: through handles and cursors, beside plain JavaScript.

import { Heap, type Instance, type StructType } from "arenaria";
import type { Work } from "./work.js";

/** Records that the loop goes over, again and again. */
const RECORDS = 10;
const PASSES = 100;

const FIELDS = { next: "self", count: "u32", weight: "f64" } as const;
type RecordType = StructType<typeof FIELDS>;
type Record = Instance<typeof FIELDS>;

/** What is read or written, as code: `at` is a record, `i` a small number that changes, `other` a record to refer to. */
interface Access {
  readonly name: string;
  readonly read: string;
  readonly write: string;
}

const ACCESSES: readonly Access[] = [
  { name: "u32", read: "sum += at.count;", write: "at.count = i;" },
  { name: "f64", read: "sum += at.weight;", write: "at.weight = i;" },
  { name: "reference", read: "if (at.next !== null) sum++;", write: "at.next = other[k];" },
];

type Loop = (list: readonly unknown[], other: readonly unknown[], cursors: readonly unknown[]) => number;

/** A loop of its own for each case, so that what the engine learned in one is not there in another. `choose` makes `at` of `list[k]`. */
function ownLoop(choose: string, body: string): Loop {
  const loop = `let sum = 0;
    for (let i = 0; i < ${PASSES}; i++) for (let k = 0; k < ${RECORDS}; k++) { ${choose} ${body} }
    return sum;`;
  return new Function("list", "other", "cursors", loop) as Loop;
}

/** One way to get at the fields of ten records, of one type or of ten. */
interface Way {
  readonly by: string;
  readonly choose: string;
  readonly list: readonly unknown[];
  readonly other: readonly unknown[];
  readonly cursors?: readonly unknown[];
  /** Calls the loop. */
  call?(loop: () => number): number;
}

const PLAIN_CHOICE = "const at = list[k];";

/** Records of our own, of as many types as there are in `types`. */
function ownWays(heap: Heap, types: readonly RecordType[]): Way[] {
  const all = Array.from({ length: RECORDS }, (_, k) => types[k % types.length] as RecordType);
  const handles: Record[] = all.map((Type, k) => new Type({ count: k, weight: k }));
  for (const handle of handles) handle.next = handle;
  const addresses = handles.map(({ address }) => address);
  const standing = all.map((Type, k) => Type.cursor(addresses[k] as number));
  const moving = types.map((Type) => Type.cursor());
  const cursors = all.map((_, k) => moving[k % types.length]);
  return [
    { by: "handle", choose: PLAIN_CHOICE, list: handles, other: handles },
    {
      by: "handle in a scope",
      choose: PLAIN_CHOICE,
      list: handles,
      other: handles,
      call: (loop) => heap.scope(loop),
    },
    { by: "cursor", choose: PLAIN_CHOICE, list: standing, other: addresses },
    {
      by: "cursor that moves",
      choose: "const at = cursors[k]; at.address = list[k];",
      list: addresses,
      other: addresses,
      cursors,
    },
  ];
}

type Class = new (index: number) => { next: unknown };

/** A class of plain objects, made anew so that each is a type of its own to the engine. */
function plainClass(): Class {
  return new Function(
    "return class { constructor(i) { this.next = null; this.count = i; this.weight = i + 0.5; } };",
  )() as Class;
}

/** A class whose getters read typed arrays at an index: what a handle would be without checks and counts. */
function arrayClass(u32: Uint32Array, f64: Float64Array): Class {
  return new Function(
    "u32",
    "f64",
    `return class {
       constructor(i) { this.index = i; this.link = null; }
       get count() { return u32[this.index]; }
       set count(value) { u32[this.index] = value; }
       get weight() { return f64[this.index]; }
       set weight(value) { f64[this.index] = value; }
       get next() { return this.link; }
       set next(value) { this.link = value; }
     };`,
  )(u32, f64) as Class;
}

function plainWays(types: number): Way[] {
  const u32 = new Uint32Array(RECORDS);
  const f64 = new Float64Array(RECORDS);
  const listOf = (make: () => Class) => {
    const classes = Array.from({ length: types }, make);
    const list = Array.from({ length: RECORDS }, (_, k) => new (classes[k % types] as Class)(k));
    for (const each of list) each.next = each;
    return list;
  };
  const objects = listOf(plainClass);
  const getters = listOf(() => arrayClass(u32, f64));
  return [
    { by: "plain object", choose: PLAIN_CHOICE, list: objects, other: objects },
    { by: "getters on typed arrays", choose: PLAIN_CHOICE, list: getters, other: getters },
  ];
}

/** Where sums go, so that no loop is left out. */
export const sink: { sum: number } = { sum: 0 };

/** One access by one way. */
export interface FieldWork extends Work {
  readonly access: string;
  readonly by: string;
}

/** All accesses by all ways, to records of that many types. Times are of one access, with a step of the loop and the choice of the record. */
export async function fieldWork(types: number): Promise<FieldWork[]> {
  const heap = await Heap.create();
  const own = Array.from({ length: types }, (_, k) => heap.struct(`Record${k}`, FIELDS));
  const ways = [...ownWays(heap, own), ...plainWays(types)];
  return ACCESSES.flatMap(({ name, read, write }) => [
    ...ways.map((way) => workOf(`read ${name}`, read, way)),
    ...ways.map((way) => workOf(`write ${name}`, write, way)),
  ]);
}

function workOf(access: string, body: string, { by, choose, list, other, cursors = [], call }: Way): FieldWork {
  // What handles read as null is 0 to cursors, which have addresses.
  const loop = ownLoop(choose, by.startsWith("cursor") ? body.replace("null", "0") : body);
  const once = () => loop(list, other, cursors);
  const run = () => {
    sink.sum = call === undefined ? once() : call(once);
  };
  return { access, by, operations: RECORDS * PASSES, run };
}
