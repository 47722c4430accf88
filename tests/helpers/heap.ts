// Fresh heaps for tests, on each core there is and with and without debug hooks.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { Heap, type HeapOptions } from "../../src/index.js";

export interface Variant {
  name: string;
  /** Blocks have frames. */
  debug: boolean;
  /** The core, if it is not the copy inside the package. */
  wasm: WebAssembly.Module | undefined;
  open(options?: HeapOptions): Promise<Heap>;
}

/** Compiled cores by name: those of the build, or only the file that ARENARIA_WASM names. */
function cores(): [string, WebAssembly.Module | undefined][] {
  const given = process.env.ARENARIA_WASM;
  if (given) return [[basename(given), new WebAssembly.Module(readFileSync(given))]];
  return [
    ["release core", undefined],
    ["debug core", new WebAssembly.Module(readFileSync("build/debug.wasm"))],
  ];
}

export const VARIANTS: Variant[] = cores().flatMap(([name, module]) =>
  [false, true].map((debug) => ({
    name: debug ? `${name}, debug heap` : `${name}, plain heap`,
    debug,
    wasm: module,
    open: (options: HeapOptions = {}) => Heap.create({ debug, ...(module && { wasm: module }), ...options }),
  })),
);

/** A heap that threads share, with its lock held by this one from the start. */
export const SHARED: Variant = {
  name: "shared heap",
  debug: false,
  wasm: undefined,
  async open(options: HeapOptions = {}) {
    const heap = await Heap.create({ ...options, shared: true });
    heap.gil.acquire();
    return heap;
  },
};

/** A heap of the shipped core, or of the one that ARENARIA_WASM names. */
export function openHeap(options: HeapOptions = {}): Promise<Heap> {
  const variant = VARIANTS.find(({ debug }) => debug === (options.debug ?? false));
  if (variant === undefined) throw new Error("there is no core");
  return variant.open(options);
}
