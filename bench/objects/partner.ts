// Another process that measures one thing at a time: a line with the question goes in, a line with the answer comes out. So
// each side of a comparison has a process of its own, and they take turns.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { projectPath } from "../paths.js";

/** A process that could not be started, or ended before it answered. */
export class PartnerError extends Error {
  override readonly name = "PartnerError";

  /** `reason`: what happened, in a line. `details`: all that there is to say. `missing`: there is no such program. */
  constructor(
    partner: string,
    readonly reason: string,
    details: string,
    readonly missing: boolean,
  ) {
    super(`${partner}: ${details}`);
  }
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: PartnerError): void;
}

/** A process under a name. */
export class Partner {
  readonly name: string;
  readonly #process: ChildProcess;
  #waiting: Waiting | null = null;
  #end: PartnerError | null = null;
  #complaint = "";

  constructor(name: string, command: string, parameters: readonly string[]) {
    this.name = name;
    const child = spawn(command, parameters, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.#said(line));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint += text;
    });
    // A process that is gone cannot be written to. Its end is told by the two events below.
    child.stdin.on("error", () => {});
    child.on("error", ({ message, code }: NodeJS.ErrnoException) => this.#ended(message, message, code === "ENOENT"));
    child.on("close", (code, signal) => {
      const end = `it ended with ${signal ?? `status ${code}`}`;
      this.#ended(reasonIn(this.#complaint) ?? end, this.#complaint.trim() || end);
    });
  }

  /**
   * Asks for what the process calls `name`, and waits for the answer.
   *
   * @throws PartnerError
   */
  ask<Answer>(name: string, ...parameters: readonly unknown[]): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      if (this.#end !== null) reject(this.#end);
      else {
        this.#waiting = { resolve: (answer) => resolve(answer as Answer), reject };
        this.#process.stdin?.write(`${JSON.stringify([name, ...parameters])}\n`);
      }
    });
  }

  /** Lets the process go. */
  end(): void {
    this.#process.stdin?.end();
  }

  #said(line: string): void {
    let answer: unknown;
    try {
      answer = JSON.parse(line);
    } catch {
      // What an interpreter that comes to a bad end has to say.
      this.#complaint += `${line}\n`;
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(answer);
  }

  #ended(reason: string, details: string, missing = false): void {
    this.#end ??= new PartnerError(this.name, reason, details, missing);
    this.#waiting?.reject(this.#end);
    this.#waiting = null;
  }
}

/** The line of a stack trace that says what happened: Node's and Python's both have it as `SomeError: …`. */
function reasonIn(stack: string): string | undefined {
  return stack
    .split("\n")
    .filter((line) => /^\w*(Error|Exception)\b.*:/.test(line))
    .at(-1);
}

/** A process of this Node, with `gc()`, that runs a file of build/bench/objects/. */
export function nodePartner(name: string, file: string, ...parameters: readonly string[]): Partner {
  const program = projectPath("build", "bench", "objects", file);
  return new Partner(name, process.execPath, ["--expose-gc", program, ...parameters]);
}

/** The machine's python3 with a script of bench/python/. */
export function pythonPartner(script: string, ...parameters: readonly string[]): Partner {
  return new Partner("CPython", "python3", ["-B", projectPath("bench", "python", script), ...parameters]);
}

/** CPython in wasm with a script of bench/python/: see bench/python/pyodide.ts. */
export function pyodidePartner(script: string, ...parameters: readonly string[]): Partner {
  const program = projectPath("build", "bench", "python", "pyodide.js");
  return new Partner("Pyodide", process.execPath, [program, script, ...parameters]);
}

/** Version of the machine's python3; null, and a line on stderr, where there is none that works. */
export async function pythonVersion(): Promise<string | null> {
  const partner = pythonPartner("answer.py");
  try {
    return await partner.ask<string>("version");
  } catch (error) {
    if (!(error instanceof PartnerError)) throw error;
    console.error(`  ${error.message}; CPython is left out`);
    return null;
  } finally {
    partner.end();
  }
}
