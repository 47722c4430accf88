#!/usr/bin/env node
// The command: what there is, and how it ends.

import { readFileSync } from "node:fs";
import { type Argument, Command } from "commander";
import { statusOf } from "./command.js";
import { addDiff } from "./diff.js";
import { addInspect } from "./inspect.js";
import { addLoad } from "./load.js";
import { MISUSED, Problem } from "./problem.js";
import { addReplay } from "./replay.js";
import { addSnapshot } from "./snapshot.js";
import { addStats } from "./stats.js";
import { Terminal } from "./terminal.js";

const EXAMPLES = `
Examples:
  arenaria inspect --demo                 look inside a heap while a program runs
  arenaria replay trace.atrc.gz           what a recorded program costs
  arenaria load data.json -o data.image   a file in a heap, saved
  arenaria stats data.image               what is in it
  arenaria diff before.image after.image  what grew

Exit status: 0 done, 1 the work failed, 2 wrong usage.`;

/** The bundle lies in dist/cli. */
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

function createProgram(terminal: Terminal): Command {
  const program = new Command("arenaria")
    .description("Looks at heaps: recorded traces, images, what is in them, what grew.")
    .version(version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this")
    .helpCommand(false)
    .addHelpText("after", EXAMPLES)
    .exitOverride()
    .configureHelp({
      styleTitle: (text) => terminal.style("bold", text),
      subcommandTerm: (command) => `${command.name()} ${command.registeredArguments.map(termOf).join(" ")}`,
    })
    .configureOutput({
      getOutHasColors: () => terminal.colours,
      getErrHasColors: () => false,
      outputError: (text, write) => write(`${complaint(text)}\n`),
    });
  for (const add of [addReplay, addLoad, addStats, addSnapshot, addDiff, addInspect]) add(program, terminal);
  // Commander's own has no sentence for a command that there is not.
  program
    .command("help")
    .description("print what a command takes")
    .argument("[command]")
    .action((name?: string) => helpFor(program, name).outputHelp());
  return program;
}

function helpFor(program: Command, name: string | undefined): Command {
  if (name === undefined) return program;
  const command = program.commands.find((each) => each.name() === name);
  if (command !== undefined) return command;
  throw new Problem(`help: there is no command ${name}; \`arenaria --help\` says what there is`, MISUSED);
}

function termOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** Commander's sentence, in one line and with what to do. */
function complaint(text: string): string {
  const [, sentence = text] = /^error: (.*)$/s.exec(text.trim()) ?? [];
  return `arenaria: ${sentence.replace(/\s*\n\s*/g, " ")}; \`arenaria --help\` says what there is`;
}

const terminal = new Terminal(process);
const program = createProgram(terminal);
try {
  if (process.argv.length > 2) await program.parseAsync();
  else program.outputHelp();
} catch (error) {
  process.exitCode = statusOf(error, (line) => console.error(line), process.argv.includes("--debug"));
}
