// heap.heapSnapshot(): the graph of a heap in the format of V8's heap snapshots, which Chrome's Memory panel and others open.

import type { ObjectAddress } from "../address.js";
import { HeapError } from "../errors.js";
import { ID_FLOAT, ID_INT, ID_STR } from "../layout.js";
import { memoryUsage } from "../stats.js";
import { Moment } from "./moment.js";
import { type EdgeKind, kindOfLink, ObjectGraph } from "./objectgraph.js";
import { Pieces } from "./pieces.js";
import { strays } from "./reach.js";
import { weightOf } from "./retained.js";
import type { RootGroup, RootHolders } from "./roots.js";
import { SnapshotNames } from "./snapshotnames.js";

const CALL = "heap.heapSnapshot";

const NODE_FIELDS = ["type", "name", "id", "self_size", "edge_count", "trace_node_id", "detachedness"];
const NODE_TYPES = [
  "hidden",
  "array",
  "string",
  "object",
  "code",
  "closure",
  "regexp",
  "number",
  "native",
  "synthetic",
  "concatenated string",
  "sliced string",
  "symbol",
  "bigint",
  "object shape",
];
const EDGE_TYPES = ["context", "element", "property", "internal", "hidden", "shortcut", "weak"];

const STRING = NODE_TYPES.indexOf("string");
const OBJECT = NODE_TYPES.indexOf("object");
const NUMBER = NODE_TYPES.indexOf("number");
const SYNTHETIC = NODE_TYPES.indexOf("synthetic");
const ELEMENT = EDGE_TYPES.indexOf("element");
const PROPERTY = EDGE_TYPES.indexOf("property");

const EDGE_CODES: { readonly [K in EdgeKind]: number } = {
  element: ELEMENT,
  property: PROPERTY,
  internal: EDGE_TYPES.indexOf("internal"),
  weak: EDGE_TYPES.indexOf("weak"),
};

const META = {
  node_fields: NODE_FIELDS,
  node_types: [NODE_TYPES, "string", "number", "number", "number", "number", "number"],
  edge_fields: ["type", "name_or_index", "to_node"],
  edge_types: [EDGE_TYPES, "string_or_number", "node"],
  trace_function_info_fields: ["function_id", "name", "script_name", "script_id", "line", "column"],
  trace_node_fields: ["id", "function_info_index", "count", "size", "children"],
  sample_fields: ["timestamp_us", "last_assigned_id"],
  location_fields: ["object_index", "script_id", "line", "column"],
};

/** Ids are odd. Those of the root and the groups are below the addresses of all objects. */
const ROOT_ID = 1;

const COMMA = 0x2c;
const NEWLINE = 0x0a;

/**
 * Nodes that hold what is held from outside of objects. Below the root and no synthetic ones: so tools count the distance of all else from
 * them. The last has what nobody holds any more, see `strays`.
 */
const GROUPS: readonly Group[] = [
  "handles",
  "globals",
  "frames",
  "finalizers",
  "garbage",
  "arenas",
  "program",
  "unreachable",
];
type Group = RootGroup | "unreachable";
const GROUP_NAMES: { readonly [G in Group]: string } = {
  handles: "(handles)",
  globals: "(globals)",
  frames: "(frames)",
  finalizers: "(weakref.finalize)",
  garbage: "(gc.garbage)",
  arenas: "(arenas)",
  program: "(references of the program)",
  unreachable: "(waiting for a collection)",
};

/** A reference from outside of objects. */
interface Root {
  /** In the table of strings; where it is null, the reference has its number in the group. */
  readonly name: number | null;
  readonly to: ObjectAddress;
}

/**
 * See {@link Heap.heapSnapshot}. All is counted at once, and written as the pieces are taken.
 *
 * @throws HeapError `BUSY`, also from the iterator if the heap was changed meanwhile and that shows
 */
export function heapSnapshot(holders: RootHolders): Generator<string> {
  return new Snapshot(holders).pieces();
}

class Snapshot {
  readonly #graph: ObjectGraph;
  readonly #addresses: Uint32Array;
  readonly #names: SnapshotNames;
  /** Groups that have some, and the roots in each. */
  readonly #roots: readonly (readonly [Group, readonly Root[]])[];
  /** By number of the object. */
  readonly #edgeCounts: Uint32Array;
  readonly #edges: number;
  /** Bytes that are live and no object's. */
  readonly #otherBytes: number;
  /** The last type there is. */
  readonly #lastTypeId: number;
  /** Since when nothing may come or go. */
  readonly #moment: Moment;
  readonly #out = new Pieces();
  #nodesWritten = 0;
  #edgesWritten = 0;

