// The exports of the WebAssembly module, typed once.

/**
 * Level 0: the exports of the core as they are. Plain 32-bit integers go in and come out, with no checks but the core's own,
 * and failures are numbers too. What is an address or a size comes out **signed**: apply `>>> 0` to it, or an address above
 * 2 GiB is negative. Going in, either form will do. A fraction is cut off and a large number wraps around before the core sees it.
 *
 * A status is 0 for success; `lastStatus()` has the one of the last call that failed, `faultAddress()` what it was about.
 * Allocations return 0 on failure. In a heap with `debug: true` use the `debug…` functions: blocks of the other kind have no frame.
 */
export interface Core {
  readonly memory: WebAssembly.Memory;

  /** Done by `Heap.create`; again, it does nothing. */
  init(key: number, debug: number): number;

  /** The domains mem and obj. `malloc(0)` is a block of its own. */
  malloc(size: number): number;
  /** Zeroed; 0 also when the product is above 0x7fffffff. */
  calloc(count: number, size: number): number;
  /** 0 on failure, and then `address` is still valid. `realloc(0, n)` is `malloc(n)`; `realloc(p, 0)` resizes. */
  realloc(address: number, size: number): number;
  /** Returns a status; a block that is not there changes nothing. `free(0)` is success. */
  free(address: number): number;
  /** Bytes the block can hold; 0 if no block starts there. */
  usableSize(address: number): number;

  /** The domain raw, which never uses pools. */
  rawMalloc(size: number): number;
  rawCalloc(count: number, size: number): number;
  rawRealloc(address: number, size: number): number;
  rawFree(address: number): number;
  rawUsableSize(address: number): number;

  /** Framed blocks of any domain, which is given by its letter: 0x72 raw, 0x6d mem, 0x6f obj. */
  debugMalloc(domain: number, size: number): number;
  debugCalloc(domain: number, count: number, size: number): number;
  debugRealloc(domain: number, address: number, size: number): number;
  debugFree(domain: number, address: number): number;
  /** Bytes that were asked for: 0 also for a block of no bytes. */
  debugUsableSize(domain: number, address: number): number;

  /** A new arena, 0 on failure. */
  pyArenaNew(): number;
  pyArenaMalloc(arena: number, size: number): number;
  /** Returns a status. */
  pyArenaFree(arena: number): number;

  /** 0, or the number of the invariant that does not hold, with `faultAddress()` where. Writes nothing else. */
  verify(): number;
  /** Freed blocks that are kept ready go back to their pools. Call it before reading pools. */
  drain(): void;

  lastStatus(): number;
  faultAddress(): number;
  faultRule(): number;
  /** Pages of 64 KiB that memory has. */
  pages(): number;
  /** For tests: the n-th growth of memory from now fails, once; 0 switches that off. */
  failGrowth(n: number): void;
}

const FUNCTIONS: readonly Exclude<keyof Core, "memory">[] = [
  "init",
  "malloc",
  "calloc",
  "realloc",
  "free",
  "usableSize",
  "rawMalloc",
  "rawCalloc",
  "rawRealloc",
  "rawFree",
  "rawUsableSize",
  "debugMalloc",
  "debugCalloc",
  "debugRealloc",
  "debugFree",
  "debugUsableSize",
  "pyArenaNew",
  "pyArenaMalloc",
  "pyArenaFree",
  "verify",
  "drain",
  "lastStatus",
  "faultAddress",
  "faultRule",
  "pages",
  "failGrowth",
];

/** What keeps `module` from being a core that this host can drive, as a phrase; null if nothing does. */
export function differenceFromCore(module: WebAssembly.Module): string | null {
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (from !== "env" || name !== "memory" || kind !== "memory") return `it imports ${from}.${name}`;
  }
  const kinds = new Map(WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]));
  for (const name of FUNCTIONS) if (kinds.get(name) !== "function") return `it exports no function "${name}"`;
  return kinds.get("memory") === "memory" ? null : `it exports no memory "memory"`;
}
