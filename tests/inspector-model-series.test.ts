// Curves and lists of bounded length: what is thinned out, and what must not be lost.
import { expect, test } from "vitest";
import { CollectionList } from "../src/inspector/model/collections.js";
import { GrowingSeries, type Point, SERIES_POINTS } from "../src/inspector/model/series.js";
import { Random, TEST_SEED } from "./helpers/random.js";

function pointAt(x: number, live: number, peak = 0): Point {
  return { x, liveLow: live, liveHigh: live, peak, reserved: x * 2, arenas: x % 7 };
}

test("a long curve keeps its lowest and highest points, its ends, and its order", () => {
  const random = new Random(TEST_SEED);
  const series = new GrowingSeries("operations");
  const lives: number[] = [];
  const count = 5 * SERIES_POINTS + random.below(SERIES_POINTS);
  let peak = 0;
  for (let x = 1; x <= count; x++) {
    const live = random.below(1_000_000);
    peak = Math.max(peak, live);
    lives.push(live);
    series.add(pointAt(x, live, peak));
  }
  const { x, liveLow, liveHigh, peak: peaks, reserved } = series.columns();
  expect(x.length).toBeLessThanOrEqual(SERIES_POINTS);
  expect(x.length).toBeGreaterThan(SERIES_POINTS / 4);
  expect(x.at(-1)).toBe(count);
  expect(series.end).toBe(count);
  let from = 0;
  let most = 0;
  for (const [index, end] of x.entries()) {
    // Each point is exactly the stretch from the point before.
    const stretch = lives.slice(from, end);
    expect(end, `seed ${TEST_SEED}`).toBeGreaterThan(from);
    expect([liveLow[index], liveHigh[index]]).toEqual([Math.min(...stretch), Math.max(...stretch)]);
    most = Math.max(most, ...stretch);
    expect([peaks[index], reserved[index]]).toEqual([most, end * 2]);
    from = end;
  }
});

test("a point that is not behind the last one is known already", () => {
  const series = new GrowingSeries("milliseconds");
  series.add(pointAt(0, 5));
  series.add(pointAt(10, 6));
  const { version } = series;
  for (const x of [10, 3, 0]) series.add(pointAt(x, 99));
  expect(series.version).toBe(version);
  expect([...series.columns().liveHigh]).toEqual([5, 6]);
  expect(series.unit).toBe("milliseconds");
});

test("of collections the newest are kept, and how many are not is known", () => {
  const list = new CollectionList();
  for (let at = 0; at < 25_500; at++) {
    list.add({ generation: 0, automatic: true, at, pause: 1, candidates: 2, collected: 0 });
  }
  expect(list.records.length).toBeGreaterThanOrEqual(10_000);
  expect(list.records.length).toBeLessThanOrEqual(11_000);
  expect(list.records[0]?.at).toBe(list.dropped);
  expect(list.records.at(-1)?.at).toBe(25_499);
  expect(list.version).toBe(25_500);
});
