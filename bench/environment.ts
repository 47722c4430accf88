import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, platform, totalmem } from "node:os";
import { PROJECT, projectPath } from "./paths.js";

/** Where and with what something was measured. */
export interface Environment {
  readonly date: string;
  /** Of this project; with "+" if files differ from it. Empty outside a repository. */
  readonly commit: string;
  readonly machine: string;
  readonly node: string;
  readonly v8: string;
  readonly packages: Readonly<Record<string, string>>;
}

/** Packages that say what was measured, and with what. */
const PACKAGES = ["acorn", "assemblyscript", "benchmark", "pyodide", "@thi.ng/malloc"];

export function environment(): Environment {
  const [cpu] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    machine: `${cpu?.model.trim() ?? "?"}, ${cpus().length} processors, ${gibibytes} GiB, ${platform()} ${arch()}`,
    node: process.version,
    v8: process.versions.v8,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(projectPath("node_modules", name, "package.json"), "utf8")).version;
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", PROJECT, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    const dirty = git("status", "--porcelain", "--untracked-files=no", "--", "assembly", "src", "bench/*.ts") !== "";
    return git("rev-parse", "--short", "HEAD") + (dirty ? "+" : "");
  } catch {
    return "";
  }
}
