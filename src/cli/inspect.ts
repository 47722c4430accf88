// arenaria inspect: the inspector's page, in a browser.

import type { Command } from "commander";
import { openBrowser } from "./browser.js";
import { addCommand, type CommonOptions, port } from "./command.js";
import { readBytes, requireHeap } from "./input.js";
import { MISUSED, Problem } from "./problem.js";
import { serve } from "./server.js";
import type { Terminal } from "./terminal.js";

interface Options extends CommonOptions {
  readonly demo?: true;
  readonly port?: number;
  readonly open: boolean;
}

export function addInspect(program: Command, terminal: Terminal): void {
  addCommand(program, "inspect", "look inside a heap in a browser")
    .argument("[file]", "an image of a heap, or a recorded trace")
    .option("--demo", "a program made for looking at")
    .option("--port <n>", "where to listen, if not at any free port", port)
    .option("--no-open", "open no browser")
    .action((file: string | undefined, options: Options) => run(terminal, file, options));
}

async function run(terminal: Terminal, file: string | undefined, options: Options): Promise<void> {
  const { demo = false, json = false, open } = options;
  if (demo && file !== undefined) throw new Problem(`--demo: takes no file; leave out ${file}, or --demo`, MISUSED);
  if (file !== undefined) requireHeap(file, await readBytes(file));
  const { url, port } = await serve(demo ? null : file, options.port ?? 0);
  if (json) terminal.printJson({ url, port, file: file ?? null });
  else terminal.print(`${terminal.style("bold", "Inspector:")} ${url}`, "Ctrl-C ends it.");
  if (open) openBrowser(url, process);
}
