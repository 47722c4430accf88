// Playing traces on a heap, call by call.

import { Heap } from "arenaria";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OP_CALLOC, OP_FREE, OP_MALLOC, OP_REALLOC, type Trace } from "#traces/format.js";
import { TracePlayer } from "#traces/player.js";
import { programs, traceOf } from "./helpers/programs.js";

const anyTrace = programs(fc.oneof(fc.nat(600), fc.nat(5000)), 200).map(traceOf);

const addressesOf = (player: TracePlayer) => Array.from({ length: player.trace.slots }, (_, i) => player.addressOf(i));

/** Plays a trace by the heap's own allocator, which throws where level 0 does not. */
function byAllocator({ mem }: Heap, { words, slots }: Trace): number[] {
  const blocks = new Array<number>(slots).fill(0);
  for (let at = 0; at < words.length; ) {
    const word = words[at++] as number;
    const [op, slot] = [word & 3, word >>> 2];
    const block = blocks[slot] as never;
    if (op === OP_FREE) mem.free(block);
    const size = op === OP_FREE ? 0 : (words[at++] as number);
    if (op === OP_FREE) blocks[slot] = 0;
    if (op === OP_MALLOC) blocks[slot] = mem.malloc(size);
    if (op === OP_CALLOC) blocks[slot] = mem.calloc(1, size);
    if (op === OP_REALLOC) blocks[slot] = mem.realloc(block, size);
  }
  return blocks;
}

describe.each([false, true])("a player of a heap with debug: %s", (debug) => {
  test("makes the calls that are recorded, in their order", async () => {
    await fc.assert(
      fc.asyncProperty(anyTrace, async (trace) => {
        const [heap, other] = [await Heap.create({ debug }), await Heap.create({ debug })];
        const player = new TracePlayer(heap.core, debug, trace);
        expect(player.play(Number.POSITIVE_INFINITY)).toBe(trace.operations);
        expect(addressesOf(player)).toEqual(byAllocator(other, trace));
        expect({ position: player.position, next: player.next }).toEqual({ position: trace.operations, next: null });
        heap.verify();
        player.freeAll();
        heap.verify();
        expect(heap.sys.getAllocatedBlocks()).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test("goes on where another was, in a heap with the same contents", async () => {
    await fc.assert(
      fc.asyncProperty(anyTrace, fc.nat(200), async (trace, stop) => {
        const heap = await Heap.create({ debug });
        const player = new TracePlayer(heap.core, debug, trace);
        player.play(stop);
        const state = player.state();
        const restored = await Heap.restore(heap.snapshot());
        player.play(trace.operations);
        const second = new TracePlayer(restored.core, debug, trace, state);
        expect(second.position).toBe(Math.min(stop, trace.operations));
        second.play(trace.operations);
        expect(addressesOf(second)).toEqual(addressesOf(player));
        expect(restored.sys.debugMallocStats()).toEqual(heap.sys.debugMallocStats());
      }),
      { numRuns: 30 },
    );
  });
});

test("a player says which operation is next, one step at a time", async () => {
  const trace = traceOf([
    { op: OP_MALLOC, slot: 0, size: 24 },
    { op: OP_REALLOC, slot: 0, size: 4000 },
    { op: OP_FREE, slot: 0, size: 0 },
  ]);
  const heap = await Heap.create();
  const player = new TracePlayer(heap.core, false, trace);
  expect(player.next).toEqual({ op: OP_MALLOC, slot: 0, size: 24, address: 0 });
  expect(player.play(1)).toBe(1);
  const first = player.addressOf(0);
  expect(player.next).toEqual({ op: OP_REALLOC, slot: 0, size: 4000, address: first });
  player.play(1);
  expect(player.next).toEqual({ op: OP_FREE, slot: 0, size: 0, address: player.addressOf(0) });
  expect(player.addressOf(0)).not.toBe(first);
  expect([player.play(5), player.play(5), player.position, player.addressOf(0)]).toEqual([1, 0, 3, 0]);
});

test("calls that find no memory are counted, and leave their slots as they were", async () => {
  const trace = traceOf([
    { op: OP_MALLOC, slot: 0, size: 100 },
    { op: OP_MALLOC, slot: 1, size: 0x7fff0000 },
    { op: OP_REALLOC, slot: 0, size: 0x7fff0000 },
    { op: OP_FREE, slot: 1, size: 0 },
  ]);
  const heap = await Heap.create({ maximumMemory: 2 ** 20 });
  const player = new TracePlayer(heap.core, false, trace);
  player.play(1);
  const kept = player.addressOf(0);
  player.play(3);
  expect([player.failures, player.addressOf(0), player.addressOf(1)]).toEqual([2, kept, 0]);
  heap.verify();
  expect(heap.sys.getAllocatedBlocks()).toBe(1);
});

test("what a player holds is its own: a state does not change under it", async () => {
  const trace = traceOf([
    { op: OP_MALLOC, slot: 0, size: 8 },
    { op: OP_FREE, slot: 0, size: 0 },
  ]);
  const heap = await Heap.create();
  const player = new TracePlayer(heap.core, false, trace);
  player.play(1);
  const { addresses } = player.state();
  const [before] = addresses;
  player.play(1);
  expect([...addresses]).toEqual([before]);
  expect(before).not.toBe(0);
});
