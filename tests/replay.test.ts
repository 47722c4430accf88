import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forEachOperation, OP_CALLOC, OP_FREE, OP_MALLOC, OP_REALLOC, type Trace } from "#traces/format.js";
import { profileOf } from "#traces/profile.js";
import type { Allocator, AllocatorFunctions, Contestant } from "../bench/allocators/allocator.js";
import { CONTESTANTS, dlmalloc, ours, thing, tlsf } from "../bench/allocators/contestants.js";
import { fromWasm } from "../bench/allocators/foreign.js";
import { projectPath } from "../bench/paths.js";
import { Driver } from "../bench/replay/driver.js";
import { instantiateLoop } from "../bench/replay/loops.js";
import { CHECKPOINTS, measureMemory } from "../bench/replay/memory.js";
import { Player, scoreOf } from "../bench/replay/player.js";
import { measured, ratio, SMOKE, timeTrace } from "../bench/replay/timing.js";
import { readTraceFile, traceFiles } from "../bench/trace/files.js";
import type { Operation } from "../bench/trace/writer.js";
import { programs, traceOf } from "./helpers/programs.js";

/** Where the model keeps what the loops ask for first: words and table. */
const WORDS = 65536;
const TABLE = 2 * 65536;
const FIRST_BLOCK = 3 * 65536;
const PAGES = 64;

/** An allocator that never reuses anything, writes down every call, and fails those it is told to fail. */
class Model implements Allocator {
  readonly name = "model";
  readonly memory = new WebAssembly.Memory({ initial: PAGES });
  readonly calls: string[] = [];
  readonly live = new Map<number, number>();
  #end = FIRST_BLOCK;
  #allocations = 0;

  constructor(readonly failEvery = 0) {}

  readonly functions: AllocatorFunctions = {
    malloc: (size) => this.#note(`malloc ${size >>> 0}`, this.#take(size)),
    calloc: (count, size) => this.#note(`calloc ${count} ${size >>> 0}`, this.#take(count * size)),
    realloc: (address, size) => {
      expect(this.live.has(address)).toBe(true);
      const moved = this.#take(size);
      if (moved !== 0) {
        const kept = Math.min(size, this.live.get(address) as number);
        this.bytes.copyWithin(moved, address, address + kept);
        this.live.delete(address);
      }
      return this.#note(`realloc ${address} ${size >>> 0}`, moved);
    },
    free: (address) => {
      expect(this.live.delete(address)).toBe(true);
      this.calls.push(`free ${address}`);
      return 0;
    },
  };

  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  footprint(): number {
    return this.#end - FIRST_BLOCK;
  }

  #take(size: number): number {
    this.#allocations++;
    if (this.failEvery > 0 && this.#allocations % this.failEvery === 0) return 0;
    const address = this.#end;
    this.#end += Math.max(8, (size + 7) & ~7);
    this.live.set(address, size);
    return address;
  }

  #note(call: string, address: number): number {
    this.calls.push(`${call} = ${address}`);
    return address;
  }
}

const smallPrograms = programs(fc.nat(100), 60);

/** What the loop should do, done by hand: the calls, the addresses left in the table, and the failures. */
function expected(trace: Trace, model: Model): { table: number[]; failures: number } {
  const table = new Array<number>(trace.slots).fill(0);
  let failures = 0;
  forEachOperation(trace.words, (op, slot, size) => {
    const old = table[slot] as number;
    const { malloc, calloc, realloc, free } = model.functions;
    if (op === OP_FREE) {
      if (old !== 0) free(old);
      return;
    }
    const address =
      op === OP_CALLOC ? calloc(1, size) : op === OP_REALLOC && old !== 0 ? realloc(old, size) : malloc(size);
    if (address === 0 && size > 0) failures++;
    // A realloc to nothing may give nothing, and then there is no block any more.
    if (address !== 0 || op !== OP_REALLOC || size === 0) table[slot] = address;
    if (address !== 0 && size > 0) {
      model.bytes[address] = size;
      model.bytes[address + size - 1] = size;
    }
  });
  return { table, failures };
}

