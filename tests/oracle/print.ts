// A program as people read it, and as scripts that run it in arenaria and in CPython.
import { buildSync } from "esbuild";
import type { Difference } from "./oracle.js";
import { PYTHON_TEXT } from "./python.js";
import type { Program, Step } from "./words.js";

/** Lines of the logs that are shown before the first that differs. */
const LINES_BEFORE = 8;

/** The program's steps, where the logs part, and what both say there. */
export function describe({ program, line, arenaria, cpython }: Difference): string {
  const from = Math.max(0, line - LINES_BEFORE);
  const common = cpython.slice(from, line).map((text) => `    ${text}`);
  const rest = (log: readonly string[]) => log.slice(line, line + 4).map((text) => `    ${text}`);
  return [
    ...program.steps.map((step, i) => `  ${String(i).padStart(3)}  ${words(step)}`),
    ...program.bodies.map((body, i) => `  body ${i}: ${body.map(words).join("; ") || "nothing"}`),
    "  both:",
    ...common,
    "  arenaria:",
    ...rest(arenaria),
    "  CPython:",
    ...rest(cpython),
  ].join("\n");
}

function words(step: Step): string {
  return step.map((one) => one ?? "null").join(" ");
}

/** A script for Node, beside a node_modules that has the package. */
export function asJavaScript(program: Program): string {
  const { outputFiles } = buildSync({
    entryPoints: ["tests/oracle/runtime.ts"],
    bundle: true,
    format: "esm",
    write: false,
    tsconfigRaw: "{}",
  });
  const code = outputFiles[0]?.text ?? "";
  return [
    'import { Heap } from "arenaria";',
    code.replace(/^export \{[^}]*\};$/m, "").trim(),
    "",
    "let runtime = null;",
    "const heap = await Heap.create({ gc: { enabled: false }, onUnraisable: (event) => runtime.unraisable(event) });",
    "runtime = new Runtime(heap);",
    `const steps = ${listing(program.steps, "", JSON.stringify)};`,
    `const bodies = [${program.bodies.map((body) => listing(body, "", JSON.stringify)).join(", ")}];`,
    'console.log(runtime.run({ steps, bodies }).join("\\n"));',
    "",
  ].join("\n");
}

/** A script for CPython 3.15 on 32 bits, such as Pyodide's. */
export function asPython(program: Program): string {
  const text = (value: unknown) => JSON.stringify(value).replace(/\bnull\b/g, "None");
  return [
    PYTHON_TEXT.trim(),
    "",
    `steps = ${listing(program.steps, "", text)}`,
    `bodies = [${program.bodies.map((body) => listing(body, "", text)).join(", ")}]`,
    'print(*run(words(steps), [words(body) for body in bodies])[0], sep="\\n")',
    "",
  ].join("\n");
}

function listing(steps: readonly Step[], indent: string, text: (step: Step) => string): string {
  if (steps.length === 0) return "[]";
  return `[\n${steps.map((step) => `${indent}  ${text(step)},\n`).join("")}${indent}]`;
}
