import fc from "fast-check";
import { OP_CALLOC, OP_FREE, OP_MALLOC, OP_REALLOC, type Trace } from "#traces/format.js";
import { decodeTrace } from "#traces/reader.js";
import { encodeTrace, type Operation } from "../../bench/trace/writer.js";

/** Programs as a recorder sees them: each call is about a block that is live, or asks for a new one in the lowest free slot. */
export function programs(size: fc.Arbitrary<number>, maxLength: number): fc.Arbitrary<Operation[]> {
  const op = fc.constantFrom(OP_MALLOC, OP_MALLOC, OP_FREE, OP_REALLOC, OP_CALLOC);
  return fc.array(fc.record({ op, rank: fc.nat(1000), size }), { maxLength }).map(numbered);
}

function numbered(steps: readonly { op: number; rank: number; size: number }[]): Operation[] {
  const live: number[] = [];
  return steps.flatMap(({ op, rank, size }): Operation[] => {
    if (op === OP_MALLOC || op === OP_CALLOC) {
      let slot = 0;
      while (live.includes(slot)) slot++;
      live.push(slot);
      return [{ op, slot, size }];
    }
    if (live.length === 0) return [];
    const index = rank % live.length;
    const slot = live[index] as number;
    if (op === OP_FREE) live.splice(index, 1);
    return [{ op, slot, size: op === OP_FREE ? 0 : size }];
  });
}

export function traceOf(operations: readonly Operation[]): Trace {
  return decodeTrace(encodeTrace(operations), "made up");
}
