// arenaria load: a JavaScript or JSON file in a heap.

import type { Command } from "commander";
import { Handle } from "../handle.js";
import { Heap } from "../heap.js";
import { type Census, censusOf } from "./census.js";
import { addCommand, type CommonOptions, positive } from "./command.js";
import { bytes, count, median, plural, time } from "./figures.js";
import { generationsTable, typesTable } from "./heaptables.js";
import { readBytes, requireText } from "./input.js";
import { weighed } from "./jsheap.js";
import { requireOthers, writeFile } from "./output.js";
import { Problem } from "./problem.js";
import { snapshotLine, writeSnapshot } from "./snapshot.js";
import { build, createParser } from "./syntaxtree.js";
import { facts } from "./table.js";
import type { Terminal } from "./terminal.js";

interface Options extends CommonOptions {
  readonly output?: string;
  readonly snapshot?: string;
  readonly top: number;
}

/** A file as the engine has it, and how it gets into a heap. */
interface Source {
  readonly kind: "JavaScript" | "JSON";
  /** What `globals` calls it. */
  readonly name: "tree" | "data";
  /** Milliseconds. */
  readonly parseTime: number;
  /** Bytes in the engine's heap. */
  readonly engineBytes: number;
  store(heap: Heap): unknown;
}

/** What there is to say besides what is in the heap; milliseconds and bytes. */
interface Figures extends Omit<Source, "store"> {
  readonly file: string;
  readonly fileBytes: number;
  readonly loadTime: number;
  /** Of each collection. */
  readonly pauses: readonly number[];
}

export function addLoad(program: Command, terminal: Terminal): void {
  addCommand(program, "load", "put a JavaScript or JSON file into a heap")
    .argument("<file>", "JavaScript, of which the syntax tree is taken, or JSON")
    .option("-o, --output <image>", "save the heap as an image")
    .option("--snapshot <file>", "save it as a .heapsnapshot for Chrome")
    .option("--top <n>", "how many types to show", positive, 20)
    .action((file: string, options: Options) => run(terminal, file, options));
}

async function run(terminal: Terminal, file: string, { json, output, snapshot, top }: Options): Promise<void> {
  requireOthers([file], [output, snapshot]);
  const text = await readBytes(file);
  requireText(file, text);
  const source = await sourceOf(file, text.toString("utf8").replace(/^\ufeff/, ""));
  const heap = await Heap.create();
  const pauses: number[] = [];
  heap.gc.callbacks.push((phase, { duration }) => {
    if (phase === "stop") pauses.push(duration * 1000);
  });
  const start = performance.now();
  const value = source.store(heap);
  heap.globals.set(source.name, value as Handle);
  if (value instanceof Handle) value.release();
  const loadTime = performance.now() - start;
  heap.verify();
  const census = censusOf(heap);
  const written: string[] = [];
  if (output !== undefined) {
    const size = writeFile(output, [heap.snapshot()]);
    written.push(`${output}: ${bytes(size)}; globals.${source.name} has it. Look: arenaria inspect ${output}`);
  }
  if (snapshot !== undefined) {
    written.push(snapshotLine(snapshot, writeSnapshot(terminal, heap, snapshot, json === true)));
  }
  const { kind, name, parseTime, engineBytes } = source;
  const figures: Figures = { file, kind, name, fileBytes: text.length, parseTime, loadTime, pauses, engineBytes };
  if (json) terminal.printJson({ ...figures, output, snapshot, ...census });
  else terminal.print(...linesOf(terminal, figures, census, top), ...written);
}

/** JSON is what can be parsed as such; whatever else is text is taken for JavaScript, unless its name says otherwise. */
async function sourceOf(file: string, text: string): Promise<Source> {
  try {
    return await parsed(
      "JSON",
      "data",
      () => JSON.parse(text),
      (heap, value) => heap.from(value),
    );
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    if (/\.json$/i.test(file)) {
      throw new Problem(`${file}: no JSON that can be parsed: ${cause.message}`, undefined, { cause });
    }
  }
  const parser = await createParser();
  return parsed("JavaScript", "tree", () => parser(file, text), build);
}

/** Parses, and notes the time and what the result takes in the engine's heap. */
function parsed<T>(
  kind: Source["kind"],
  name: Source["name"],
  parse: () => T,
  store: (heap: Heap, value: T) => unknown,
): Source {
  const { made, bytes, milliseconds } = weighed(parse);
  return { kind, name, parseTime: milliseconds, engineBytes: bytes, store: (heap) => store(heap, made) };
}

function linesOf(terminal: Terminal, figures: Figures, census: Census, top: number): string[] {
  const { file, kind, name, fileBytes, parseTime, loadTime, pauses, engineBytes } = figures;
  const { memory, objects, generations } = census;
  return [
    `${terminal.style("bold", file)}  ${kind}, ${bytes(fileBytes)}`,
    "",
    ...facts(terminal, "Loaded", [
      ["parsed in", time(parseTime)],
      ["put into the heap in", time(loadTime), pausesIn(pauses)],
      ["objects", count(objects), `in globals.${name}`],
      ["live in the heap", bytes(memory.live), `${bytes(memory.arenas + memory.large)} of memory`],
      ["in the engine's heap", bytes(engineBytes), "as plain JavaScript objects"],
    ]),
    ...generationsTable(terminal, generations, census.frozen),
    ...typesTable(terminal, census.types, top),
  ];
}

/** The first collections take longer than those of a program that runs: the engine compiles what they need. */
function pausesIn(pauses: readonly number[]): string {
  if (pauses.length === 0) return "without a collection";
  const total = pauses.reduce((sum, pause) => sum + pause, 0);
  const longest = pauses.reduce((most, pause) => Math.max(most, pause));
  const spread = pauses.length > 1 ? `: median ${time(median(pauses))}, longest ${time(longest)}` : "";
  return `${time(total)} of it in ${plural(pauses.length, "collection")}${spread}`;
}
