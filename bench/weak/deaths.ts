// Objects of a heap that die, with what belongs to them: entries in weak collections, weak references, finalizers.

import type { Heap, Instance, List, StructType, WeakReference } from "arenaria";
import type { Work } from "../objects/work.js";
import type { End, Rite } from "./task.js";

export const FIELDS = { next: "self", weak: "weak" } as const;
export type NodeType = StructType<typeof FIELDS>;
export type Node = Instance<typeof FIELDS>;

export function nodesOf(Node: NodeType, size: number): Node[] {
  return Array.from({ length: size }, () => new Node());
}

/** What is arranged around new nodes before they die. */
interface Setting {
  /** The handles of the nodes are released once `arrange` returns. */
  arrange(nodes: readonly Node[]): void;
  /** Throws if something is amiss after all nodes have died. */
  check(): void;
  /** Takes away what `arrange` has put there. */
  clear(): void;
}

/** The deaths of `size` nodes that a list holds, all of them old. Those that a collection is to free refer to themselves. */
export function deathWork(heap: Heap, Node: NodeType, size: number, end: End, setting: Setting): Work {
  let list: List = heap.list();
  const prepare = () => {
    setting.clear();
    list.release();
    list = heap.scope(({ keep }) => {
      const held = heap.list();
      const nodes = nodesOf(Node, size);
      for (const node of nodes) {
        if (end === "collected") node.next = node;
        held.push(node);
      }
      setting.arrange(nodes);
      return keep(held);
    });
    heap.gc.collect();
    if (end === "collected") list.clear();
  };
  const die = {
    singly: () => {
      for (let i = 0; i < size; i++) list.set(i, null);
    },
    together: () => list.clear(),
    collected: () => {
      const collected = heap.gc.collect();
      if (collected < size) throw new Error(`${collected} objects of ${size} were collected`);
    },
  }[end];
  const run = () => {
    die();
    setting.check();
  };
  return { operations: size, prepare, run };
}

/** Deaths of objects with something that belongs to each of them. */
export function riteWork(heap: Heap, Plain: NodeType, rite: Rite, end: End, size: number): Work {
  let called = 0;
  const finalize = (object: Node) => {
    if (!object.released) called++;
  };
  const callBack = (ref: WeakReference<Node>) => {
    if (ref.deref() === undefined) called++;
  };
  const last = () => {
    called++;
  };
  const Type = rite === "finalizer" ? heap.struct("Finalized", FIELDS, { finalize }) : Plain;
  const refs = heap.list();
  const arrangements: Readonly<Record<Rite, (node: Node) => void>> = {
    nothing: () => {},
    reference: (node) => refs.push(heap.weakref.ref(node)),
    callback: (node) => refs.push(heap.weakref.ref(node, callBack)),
    finalizer: () => {},
    finalize: (node) => heap.weakref.finalize(node, last),
  };
  const calls = rite === "nothing" || rite === "reference" ? 0 : size;
  return deathWork(heap, Type, size, end, {
    arrange: (nodes) => nodes.forEach(arrangements[rite]),
    check: () => {
      if (called !== calls) throw new Error(`${called} calls of ${calls} were made`);
    },
    clear: () => {
      refs.clear();
      called = 0;
    },
  });
}
