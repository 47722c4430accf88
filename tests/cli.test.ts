// The command as a whole: help, wrong usage, files that are no good, colours, closed pipes.

import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { Heap } from "arenaria";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OP_MALLOC } from "#traces/format.js";
import { projectPath } from "../bench/paths.js";
import { encodeTrace } from "../bench/trace/writer.js";
import { arenaria, startArenaria } from "./helpers/cli.js";

/** A device of Linux that takes no byte. */
const FULL = "/dev/full";

const COMMANDS = ["replay", "load", "stats", "snapshot", "diff", "inspect"];

let folder: string;
const at = (name: string) => join(folder, name);
function file(name: string, contents: string | Uint8Array): string {
  writeFileSync(at(name), contents);
  return at(name);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "arenaria-cli-"));
  const heap = await Heap.create();
  heap.globals.set("numbers", heap.list([1.5, 2.5, "three"]));
  file("heap.image", heap.snapshot());
  file("run.atrc", encodeTrace([{ op: OP_MALLOC, slot: 0, size: 100 }]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("help", () => {
  test("is what the command alone and --help print: every command, and examples", () => {
    const alone = arenaria([]);
    expect(alone).toEqual({ ...arenaria(["--help"]), stderr: "" });
    expect(alone.status).toBe(0);
    for (const name of COMMANDS) expect(alone.stdout).toMatch(new RegExp(`^  ${name} [<[].*\\S {2,}\\S`, "m"));
    expect(alone.stdout).toContain("Examples:");
  });

  test.each(COMMANDS)("of %s says what it takes, in lines of at most 80 characters", (name) => {
    const { status, stdout, stderr } = arenaria([name, "--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Usage: arenaria ${name} `));
    expect(stdout).toContain("--json");
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(arenaria(["help", name])).toEqual({ status, stdout, stderr });
  });

  test("--version prints that of the package", () => {
    const { version } = JSON.parse(readFileSync(projectPath("package.json"), "utf8"));
    expect(arenaria(["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("wrong usage ends with one line and status 2:", () => {
  test.each([
    ["an unknown command", ["statistics"], /unknown command 'statistics'/],
    ["a command that is nearly one", ["stat"], /unknown command 'stat' \(Did you mean stats\?\)/],
    ["help for what is no command", ["help", "statistics"], /help: there is no command statistics/],
    ["an unknown option", ["stats", "x", "--fast"], /unknown option '--fast'/],
    ["no file", ["stats"], /missing required argument 'image'/],
    ["one file too few", ["diff", "x"], /missing required argument 'new'/],
    ["one file too many", ["stats", "x", "y"], /too many arguments/],
    ["rounds that are none", ["replay", "x", "--rounds", "0"], /--rounds <n>.*'0' is invalid.*1 or more/],
    ["a fraction", ["replay", "x", "--rounds", "1.5"], /'1\.5' is invalid/],
    ["a number with a tail", ["stats", "x", "--top", "5x"], /'5x' is invalid/],
    ["a port that is none", ["inspect", "--port", "65536"], /'65536' is invalid.*0 … 65535/],
    ["an option without its value", ["load", "x", "-o"], /-o, --output <image>' argument missing/],
    ["a demonstration of a file", ["inspect", "x", "--demo"], /--demo: takes no file/],
    ["standard output as a file", ["snapshot", "x", "-o", "-"], /-: standard output is for tables/],
    ["events of two traces", ["replay", "a", "b", "--trace-events", "e"], /--trace-events e: takes one trace, not 2/],
  ])("%s", (_, args, sentence) => {
    const { status, stdout, stderr } = arenaria(args);
    expect(stderr).toMatch(/^arenaria: [^\n]*\n$/);
    expect(stderr).toMatch(sentence);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });
});

describe("a file that is no good ends the command with one line that names it, and status 1:", () => {
  const cases: readonly (readonly [string, readonly string[], () => string, RegExp])[] = [
    ["one that is not there", ["stats"], () => at("none.image"), /cannot be read: there is no such file/],
    ["a directory", ["replay"], () => folder, /cannot be read: it is a directory/],
    ["an empty file", ["stats"], () => file("empty", ""), /wants an image.*is empty$/m],
    ["an empty file to load", ["load"], () => file("empty", ""), /wants JavaScript or JSON.*is empty$/m],
    ["an empty file to inspect", ["inspect"], () => file("empty", ""), /wants an image.*is empty$/m],
    ["a trace for stats", ["stats"], () => at("run.atrc"), /wants an image.*is a recorded trace.*arenaria replay/],
    ["a trace for snapshot", ["snapshot"], () => at("run.atrc"), /wants an image.*is a recorded trace/],
    ["an image to replay", ["replay"], () => at("heap.image"), /wants a recorded trace.*is an image.*arenaria stats/],
    ["a text to replay", ["replay"], () => file("text", "hello"), /wants a recorded trace.*something else/],
    ["a text to inspect", ["inspect"], () => file("text", "hello"), /wants an image of a heap or a recorded trace/],
    ["an image to load", ["load"], () => at("heap.image"), /wants JavaScript or JSON.*is an image/],
    ["bytes to load", ["load"], () => file("bytes", Uint8Array.of(1, 0, 2)), /wants JavaScript or JSON.*no text/],
    ["broken JSON", ["load"], () => file("broken.json", '{"a": [1,'), /no JSON that can be parsed/],
    [
      "broken JavaScript",
      ["load"],
      () => file("broken.js", "let a = ;\n"),
      /no JavaScript that can be parsed.*\(1:8\)/,
    ],
    [
      "a trace that is cut off",
      ["replay"],
      () => file("cut.atrc", readFileSync(at("run.atrc")).subarray(0, 24)),
      /cut off.*\(at byte 24\)/,
    ],
    [
      "gzip that is cut off",
      ["replay"],
      () => file("cut.atrc.gz", gzipSync(readFileSync(at("run.atrc"))).subarray(0, 24)),
      /the gzip data is damaged or cut off/,
    ],
    [
      "gzip of something else",
      ["replay"],
      () => file("else.gz", gzipSync("hello, world")),
      /does not begin with "ATRC"/,
    ],
    [
      "an image that is cut off",
      ["stats"],
      () => file("cut.image", readFileSync(at("heap.image")).subarray(0, 5000)),
      /image/,
    ],
    [
      "an image with a changed byte",
      ["stats"],
      () => {
        const bytes = readFileSync(at("heap.image"));
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        return file("changed.image", bytes);
      },
      /changed/,
    ],
  ];

  test.each(cases)("%s", (_, args, make, sentence) => {
    const name = make();
    const { status, stdout, stderr } = arenaria([...args, name, "--json"]);
    expect(stderr).toMatch(/^arenaria: [^\n]*\n$/);
    expect(stderr).toContain(name);
    expect(stderr).toMatch(sentence);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  });

  test("with --debug, the stack follows", () => {
    const { status, stderr } = arenaria(["stats", at("none.image"), "--debug"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^arenaria: .*none\.image.*\n.*\n\s+at /);
  });

  test("so does a file that cannot be written, and no part of it stays", () => {
    const { status, stderr } = arenaria(["snapshot", at("heap.image"), "-o", at("no/such/folder")]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `arenaria: ${at("no/such/folder")}: cannot be written: there is no such file or directory\n`,
    });
  });

  test.runIf(existsSync(FULL))("and a disk that is full, of which only files are removed", () => {
    // Through a link, so that no device can come to harm.
    const link = at("full");
    symlinkSync(FULL, link);
    const { status, stderr } = arenaria(["load", file("small.json", "[1]"), "-o", link]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `arenaria: ${link}: cannot be written: the disk is full\n`,
    });
    expect(existsSync(link)).toBe(true);
  });
});

describe("colours", () => {
  const ESCAPE = "\x1b[";
  test.each([
    ["are for terminals", {}, false],
    ["come with FORCE_COLOR", { FORCE_COLOR: "1" }, true],
    ["do not with FORCE_COLOR=0", { FORCE_COLOR: "0" }, false],
    ["never with NO_COLOR", { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
    ["as before with an empty NO_COLOR", { FORCE_COLOR: "1", NO_COLOR: "" }, true],
  ])("%s", (_, env, coloured) => {
    const help = arenaria(["--help"], { env }).stdout;
    const stats = arenaria(["stats", at("heap.image")], { env }).stdout;
    expect([help.includes(ESCAPE), stats.includes(ESCAPE)]).toEqual([coloured, coloured]);
    expect(stats).toContain("Collector");
  });

  test("never are in JSON", () => {
    expect(arenaria(["stats", at("heap.image"), "--json"], { env: { FORCE_COLOR: "1" } }).stdout).not.toContain(ESCAPE);
  });
});

test("a reader that closes the pipe ends the command without a word", async () => {
  const child = startArenaria(["replay", projectPath("bench/traces/cfrac.atrc.gz"), "--rounds", "1"]);
  child.stdout.destroy();
  const complaints = text(child.stderr);
  const [status] = await once(child, "close");
  expect({ status, complaints: await complaints }).toEqual({ status: 0, complaints: "" });
});
