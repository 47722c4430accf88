// Block coverage for AssemblyScript: the core, compiled with a counter at every function body, branch, loop body, switch
// case and arm of `?:`. The counters are the host's: `cov.hit(id)` is the one import that the core does not have otherwise.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assemblyscript from "assemblyscript";
import asc from "assemblyscript/asc";

// The package declares it as a const enum, which is there at run time all the same.
const { NodeKind } = /** @type {any} */ (assemblyscript);
const IMPORT = '\n// @ts-ignore: decorator\n@external("cov", "hit") declare function __cov(id: u32): void;\n';

/** @typedef {{ id: number, file: string, line: number, kind: string }} Point a counter, and what it counts */

/** Text that changes by insertions at positions of the original. */
class Insertions {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    /** @type {{ position: number, text: string, opens: boolean }[]} */
    this.all = [];
  }

  /** @param {number} position @param {string} text */
  open(position, text) {
    this.all.push({ position, text, opens: true });
  }

  /** @param {number} position @param {string} text */
  close(position, text) {
    this.all.push({ position, text, opens: false });
  }

  /** What ends at a position comes before what begins there; inner things were inserted after outer ones. */
  apply() {
    const sorted = this.all.map((insertion, index) => ({ ...insertion, index }));
    sorted.sort((a, b) => a.position - b.position || Number(a.opens) - Number(b.opens) || a.index - b.index);
    let result = "";
    let from = 0;
    for (const { position, text } of sorted) {
      result += this.text.slice(from, position) + text;
      from = position;
    }
    return result + this.text.slice(from);
  }
}

/**
 * @param {string} file
 * @param {string} text its source
 * @param {Point[]} points takes the new points
 */
export function instrument(file, text, points) {
  const program = assemblyscript.newProgram(assemblyscript.newOptions());
  assemblyscript.parse(program, text, file, true);
  const source = program.sources.find((candidate) => candidate.normalizedPath === file);
  if (!source) throw new Error(`${file} does not parse`);
  const insertions = new Insertions(text);

  /** @param {string} kind @param {any} node */
  const count = (kind, node) => {
    const id = points.length;
    points.push({ id, file, line: source.lineAt(node.range.start), kind });
    return `__cov(${id})`;
  };
  /** @param {string} kind @param {any} statement */
  const countStatement = (kind, statement) => {
    if (!statement) return;
    if (statement.kind === NodeKind.Block) {
      insertions.open(statement.range.start + 1, `${count(kind, statement)};`);
      return;
    }
    const rest = /^\s*;/.exec(text.slice(statement.range.end));
    insertions.open(statement.range.start, `{${count(kind, statement)};`);
    insertions.close(statement.range.end + (rest?.[0].length ?? 0), "}");
  };
  /** @param {string} kind @param {any} expression */
  const countExpression = (kind, expression) => {
    insertions.open(expression.range.start, `(${count(kind, expression)},`);
    insertions.close(expression.range.end, ")");
  };

  const seen = new Set();
  /** @param {any} node @param {boolean} inFunction */
  const walk = (node, inFunction) => {
    if (Array.isArray(node)) {
      for (const item of node) walk(item, inFunction);
      return;
    }
    if (!(node instanceof assemblyscript.Node) || seen.has(node)) return;
    seen.add(node);
    const any = /** @type {any} */ (node);
    switch (node.kind) {
      case NodeKind.FunctionDeclaration:
      case NodeKind.MethodDeclaration:
        countStatement("function", any.body);
        inFunction = true;
        break;
      case NodeKind.If:
        countStatement("if", any.ifTrue);
        countStatement("else", any.ifFalse);
        break;
      case NodeKind.While:
      case NodeKind.Do:
      case NodeKind.For:
        countStatement("loop", any.body);
        break;
      case NodeKind.SwitchCase:
        // By its first statement: the range of a case begins where the one before it ends.
        if (any.statements.length > 0) {
          insertions.open(any.statements[0].range.start, `${count("case", any.statements[0])};`);
        }
        break;
      case NodeKind.Ternary:
        // Outside functions, a constant would no longer be one.
        if (!inFunction) break;
        countExpression("?", any.ifThen);
        countExpression(":", any.ifElse);
        break;
    }
    for (const [name, value] of Object.entries(node))
      if (name !== "range" && name !== "parent") walk(value, inFunction);
  };
  walk(source.statements, false);
  return insertions.apply() + IMPORT;
}

/**
 * Compiles the instrumented core to `out`.wasm, and gives the points that are in it: branches that this build leaves out
 * are not.
 *
 * @param {string} out a path without its ending
 * @returns {Promise<Point[]>}
 */
export async function buildInstrumented(out) {
  /** @type {Point[]} */
  const points = [];
  /** @type {Map<string, string>} */
  const texts = new Map();
  for (const name of readdirSync("assembly", { recursive: true, encoding: "utf8" }).sort()) {
    const file = `assembly/${name.replaceAll("\\", "/")}`;
    if (file.endsWith(".ts")) texts.set(file, instrument(file, readFileSync(file, "utf8"), points));
  }
  const args = ["--target", "debug", "--outFile", `${out}.wasm`, "--textFile", `${out}.wat`, "--disableWarning"];
  const { error, stderr } = await asc.main(args, {
    readFile(name, base) {
      const text = texts.get(name);
      if (text !== undefined) return text;
      try {
        return readFileSync(join(base, name), "utf8");
      } catch {
        return null;
      }
    },
  });
  if (error) throw new Error(`the instrumented core does not compile\n${stderr}`);
  const compiled = readFileSync(`${out}.wat`, "utf8").matchAll(/i32\.const (\d+)\s+call \$[\w/]+\/__cov\b/g);
  const ids = new Set([...compiled].map(([, id]) => Number(id)));
  return points.filter(({ id }) => ids.has(id));
}
