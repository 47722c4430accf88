// Random programs of objects on every build of the core, against a model that knows who must live.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { VARIANTS } from "./helpers/core.js";
import { kindsOf, runObjectProgram } from "./helpers/objectprograms.js";
import { Objects } from "./helpers/objects.js";
import { Random, TEST_SEED } from "./helpers/random.js";
import { type Kind, type Node, PLAIN_WORDS, Reach } from "./helpers/reach.js";

/** Steps of all long programs together; npm run stress does more. */
const LONG_STEPS = 400_000;

beforeAll(() => console.info(`TEST_SEED=${TEST_SEED}`));

// ── short programs, looked at after every step, shrunk when they fail ──

const step = fc.record({
  call: fc.constantFrom(
    ...[
      "make",
      "make",
      "make",
      "many",
      "link",
      "link",
      "link",
      "link",
      "unlink",
      "hold",
      "release",
      "release",
      "release",
    ],
    ...["collect 0", "collect 1", "collect 2", "save 0", "save 1", "save 2", "freeze", "unfreeze", "drain"],
  ),
  kind: fc.nat(100),
  from: fc.nat(100),
  to: fc.nat(100),
  slot: fc.nat(400),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function pick<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}

function take(reach: Reach, kinds: readonly Kind[], { call, kind, from, to, slot }: Step): void {
  const { live } = reach;
  if (call === "make") reach.make(pick(kinds, kind));
  else if (call === "many") reach.makeMany(pick(kinds, kind), to % 7);
  else if (call === "freeze") reach.freeze();
  else if (call === "unfreeze") reach.unfreeze();
  else if (call === "drain") reach.objects.core.drain();
  else if (call.startsWith("collect")) reach.collect(Number(call.at(-1)) as 0 | 1 | 2);
  else if (call.startsWith("save")) reach.save(Number(call.at(-1)) as 0 | 1 | 2);
  else if (live.length > 0) touch(reach, call, pick(live, from), pick(live, to), slot);
}

/** What is about one object or two. */
function touch(reach: Reach, call: string, node: Node, other: Node, slot: number): void {
  const { refs } = node;
  if (call === "hold") reach.hold(node);
  else if (call === "release" && node.held > 0) reach.release(node);
  else if (call === "link" && refs.length > 0) reach.link(node, slot % refs.length, other);
  else if (call === "unlink" && refs.length > 0) reach.link(node, slot % refs.length, pick(PLAIN_WORDS, slot));
}

describe.each(VARIANTS)("$name", ({ name, open }) => {
  test.each([
    ["with automatic collections", true],
    ["with collections by call only", false],
  ])("short programs agree with the model, %s", (_, automatic) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
        const reach = new Reach(new Objects(open({ key: TEST_SEED })));
        const kinds = kindsOf(reach);
        if (automatic) reach.automatic(true, 4, 1, 1);
        for (const each of steps) {
          take(reach, kinds, each);
          reach.check();
        }
        reach.clear();
        reach.check();
        expect(reach.objects.leftBlocks()).toBe(0);
      }),
      { seed: TEST_SEED, numRuns: 60 },
    );
  });

  test("a long program agrees with the model", () => {
    const seed = TEST_SEED;
    try {
      const steps = LONG_STEPS / VARIANTS.length;
      const heap = open({ key: seed, maximumPages: 4096 });
      const reach = runObjectProgram(heap, { steps, random: new Random(seed), liveObjects: 600, checkEvery: 250 });
      expect(reach.totals.map(({ collected }) => collected > 0)).toEqual([true, true, true]);
    } catch (error) {
      throw new Error(`${name}, TEST_SEED=${seed}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  });
});