describe("the replay loop", () => {
  test.each([0, 2, 3, 5])("does what a model does that fails every %d. call", (failEvery) => {
    fc.assert(
      fc.property(smallPrograms, (operations) => {
        const trace = traceOf(operations);
        const [real, byHand] = [new Model(failEvery), new Model(failEvery)];
        const { replay } = instantiateLoop("replay", real.functions, real.memory) as {
          replay: (...words: number[]) => number;
        };
        new Uint32Array(real.memory.buffer).set(trace.words, WORDS / 4);
        const failures = replay(WORDS, WORDS + trace.words.length * 4, TABLE);
        const { table, failures: expectedFailures } = expected(trace, byHand);
        expect(real.calls).toEqual(byHand.calls);
        expect(failures).toBe(expectedFailures);
        expect(Buffer.compare(real.bytes.subarray(FIRST_BLOCK), byHand.bytes.subarray(FIRST_BLOCK))).toBe(0);
        // After a free the cell still has the address, which nothing reads.
        const cells = new Uint32Array(real.memory.buffer, TABLE, trace.slots);
        expect([...cells]).toEqual(table);
      }),
      { numRuns: 60 },
    );
  });

  test("is the same for a free that returns a status and one that returns nothing", () => {
    const withStatus = fromWasm("status", projectPath("build/release.wasm"));
    const without = fromWasm("void", projectPath("build/bench/tlsf.wasm"));
    for (const { functions, memory } of [withStatus, without]) {
      expect(() => instantiateLoop("replay", functions, memory)).not.toThrow();
    }
  });
});

describe("a player", () => {
  test("leaves nothing behind, round after round, also when it stops early", () => {
    const operations = Array.from({ length: 10_000 }, (_, slot) => ({ op: OP_MALLOC, slot, size: 8 }));
    const model = new Model();
    const player = new Player(model, scoreOf(traceOf(operations)));
    const own = model.live.size;
    expect(player.play(Number.POSITIVE_INFINITY)).toMatchObject({ operations: 10_000, failures: 0 });
    expect(model.live.size).toBe(own);
    expect(player.play(0).operations).toBe(4096);
    expect(model.live.size).toBe(own);
  });
});

describe("the driver", () => {
  const program: readonly Operation[] = [
    { op: OP_MALLOC, slot: 0, size: 40 },
    { op: OP_CALLOC, slot: 1, size: 24 },
    { op: OP_REALLOC, slot: 0, size: 80 },
    { op: OP_FREE, slot: 1, size: 0 },
  ];

  function drive(
    change: (model: Model, functions: AllocatorFunctions) => Partial<AllocatorFunctions>,
    operations = program,
  ): Driver {
    const model = new Model();
    const allocator = { ...model, memory: model.memory, footprint: () => 0 };
    const functions = { ...model.functions, ...change(model, model.functions) };
    const driver = new Driver({ ...allocator, functions }, 2);
    driver.run(traceOf(operations), operations.length);
    driver.freeAll();
    return driver;
  }

  test("finds nothing wrong with an allocator that is right", () => {
    const driver = drive(() => ({}));
    expect([driver.failures, driver.liveBytes]).toEqual([0, 0]);
  });

  test("notices a realloc that loses the contents", () => {
    expect(() => drive((_, { malloc }) => ({ realloc: (_address, size) => malloc(size) }))).toThrow(
      /lost the contents/,
    );
  });

  test("notices a calloc that is not zero", () => {
    const calloc = (model: Model, size: number) => {
      const address = model.functions.malloc(size);
      model.bytes[address + size - 1] = 7;
      return address;
    };
    expect(() => drive((model) => ({ calloc: (_count, size) => calloc(model, size) }))).toThrow(/not zero/);
  });

  test("notices blocks that overlap", () => {
    const two: readonly Operation[] = [
      { op: OP_MALLOC, slot: 0, size: 40 },
      { op: OP_MALLOC, slot: 1, size: 40 },
    ];
    expect(() => drive(() => ({ malloc: () => FIRST_BLOCK, free: () => 0 }), two)).toThrow(/lost the contents/);
  });

  test("counts what fails and goes on", () => {
    const driver = drive(() => ({ realloc: () => 0 }));
    expect(driver.failures).toBe(1);
  });
});

