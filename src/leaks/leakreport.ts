// What is left of a heap that nobody will give back, as data and as a table.

import { hex, type ObjectAddress } from "../address.js";
import { grouped } from "../grouped.js";
import { defineSummary } from "../summary.js";

/** The domain that a block is of; without debug mode, mem and obj cannot be told apart. */
export type LooseDomain = "raw" | "mem" | "obj" | "mem or obj";

/** Who is told when a heap is disposed of and something is left: console.warn, or a function. */
export type LeakOption = "warn" | ((report: LeakReport) => void);

/** Objects of one type that handles keep alive. */
export interface LeakedHandles {
  readonly type: string;
  /** Handles that were not released. */
  readonly handles: number;
  readonly objects: number;
  /** Bytes of the objects, as sys.getSizeOf. */
  readonly bytes: number;
}

/** Objects of one type that have references which nothing in the heap accounts for. */
export interface LeakedReferences {
  readonly type: string;
  readonly references: number;
  readonly objects: number;
  readonly bytes: number;
}

/** Objects of one type that live because others refer to them. */
export interface KeptObjects {
  readonly type: string;
  readonly objects: number;
  readonly bytes: number;
}

/** Blocks of one domain that were not freed. */
export interface LeakedBlocks {
  readonly domain: LooseDomain;
  readonly blocks: number;
  /** Bytes that they can hold. */
  readonly bytes: number;
}

/** An arena that was not freed. */
export interface LeakedArena {
  /** Blocks that it took, its record included, and their bytes. */
  readonly blocks: number;
  readonly bytes: number;
  /** Objects of which it owns a reference. */
  readonly objects: number;
}

/** A place in a program. */
export interface LeakFrame {
  readonly filename: string;
  readonly lineno: number;
}

/** What was allocated at one place of the program. */
export interface LeakedAt {
  /** The most recent call comes last. */
  readonly traceback: readonly LeakFrame[];
  /** Such as "2 Node, 1 block". */
  readonly what: string;
  readonly blocks: number;
  readonly bytes: number;
}

/** Containers of one type that were there before, and have more items now. */
export interface GrownContainers {
  readonly type: string;
  readonly objects: number;
  /** Items, or entries, that they have more. */
  readonly items: number;
}

/** Why one object of a type is alive. */
export interface LeakExample {
  readonly type: string;
  readonly address: ObjectAddress;
  /** Such as `Node {id: 4}`, or the beginning of a text. */
  readonly label: string;
  /** The shortest path of references to it. */
  readonly path: string;
}

/** What a report is made of. */
export interface LeakData {
  readonly types: readonly LeakedHandles[];
  readonly references: readonly LeakedReferences[];
  readonly kept: readonly KeptObjects[];
  readonly grown: readonly GrownContainers[];
  readonly blocks: readonly LeakedBlocks[];
  readonly arenas: readonly LeakedArena[];
  readonly tracebacks: readonly LeakedAt[];
  readonly examples: readonly LeakExample[];
  /** Handles of open scopes, which these will release: they are no leaks. */
  readonly scoped: number;
  /** False if other threads have the heap: what they own is not known here, and only handles of this thread are in the report. */
  readonly isWhole: boolean;
}

/** What is left; each list has the largest first. */
export class LeakReport implements LeakData {
  /** What it is a report of, as the beginning of a sentence. */
  readonly title: string;
  /** Handles by type. */
  readonly types: readonly LeakedHandles[];
  /** Objects with references that the program took through `heap.core` and did not give back. */
  readonly references: readonly LeakedReferences[];
  /** Objects that live because of these, or of arenas; if the report is of a test, also because of what was there before it. */
  readonly kept: readonly KeptObjects[];
  /** If the report is of a test. */
  readonly grown: readonly GrownContainers[];
  readonly blocks: readonly LeakedBlocks[];
  readonly arenas: readonly LeakedArena[];
  /** Where it was allocated, as far as that was traced, the most bytes first. Empty unless `heap.tracemalloc` is tracing. */
  readonly tracebacks: readonly LeakedAt[];
  /** Some of the types that are kept, if the report is of a test. */
  readonly examples: readonly LeakExample[];
  readonly scoped: number;
  readonly isWhole: boolean;

  static {
    defineSummary(LeakReport.prototype, String);
  }

