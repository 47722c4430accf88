// Free chunks by size: doubly linked lists, 32 to each power of two, with a bitmap to find the next list that holds one.
// After TLSF (Masmano, Ripoll, Crespo, Real: "TLSF: a new dynamic memory allocator for real-time systems", 2004), with a
// short best-fit search of the list that a request itself falls into, which wastes less than rounding the request up.

import { sizeOf } from "./chunk";
import {
  BIN_FIRST_SHIFT,
  BIN_STEP_SHIFT,
  BIN_STEPS,
  BINS,
  CHUNK_NEXT,
  CHUNK_PREV,
  R_BIN_LEVELS,
  R_BIN_STEPS,
  RUNTIME,
} from "./layout";

/** How many chunks of its own bin a request looks at before it takes the first of a larger one. */
const LOOKS: i32 = 8;

function levelOf(size: u32): u32 {
  return 31 - clz(size) - BIN_FIRST_SHIFT;
}

function stepOf(size: u32, level: u32): u32 {
  return (size >> (level + BIN_FIRST_SHIFT - BIN_STEP_SHIFT)) & (BIN_STEPS - 1);
}

/** Address of the head of a bin. */
export function binAt(level: u32, step: u32): usize {
  return BINS + (((level << BIN_STEP_SHIFT) | step) << 2);
}

/** Address of the bitmap of a level's steps. */
export function stepsAt(level: u32): usize {
  return RUNTIME + R_BIN_STEPS + (level << 2);
}

export function binOf(size: u32): usize {
  const level = levelOf(size);
  return binAt(level, stepOf(size, level));
}

export function addToBin(chunk: usize, size: u32): void {
  const level = levelOf(size);
  const step = stepOf(size, level);
  const bin = binAt(level, step);
  const first = load<u32>(bin);
  store<u32>(chunk, first, CHUNK_NEXT);
  store<u32>(chunk, 0, CHUNK_PREV);
  store<u32>(bin, chunk);
  if (first != 0) {
    store<u32>(first, chunk, CHUNK_PREV);
  } else {
    store<u32>(stepsAt(level), load<u32>(stepsAt(level)) | (1 << step));
    store<u32>(RUNTIME, load<u32>(RUNTIME, R_BIN_LEVELS) | (1 << level), R_BIN_LEVELS);
  }
}

export function removeFromBin(chunk: usize, size: u32): void {
  const next = load<u32>(chunk, CHUNK_NEXT);
  const prev = load<u32>(chunk, CHUNK_PREV);
  if (next != 0) store<u32>(next, prev, CHUNK_PREV);
  if (prev != 0) {
    store<u32>(prev, next, CHUNK_NEXT);
    return;
  }
  const level = levelOf(size);
  const step = stepOf(size, level);
  store<u32>(binAt(level, step), next);
  if (next != 0) return;
  const steps = load<u32>(stepsAt(level)) & ~(1 << step);
  store<u32>(stepsAt(level), steps);
  if (steps == 0) store<u32>(RUNTIME, load<u32>(RUNTIME, R_BIN_LEVELS) & ~(1 << level), R_BIN_LEVELS);
}

/** A free chunk of at least `size` bytes, still in its bin; 0 if there is none among those looked at. */
export function findChunk(size: u32): usize {
  let level = levelOf(size);
  const step = stepOf(size, level);
  let steps = load<u32>(stepsAt(level));
  if ((steps >> step) & 1) {
    const fit = bestOf(load<u32>(binAt(level, step)), size);
    if (fit != 0) return fit;
  }
  steps &= step == BIN_STEPS - 1 ? 0 : ~0 << (step + 1);
  if (steps == 0) {
    const levels = load<u32>(RUNTIME, R_BIN_LEVELS) & (~0 << (level + 1));
    if (levels == 0) return 0;
    level = ctz(levels);
    steps = load<u32>(stepsAt(level));
  }
  return load<u32>(binAt(level, ctz(steps)));
}

/** The smallest of the first few chunks of a list that are large enough. */
function bestOf(chunk: usize, size: u32): usize {
  let best: usize = 0;
  let bestSize = u32.MAX_VALUE;
  for (let looks = LOOKS; chunk != 0 && looks != 0; looks--) {
    const have = sizeOf(chunk);
    if (have >= size && have < bestSize) {
      best = chunk;
      bestSize = have;
      if (have == size) break;
    }
    chunk = load<u32>(chunk, CHUNK_NEXT);
  }
  return best;
}