describe("every allocator", () => {
  test.each(CONTESTANTS.map((contestant) => [contestant.name, contestant] as const))(
    "%s plays and keeps its blocks",
    (_, contestant) => {
      const operations: Operation[] = [];
      for (let slot = 0; slot < 50; slot++)
        operations.push({ op: slot % 2 === 0 ? OP_MALLOC : OP_CALLOC, slot, size: 1 + slot * 30 });
      for (let slot = 0; slot < 50; slot += 3) operations.push({ op: OP_FREE, slot, size: 0 });
      const trace = traceOf(operations);
      const driver = new Driver(contestant.create(), trace.slots);
      driver.run(trace, trace.operations);
      driver.freeAll();
      expect(driver.failures).toBe(0);
      const round = new Player(contestant.create(), scoreOf(trace)).play(Number.POSITIVE_INFINITY);
      expect(round).toMatchObject({ operations: trace.operations, failures: 0 });
    },
  );

  test("with only malloc and free gets a calloc and a realloc", () => {
    const model = new Model();
    const { malloc, free } = model.functions;
    const made = instantiateLoop("shim", { malloc, free }, model.memory) as unknown as AllocatorFunctions;
    const first = malloc(16);
    model.bytes.fill(9, first, first + 16);
    const second = made.realloc(first, 32);
    expect([...model.bytes.subarray(second, second + 16)]).toEqual(new Array(16).fill(9));
    expect(model.live.has(first)).toBe(false);
    const third = made.calloc(3, 5);
    expect(model.live.get(third)).toBe(15);
  });
});

test("timing takes turns, counts rounds and divides by the base", async () => {
  const trace = traceOf(Array.from({ length: 200 }, (_, slot) => ({ op: OP_MALLOC, slot, size: 24 })));
  let rounds = 0;
  const [first, second, third] = timeTrace(trace, [ours, tlsf, thing], measured(4), () => rounds++);
  expect(rounds).toBe(3 * (3 + 4));
  expect([first, second, third].map((timing) => timing?.nanoseconds.length)).toEqual([4, 4, 2]);
  const halved = { ...(first as NonNullable<typeof first>), nanoseconds: [1, 2, 3, 4] };
  const base = { ...halved, nanoseconds: [2, 4, 6, 1] };
  expect(ratio(halved, base)).toBe(0.5);
});

test("who breaks down takes no more turns, and the others go on", () => {
  const trap = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  const model = new Model();
  const functions = { ...model.functions, free: trap };
  const broken = { name: "broken", description: "", create: () => ({ ...model, memory: model.memory, functions }) };
  const full = {
    name: "full",
    description: "",
    create: () => ({ ...broken.create(), functions: { ...functions, malloc: () => 0 } }),
  };
  const trace = traceOf([{ op: OP_MALLOC, slot: 0, size: 24 }]);
  const timings = timeTrace(trace, [broken as unknown as Contestant, full as unknown as Contestant, tlsf], SMOKE);
  expect(timings.map(({ error, nanoseconds }) => [error, nanoseconds.length])).toEqual([
    ["unreachable", 0],
    ["model has no room for the tables", 0],
    [undefined, 1],
  ]);
});

test("a trace leaves at most the spare arena, and the heap verifies all the way", async () => {
  const [file = ""] = traceFiles(["perl-words"]);
  const trace = await readTraceFile(file);
  const use = await measureMemory(trace, ours);
  expect(use).toMatchObject({ failures: 0, checks: CHECKPOINTS + 2 });
  expect(use.arenasLeft).toBeLessThanOrEqual(1);
  expect(use.footprint).toBeLessThan(profileOf(trace).peakBytes * 1.2);
  expect((await measureMemory(trace, dlmalloc)).checks).toBe(0);
});
