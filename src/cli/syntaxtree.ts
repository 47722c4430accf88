// A JavaScript file as the syntax tree that acorn makes of it, in a heap: a struct for each kind of node, lists, strs.

import type { Node } from "acorn";
import { Handle } from "../handle.js";
import type { Heap } from "../heap.js";
import type { List } from "../list.js";
import type { Storable } from "../objects.js";
import type { AnyStructType } from "../structtype.js";
import { Problem } from "./problem.js";

/** Positions are in UTF-16 units of the source; every other field may be anything. */
const POSITION = "u32";
const POSITIONS = new Set(["start", "end"]);

type Item = Storable | undefined;
type Made = Handle & { [field: string]: unknown };

/** Turns the text of a file into a tree; throws Problem for what is no JavaScript. */
export type Parser = (file: string, text: string) => Node;

/** Loads the parser: of files that are modules or, if they are none, scripts. */
export async function createParser(): Promise<Parser> {
  const { parse } = await import("acorn");
  const options = { ecmaVersion: "latest", allowHashBang: true } as const;
  return (file, text) => {
    try {
      return parse(text, { ...options, sourceType: "module" });
    } catch (cause) {
      try {
        return parse(text, { ...options, sourceType: "script", allowReturnOutsideFunction: true });
      } catch {
        const reason = cause instanceof RangeError ? "it is nested too deeply" : (cause as Error).message;
        throw new Problem(`${file}: no JavaScript that can be parsed: ${reason}`, undefined, { cause });
      }
    }
  };
}

/** Puts a tree into a heap; gives its root. */
export function build(heap: Heap, tree: Node): Handle {
  return new Builder(heap, tree).build();
}

/** Nodes have no common type; what is in them is plain data. */
function isNode(value: unknown): value is Node & Record<string, unknown> {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

class Builder {
  readonly #heap: Heap;
  readonly #tree: Node;
  readonly #types: ReadonlyMap<string, AnyStructType>;
  /** What is made, and not filled yet. */
  readonly #open: { readonly made: Made; readonly source: object }[] = [];

  constructor(heap: Heap, tree: Node) {
    this.#heap = heap;
    this.#tree = tree;
    this.#types = new Map(
      [...fieldsIn(tree)].map(([name, fields]) => {
        const kinds = [...fields].map((field) => [field, POSITIONS.has(field) ? POSITION : "ref"]);
        return [name, heap.struct(name, Object.fromEntries(kinds))];
      }),
    );
  }

  build(): Handle {
    const root = this.#begin(this.#tree) as Handle;
    for (let entry = this.#open.pop(); entry !== undefined; entry = this.#open.pop()) {
      const { made, source } = entry;
      if (Array.isArray(source)) this.#fillList(made as unknown as List, source);
      else this.#fillNode(made, source as Node);
      if (made !== root) made.release();
    }
    return root;
  }

  #fillList(list: List, items: readonly unknown[]): void {
    for (const item of items) this.#store(item, (value) => list.push(value));
  }

  #fillNode(made: Made, node: Node): void {
    for (const [field, value] of Object.entries(node)) {
      if (field === "type" || POSITIONS.has(field)) continue;
      this.#store(value, (stored) => {
        made[field] = stored;
      });
    }
  }

  /** Stores a value; what has to be filled stays open, and its handle with it. */
  #store(value: unknown, store: (value: Storable) => void): void {
    const opened = this.#open.length;
    const item = this.#begin(value);
    store(item ?? null);
    if (item instanceof Handle && this.#open.length === opened) item.release();
  }

  /** Makes what a value becomes, still empty if it has children. */
  #begin(value: unknown): Item {
    if (typeof value === "string") return this.#heap.sys.intern(value);
    if (typeof value !== "object" || value === null) return value as Item;
    // What a literal stands for is in it as text besides.
    if (value instanceof RegExp) return null;
    if (!Array.isArray(value) && !isNode(value)) return this.#heap.from(value as Record<string, string>);
    const made = Array.isArray(value) ? this.#heap.list() : this.#make(value);
    this.#open.push({ made: made as Made, source: value });
    return made as Handle;
  }

  #make({ type, start, end }: Node): Handle {
    const Type = this.#types.get(type) as unknown as new (fields: { start: number; end: number }) => Handle;
    return new Type({ start, end });
  }
}

/** The fields that the nodes of a tree have, by the type of the node, in the order in which they come. */
function fieldsIn(tree: Node): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const open: unknown[] = [tree];
  while (open.length > 0) {
    const value = open.pop();
    if (Array.isArray(value)) for (const item of value) open.push(item);
    if (!isNode(value)) continue;
    let fields = found.get(value.type);
    if (fields === undefined) {
      fields = new Set(["start", "end"]);
      found.set(value.type, fields);
    }
    for (const [field, child] of Object.entries(value)) {
      if (field !== "type") fields.add(field);
      if (typeof child === "object" && child !== null) open.push(child);
    }
  }
  return found;
}
