// Images that were changed: refused, or heaps that can be used. `npm run stress -- images` does the same for longer.
import { expect, test } from "vitest";
import { sourceImages } from "./helpers/imageheaps.js";
import { MUTATION_KINDS, mutationOf } from "./helpers/imagemutations.js";
import { tryImage, type Verdict } from "./helpers/imagetrials.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const COUNT = 2000;
/** The same each time, unless another is asked for. */
const SEED = process.env.TEST_SEED ? TEST_SEED : 1;

test(`${COUNT} changes`, async () => {
  const sources = await sourceImages();
  const verdicts = new Map(MUTATION_KINDS.map((kind) => [kind, { refused: 0, accepted: 0 }] as const));
  for (let number = 0; number < COUNT; number++) {
    const mutation = mutationOf(sources, SEED, number);
    try {
      const verdict = await tryImage(mutation, new Random(number));
      (verdicts.get(mutation.kind) as { [V in Verdict]: number })[verdict]++;
    } catch (cause) {
      throw new Error(`TEST_SEED=${SEED}, number ${number}, ${mutation.kind}, ${mutation.recipe}`, { cause });
    }
  }
  for (const [kind, { refused }] of verdicts) expect([kind, refused > 0]).toEqual([kind, true]);
  expect([...verdicts.values()].reduce((sum, { accepted }) => sum + accepted, 0)).toBeGreaterThan(0);
});

test("the images themselves are good, and the same each time", async () => {
  const [once, again] = [await sourceImages(), await sourceImages()];
  for (const [i, { name, image }] of once.entries()) {
    expect([name, Buffer.compare(image, again[i]?.image as Uint8Array)]).toEqual([name, 0]);
    const mutation = { recipe: "", kind: "", image, sealed: true, same: true };
    expect(await tryImage(mutation, new Random(SEED))).toBe("accepted");
  }
});
