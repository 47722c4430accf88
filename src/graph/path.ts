// heap.whyAlive: the shortest way from what holds objects from outside to one of them.

import { hex, type ObjectAddress } from "../address.js";
import { type Handle, inside, OWNS } from "../handle.js";
import { ID_FLOAT, ID_INT, ID_STR } from "../layout.js";
import { defineSummary } from "../summary.js";
import { FIELD, ITEM, KEY, VALUE, WEAK, WEAK_FIELD } from "./links.js";
import { type EdgeKind, kindOfLink, ObjectGraph } from "./objectgraph.js";
import type { RootGroup, RootHolders, RootVisit } from "./roots.js";

/** One reference of a path, and the object that it leads to. */
export interface PathStep {
  /** Address of the object that refers to the next; 0 where nothing of the heap does. Names of `globals` and frames are in dicts. */
  readonly holder: ObjectAddress;
  /** root: held from outside. element, property: by an item, a field or the value of an entry. internal: as a key, for instance. */
  readonly kind: Exclude<EdgeKind, "weak"> | "root";
  /** The field, the key or the number of the item. */
  readonly name: string | number;
  readonly to: ObjectAddress;
  readonly typeName: string;
}

/** How an object is kept alive. */
export interface RootPath {
  /** What holds the first object: "handles", "globals", the name of a frame as `frame main`, "finalizers", "garbage", "arenas", "program". */
  readonly from: string;
  /** From there to the object that was asked for; at least one. */
  readonly steps: readonly PathStep[];
  /** A line for each step: `globals["cache"]`, `→ dict 0x00048020["key"]`, `→ Node 0x00042008.next`, `→ Node 0x00042068`. */
  toString(): string;
}

/** Steps of a path that are printed; of a longer one, the first and the last. */
const MOST_LINES = 40;

/** What the first line says, by group. */
const ROOT_TEXTS: { readonly [G in RootGroup]: string } = {
  handles: "a handle",
  globals: "globals",
  frames: "a frame",
  finalizers: "a function of weakref.finalize",
  garbage: "gc.garbage",
  arenas: "an arena",
  program: "a reference that the program owns by address",
};

/** In place of the number of the object before. */
const NOBODY = -1;

/**
 * See {@link Heap.whyAlive}.
 *
 * @throws TypeError not a handle; HandleError; HeapError `BUSY`
 */
export function whyAlive(holders: RootHolders, object: Handle): RootPath | null {
  const call = "heap.whyAlive";
  const target = holders.objects.addressOf(object, call);
  const graph = new ObjectGraph(holders, call);
  // The reference of a handle that has given it away is somebody else's.
  return shortestPath(graph, target, inside(object).$hold.state === OWNS);
}

/** The shortest path to an object; with `isHeld`, one handle of it does not count. Null: there is none. */
export function shortestPath(graph: ObjectGraph, target: ObjectAddress, isHeld: boolean): RootPath | null {
  const way = shortestWay(graph, target, isHeld);
  const first = way[0];
  if (first === undefined) return null;
  let root: { readonly group: RootGroup; readonly name: string } | null = null;
  visitOtherRoots(graph, target, isHeld, (group, name, to) => {
    if (to === first) root ??= { group, name };
  });
  return root === null ? null : new Path(graph, root, way);
}

/** As ObjectGraph.roots, without one of the handles of `target` if it `isHeld`. */
function visitOtherRoots(graph: ObjectGraph, target: ObjectAddress, isHeld: boolean, visit: RootVisit): void {
  let isLeftOut = !isHeld;
  graph.roots((group, name, to) => {
    if (!isLeftOut && group === "handles" && to === target) isLeftOut = true;
    else visit(group, name, to);
  });
}

/** The objects on the shortest way to `target`, which is the last; empty if there is none. */
function shortestWay(graph: ObjectGraph, target: ObjectAddress, isHeld: boolean): ObjectAddress[] {
  const addresses = graph.addresses();
  const goal = graph.numberOf(target);
  /** By number: the number of the object before. */
  const before = new Int32Array(addresses.length);
  const isReached = new Uint8Array(addresses.length);
  const reached = new Uint32Array(addresses.length);
  let end = 0;
  const reach = (number: number, from: number): void => {
    if (isReached[number] !== 0) return;
    isReached[number] = 1;
    before[number] = from;
    reached[end++] = number;
  };
  visitOtherRoots(graph, target, isHeld, (_group, _name, to) => reach(graph.numberOf(to), NOBODY));
  for (let next = 0; next < end && isReached[goal] === 0; next++) {
    const from = reached[next] as number;
    graph.links(addresses[from] as ObjectAddress, (link, _, to) => {
      if (link < WEAK) reach(graph.numberOf(to), from);
    });
  }
  if (isReached[goal] === 0) return [];
  const way: ObjectAddress[] = [];
  for (let number = goal; number !== NOBODY; number = before[number] as number) {
    way.push(addresses[number] as ObjectAddress);
  }
  return way.reverse();
}

