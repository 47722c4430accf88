// A trace in the inspector: the same state at a position whichever way it was come to, and numbers that are the heap's own.
import { readFileSync } from "node:fs";
import { Heap } from "arenaria";
import { afterEach, describe, expect, test } from "vitest";
import { encodeTrace, type Operation } from "../bench/trace/writer.js";
import { partsOf } from "../src/heap.js";
import { openFile } from "../src/inspector/model/open.js";
import { PAGE_FULL, PAGE_USED } from "../src/inspector/model/pages.js";
import { PoolMap } from "../src/inspector/model/poolmap.js";
import type { Session } from "../src/inspector/model/session.js";
import { OP_CALLOC, OP_FREE, OP_MALLOC, OP_REALLOC, type Trace } from "../src/traces/format.js";
import { TracePlayer } from "../src/traces/player.js";
import { readTrace } from "../src/traces/reader.js";
import { Random, TEST_SEED } from "./helpers/random.js";

const opened: Disposable[] = [];

afterEach(() => {
  for (const one of opened.splice(0)) one[Symbol.dispose]();
});

function fileOf(name: string): Uint8Array {
  return readFileSync(new URL(`../bench/traces/${name}.atrc.gz`, import.meta.url));
}

async function sessionOf(
  bytes: Uint8Array,
  name: string,
): Promise<{ session: Session; player: NonNullable<Session["player"]> }> {
  const session = await openFile(bytes, name);
  opened.push({ [Symbol.dispose]: () => session.close() });
  if (session.player === null) throw new Error("a trace has a player");
  return { session, player: session.player };
}

/** A heap on which the first operations of a trace were done, and nothing else. */
async function played(trace: Trace, operations: number): Promise<Heap> {
  const heap = await Heap.create();
  opened.push(heap);
  new TracePlayer(heap.core, false, trace).play(operations);
  return heap;
}

/** A trace of blocks of all kinds that grows and shrinks by turns. */
function randomTrace(random: Random, operations: number): Uint8Array {
  const calls: Operation[] = [];
  const live: number[] = [];
  const free: number[] = [];
  let slots = 0;
  for (let n = 0; n < operations; n++) {
    const grows = n % 3000 < 1700;
    const size = random.chance(6) ? random.between(513, 60_000) : random.between(0, 512);
    if (live.length === 0 || random.chance(grows ? 60 : 30)) {
      const slot = free.pop() ?? slots++;
      live.push(slot);
      calls.push({ op: random.chance(20) ? OP_CALLOC : OP_MALLOC, slot, size });
    } else if (random.chance(15)) {
      calls.push({ op: OP_REALLOC, slot: random.pick(live), size });
    } else {
      const [slot] = live.splice(random.below(live.length), 1) as [number];
      free.push(slot);
      calls.push({ op: OP_FREE, slot, size: 0 });
    }
  }
  return encodeTrace(calls);
}

/** What a map says, as plain data. */
function drawn(map: PoolMap) {
  const pages = map.slots * 64;
  const cut = (array: Uint8Array | Uint16Array) => [...array.subarray(0, pages)];
  // Of pages of large blocks `used` is bytes, which only LargeMap knows.
  const used = cut(map.used).map((value, page) => {
    const state = map.state[page];
    return state === PAGE_USED || state === PAGE_FULL ? value : 0;
  });
  return { end: map.memoryEnd, state: cut(map.state), sizeClass: cut(map.sizeClass), used, allocated: map.allocated };
}

/** Everything that a position determines. Looks at the session first as somebody would who plays with it. */
async function requireStateOf(trace: Trace, session: Session, position: number): Promise<void> {
  session.frame(1);
  const reference = await played(trace, position);
  const map = new PoolMap();
  map.read(partsOf(reference).engine.memory, Number.POSITIVE_INFINITY);
  expect(drawn(session.map)).toEqual(drawn(map));
  expect(session.heap.inspect({ blocks: true })).toEqual(reference.inspect({ blocks: true }));
  const { toString: _, ...malloc } = reference.sys.debugMallocStats();
  const numbers = session.numbers();
  expect(numbers.malloc).toEqual(malloc);
  expect(numbers.usage).toEqual(reference.sys.memoryUsage());
  expect(numbers.blocks).toBe(reference.sys.getAllocatedBlocks());
}

