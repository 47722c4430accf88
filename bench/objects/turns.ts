// Rounds in which partners take turns, so that whatever else the machine does falls on all of them alike.

import type { Effort } from "../suites/suite.js";

/** Rounds at the beginning that do not count: engines optimize, memory grows, pages are touched first. */
const WARM_UP_ROUNDS = 1;

/**
 * Asks each of `partners` once a round, another one first each time, and gives their answers of the rounds that count.
 * A smoke run has one round.
 */
export async function takeTurns<Partner, Answer>(
  partners: readonly Partner[],
  counted: number,
  { smoke }: Effort,
  ask: (partner: Partner) => Promise<Answer>,
): Promise<Map<Partner, Answer[]>> {
  const answers = new Map<Partner, Answer[]>(partners.map((partner) => [partner, []]));
  const warmUp = smoke ? 0 : WARM_UP_ROUNDS;
  for (let round = 0; round < warmUp + (smoke ? 1 : counted); round++) {
    for (let turn = 0; turn < partners.length; turn++) {
      const partner = partners[(turn + round) % partners.length] as Partner;
      const answer = await ask(partner);
      if (round >= warmUp) answers.get(partner)?.push(answer);
    }
  }
  return answers;
}
