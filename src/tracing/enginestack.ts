// The stack of calls as JavaScript engines tell it: V8 as a list of call sites, all of them as a text.

/** A call on the stack, as V8 describes it. */
export interface CallSite {
  /** Null or undefined: the engine's own function, or code made of a text. */
  getScriptNameOrSourceURL(): string | null | undefined;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  isEval(): boolean;
  getEvalOrigin(): string | undefined;
}

/** A line of a stack's text. */
export interface TextSite {
  readonly filename: string;
  readonly lineno: number;
}

/** What V8 has beside the standard, and others in part. */
interface StackErrors {
  stackTraceLimit?: number | undefined;
  prepareStackTrace?: unknown;
  captureStackTrace?(holder: object, below?: unknown): void;
}

type Below = (...args: never[]) => unknown;

const errors = Error as unknown as StackErrors;

/** A line of a call in V8's texts, and in those of others. */
const CALL = /^\s*at /;
const OTHER_CALL = /@/;
/** `at call (FILE:LINE:COLUMN)`, `at FILE:LINE:COLUMN`, and `call@FILE:LINE:COLUMN`. */
const PLACES = [/^\s*at .*? \((.*):(\d+):\d+\)$/, /^\s*at (?:async )?(.*):(\d+):\d+$/, /^[^@]*@(.*?):(\d+)(?::\d+)?$/];

function structured(_error: unknown, sites: unknown): unknown {
  return sites;
}

/**
 * At most `limit` calls, the most recent first, without `below` and what it has called; null where the engine tells no sites. What the program
 * has set to see stacks in its own way is as before when this returns.
 *
 * @throws whatever the engine does at the end of its stack
 */
export function callSites(limit: number, below: Below): readonly CallSite[] | null {
  if (errors.captureStackTrace === undefined || isFrozen()) return null;
  const { stackTraceLimit, prepareStackTrace } = errors;
  const hasLimit = Object.hasOwn(errors, "stackTraceLimit");
  const hasPrepare = Object.hasOwn(errors, "prepareStackTrace");
  const holder: { stack?: unknown } = {};
  try {
    errors.stackTraceLimit = limit;
    errors.prepareStackTrace = structured;
    errors.captureStackTrace(holder, below);
    const { stack } = holder;
    return Array.isArray(stack) ? stack : null;
  } finally {
    // Without a call, which needs stack: this may be its end.
    if (hasLimit) errors.stackTraceLimit = stackTraceLimit;
    else delete errors.stackTraceLimit;
    if (hasPrepare) errors.prepareStackTrace = prepareStackTrace;
    else delete errors.prepareStackTrace;
  }
}

/**
 * The same calls as a text, as the program gets to see them: with source maps, if the engine or the program follows them.
 *
 * @throws as callSites, and what the program's own function throws
 */
export function stackText(limit: number, below: Below): string {
  const { stackTraceLimit } = errors;
  const hasLimit = Object.hasOwn(errors, "stackTraceLimit");
  const frozen = isFrozen();
  try {
    if (!frozen) errors.stackTraceLimit = limit;
    const error = new Error("stack");
    errors.captureStackTrace?.(error, below);
    return String(error.stack);
  } finally {
    if (hasLimit && !frozen) errors.stackTraceLimit = stackTraceLimit;
    else if (!frozen) delete errors.stackTraceLimit;
  }
}

/** Programs may keep others, and themselves, from changing what the language has. */
function isFrozen(): boolean {
  return Object.isFrozen(Error);
}

/** The calls of a stack's text, which may have other lines above them. A null stands for a line that says no place. */
export function sitesOf(stack: string): Array<TextSite | null> {
  const lines = stack.split("\n");
  const calls = lines.filter((line) => CALL.test(line));
  return (calls.length > 0 ? calls : lines.filter((line) => OTHER_CALL.test(line))).map(siteOf);
}

function siteOf(line: string): TextSite | null {
  for (const place of PLACES) {
    const [, filename, lineno] = place.exec(line) ?? [];
    if (filename === undefined) continue;
    return { filename: filename.startsWith("eval at ") ? evalName(`(${filename}`) : filename, lineno: Number(lineno) };
  }
  return null;
}

/** A script as people name it: of a file its path, otherwise what the engine says. */
export function fileOf(name: string): string {
  if (!name.startsWith("file:///")) return name;
  const path = name.slice(/^file:\/\/\/[A-Za-z]:/.test(name) ? 8 : 7);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Whether the program, or the engine for it, may show other places than those of the code that runs. */
export function showsOtherPlaces(): boolean {
  return typeof errors.prepareStackTrace === "function";
}

/** Where a text was made code: `<eval at FILE:LINE>`, of texts in texts the outermost. */
export function evalName(origin: string | undefined): string {
  const [, filename, lineno] = /\(((?!eval at )[^()]*):(\d+):\d+\)/.exec(origin ?? "") ?? [];
  return filename === undefined ? "<eval>" : `<eval at ${fileOf(filename)}:${lineno}>`;
}
