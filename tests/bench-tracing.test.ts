// The benchmark of traced allocations: that it measures what it says, and how it is shown.
import { describe, expect, test } from "vitest";
import { judge } from "../bench/objects/limit.js";
import { bulkTable, tracingTable } from "../bench/report/tracing.js";
import { type TracingRow, tracingTables } from "../bench/suites/tracing.js";
import { framesOf, STATES, TASKS } from "../bench/tracing/task.js";

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, ...rows].map((cells) => cells.join(" | ")).join("\n");

test("a short run has every task in every state, and many traces", async () => {
  const { tracing, bulk } = await tracingTables({ smoke: true });
  expect(tracing.map((row) => [row.case, row.by])).toEqual(TASKS.flatMap((task) => STATES.map((by) => [task, by])));
  expect(tracing.every(({ nanoseconds }) => nanoseconds > 0)).toBe(true);
  expect(tracing.filter(({ limit }) => limit !== null).map(({ by }) => by)).toEqual(TASKS.map(() => "stopped"));
  expect(bulk.map(({ by, traces }) => [by, traces])).toEqual([
    ["1 frame", 1000],
    ["25 frames", 1000],
  ]);
  for (const { bytes, jsonBytes } of bulk) {
    expect(bytes).toBeGreaterThan(12);
    expect(bytes).toBeLessThan(64);
    expect(jsonBytes).toBeLessThan(20);
  }
});

describe("tables", () => {
  const rowOf = (by: TracingRow["by"], nanoseconds: number, overNever: number | null): TracingRow => ({
    case: "list push",
    by,
    nanoseconds,
    least: nanoseconds,
    samples: 9,
    overNever,
    ...judge(by === "stopped" ? [{ value: overNever ?? 0, most: 1.05, unit: "times never" }] : []),
  });

  test("have a row for each task, with how many times as long", () => {
    const rows = [rowOf("never", 20, null), rowOf("stopped", 20.2, 1.01), rowOf("1 frame", 5000, 250)];
    const text = tracingTable(rows, table, ({ limit, met }) => [limit ?? "", met ? "met" : "not met"]);
    expect(text.split("\n")[1]).toBe("list push | 20.0 | 20.2 (1.01) | 5 000 (250) |  | ≤ 1.05 times never | met");
  });

  test("of many traces have a row for each limit of frames", () => {
    const row = { traces: 1_000_000, bytes: 25.2, snapshot: 150, statistics: 8, json: 200, jsonBytes: 8.1 };
    const [, line] = bulkTable([{ by: "1 frame", ...row }], table).split("\n");
    expect(line).toBe("1 frame | 1 000 000 | 25.2 | 150 | 8.00 | 200 | 8.10");
  });
});

test("states keep frames or none", () => {
  expect(STATES.map(framesOf)).toEqual([0, 0, 1, 25]);
});
