// Where a command writes to, and whether in colours.

import type { Writable } from "node:stream";

type Environment = Readonly<Record<string, string | undefined>>;
type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Whether a stream is to get colours: NO_COLOR and FORCE_COLOR decide, else terminals do. */
export function wantsColours(stream: { readonly isTTY?: boolean }, environment: Environment): boolean {
  const { NO_COLOR = "", FORCE_COLOR, TERM } = environment;
  if (NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return stream.isTTY === true && TERM !== "dumb";
}

/** Text for people goes to `out`, and what is no result to `err`. */
export class Terminal {
  readonly #out: Writable;
  readonly #colours: boolean;
  /** Whether someone looks at standard error while the command runs. */
  readonly interactive: boolean;

  constructor({ stdout, stderr, env }: Pick<NodeJS.Process, "stdout" | "stderr" | "env">) {
    this.#out = stdout;
    this.#colours = wantsColours(stdout, env);
    this.interactive = stderr.isTTY === true && env.TERM !== "dumb";
    // Whoever reads has seen enough, as head(1) has.
    stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit();
    });
  }

  /** Writes lines. */
  print(...lines: readonly string[]): void {
    this.#out.write(`${lines.join("\n")}\n`);
  }

  /** Writes one JSON document. */
  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  style(style: Style, text: string): string {
    const [on, off] = CODES[style];
    return this.#colours ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  }

  get colours(): boolean {
    return this.#colours;
  }
}
