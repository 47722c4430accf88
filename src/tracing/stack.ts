// From the stack of calls to a traceback: the program's own frames, the most recent first.

import {
  type CallSite,
  callSites,
  evalName,
  fileOf,
  showsOtherPlaces,
  sitesOf,
  stackText,
  type TextSite,
} from "./enginestack.js";
import { NOT_THERE, type Tracebacks, UNKNOWN } from "./tracebacks.js";

/** Frames of this package and of the core that are above those of the program, at least; by how many fewer are expected each time that there are. */
const OWN_FRAMES = 5;
const FEWER = 1 / 16;
/** How many times as many frames are looked at if those do not do. */
const MORE = 2;
/** Most frames that are counted. */
const FRAMES_MAX = 65_535;
/** Texts of stacks that are remembered where the engine has nothing else. */
const TEXTS_MAX = 10_000;

/** Whose code a script is. */
type Whose = "program" | "engine" | "package";

interface Script {
  readonly name: string;
  readonly whose: Whose;
  /** Numbers of places by line, or by line and column where other places are shown; SKIPPED for one that is no place of the program. */
  readonly places: Map<number, number>;
}

const SKIPPED = -1;
/** Columns that are told apart in a key. */
const COLUMNS = 2 ** 25;

/** A file of this package in a bundle, by the name that a source map has for it. */
const BUNDLED = /[\\/]arenaria[\\/](?:dist[\\/])?src[\\/]/;

/** Whoever calls `read` gives itself: what it and those that it called have on the stack is left out. */
type Reader = (...args: never[]) => unknown;

export class Stack {
  readonly #tracebacks: Tracebacks;
  readonly #limit: number;
  readonly #folder: string | null;
  readonly #scripts = new Map<string, Script>();
  readonly #places: Uint32Array;
  readonly #mapped: boolean;
  readonly #texts = new Map<string, number>();
  /** Frames that are left out, as far as the last stacks tell. A frame that is looked at in vain costs as much as any other. */
  #leftOut = OWN_FRAMES;

  /** Keeps at most `limit` frames of a stack. */
  constructor(tracebacks: Tracebacks, limit: number) {
    this.#tracebacks = tracebacks;
    this.#limit = limit;
    this.#places = new Uint32Array(limit);
    this.#folder = packageFolder();
    this.#mapped = sourceMapsEnabled();
  }

  /**
   * The number of the traceback of the calls that led here.
   *
   * @throws whatever the engine does at the end of its stack
   */
  read(reader: Reader): number {
    const mapped = this.#mapped || showsOtherPlaces();
    for (let limit = this.#limit + Math.ceil(this.#leftOut); ; limit *= MORE) {
      const sites = callSites(limit, reader);
      if (sites === null) return this.#readText(reader);
      const all = sites.length < limit;
      const count = this.#gather(sites, mapped ? reader : null, all);
      if (count < this.#limit && !all && limit < FRAMES_MAX) continue;
      if (count === 0) return UNKNOWN;
      const known = this.#tracebacks.find(this.#places, count);
      if (known !== NOT_THERE) return known;
      const total = count < this.#limit || all ? this.#programFrames(sites) : this.#depth(reader);
      return this.#tracebacks.add(this.#places, count, Math.max(total, count));
    }
  }

  /** Writes the places of the program's calls, and returns how many; those of the engine only if these are all. */
  #gather(sites: readonly CallSite[], reader: Reader | null, all: boolean): number {
    const count = this.#gatherOf("program", sites, reader);
    return count > 0 || !all ? count : this.#gatherOf("engine", sites, reader);
  }

