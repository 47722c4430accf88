// What the module exports: a list, no logic.

import { R_FAIL_GROWTH, R_FAULT_ADDRESS, R_FAULT_RULE, R_STATUS, RUNTIME } from "./layout";

export { calloc, free, malloc, realloc, usableSize } from "./alloc";
export { debugCalloc, debugFree, debugMalloc, debugRealloc, debugUsableSize } from "./debug";
export { pyArenaFree, pyArenaMalloc, pyArenaNew } from "./pyarena";
export { rawCalloc, rawFree, rawMalloc, rawRealloc, rawUsableSize } from "./raw";
export { drain } from "./reclaim";
export { init } from "./runtime";
export { verify } from "./verify/heap";

export function lastStatus(): u32 {
  return load<u32>(RUNTIME, R_STATUS);
}

export function faultAddress(): usize {
  return load<u32>(RUNTIME, R_FAULT_ADDRESS);
}

export function faultRule(): u32 {
  return load<u32>(RUNTIME, R_FAULT_RULE);
}

/** Pages of 64 KiB that memory has. */
export function pages(): i32 {
  return memory.size();
}

/** Makes the n-th growth of memory from now fail, once; 0 switches that off. */
export function failGrowth(n: u32): void {
  store<u32>(RUNTIME, n, R_FAIL_GROWTH);
}
