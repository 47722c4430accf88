// Which node of a graph all ways to another lead through, after Lengauer and Tarjan (1979): in time that hardly grows faster than the
// number of edges, whatever the graph looks like, and without recursion.

/** A graph with a start; all that is said about it is about what can be reached from there. */
export interface FlowGraph {
  /** Nodes; 0 is the start. */
  readonly nodes: number;
  /** Calls `visit` for each edge of a node with the node that it leads to. Always in the same way. */
  successors(node: number, visit: (to: number) => void): void;
}

export interface Dominators {
  /** By node: the last that all ways to it lead through before they reach it; −1 for the start, and for what nothing leads to. */
  readonly immediate: Int32Array;
  /** The nodes that can be reached, each behind its dominators. */
  readonly order: Uint32Array;
}

/** No node, or no number. */
const NONE = -1;

/** Edges by the node that they belong to: those of `n` are `to[first[n]]` … `to[first[n + 1] − 1]`. */
interface Edges {
  readonly first: Uint32Array;
  readonly to: Uint32Array;
}

/** The nodes in the order in which a depth-first walk reaches them; a node's number is its place there. */
interface Walk {
  /** By number. */
  readonly nodes: Uint32Array;
  /** By node; NONE if it is not reached. */
  readonly numbers: Int32Array;
  /** By number: the number of the node that it was reached from. */
  readonly parents: Int32Array;
}

/** The immediate dominators of all nodes. */
export function dominatorsOf(graph: FlowGraph): Dominators {
  const edges = edgesOf(graph);
  const walk = walkOf(edges, graph.nodes);
  const numbers = immediateDominators(walk, reversed(edges, walk));
  const immediate = new Int32Array(graph.nodes).fill(NONE);
  for (let n = 1; n < numbers.length; n++) {
    immediate[walk.nodes[n] as number] = walk.nodes[numbers[n] as number] as number;
  }
  return { immediate, order: walk.nodes };
}

/** By node: the sum of its own weight and of the weights of all nodes that it dominates; 0 for what nothing leads to. */
export function dominatedWeights({ immediate, order }: Dominators, weightOf: (node: number) => number): Float64Array {
  const sums = new Float64Array(immediate.length);
  for (const node of order) sums[node] = weightOf(node);
  for (let n = order.length - 1; n > 0; n--) {
    const node = order[n] as number;
    const dominator = immediate[node] as number;
    sums[dominator] = (sums[dominator] as number) + (sums[node] as number);
  }
  return sums;
}

function edgesOf(graph: FlowGraph): Edges {
  const first = new Uint32Array(graph.nodes + 1);
  let count = 0;
  for (let node = 0; node < graph.nodes; node++) {
    first[node] = count;
    graph.successors(node, () => {
      count++;
    });
  }
  first[graph.nodes] = count;
  const to = new Uint32Array(count);
  let at = 0;
  const note = (node: number): void => {
    to[at++] = node;
  };
  for (let node = 0; node < graph.nodes; node++) graph.successors(node, note);
  return { first, to };
}

function walkOf({ first, to }: Edges, count: number): Walk {
  const nodes = new Uint32Array(count);
  const numbers = new Int32Array(count).fill(NONE);
  const parents = new Int32Array(count);
  /** By node: its next edge. */
  const next = first.slice(0, count);
  let reached = 1;
  numbers[0] = 0;
  for (let node = 0; ; ) {
    const edge = next[node] as number;
    if (edge === first[node + 1]) {
      if (node === 0) break;
      node = nodes[parents[numbers[node] as number] as number] as number;
      continue;
    }
    next[node] = edge + 1;
    const child = to[edge] as number;
    if (numbers[child] !== NONE) continue;
    numbers[child] = reached;
    nodes[reached] = child;
    parents[reached++] = numbers[node] as number;
    node = child;
  }
  return { nodes: nodes.subarray(0, reached), numbers, parents: parents.subarray(0, reached) };
}

