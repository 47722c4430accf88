// XXH64 of bytes of linear memory (Yann Collet, xxHash; seed 0), taken piece by piece. The state lies in the verifier's scratch area.

import { SCRATCH } from "./layout";

const PRIME_1: u64 = 0x9e3779b185ebca87;
const PRIME_2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME_3: u64 = 0x165667b19e3779f9;
const PRIME_4: u64 = 0x85ebca77c2b2ae63;

/** Bytes that all pieces are multiples of: one word for each of the four lanes. */
const STRIPE_BYTES: u32 = 32;

// u64 each, offsets from SCRATCH: the four lanes, and the bytes so far.
const LANE_1: usize = 0;
const LANE_2: usize = 8;
const LANE_3: usize = 16;
const LANE_4: usize = 24;
const TOTAL: usize = 32;

export function checksumBegin(): void {
  store<u64>(SCRATCH, PRIME_1 + PRIME_2, LANE_1);
  store<u64>(SCRATCH, PRIME_2, LANE_2);
  store<u64>(SCRATCH, 0, LANE_3);
  store<u64>(SCRATCH, 0 - PRIME_1, LANE_4);
  store<u64>(SCRATCH, 0, TOTAL);
}

/** Takes in the next bytes; their number, rounded down to a multiple of 32. */
export function checksumAdd(at: usize, bytes: u32): void {
  let lane1 = load<u64>(SCRATCH, LANE_1);
  let lane2 = load<u64>(SCRATCH, LANE_2);
  let lane3 = load<u64>(SCRATCH, LANE_3);
  let lane4 = load<u64>(SCRATCH, LANE_4);
  for (let left = bytes / STRIPE_BYTES; left != 0; left--) {
    lane1 = round(lane1, load<u64>(at));
    lane2 = round(lane2, load<u64>(at, 8));
    lane3 = round(lane3, load<u64>(at, 16));
    lane4 = round(lane4, load<u64>(at, 24));
    at += STRIPE_BYTES;
  }
  store<u64>(SCRATCH, lane1, LANE_1);
  store<u64>(SCRATCH, lane2, LANE_2);
  store<u64>(SCRATCH, lane3, LANE_3);
  store<u64>(SCRATCH, lane4, LANE_4);
  store<u64>(SCRATCH, load<u64>(SCRATCH, TOTAL) + (bytes & ~(STRIPE_BYTES - 1)), TOTAL);
}

/** The checksum of all that was taken in, which must be some. */
export function checksumEnd(): u64 {
  const lane1 = load<u64>(SCRATCH, LANE_1);
  const lane2 = load<u64>(SCRATCH, LANE_2);
  const lane3 = load<u64>(SCRATCH, LANE_3);
  const lane4 = load<u64>(SCRATCH, LANE_4);
  let sum = rotl<u64>(lane1, 1) + rotl<u64>(lane2, 7) + rotl<u64>(lane3, 12) + rotl<u64>(lane4, 18);
  sum = merge(merge(merge(merge(sum, lane1), lane2), lane3), lane4) + load<u64>(SCRATCH, TOTAL);
  sum = (sum ^ (sum >> 33)) * PRIME_2;
  sum = (sum ^ (sum >> 29)) * PRIME_3;
  return sum ^ (sum >> 32);
}

function round(lane: u64, word: u64): u64 {
  return rotl<u64>(lane + word * PRIME_2, 31) * PRIME_1;
}

function merge(sum: u64, lane: u64): u64 {
  return (sum ^ round(0, lane)) * PRIME_1 + PRIME_4;
}
