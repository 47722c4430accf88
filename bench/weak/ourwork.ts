// Work on weak references, weak collections and finalizers of a heap, from JavaScript.

import { Heap } from "arenaria";
import type { Work } from "../objects/work.js";
import { deathWork, FIELDS, type Node, type NodeType, nodesOf, riteWork } from "./deaths.js";
import { type Entries, insertWork, lookupWork, over } from "./entries.js";
import { type Collection, type End, OBJECTS, type WeakTask } from "./task.js";

/** Bytes that are there from the start, so that memory does not grow while something is timed. */
const MEMORY = 2 ** 26;

/** The work of a task in a heap of its own, collected as heaps are when nobody says otherwise. */
export async function ourWork(task: WeakTask): Promise<Work> {
  return workIn(await Heap.create({ initialMemory: MEMORY }), task);
}

/** The work of a task in a heap, which has no struct types yet. */
export function workIn(heap: Heap, task: WeakTask): Work {
  const Node = heap.struct("Node", FIELDS);
  switch (task.kind) {
    case "insert":
    case "lookup": {
      const nodes = nodesOf(Node, task.size);
      const open = () => entriesOf(heap, task.collection, nodes);
      if (task.kind === "insert") return insertWork(open, task.size);
      return scoped(heap, lookupWork(open, task.size));
    }
    case "entries die":
      return entriesWork(heap, Node, task.collection, task.end, task.size);
    case "objects die":
      return riteWork(heap, Node, task.rite, task.end, task.size);
    case "read field":
    case "write field":
      return scoped(heap, fieldWork(Node, task.kind));
    default:
      return scoped(heap, referenceWork(heap, Node, task.kind));
  }
}

/** Handles that a run makes are those of a scope. It releases each of them at once all the same. */
function scoped(heap: Heap, work: Work): Work {
  return { ...work, run: () => heap.scope(() => work.run()) };
}

/** A collection of a heap also tells how many entries it has. */
interface OurEntries extends Entries {
  size(): number;
}

function entriesOf(heap: Heap, collection: Collection, nodes: readonly Node[]): OurEntries {
  const { weakref } = heap;
  const node = (i: number) => nodes[i] as Node;
  switch (collection) {
    case "values": {
      const made = new weakref.WeakValueDictionary<number, Node>();
      const find = (i: number) => {
        const found = made.get(i) as Node | undefined;
        if (found === undefined) return 0;
        found.release();
        return 1;
      };
      return { add: (i) => made.set(i, node(i)), find, done: () => made.release(), size: () => made.size };
    }
    case "keys": {
      const made = new weakref.WeakKeyDictionary<Node, number>();
      const find = (i: number) => (made.get(node(i)) === undefined ? 0 : 1);
      return { add: (i) => made.set(node(i), i), find, done: () => made.release(), size: () => made.size };
    }
    case "set": {
      const made = new weakref.WeakSet<Node>();
      const find = (i: number) => (made.has(node(i)) ? 1 : 0);
      return { add: (i) => made.add(node(i)), find, done: () => made.release(), size: () => made.size };
    }
  }
}

/** Deaths of all that is in a collection, which takes their entries out. */
function entriesWork(heap: Heap, Node: NodeType, collection: Collection, end: End, size: number): Work {
  let entries: OurEntries | null = null;
  return deathWork(heap, Node, size, end, {
    arrange: (nodes) => {
      entries = entriesOf(heap, collection, nodes);
      for (let i = 0; i < size; i++) entries.add(i);
    },
    check: () => {
      const left = entries?.size();
      if (left !== 0) throw new Error(`${left} entries were left`);
    },
    clear: () => entries?.done(),
  });
}

// ── weak references ─────────────────────────────────────────────────────────────────────────────────

function referenceWork(heap: Heap, Node: NodeType, kind: "make" | "again" | "make with callback" | "deref"): Work {
  const { weakref } = heap;
  const nodes = nodesOf(Node, OBJECTS);
  const release = (handle: { release(): void } | undefined) => {
    if (handle === undefined) return 0;
    handle.release();
    return 1;
  };
  if (kind === "make") return over(nodes, (node) => release(weakref.ref(node)));
  if (kind === "make with callback") {
    const callback = () => {};
    return over(nodes, (node) => release(weakref.ref(node, callback)));
  }
  const refs = nodes.map((node) => weakref.ref(node));
  if (kind === "again") return over(nodes, (node) => release(weakref.ref(node)));
  // The nodes are in it so that they live as long as the work does.
  const held = refs.map((ref, i) => ({ ref, node: nodes[i] }));
  return over(held, ({ ref }) => release(ref.deref()));
}

function fieldWork(Node: NodeType, kind: "read field" | "write field"): Work {
  const nodes = nodesOf(Node, OBJECTS);
  const opposite = (i: number) => nodes[OBJECTS - 1 - i] as Node;
  for (const [i, node] of nodes.entries()) node.weak = opposite(i);
  if (kind === "write field") {
    return over(nodes, (node, i) => {
      node.weak = opposite(i);
      return 1;
    });
  }
  return over(nodes, (node) => {
    const found = node.weak as Node | null;
    if (found === null) return 0;
    found.release();
    return 1;
  });
}