class Path implements RootPath {
  readonly from: string;
  readonly steps: PathStep[] = [];
  readonly #lines: string[] = [];

  static {
    defineSummary(Path.prototype, (path) => path.toString());
  }

  /** `way` has the objects from the first that is held to the last. */
  constructor(
    graph: ObjectGraph,
    { group, name }: { readonly group: RootGroup; readonly name: string },
    way: readonly ObjectAddress[],
  ) {
    this.from = group === "frames" ? name : group;
    // The dict of names is named as who has it.
    const names = (group === "globals" || group === "frames") && way.length > 1 ? (way[0] as ObjectAddress) : 0;
    const objects = names === 0 ? way : way.slice(1);
    for (const [n, to] of objects.entries()) {
      const holder = n === 0 ? names : (objects[n - 1] as ObjectAddress);
      this.steps.push(stepFrom(graph, holder, to, name));
    }
    Object.freeze(this.steps);
    const orOther = group === "program" && graph.isShared ? ", or a handle of another thread" : "";
    const start = group === "frames" ? name : ROOT_TEXTS[group] + orOther;
    const line = (n: number): string => {
      const holder = n === 0 ? names : (objects[n - 1] as ObjectAddress);
      const what = n === 0 ? start : `→ ${graph.typeName(holder)} ${hex(holder)}`;
      const to = objects[n];
      if (to === undefined) return isLeaf(graph, holder) ? `${what} ${graph.label(holder)}` : what;
      return holder === 0 ? what : what + textBetween(graph, holder, to);
    };
    const lines = objects.length + 1;
    const omitted = Math.max(0, lines - MOST_LINES);
    for (let n = 0; n < lines; n++) {
      if (omitted > 0 && n === MOST_LINES / 2) {
        this.#lines.push(`… ${omitted} more`);
        n += omitted;
      }
      this.#lines.push(line(n));
    }
  }

  toString(): string {
    return this.#lines.join("\n");
  }
}

/** The object is a text or a number, which says more than its address. */
function isLeaf(graph: ObjectGraph, address: ObjectAddress): boolean {
  const id = graph.typeId(address);
  return id === ID_STR || id === ID_INT || id === ID_FLOAT;
}

/** `name` is that of what holds the object from outside, for a step from there. */
function stepFrom(graph: ObjectGraph, holder: ObjectAddress, to: ObjectAddress, name: string): PathStep {
  const typeName = graph.typeName(to);
  if (holder === 0) return { holder, kind: "root", name, to, typeName };
  const { link, label } = linkBetween(graph, holder, to);
  const kind = kindOfLink(link, label) as Exclude<EdgeKind, "weak">;
  return { holder, kind, name: graph.nameOfLink(holder, link, label), to, typeName };
}

/** The first reference of an object to another that keeps it alive. */
function linkBetween(
  graph: ObjectGraph,
  holder: ObjectAddress,
  to: ObjectAddress,
): { readonly link: number; readonly label: number } {
  let found: { readonly link: number; readonly label: number } | null = null;
  graph.links(holder, (link, label, target) => {
    if (found === null && link < WEAK && target === to) found = { link, label };
  });
  return found ?? { link: ITEM, label: 0 };
}

/** The same in the program's words. */
function textBetween(graph: ObjectGraph, holder: ObjectAddress, to: ObjectAddress): string {
  const { link, label } = linkBetween(graph, holder, to);
  const name = graph.nameOfLink(holder, link, label);
  switch (link) {
    case ITEM:
      return `[${name}]`;
    case VALUE:
      return `[${graph.labelOfWord(label)}]`;
    case FIELD:
      return `.${name}`;
    case WEAK_FIELD:
      return `.${name} (its weak reference)`;
    case KEY:
      return " (a key)";
    default:
      return ` (its ${name})`;
  }
}
