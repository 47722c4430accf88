// Which traces to look at.

import { show } from "../arguments.js";
import { Glob } from "./glob.js";
import type { Tracebacks } from "./tracebacks.js";

/** What traces have to have, or must not have. */
export interface TraceFilter {
  /** True: what fits stays. False: what fits goes. */
  inclusive: boolean;
  /** A pattern for the file of the most recent frame: `*`, `?`, `[abc]`, `[!abc]`; `*` fits all. */
  filename: string;
  /** Only this line. */
  lineno?: number;
  /** Any frame of the traceback instead of the most recent. */
  allFrames?: boolean;
  /** Only this domain. */
  domain?: number;
}

/** Decides by the number of a traceback, each once, and by the domain. */
class Decision {
  readonly inclusive: boolean;
  readonly #filter: TraceFilter;
  readonly #glob: Glob;
  readonly #tracebacks: Tracebacks;
  readonly #known = new Map<number, boolean>();

  constructor(filter: TraceFilter, tracebacks: Tracebacks) {
    this.inclusive = filter.inclusive;
    this.#filter = filter;
    this.#glob = new Glob(filter.filename);
    this.#tracebacks = tracebacks;
  }

  fits(domain: number, traceback: number): boolean {
    if (this.#filter.domain !== undefined && this.#filter.domain !== domain) return false;
    let fits = this.#known.get(traceback);
    if (fits === undefined) {
      fits = this.#fitsTraceback(traceback);
      this.#known.set(traceback, fits);
    }
    return fits;
  }

  #fitsTraceback(traceback: number): boolean {
    const places = Array.from(this.#tracebacks.placesOf(traceback));
    const looked = this.#filter.allFrames === true ? places : places.slice(0, 1);
    return looked.some((place) => {
      const { filename, lineno } = this.#tracebacks.placeAt(place);
      return this.#glob.matches(filename) && (this.#filter.lineno === undefined || this.#filter.lineno === lineno);
    });
  }
}

/**
 * What tells whether a trace stays: if it fits an inclusive filter, or there is none, and no exclusive one.
 *
 * @throws TypeError for what are no filters, with where
 */
export function filterOf(
  filters: readonly TraceFilter[],
  tracebacks: Tracebacks,
): (domain: number, traceback: number) => boolean {
  if (!Array.isArray(filters)) {
    throw new TypeError(`filterTraces: filters must be an array of filters, not ${show(filters)}`);
  }
  const decisions = filters.map((filter, index) => new Decision(checked(filter, index), tracebacks));
  const included = decisions.filter(({ inclusive }) => inclusive);
  const excluded = decisions.filter(({ inclusive }) => !inclusive);
  return (domain, traceback) =>
    (included.length === 0 || included.some((filter) => filter.fits(domain, traceback))) &&
    !excluded.some((filter) => filter.fits(domain, traceback));
}

function checked(filter: unknown, index: number): TraceFilter {
  const where = `filterTraces: filters[${index}]`;
  if (typeof filter !== "object" || filter === null)
    throw new TypeError(`${where} must be a filter, not ${show(filter)}`);
  const { inclusive, filename, lineno, allFrames, domain } = filter as Partial<Record<keyof TraceFilter, unknown>>;
  if (typeof inclusive !== "boolean") throw wrong(`${where}.inclusive`, "true or false", inclusive);
  if (typeof filename !== "string") throw wrong(`${where}.filename`, "a string", filename);
  if (lineno !== undefined && typeof lineno !== "number") throw wrong(`${where}.lineno`, "a number", lineno);
  if (allFrames !== undefined && typeof allFrames !== "boolean") {
    throw wrong(`${where}.allFrames`, "true or false", allFrames);
  }
  if (domain !== undefined && typeof domain !== "number") throw wrong(`${where}.domain`, "a number", domain);
  return filter as TraceFilter;
}

function wrong(where: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${where} must be ${wanted}, not ${show(value)}`);
}