  constructor(title: string, data: LeakData) {
    this.title = title;
    this.types = data.types;
    this.references = data.references;
    this.kept = data.kept;
    this.grown = data.grown;
    this.blocks = data.blocks;
    this.arenas = data.arenas;
    this.tracebacks = data.tracebacks;
    this.examples = data.examples;
    this.scoped = data.scoped;
    this.isWhole = data.isWhole;
  }

  /** Nothing is left. */
  get isEmpty(): boolean {
    const { types, references, kept, grown, blocks, arenas } = this;
    return [types, references, kept, grown, blocks, arenas].every(({ length }) => length === 0);
  }

  /** Handles that were not released. */
  get handles(): number {
    return sum(this.types, "handles");
  }

  /** All of it as plain data, with sums. */
  toJSON(): LeakData & { readonly title: string; readonly handles: number } {
    const { title, handles, types, references, kept, grown, blocks, arenas, tracebacks, examples, scoped, isWhole } =
      this;
    return { title, handles, types, references, kept, grown, blocks, arenas, tracebacks, examples, scoped, isWhole };
  }

  /** A table. */
  toString(): string {
    if (this.isEmpty) return `${this.title}: nothing`;
    const { types, references, kept, grown, blocks, arenas } = this;
    const sections = [
      [`${this.title}: ${this.#total()}`],
      table("handles never released", ["handles", "objects", "bytes"], types, ({ type }) => type),
      table("references never dropped", ["references", "objects", "bytes"], references, ({ type }) => type),
      table("kept alive by others", ["objects", "bytes"], kept, ({ type }) => type),
      table("grown since", ["objects", "items"], grown, ({ type }) => type),
      table("blocks never freed", ["blocks", "bytes"], blocks, ({ domain }) => domain),
      table("arenas never freed", ["blocks", "bytes", "objects"], arenas, () => "arena"),
      this.tracebacks.flatMap(({ traceback, what, bytes }) => [
        `${what}, ${grouped(bytes)} bytes, allocated at, most recent call first:`,
        ...ownFrames(traceback)
          .reverse()
          .map(({ filename, lineno }) => `  ${filename}:${lineno}`),
      ]),
      this.examples.flatMap(({ type, address, label, path }) => [
        `why ${type} ${hex(address)} is alive${label.startsWith(type) ? "" : `: ${label}`}`,
        ...path.split("\n").map((line) => INDENT + line),
      ]),
      this.isWhole ? [] : ["Other threads have the heap: only the handles of this one are known here."],
    ];
    return sections
      .filter(({ length }) => length > 0)
      .map((lines) => lines.join("\n"))
      .join("\n\n");
  }

  #total(): string {
    const { types, references, kept, grown, blocks, arenas } = this;
    const objects = sum(types, "objects") + sum(references, "objects") + sum(kept, "objects");
    const bytes = sum([...types, ...references, ...kept, ...blocks, ...arenas], "bytes");
    const parts = [
      count(this.handles, "handle"),
      count(objects, "object"),
      count(sum(grown, "items"), "item"),
      count(sum(blocks, "blocks"), "block"),
      count(arenas.length, "arena"),
    ];
    return `${parts.filter((part) => !part.startsWith("0 ")).join(", ")}, ${grouped(bytes)} bytes`;
  }
}

/** What most people want to read: their own program, without the libraries in which it runs. */
function ownFrames(traceback: readonly LeakFrame[]): LeakFrame[] {
  const own = traceback.filter(({ filename }) => !filename.includes("/node_modules/"));
  return own.length > 0 ? own : Array.from(traceback);
}

const INDENT = "  ";
const NAME_WIDTH = 28;
const COLUMN = 12;

/** A heading with the names of its columns, and a line a row; none without rows. */
function table<T>(
  heading: string,
  columns: readonly (keyof T & string)[],
  rows: readonly T[],
  nameOf: (row: T) => string,
): string[] {
  if (rows.length === 0) return [];
  const cells = (texts: readonly string[]) => texts.map((text) => text.padStart(COLUMN)).join("");
  return [
    heading.padEnd(NAME_WIDTH) + cells(columns),
    ...rows.map(
      (row) => `  ${nameOf(row)} `.padEnd(NAME_WIDTH) + cells(columns.map((column) => grouped(row[column] as number))),
    ),
  ];
}

/** "1 handle", "2 handles". */
function count(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}

function sum<K extends string>(rows: readonly { readonly [key in K]: number }[], key: K): number {
  return rows.reduce((total, row) => total + row[key], 0);
}
