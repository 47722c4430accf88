// The demo of the inspector: a program of objects that can go back and forth, and always has the same heap at a position.
import { afterEach, expect, test } from "vitest";
import { isImmortal } from "../src/graph/population.js";
import { partsOf } from "../src/heap.js";
import { DEMO_LENGTH } from "../src/inspector/model/demoprogram.js";
import { openDemo } from "../src/inspector/model/open.js";
import type { Session } from "../src/inspector/model/session.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const opened: Session[] = [];

afterEach(() => {
  for (const session of opened.splice(0)) session.close();
});

async function demo(): Promise<{ session: Session; player: NonNullable<Session["player"]> }> {
  const session = await openDemo();
  opened.push(session);
  if (session.player === null) throw new Error("the demo has a player");
  return { session, player: session.player };
}

/** All that a position determines: everything but the time that collections took, and the key of the heap. */
function stateOf(session: Session) {
  const { heap } = session;
  const stats = heap.gc.getStats().map(({ duration: _, ...counts }) => counts);
  const contents = heap.scope(() => heap.toJS(heap.globals));
  return {
    ...heap.inspect({ blocks: true }),
    stats,
    counts: heap.gc.getCount(),
    usage: heap.sys.memoryUsage(),
    contents,
  };
}

/** As somebody would who watches. */
function watch(session: Session): void {
  session.frame(2);
  session.numbers();
  session.browser.list(null, 0, 10);
}

test("a position has one heap, whichever way it was come to and whoever has looked", async () => {
  const random = new Random(TEST_SEED);
  const { session, player } = await demo();
  for (let look = 0; look < 3; look++) {
    const position = random.below(4000);
    await player.seek(position);
    for (let step = 0; step < 20; step++) {
      player.step();
      watch(session);
    }
    const straight = await demo();
    straight.player.step(position + 20);
    expect(stateOf(session), `position ${position}, seed ${TEST_SEED}`).toEqual(stateOf(straight.session));
    session.heap.verify();
  }
});

test("shows collections of all generations, growth and shrinking, and what keeps nothing alive", async () => {
  const { session, player } = await demo();
  expect(player.length).toBe(DEMO_LENGTH);
  player.step(player.length);
  const { records } = session.collections;
  for (const generation of [0, 1, 2]) {
    const some = records.filter((record) => record.generation === generation);
    expect(some.length).toBeGreaterThan(3);
    expect(some.some(({ collected }) => collected > 0)).toBe(true);
    expect(some.every(({ pause, candidates }) => pause >= 0 && candidates >= 0)).toBe(true);
  }
  expect(records.some(({ automatic }) => !automatic)).toBe(true);
  expect(records.map(({ at }) => at)).toEqual(records.map(({ at }) => at).sort((a, b) => a - b));
  const stats = session.heap.gc.getStats();
  expect(records.map(({ generation }) => generation).filter((generation) => generation === 1).length).toBe(
    stats[1].collections,
  );
  const { liveHigh, x } = session.series.columns();
  const at = (position: number) => liveHigh[x.findIndex((point) => point >= position)] as number;
  expect(at(1900)).toBeGreaterThan(2 * at(100));
  expect(at(3900)).toBeLessThan(0.8 * at(2000));
  const { scope, globals } = session.heap;
  scope.call(session.heap, () => expect(globals.get("guests gone")).toBeGreaterThan(200));
  session.heap.verify();
});

test("what was played again tells of no collection twice, and adds nothing to the curves", async () => {
  const { session, player } = await demo();
  player.step(2500);
  const before = { records: [...session.collections.records], points: session.series.version };
  await player.seek(300);
  player.step(2200);
  expect({ records: session.collections.records, points: session.series.version }).toEqual(before);
  player.step(2000);
  expect(session.collections.records.length).toBeGreaterThan(before.records.length);
  expect(session.series.columns().x.at(-1)).toBe(4496);
});

test("the numbers are the heap's own at many positions", async () => {
  const random = new Random(TEST_SEED);
  const { session, player } = await demo();
  while (player.position < 4000) {
    player.step(random.between(1, 400));
    session.frame(1);
    const numbers = session.numbers();
    const { heap } = session;
    const { toString: _, ...malloc } = heap.sys.debugMallocStats();
    expect(numbers.malloc, `seed ${TEST_SEED}`).toEqual(malloc);
    expect(numbers.usage).toEqual(heap.sys.memoryUsage());
    expect(numbers.blocks).toBe(heap.sys.getAllocatedBlocks());
    const { generations, frozen } = heap.inspect();
    expect(numbers.gc).toEqual({
      enabled: true,
      count: heap.gc.getCount(),
      threshold: heap.gc.getThreshold(),
      objects: generations,
      frozen,
      stats: heap.gc.getStats(),
    });
  }
});

test("objects by type are counted piece by piece, and are those of inspect()", async () => {
  const { session, player } = await demo();
  player.step(1500);
  let frames = 0;
  while (session.numbers().counting) {
    session.frame(0);
    if (++frames > 1000) throw new Error("the count does not come to an end");
  }
  const { types } = session.numbers();
  const known = session.heap.inspect().types.map(({ id, name, objects }) => ({ id, name, objects }));
  const counted = types.map(({ id, name, objects }) => ({ id, name, objects }));
  expect(counted.sort((a, b) => a.id - b.id)).toEqual(known);
  expect(types.map(({ bytes }) => bytes)).toEqual(types.map(({ bytes }) => bytes).sort((a, b) => b - a));
  const graph = session.graph();
  const sizes = [...graph.addresses()].filter((address) => !isImmortal(address)).map((address) => graph.size(address));
  expect(types.reduce((sum, type) => sum + type.bytes, 0)).toBe(sizes.reduce((sum, size) => sum + size, 0));
  player.step();
  expect(session.numbers().counting).toBe(true);
});

test("what goes wrong while it plays ends the session in words, and no frame", async () => {
  const { session, player } = await demo();
  player.step(100);
  session.frame(1);
  const numbers = session.numbers();
  const { engine } = partsOf(session.heap);
  const trap = () =>
    engine.run(() => {
      throw new Error("a trap");
    });
  expect(trap).toThrow();
  player.speed = Number.POSITIVE_INFINITY;
  player.playing = true;
  session.frame(4);
  session.frame(4);
  expect(session.state).toBe("broken");
  expect(session.stateText).toMatch(/^This cannot go on: .*a trap/);
  expect(session.numbers()).toMatchObject({ malloc: numbers.malloc });
});

test("says what comes next", async () => {
  const { player } = await demo();
  expect(player.describe()).toMatch(/^[a-z ]+$/);
  await player.seek(1999);
  expect(player.describe()).toMatch(/, then collect everything$/);
  await player.seek(player.length + 5);
  expect(player.position).toBe(player.length);
  expect(player.describe()).toBe("the end");
});
