// arenaria snapshot: an image of a heap as a file for Chrome's memory panel.

import { basename } from "node:path";
import type { Command } from "commander";
import type { Heap } from "../heap.js";
import { addCommand, type CommonOptions } from "./command.js";
import { bytes } from "./figures.js";
import { openImage } from "./input.js";
import { requireOthers, writeFile } from "./output.js";
import { startProgress } from "./progress.js";
import type { Terminal } from "./terminal.js";

interface Options extends CommonOptions {
  readonly output?: string;
}

export function addSnapshot(program: Command, terminal: Terminal): void {
  addCommand(program, "snapshot", "write an image as a .heapsnapshot, for Chrome")
    .argument("<image>", "an image of a heap")
    .option("-o, --output <file>", "where to, if not NAME.heapsnapshot")
    .action((file: string, options: Options) => run(terminal, file, options));
}

async function run(terminal: Terminal, file: string, { json, output }: Options): Promise<void> {
  const target = output ?? `${basename(file).replace(/\.[^.]*$/, "")}.heapsnapshot`;
  requireOthers([file], [target]);
  const { heap } = await openImage(file);
  const written = writeSnapshot(terminal, heap, target, json === true);
  if (json) terminal.printJson({ file: target, bytes: written });
  else terminal.print(snapshotLine(target, written));
}

/** Writes a heap as a .heapsnapshot; returns its bytes. */
export function writeSnapshot(terminal: Terminal, heap: Heap, file: string, quiet: boolean): number {
  // A block comes to some 48 bytes with its references; how many it will be, nobody knows before.
  const guess = heap.sys.getAllocatedBlocks() * 48;
  const progress = startProgress(terminal, guess, quiet);
  progress.part(file);
  try {
    return writeFile(file, heap.heapSnapshot(), progress.advance);
  } finally {
    progress.end();
  }
}

export function snapshotLine(file: string, written: number): string {
  return `${file}: ${bytes(written)}; load it in the Memory panel of Chrome's developer tools`;
}