  constructor(holders: RootHolders) {
    this.#graph = new ObjectGraph(holders, CALL);
    this.#addresses = this.#graph.addresses();
    this.#names = new SnapshotNames(holders.objects, this.#graph);
    this.#roots = rootsByGroup(this.#graph, this.#names);
    this.#edgeCounts = new Uint32Array(this.#addresses.length);
    let edges = this.#roots.reduce((sum, [, roots]) => sum + 1 + roots.length, 0);
    let bytes = 0;
    for (let number = 0; number < this.#addresses.length; number++) {
      const address = this.#addresses[number] as ObjectAddress;
      let own = 0;
      this.#graph.links(address, () => {
        own++;
      });
      this.#edgeCounts[number] = own;
      edges += own;
      bytes += weightOf(this.#graph, address);
    }
    const { engine, types } = holders.objects;
    this.#edges = edges;
    this.#otherBytes = memoryUsage(engine).live - bytes;
    this.#lastTypeId = types.lastId;
    this.#moment = new Moment(engine.memory);
  }

  *pieces(): Generator<string> {
    const out = this.#out;
    this.#requireSame();
    const snapshot = {
      meta: META,
      node_count: this.#firstObject + this.#addresses.length,
      edge_count: this.#edges,
      trace_function_count: 0,
      extra_native_bytes: this.#otherBytes,
    };
    out.text(`{"snapshot":${JSON.stringify(snapshot)},\n"nodes":[`);
    this.#writeRootNodes();
    for (let number = 0; number < this.#addresses.length; number++) {
      this.#writeNode(number);
      if (out.isReady) yield* this.#take();
    }
    out.text('],\n"edges":[');
    this.#writeRootEdges();
    for (let number = 0; number < this.#addresses.length; number++) {
      this.#writeEdges(number);
      if (out.isReady) yield* this.#take();
    }
    out.text('],\n"trace_function_infos":[],\n"trace_tree":[],\n"samples":[],\n"locations":[],\n"strings":[');
    for (const text of this.#names.texts((address) => this.#requireObject(address))) {
      out.text(text);
      if (out.isReady) yield* this.#take();
    }
    out.text("]}\n");
    yield* out.rest();
  }

  /** Hands the full pieces on; who gets them may do what he likes with the heap, but then there are no more. */
  *#take(): Generator<string> {
    yield* this.#out.take();
    this.#requireSame();
  }

  #requireSame(): void {
    if (this.#moment.isOver) throw changed();
  }

  /** Before anything is read of an object: one that is gone has no count, or no type. */
  #requireObject(address: ObjectAddress): void {
    const typeId = this.#graph.typeId(address);
    if (this.#graph.count(address) === 0 || typeId === 0 || typeId > this.#lastTypeId) throw changed();
  }

  /** The number of the first node that is an object. */
  get #firstObject(): number {
    return 1 + this.#roots.length;
  }

  #writeRootNodes(): void {
    this.#writeRow(SYNTHETIC, this.#names.of(""), ROOT_ID, 0, this.#roots.length);
    for (const [group, roots] of this.#roots) {
      const id = ROOT_ID + 2 * (1 + GROUPS.indexOf(group));
      this.#writeRow(OBJECT, this.#names.of(GROUP_NAMES[group]), id, 0, roots.length);
    }
  }

  #writeNode(number: number): void {
    const address = this.#addresses[number] as ObjectAddress;
    this.#requireObject(address);
    const typeId = this.#graph.typeId(address);
    const type = typeId === ID_STR ? STRING : typeId === ID_FLOAT || typeId === ID_INT ? NUMBER : OBJECT;
    const size = weightOf(this.#graph, address);
    this.#writeRow(type, this.#names.ofObject(number), idOf(address, typeId), size, this.#edgeCounts[number] as number);
  }

  #writeRow(type: number, name: number, id: number, size: number, edges: number): void {
    const out = this.#out;
    this.#nodesWritten++;
    out.number(type, COMMA);
    out.number(name, COMMA);
    out.number(id, COMMA);
    out.number(size, COMMA);
    out.number(edges, COMMA);
    out.number(0, COMMA);
    out.number(0, this.#nodesWritten === this.#firstObject + this.#addresses.length ? NEWLINE : COMMA);
  }

  #writeRootEdges(): void {
    for (let group = 0; group < this.#roots.length; group++) this.#writeEdge(ELEMENT, group, 1 + group);
    for (const [, roots] of this.#roots) {
      for (const [index, { name, to }] of roots.entries()) {
        const node = this.#firstObject + this.#graph.numberOf(to);
        if (name === null) this.#writeEdge(ELEMENT, index, node);
        else this.#writeEdge(PROPERTY, name, node);
      }
    }
  }

  #writeEdges(number: number): void {
    const before = this.#edgesWritten;
    const address = this.#addresses[number] as ObjectAddress;
    this.#requireObject(address);
    this.#graph.links(address, (link, label, to) => {
      const target = this.#graph.numberOf(to);
      if (target < 0) throw changed();
      const kind = kindOfLink(link, label);
      const name = this.#names.ofLink(address, link, label);
      this.#writeEdge(EDGE_CODES[kind], name, this.#firstObject + target);
    });
    if (this.#edgesWritten - before !== this.#edgeCounts[number]) throw changed();
  }

  #writeEdge(type: number, name: number, node: number): void {
    this.#edgesWritten++;
    this.#out.number(type, COMMA);
    this.#out.number(name, COMMA);
    this.#out.number(node * NODE_FIELDS.length, this.#edgesWritten === this.#edges ? NEWLINE : COMMA);
  }
}

/**
 * Tells objects apart, also those of two snapshots of a heap: objects do not move. One that lies where another lay before it has the same id
 * if its type has the same last two bits.
 */
function idOf(address: ObjectAddress, typeId: number): number {
  return address + ((typeId & 3) << 1) + 1;
}

function changed(): HeapError {
  return new HeapError(
    "BUSY",
    `${CALL}: the heap was changed before all of its snapshot was taken; go through the pieces in one go, without awaiting anything in between`,
  );
}

/** What is held from outside of objects; the names are entered into the table. */
function rootsByGroup(graph: ObjectGraph, names: SnapshotNames): (readonly [Group, readonly Root[]])[] {
  const groups = new Map<Group, Root[]>(GROUPS.map((group) => [group, []]));
  graph.roots((group, name, to) => {
    const isNamed = group === "globals" || group === "frames";
    groups.get(group)?.push({ name: isNamed ? names.of(name) : null, to });
  });
  for (const to of strays(graph)) groups.get("unreachable")?.push({ name: null, to });
  return [...groups].filter(([, roots]) => roots.length > 0);
}
