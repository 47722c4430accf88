import type { Trace } from "#traces/format.js";
import type { Contestant } from "../allocators/allocator.js";
import { Driver } from "./driver.js";

/** Times the allocator's own records are checked on the way through a trace. */
export const CHECKPOINTS = 20;

/** What a trace costs in memory with one allocator. */
export interface MemoryUse {
  readonly allocator: string;
  /** Most bytes of linear memory taken; null where there is no such number. */
  readonly footprint: number | null;
  readonly failures: number;
  /** Times the allocator's own records were checked and found good. */
  readonly checks: number;
  /** Arenas left when everything was freed, of allocators that have arenas. */
  readonly arenasLeft?: number;
}

/**
 * Replays a trace once on a fresh instance, untimed: how much linear memory it takes, whether all blocks keep their
 * contents, and whether the allocator's records hold at the end, at CHECKPOINTS points before, and when all is freed.
 * Throws when one of those does not.
 */
export async function measureMemory(trace: Trace, contestant: Contestant): Promise<MemoryUse> {
  const allocator = await (contestant.createChecked?.() ?? contestant.create());
  const driver = new Driver(allocator, trace.slots);
  const every = Math.max(1, Math.ceil(trace.operations / (CHECKPOINTS + 1)));
  let checks = 0;
  const check = (when: string) => {
    if (allocator.verify === undefined) return;
    try {
      allocator.verify();
    } catch (error) {
      throw new Error(`${trace.name} with ${allocator.name}, ${when}: ${(error as Error).message}`, { cause: error });
    }
    checks++;
  };
  driver.run(trace, trace.operations, (done) => {
    if (done % every === 0 && done < trace.operations) check(`after operation ${done}`);
  });
  check("at the end");
  const footprint = allocator.footprint();
  const { failures } = driver;
  driver.freeAll();
  check("after freeing everything");
  const arenasLeft = allocator.arenas?.();
  return {
    allocator: allocator.name,
    footprint,
    failures,
    checks,
    ...(arenasLeft === undefined ? {} : { arenasLeft }),
  };
}