describe("a position has one state", () => {
  test.each(["sqlite", "perl-words", "python-json"])("%s, at random positions", async (name) => {
    const random = new Random(TEST_SEED);
    const bytes = fileOf(name);
    const trace = await readTrace(bytes, name);
    const { session, player } = await sessionOf(bytes, `${name}.atrc.gz`);
    expect(session).toMatchObject({ kind: "trace", name, state: "ready", stateText: "" });
    expect(player).toMatchObject({ length: trace.operations, position: 0, playing: false });
    for (let look = 0; look < 8; look++) {
      const position = random.below(trace.operations + 1);
      await player.seek(position);
      expect(player.position).toBe(position);
      await requireStateOf(trace, session, position);
      const steps = Math.min(random.between(1, 50), player.length - position);
      player.step(steps);
      expect(player.position, `seed ${TEST_SEED}`).toBe(position + steps);
      await requireStateOf(trace, session, position + steps);
    }
  });

  test("of all kinds of calls, step by step and back, with looks in between", async () => {
    const random = new Random(TEST_SEED);
    const bytes = randomTrace(random, 12_000);
    const trace = await readTrace(bytes, "random");
    const { session, player } = await sessionOf(bytes, "random");
    for (let look = 0; look < 12; look++) {
      await player.seek(random.below(trace.operations));
      for (let step = 0; step < 5; step++) {
        player.step();
        session.frame(1);
        session.numbers();
      }
      await requireStateOf(trace, session, player.position);
    }
  });

  test("also where checkpoints had to be thinned out", async () => {
    // 40 MB that stay, so that three checkpoints are too many.
    const calls: Operation[] = Array.from({ length: 40 }, (_, slot) => ({ op: OP_MALLOC, slot, size: 1 << 20 }));
    for (let n = 0; n < 150_000; n++) {
      calls.push({ op: OP_MALLOC, slot: 40 + (n % 900), size: 16 + (n % 300) });
      calls.push({ op: OP_FREE, slot: 40 + (n % 900), size: 0 });
    }
    const bytes = encodeTrace(calls);
    const trace = await readTrace(bytes, "large");
    const { session, player } = await sessionOf(bytes, "large");
    await player.seek(player.length);
    for (const position of [280_001, 120_000, 7]) {
      await player.seek(position);
      await requireStateOf(trace, session, position);
    }
  });
});

describe("playing", () => {
  test("live bytes of the curve are exact at each point, peaks between points included", async () => {
    const random = new Random(TEST_SEED);
    const bytes = randomTrace(random, 9000);
    const trace = await readTrace(bytes, "random");
    const { session, player } = await sessionOf(bytes, "random");
    player.step(player.length);
    const { x, liveLow, liveHigh, peak, reserved, arenas } = session.series.columns();
    expect(x.at(-1)).toBe(trace.operations);
    const heap = await Heap.create();
    opened.push(heap);
    const twin = new TracePlayer(heap.core, false, trace);
    let [low, high] = [0, 0];
    let point = 0;
    for (let position = 0; position <= 600; position++) {
      const { live } = heap.sys.memoryUsage();
      [low, high] = [Math.min(low, live), Math.max(high, live)];
      if (x[point] === position) {
        expect([liveLow[point], liveHigh[point]], `operation ${position}, seed ${TEST_SEED}`).toEqual([low, high]);
        [low, high] = [live, live];
        point++;
      }
      twin.play(1);
    }
    expect(point).toBeGreaterThan(100);
    const end = session.numbers().usage;
    expect([peak.at(-1), reserved.at(-1), arenas.at(-1)]).toEqual([end.peak, end.reserved, arenas.at(-1)]);
    expect(Math.max(...liveHigh)).toBeGreaterThanOrEqual(end.live);
  });

  test("the curves are those of one who played through, wherever one went back", async () => {
    const through = await sessionOf(fileOf("sqlite"), "sqlite");
    through.player.step(through.player.length);
    const { session, player } = await sessionOf(fileOf("sqlite"), "sqlite");
    await player.seek(200_000);
    const before = session.series.version;
    await player.seek(120_000);
    player.step(50_000);
    expect(session.series.version).toBe(before);
    player.step(player.length);
    expect(session.series.columns()).toEqual(through.session.series.columns());
  });

  test("plays at the speed that is set, stops at the end, and says what comes next", async () => {
    const calls: Operation[] = [
      { op: OP_MALLOC, slot: 0, size: 24 },
      { op: OP_REALLOC, slot: 0, size: 4000 },
      { op: OP_CALLOC, slot: 1, size: 48 },
      { op: OP_FREE, slot: 0, size: 0 },
    ];
    const { session, player } = await sessionOf(encodeTrace(calls), "short");
    const said: string[] = [];
    for (; player.position < player.length; player.step()) said.push(player.describe());
    expect(said).toEqual([
      "malloc(24)",
      expect.stringMatching(/^realloc\(0x[0-9a-f]{8}, 4000\)$/),
      "calloc(1, 48)",
      expect.stringMatching(/^free\(0x[0-9a-f]{8}\)$/),
    ]);
    expect(player.describe()).toBe("the end");
    await player.seek(0);
    expect(() => {
      player.speed = 0;
    }).toThrow(RangeError);
    player.speed = Number.POSITIVE_INFINITY;
    player.playing = true;
    while (player.playing) session.frame(4);
    expect(player.position).toBe(4);
    player.playing = true;
    expect(player.playing).toBe(false);
  });

  test("a seek that another one overtakes comes to no harm", async () => {
    const { session, player } = await sessionOf(fileOf("perl-words"), "perl-words");
    const seeks = [250_000, 10, 120_000, 3, 77_777].map((position) => player.seek(position));
    expect(player.seeking).toBe(true);
    expect(player.target).toBe(77_777);
    session.frame(1);
    await Promise.all(seeks);
    expect(player).toMatchObject({ position: 77_777, seeking: false, target: 77_777 });
    await requireStateOf(await readTrace(fileOf("perl-words"), "perl-words"), session, 77_777);
  });

  test("a closed session is gone, and frames go on", async () => {
    const { session, player } = await sessionOf(fileOf("sqlite"), "sqlite");
    player.step(5000);
    session.frame(1);
    const seek = player.seek(100);
    session.close();
    await seek;
    session.frame(1);
    expect(session.state).toBe("gone");
    expect(session.numbers().malloc.arenas.current).toBe(0);
    expect(session.placeAt(0x40000).kind).not.toBe("block");
    expect(() => session.heap).toThrow(expect.objectContaining({ code: "HEAP_DISPOSED" }));
  });
});
