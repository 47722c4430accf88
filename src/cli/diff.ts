// arenaria diff: what grew from one image to another.

import type { Command } from "commander";
import { type Census, censusOf } from "./census.js";
import { addCommand, type CommonOptions, positive } from "./command.js";
import { type Change, type Difference, differenceOf } from "./difference.js";
import { bytes, change, count, plural } from "./figures.js";
import { openImage } from "./input.js";
import { type Column, table } from "./table.js";
import type { Terminal } from "./terminal.js";

interface Options extends CommonOptions {
  readonly top: number;
}

const CHANGES: readonly Column[] = [
  ["old", "right"],
  ["new", "right"],
  ["change", "right"],
];
const TYPES: readonly Column[] = [
  ["type", "left"],
  ["objects", "right"],
  ["change", "right"],
  ["bytes", "right"],
  ["change", "right"],
];
const CLASSES: readonly Column[] = [
  ["block bytes", "right"],
  ["used", "right"],
  ["change", "right"],
  ["pools", "right"],
  ["change", "right"],
];

export function addDiff(program: Command, terminal: Terminal): void {
  addCommand(program, "diff", "what grew from one image to another")
    .argument("<old>", "an image of a heap")
    .argument("<new>", "a later one")
    .option("--top <n>", "how many types to show", positive, 20)
    .action((before: string, after: string, options: Options) => run(terminal, before, after, options));
}

async function run(terminal: Terminal, before: string, after: string, { json, top }: Options): Promise<void> {
  const difference = differenceOf(await censusIn(before), await censusIn(after));
  if (json) terminal.printJson({ files: { old: before, new: after }, ...difference });
  else
    terminal.print(
      `${terminal.style("bold", before)} → ${terminal.style("bold", after)}`,
      "",
      ...linesOf(terminal, difference, top),
    );
}

/** One heap at a time: each may take gigabytes. */
async function censusIn(file: string): Promise<Census> {
  const { heap } = await openImage(file);
  const census = censusOf(heap);
  heap[Symbol.dispose]();
  return census;
}

function linesOf(terminal: Terminal, difference: Difference, top: number): string[] {
  const { memory, types, classes, generations } = difference;
  const shown = types
    .slice(0, top)
    .map(({ name, objects, bytes: size }) => [
      name,
      count(objects.new),
      grown(terminal, objects, count),
      bytes(size.new),
      grown(terminal, size, bytes),
    ]);
  const typesTitle = types.length > top ? `Types: ${top} of ${types.length} that changed` : "Types that changed";
  return [
    ...table(
      terminal,
      "Memory",
      [["", "left"], ...CHANGES],
      [
        sized("reserved", memory.reserved),
        sized("arenas", memory.arenas),
        sized("large blocks", memory.large),
        sized("live", memory.live),
        sized("of the heap itself", memory.own),
        sized("peak", memory.peak),
      ],
    ),
    ...table(
      terminal,
      "Numbers",
      [["", "left"], ...CHANGES],
      [
        counted("blocks", difference.blocks),
        counted("objects", difference.objects),
        counted("arenas", difference.arenas),
        counted("large blocks", difference.largeBlocks),
        ...generations.map(({ objects }, index) => counted(`objects of generation ${index}`, objects)),
        ...generations.map(({ collections }, index) => counted(`collections of generation ${index}`, collections)),
      ],
    ),
    ...(types.length > 0
      ? table(terminal, typesTitle, TYPES, shown)
      : [`${terminal.style("cyan", "Types")}: none changed`, ""]),
    ...(classes.length > 0
      ? table(
          terminal,
          `Size classes: ${plural(classes.length, "changed", "changed")}`,
          CLASSES,
          classes.map(({ size, used, pools }) => [
            count(size),
            count(used.new),
            grown(terminal, used, count),
            count(pools.new),
            grown(terminal, pools, count),
          ]),
        )
      : [`${terminal.style("cyan", "Size classes")}: none changed`, ""]),
  ];

  function sized(name: string, what: Change): string[] {
    return [name, bytes(what.old), bytes(what.new), grown(terminal, what, bytes)];
  }
  function counted(name: string, what: Change): string[] {
    return [name, count(what.old), count(what.new), grown(terminal, what, count)];
  }
}

function grown(terminal: Terminal, what: Change, unit: (value: number) => string): string {
  const text = change(what.change, unit);
  return text === "" ? "" : terminal.style(what.change > 0 ? "red" : "green", text);
}
