// Work on weak references in JavaScript alone: WeakRef, WeakMap, WeakSet, and a Map of WeakRefs with a FinalizationRegistry that
// would take out the entries of objects that are gone. When the engine finds out that one is gone nobody can tell, so deaths are
// not comparable.

import type { Work } from "../objects/work.js";
import { type Entries, insertWork, lookupWork, over } from "./entries.js";
import { type Collection, OBJECTS, type WeakTask } from "./task.js";

interface Node {
  next: Node | null;
  weak: WeakRef<Node> | null;
}

/** The work of a task; null if JavaScript has no such thing. */
export function plainWork(task: WeakTask): Work | null {
  switch (task.kind) {
    case "insert":
    case "lookup": {
      const nodes = nodesOf(task.size);
      const open = () => entriesOf(task.collection, nodes);
      return task.kind === "insert" ? insertWork(open, task.size) : lookupWork(open, task.size);
    }
    case "make":
      return over(nodesOf(OBJECTS), (node) => (new WeakRef(node) === null ? 0 : 1));
    case "deref":
      return over(
        nodesOf(OBJECTS).map((node) => ({ node, ref: new WeakRef(node) })),
        ({ ref }) => (ref.deref() === undefined ? 0 : 1),
      );
    case "read field":
    case "write field":
      return fieldWork(task.kind);
    case "again":
    case "make with callback":
    case "entries die":
    case "objects die":
      return null;
  }
}

function nodesOf(size: number): Node[] {
  return Array.from({ length: size }, () => ({ next: null, weak: null }));
}

function entriesOf(collection: Collection, nodes: readonly Node[]): Entries {
  const node = (i: number) => nodes[i] as Node;
  switch (collection) {
    case "values": {
      const map = new Map<number, WeakRef<Node>>();
      const registry = new FinalizationRegistry((key: number) => map.delete(key));
      return {
        add: (i) => {
          map.set(i, new WeakRef(node(i)));
          registry.register(node(i), i, map);
        },
        find: (i) => (map.get(i)?.deref() === undefined ? 0 : 1),
        done: () => registry.unregister(map),
      };
    }
    case "keys": {
      const map = new WeakMap<Node, number>();
      return {
        add: (i) => map.set(node(i), i),
        find: (i) => (map.get(node(i)) === undefined ? 0 : 1),
        done: () => {},
      };
    }
    case "set": {
      const set = new WeakSet<Node>();
      return { add: (i) => set.add(node(i)), find: (i) => (set.has(node(i)) ? 1 : 0), done: () => {} };
    }
  }
}

function fieldWork(kind: "read field" | "write field"): Work {
  const nodes = nodesOf(OBJECTS);
  for (const [i, node] of nodes.entries()) node.weak = new WeakRef(nodes[OBJECTS - 1 - i] as Node);
  if (kind === "read field") return over(nodes, ({ weak }) => (weak?.deref() === undefined ? 0 : 1));
  return over(nodes, (node, i) => {
    node.weak = new WeakRef(nodes[OBJECTS - 1 - i] as Node);
    return 1;
  });
}
