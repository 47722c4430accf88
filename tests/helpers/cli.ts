// The built command, run as people run it.

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { projectPath } from "../../bench/paths.js";

const COMMAND = projectPath("dist", "cli", "arenaria.js");

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Place {
  readonly cwd?: string;
  /** In addition to what this process has, without what asks for colours or against them. */
  readonly env?: Readonly<Record<string, string>>;
}

function environment({ env = {} }: Place): NodeJS.ProcessEnv {
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...rest } = process.env;
  return { ...rest, ...env };
}

/** Runs the command to its end. */
export function arenaria(args: readonly string[], place: Place = {}): Run {
  const options = { encoding: "utf8", env: environment(place), maxBuffer: 2 ** 28 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { ...options, cwd: place.cwd });
  return { status, stdout, stderr };
}

/** What the command prints with --json, when it succeeds. */
// biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
export function arenariaJson(args: readonly string[], place: Place = {}): any {
  const { status, stdout, stderr } = arenaria([...args, "--json"], place);
  if (status !== 0 || stderr !== "") throw new Error(`arenaria ${args.join(" ")}: status ${status}\n${stderr}`);
  return JSON.parse(stdout);
}

/** Starts the command. */
export function startArenaria(args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [COMMAND, ...args], { env: environment({}) });
}
