// Rounds in which partners take turns, so that whatever else the machine does falls on all of them alike.

import { type Rounds, SMOKE } from "../replay/timing.js";
import type { Effort } from "../suites/suite.js";

/** Rounds at the beginning that do not count: engines optimize, memory grows, pages are touched first. */
const WARM_UP_ROUNDS = 1;

/** Asks each of `partners` once a round, another one first each time, and gives their answers of the rounds that count. */
export async function takeRounds<Partner, Answer>(
  partners: readonly Partner[],
  { warmUp, counted }: Rounds,
  ask: (partner: Partner) => Promise<Answer>,
): Promise<Map<Partner, Answer[]>> {
  const answers = new Map<Partner, Answer[]>(partners.map((partner) => [partner, []]));
  for (let round = 0; round < warmUp + counted; round++) {
    for (let turn = 0; turn < partners.length; turn++) {
      const partner = partners[(turn + round) % partners.length] as Partner;
      const answer = await ask(partner);
      if (round >= warmUp) answers.get(partner)?.push(answer);
    }
  }
  return answers;
}

/** As `takeRounds`, after the usual warm-up. A smoke run has one round. */
export function takeTurns<Partner, Answer>(
  partners: readonly Partner[],
  counted: number,
  { smoke }: Effort,
  ask: (partner: Partner) => Promise<Answer>,
): Promise<Map<Partner, Answer[]>> {
  return takeRounds(partners, smoke ? SMOKE : { warmUp: WARM_UP_ROUNDS, counted }, ask);
}
