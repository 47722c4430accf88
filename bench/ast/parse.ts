// From a JavaScript file to the parser's tree, and the nodes of that tree in the order of the source.

import { type Node, type Options, type Program, parse } from "acorn";
import { projectPath } from "../paths.js";
import { readBytes, SourceError } from "../source.js";

export { SourceError };

/** The file that is parsed when none is named: large, and in a package that the project needs anyway. */
export const SHIPPED = projectPath("node_modules", "playwright-core", "lib", "coreBundle.js");

/** A file and what the parser made of it. */
export interface Source {
  readonly file: string;
  readonly bytes: number;
  readonly program: Program;
  /** Milliseconds that the parser took, the first and only time. */
  readonly parseTime: number;
}

/**
 * Reads a file and parses it, as a module if it can be one, otherwise as a script.
 *
 * @throws SourceError
 */
export function readSource(file: string): Source {
  const bytes = readBytes(file);
  const before = performance.now();
  const program = parseAny(file, bytes.toString("utf8"));
  return { file, bytes: bytes.length, program, parseTime: performance.now() - before };
}

function parseAny(file: string, text: string): Program {
  const kinds = file.endsWith(".cjs") ? (["script"] as const) : (["module", "script"] as const);
  let furthest = { pos: -1, message: "" };
  for (const sourceType of kinds) {
    try {
      return parse(text, { ...PARSER, sourceType });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // A script that is broken breaks as a module, too, but maybe earlier, by what only modules forbid.
      const { pos = 0, message } = error as SyntaxError & { pos?: number };
      if (pos > furthest.pos) furthest = { pos, message };
    }
  }
  throw new SourceError(file, `is no JavaScript that parses: ${furthest.message}`);
}

const PARSER = {
  ecmaVersion: "latest",
  allowHashBang: true,
  allowReturnOutsideFunction: true,
} satisfies Partial<Options>;

/**
 * The nodes right below a node, in the order in which they begin. A node that its parent has in two places, as both names
 * of `import { a }`, is there once.
 */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  let sorted = true;
  const add = (value: unknown) => {
    const last = children.at(-1);
    if (!isNode(value) || value === last) return;
    if (last !== undefined && value.start < last.start) sorted = false;
    children.push(value);
  };
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const item of value) add(item);
    else add(value);
  }
  return sorted ? children : children.sort((a, b) => a.start - b.start);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** What may be true of a node: each is a bit of its flags, in this order. */
const FLAGS = [
  "async",
  "await",
  "computed",
  "delegate",
  "expression",
  "generator",
  "method",
  "optional",
  "prefix",
  "shorthand",
  "static",
  "tail",
];

/** The flags of a node, as bits. */
export function flagsOf(node: Node): number {
  const properties = node as Node & Record<string, unknown>;
  let bits = 0;
  for (let i = 0; i < FLAGS.length; i++) if (properties[FLAGS[i] as string] === true) bits |= 1 << i;
  return bits;
}