/** The edges between reached nodes the other way round, by numbers. */
function reversed({ first, to }: Edges, { nodes, numbers }: Walk): Edges {
  const starts = new Uint32Array(nodes.length + 1);
  const each = (visit: (from: number, to: number) => void): void => {
    for (let from = 0; from < nodes.length; from++) {
      const node = nodes[from] as number;
      const end = first[node + 1] as number;
      for (let edge = first[node] as number; edge < end; edge++) visit(from, numbers[to[edge] as number] as number);
    }
  };
  each((_, number) => {
    starts[number + 1] = (starts[number + 1] as number) + 1;
  });
  for (let n = 1; n < starts.length; n++) starts[n] = (starts[n] as number) + (starts[n - 1] as number);
  const sources = new Uint32Array(starts[nodes.length] as number);
  const free = starts.slice();
  each((from, number) => {
    sources[free[number] as number] = from;
    free[number] = (free[number] as number) + 1;
  });
  return { first: starts, to: sources };
}

/** By number: the number of the immediate dominator. `sources` are edges the other way round. */
function immediateDominators({ parents }: Walk, sources: Edges): Int32Array {
  const count = parents.length;
  const dominators = new Int32Array(count);
  const semi = Int32Array.from(parents.keys());
  const forest = new Forest(semi);
  /** Lists of the nodes whose semidominator a node is. */
  const heads = new Int32Array(count).fill(NONE);
  const links = new Int32Array(count).fill(NONE);
  for (let n = count - 1; n > 0; n--) {
    const end = sources.first[n + 1] as number;
    for (let edge = sources.first[n] as number; edge < end; edge++) {
      const best = semi[forest.best(sources.to[edge] as number)] as number;
      if (best < (semi[n] as number)) semi[n] = best;
    }
    const own = semi[n] as number;
    links[n] = heads[own] as number;
    heads[own] = n;
    const parent = parents[n] as number;
    forest.link(n, parent);
    for (let of = heads[parent] as number; of !== NONE; of = links[of] as number) {
      const best = forest.best(of);
      dominators[of] = (semi[best] as number) < parent ? best : parent;
    }
    heads[parent] = NONE;
  }
  for (let n = 1; n < count; n++) {
    if (dominators[n] !== semi[n]) dominators[n] = dominators[dominators[n] as number] as number;
  }
  return dominators;
}

/** The trees of the nodes that are dealt with; ways up are shortened as they are gone. */
class Forest {
  readonly #semi: Int32Array;
  readonly #ancestors: Int32Array;
  /** By node: that with the least semidominator on the way up to its ancestor, which itself does not count. */
  readonly #best: Int32Array;
  readonly #way: Int32Array;

  constructor(semi: Int32Array) {
    this.#semi = semi;
    this.#ancestors = new Int32Array(semi.length).fill(NONE);
    this.#best = Int32Array.from(semi.keys());
    this.#way = new Int32Array(semi.length);
  }

  link(node: number, parent: number): void {
    this.#ancestors[node] = parent;
  }

  /** The node with the least semidominator on the way up from `node`, its tree's root left out; of a root, itself. */
  best(node: number): number {
    const ancestors = this.#ancestors;
    if (ancestors[node] === NONE) return node;
    const way = this.#way;
    let length = 0;
    for (let at = node; ancestors[ancestors[at] as number] !== NONE; at = ancestors[at] as number) way[length++] = at;
    while (length > 0) this.#shorten(way[--length] as number);
    return this.#best[node] as number;
  }

  #shorten(node: number): void {
    const ancestor = this.#ancestors[node] as number;
    const theirs = this.#best[ancestor] as number;
    if ((this.#semi[theirs] as number) < (this.#semi[this.#best[node] as number] as number)) this.#best[node] = theirs;
    this.#ancestors[node] = this.#ancestors[ancestor] as number;
  }
}
