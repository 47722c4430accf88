// arenaria diff: what grew from one image to another.

import type { Command } from "commander";
import { type Census, censusOf } from "./census.js";
import { addCommand, type CommonOptions, positive } from "./command.js";
import { differenceOf, heldChanges } from "./difference.js";
import { classChangesTable, heldChangesTable, numbersTable, sizesTable, typeChangesTable } from "./differencetables.js";
import { type Held, heldIn } from "./holding.js";
import { openImage } from "./input.js";
import type { Terminal } from "./terminal.js";

interface Options extends CommonOptions {
  readonly top: number;
}

export function addDiff(program: Command, terminal: Terminal): void {
  addCommand(program, "diff", "what grew from one image to another")
    .argument("<old>", "an image of a heap")
    .argument("<new>", "a later one")
    .option("--top <n>", "how many types, and holders of objects, to show", positive, 20)
    .action((before: string, after: string, options: Options) => run(terminal, before, after, options));
}

async function run(terminal: Terminal, before: string, after: string, { json, top }: Options): Promise<void> {
  const old = await look(before);
  const now = await look(after);
  const difference = differenceOf(old.census, now.census);
  const held = heldChanges(old.held, now.held);
  if (json) {
    terminal.printJson({ files: { old: before, new: after }, ...difference, held });
    return;
  }
  terminal.print(
    `${terminal.style("bold", before)} → ${terminal.style("bold", after)}`,
    "",
    ...sizesTable(terminal, difference),
    ...numbersTable(terminal, difference),
    ...typeChangesTable(terminal, difference.types, top),
    ...heldChangesTable(terminal, held, top),
    ...classChangesTable(terminal, difference.classes),
  );
}

/** One heap at a time: each may take gigabytes. */
async function look(file: string): Promise<{ census: Census; held: readonly Held[] }> {
  const { heap } = await openImage(file);
  const seen = { census: censusOf(heap), held: heldIn(heap) };
  heap[Symbol.dispose]();
  return seen;
}
