// Heap snapshots as V8's format has them, read by the letter.

/** A node, and what its edges lead to by name or number. */
export interface SnapshotNode {
  readonly type: string;
  readonly name: string;
  readonly id: number;
  readonly size: number;
  readonly edges: { readonly type: string; readonly name: string | number; readonly to: SnapshotNode }[];
}

interface File {
  readonly snapshot: {
    readonly meta: { readonly node_fields: string[]; readonly node_types: [string[]]; readonly edge_types: [string[]] };
    readonly node_count: number;
    readonly edge_count: number;
    readonly extra_native_bytes: number;
  };
  readonly nodes: number[];
  readonly edges: number[];
  readonly strings: string[];
}

/** Numbers a node and an edge have. */
const NODE = 7;
const EDGE = 3;

/** The nodes of a snapshot, the root first. Throws for what V8's own tools would stumble over. */
export function readSnapshot(pieces: Iterable<string>): { file: File; nodes: SnapshotNode[] } {
  const file = JSON.parse([...pieces].join("")) as File;
  const { meta, node_count, edge_count } = file.snapshot;
  const [nodeTypes] = meta.node_types;
  const [edgeTypes] = meta.edge_types;
  const all = [...file.nodes, ...file.edges];
  if (!all.every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 32))
    throw new Error("a number is none for Uint32Array");
  if (file.nodes.length !== NODE * node_count) throw new Error(`${file.nodes.length} numbers for ${node_count} nodes`);
  if (file.edges.length !== EDGE * edge_count) throw new Error(`${file.edges.length} numbers for ${edge_count} edges`);
  const text = (index: number): string => {
    const found = file.strings[index];
    if (found === undefined) throw new Error(`there is no string ${index}`);
    return found;
  };
  const nodes = Array.from({ length: node_count }, (_, n): SnapshotNode => {
    const [type, name, id, size] = file.nodes.slice(n * NODE) as [number, number, number, number];
    return { type: nodeTypes[type] as string, name: text(name), id, size, edges: [] };
  });
  let at = 0;
  for (const [n, node] of nodes.entries()) {
    const end = at + EDGE * (file.nodes[n * NODE + 4] as number);
    for (; at < end; at += EDGE) {
      const [type, name, to] = file.edges.slice(at, at + EDGE) as [number, number, number];
      const target = nodes[to / NODE];
      if (target === undefined) throw new Error(`an edge of node ${n} leads to ${to}`);
      const kind = edgeTypes[type] as string;
      node.edges.push({ type: kind, name: kind === "element" ? name : text(name), to: target });
    }
  }
  if (at !== file.edges.length) throw new Error(`the nodes have ${at / EDGE} edges`);
  return { file, nodes };
}

/** What an edge of a node leads to. Throws if there is no such edge, or there are two. */
export function follow(node: SnapshotNode | undefined, ...names: (string | number)[]): SnapshotNode {
  let at = node as SnapshotNode;
  for (const name of names) {
    const found = at.edges.filter((edge) => edge.name === name);
    if (found.length !== 1) throw new Error(`${at.name} has ${found.length} edges ${name}`);
    at = (found[0] as { to: SnapshotNode }).to;
  }
  return at;
}
