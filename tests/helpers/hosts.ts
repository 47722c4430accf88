// Several hosts of one heap, as threads have them, and programs after one another: each with parts of its own on the same core and memory.
import { HostCalls } from "../../src/hostcalls.js";
import { startCore } from "../../src/instantiate.js";
import { HeapMemory } from "../../src/memory.js";
import { settle } from "../../src/options.js";
import { createParts, type Parts } from "../../src/parts.js";
import type { Fields, Instance, StructOptions, StructType } from "../../src/structtype.js";
import { verify } from "../../src/verify.js";

/** One host of a heap. */
export interface Host extends Parts {
  /** As heap.struct. */
  struct<const F extends Fields>(name: string, fields: F, options?: StructOptions<F>): StructType<F>;
  bound<F extends Fields>(type: StructType<F>): StructType<F>;
  /** A handle of the object at an address. */
  at(address: number): Instance<{ [name: string]: "ref" }>;
  verify(): void;
}

/** Makes hosts of one heap, of which the last one made, or the last that `enter` was called with, has it. */
export class Hosts {
  readonly #running: Awaited<ReturnType<typeof startCore>>;
  readonly #calls = new Map<Host, HostCalls>();
  readonly #debug: boolean;
  /** What went to onUnraisable, whosever. */
  readonly unraisable: unknown[] = [];

  private constructor(running: Awaited<ReturnType<typeof startCore>>, debug: boolean) {
    this.#running = running;
    this.#debug = debug;
  }

  static async open(debug = false): Promise<Hosts> {
    return new Hosts(await startCore(settle({ debug })), debug);
  }

  make(): Host {
    const calls = new HostCalls();
    const parts = createParts(
      { ...this.#running, memory: new HeapMemory(this.#running.memory.memory), calls },
      { ...settle({ debug: this.#debug }), gc: {}, onUnraisable: ({ error }) => void this.unraisable.push(error) },
    );
    const host: Host = {
      ...parts,
      struct: (name, fields, options) => parts.structs.define(name, fields, options),
      bound: (type) => parts.structs.define(type),
      at: (address) => parts.objects.wrap(address as never) as never,
      verify: () => verify(parts.engine),
    };
    this.#calls.set(host, calls);
    this.enter(host);
    return host;
  }

  /** From now on the core calls this host. */
  enter(host: Host): void {
    Object.assign(this.#running.calls, this.#calls.get(host));
  }
}