  #gatherOf(whose: Whose, sites: readonly CallSite[], reader: Reader | null): number {
    const limit = this.#limit;
    let count = 0;
    let i = 0;
    for (; i < sites.length && count < limit; i++) {
      const site = sites[i] as CallSite;
      const script = this.#scriptOf(site);
      if (script === null || script.whose !== whose) continue;
      const line = site.getLineNumber() ?? 0;
      const key = reader === null ? line : line * COLUMNS + (site.getColumnNumber() ?? 0);
      let place = script.places.get(key);
      if (place === undefined) {
        place = reader === null ? this.#tracebacks.place(script.name, line) : this.#shownPlace(sites, i, reader);
        script.places.set(key, place);
      }
      if (place !== SKIPPED) this.#places[count++] = place;
    }
    this.#leftOut = Math.max(i - count, OWN_FRAMES, this.#leftOut - FEWER);
    return count;
  }

  /** Null for the engine's own functions. */
  #scriptOf(site: CallSite): Script | null {
    const name = site.getScriptNameOrSourceURL();
    if (name) return this.#scripts.get(name) ?? this.#newScript(name, name);
    if (!site.isEval()) return null;
    const origin = site.getEvalOrigin() ?? "eval";
    return this.#scripts.get(origin) ?? this.#newScript(origin, evalName(origin));
  }

  #newScript(key: string, name: string): Script {
    const script: Script = { name: fileOf(name), whose: this.#whoseIs(name), places: new Map() };
    this.#scripts.set(key, script);
    return script;
  }

  #whoseIs(name: string): Whose {
    if (name.startsWith("wasm://") || name.endsWith(".wasm")) return "package";
    if (name.startsWith("node:")) return "engine";
    return this.#folder !== null && name.startsWith(this.#folder) ? "package" : "program";
  }

  /** The place that the program gets to see for a call. */
  #shownPlace(sites: readonly CallSite[], index: number, reader: Reader): number {
    const site = sites[index] as CallSite;
    const shown = shownSites(sites.length, reader)?.[index];
    if (shown) {
      if (this.#folder === null && BUNDLED.test(shown.filename)) return SKIPPED;
      return this.#tracebacks.place(fileOf(shown.filename), shown.lineno);
    }
    return this.#tracebacks.place(this.#scriptOf(site)?.name ?? "", site.getLineNumber() ?? 0);
  }

  /** Frames of the program on the whole stack. */
  #depth(reader: Reader): number {
    return this.#programFrames(callSites(FRAMES_MAX, reader) ?? []);
  }

  #programFrames(sites: readonly CallSite[]): number {
    return sites.reduce((count, site) => count + (this.#scriptOf(site)?.whose === "program" ? 1 : 0), 0);
  }

  /** Where the engine tells its stack as a text only. The same text is the same traceback. */
  #readText(reader: Reader): number {
    const text = stackText(FRAMES_MAX, reader);
    let traceback = this.#texts.get(text);
    if (traceback === undefined) {
      traceback = this.#tracebackOf(sitesOf(text));
      if (this.#texts.size === TEXTS_MAX) this.#texts.clear();
      this.#texts.set(text, traceback);
    }
    return traceback;
  }

  #tracebackOf(sites: ReadonlyArray<TextSite | null>): number {
    const places = sites.flatMap((site) =>
      site !== null && this.#whoseIs(site.filename) === "program"
        ? [this.#tracebacks.place(fileOf(site.filename), site.lineno)]
        : [],
    );
    const count = Math.min(places.length, this.#limit);
    return count === 0 ? UNKNOWN : this.#tracebacks.add(places, count, Math.min(places.length, FRAMES_MAX));
  }
}

/** Null if what the program shows are not these calls, one by one. */
function shownSites(count: number, reader: Reader): ReadonlyArray<TextSite | null> | null {
  try {
    const shown = sitesOf(stackText(count, reader));
    return shown.length === count ? shown : null;
  } catch {
    return null;
  }
}

/** Where the files of this package are, as the engine names them; null in a bundle, where they are with those of the program. */
function packageFolder(): string | null {
  const name =
    callSites(1, callSites)?.[0]?.getScriptNameOrSourceURL() ?? sitesOf(stackText(1, stackText))[0]?.filename ?? "";
  return /^(.*[\\/])tracing[\\/](?:engine)?stack\.[cm]?[jt]s(?:\?.*)?$/.exec(name)?.[1] ?? null;
}

function sourceMapsEnabled(): boolean {
  return (globalThis as { process?: { sourceMapsEnabled?: boolean } }).process?.sourceMapsEnabled === true;
}
