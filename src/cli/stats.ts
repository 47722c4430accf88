// arenaria stats: what is in the image of a heap.

import type { Command } from "commander";
import { censusOf } from "./census.js";
import { addCommand, type CommonOptions, positive } from "./command.js";
import { bytes } from "./figures.js";
import { generationsTable, heldTable, memoryTable, typesTable } from "./heaptables.js";
import { heldIn } from "./holding.js";
import { openImage } from "./input.js";
import { mallocTables } from "./malloctables.js";
import type { Terminal } from "./terminal.js";

interface Options extends CommonOptions {
  readonly top: number;
}

export function addStats(program: Command, terminal: Terminal): void {
  addCommand(program, "stats", "what is in an image: memory, collector, types")
    .argument("<image>", "an image of a heap, of heap.snapshot() or `arenaria load -o`")
    .option("--top <n>", "how many types, and holders of objects, to show", positive, 20)
    .action((file: string, options: Options) => run(terminal, file, options));
}

async function run(terminal: Terminal, file: string, { json, top }: Options): Promise<void> {
  const opened = await openImage(file);
  const census = censusOf(opened.heap);
  const held = heldIn(opened.heap);
  if (json) {
    terminal.printJson({ file, bytes: opened.bytes, ...census, held });
    return;
  }
  terminal.print(
    `${terminal.style("bold", file)}  image of ${bytes(opened.bytes)}`,
    "",
    ...memoryTable(terminal, census.memory, census),
    ...mallocTables(terminal, census.malloc),
    ...generationsTable(terminal, census.generations, census.frozen),
    ...typesTable(terminal, census.types, top),
    ...heldTable(terminal, held, top),
  );
}
