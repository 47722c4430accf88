// Scenarios of CPython's Lib/test/test_tracemalloc.py about snapshots, filters and texts, on its own made-up traces and with its numbers.
import { describe, expect, test } from "vitest";
import { Traceback } from "../src/tracing/traceback.js";
import type { TraceFilter } from "../src/tracing/tracefilter.js";
import type { Statistic, StatisticDiff, TraceKey } from "../src/tracing/tracestatistics.js";
import { LATER, type Place, placesOf, ROWS, type Row, rowsOf, snapshotOf } from "./helpers/tracesnapshots.js";

const snapshot = snapshotOf(ROWS);
const later = snapshotOf(LATER);

function statisticsOf(statistics: readonly Statistic[]) {
  return statistics.map(({ traceback, size, count }) => [placesOf(traceback), size, count]);
}

function differencesOf(differences: readonly StatisticDiff[]) {
  return differences.map(({ traceback, size, sizeDiff, count, countDiff }) => [
    placesOf(traceback),
    size,
    sizeDiff,
    count,
    countDiff,
  ]);
}

/** Whether a trace with these places, the most recent first, passes the filter. */
function passes(filter: TraceFilter, ...places: Place[]): boolean {
  return snapshotOf([[0, 1, places, places.length]]).filterTraces([filter]).traces.length === 1;
}

describe("a traceback", () => {
  test("is shown with its frames, the most recent last", () => {
    // TestTraceback.test_repr
    const [trace] = snapshotOf([
      [
        0,
        1,
        [
          ["f1", 1],
          ["f2", 2],
        ],
        2,
      ],
    ]).traces;
    expect(trace?.traceback).toEqual([
      { filename: "f2", lineno: 2 },
      { filename: "f1", lineno: 1 },
    ]);
    expect(trace?.traceback.totalFrames).toBe(2);
    expect(String(new Traceback([], 0))).toBe("");
  });

  test("is lines with places, and with the text of each line where that is known", () => {
    // TestSnapshot.test_format_traceback
    const traceback = snapshot.traces[0]?.traceback as Traceback;
    const lineOf = (filename: string, lineno: number) => `  <${filename}, ${lineno}>`;
    const b = ['  File "b.py", line 4', "    <b.py, 4>"];
    const a = ['  File "a.py", line 2', "    <a.py, 2>"];
    expect(traceback.format({ lineOf })).toEqual([...b, ...a]);
    expect(traceback.format({ lineOf, limit: 1 })).toEqual(a);
    expect(traceback.format({ lineOf, limit: -1 })).toEqual(b);
    expect(traceback.format({ lineOf, mostRecentFirst: true })).toEqual([...a, ...b]);
    expect(traceback.format({ lineOf, limit: 1, mostRecentFirst: true })).toEqual(a);
    expect(traceback.format({ lineOf, limit: -1, mostRecentFirst: true })).toEqual(b);
    expect(traceback.format()).toEqual([b[0], a[0]]);
    expect(traceback.format({ limit: 0 })).toEqual([]);
  });

  test("can be cut as an array, and so can traces", () => {
    // TestSnapshot.test_slices
    expect(snapshot.traces.slice(0, 2)).toEqual([snapshot.traces[0], snapshot.traces[1]]);
    const traceback = snapshot.traces[0]?.traceback as Traceback;
    expect(traceback.slice(0, 2)).toEqual([traceback[0], traceback[1]]);
    expect(traceback.slice(0, 1)).not.toBeInstanceOf(Traceback);
  });
});

describe("a snapshot", () => {
  test("has traces with size, traceback, and how many frames there were", () => {
    // TestSnapshot.test_create_snapshot
    const made = snapshotOf([[0, 5, [["a.py", 2]], 10]], 5);
    expect(made.tracebackLimit).toBe(5);
    expect(made.traces).toHaveLength(1);
    expect(made.traces[0]).toMatchObject({ size: 5, traceback: [{ filename: "a.py", lineno: 2 }] });
    expect(made.traces[0]?.traceback.totalFrames).toBe(10);
  });

  test("is filtered into another, and stays as it is", () => {
    // TestSnapshot.test_filter_traces
    const without = snapshot.filterTraces([{ inclusive: false, filename: "b.py" }]);
    expect(rowsOf(without)).toEqual([...ROWS.slice(0, 4), ROWS[5]]);
    expect(rowsOf(snapshot)).toEqual(ROWS);
    const lines = without.filterTraces([
      { inclusive: true, filename: "a.py", lineno: 2 },
      { inclusive: true, filename: "a.py", lineno: 5 },
    ]);
    expect(rowsOf(lines)).toEqual(ROWS.slice(0, 4));
    const copy = snapshot.filterTraces([]);
    expect(copy).not.toBe(snapshot);
    expect(copy.traces).not.toBe(snapshot.traces);
    expect(rowsOf(copy)).toEqual(ROWS);
    const filter = { inclusive: false, filename: "b.py" };
    expect(() => snapshot.filterTraces(filter as unknown as TraceFilter[])).toThrow(TypeError);
  });

  test("is filtered by domain and file", () => {
    // TestSnapshot.test_filter_traces_domain
    const without = snapshot.filterTraces([{ inclusive: false, filename: "a.py", domain: 1 }]);
    expect(rowsOf(without)).toEqual([...ROWS.slice(0, 3), ...ROWS.slice(4)]);
    const only = snapshot.filterTraces([{ inclusive: true, filename: "a.py", domain: 1 }]);
    expect(rowsOf(only)).toEqual([ROWS[3]]);
  });

  test("is filtered by domain alone", () => {
    // TestSnapshot.test_filter_traces_domain_filter
    const without = snapshot.filterTraces([{ inclusive: false, filename: "*", domain: 3 }]);
    expect(rowsOf(without)).toEqual(ROWS.slice(0, 5));
    const only = snapshot.filterTraces([{ inclusive: true, filename: "*", domain: 3 }]);
    expect(rowsOf(only)).toEqual([ROWS[5]]);
  });

  test("counts by line", () => {
    // TestSnapshot.test_snapshot_group_by_line
    expect(statisticsOf(snapshot.statistics("lineno"))).toEqual([
      [[["b.py", 1]], 66, 1],
      [[["a.py", 2]], 30, 3],
      [[["<unknown>", 0]], 7, 1],
      [[["a.py", 5]], 2, 1],
    ]);
    expect(statisticsOf(later.statistics("lineno"))).toEqual([
      [[["a.py", 5]], 5002, 2],
      [[["c.py", 578]], 400, 1],
      [[["a.py", 2]], 30, 3],
    ]);
    expect(differencesOf(later.compareTo(snapshot, "lineno"))).toEqual([
      [[["a.py", 5]], 5002, 5000, 2, 1],
      [[["c.py", 578]], 400, 400, 1, 1],
      [[["b.py", 1]], 0, -66, 0, -1],
      [[["<unknown>", 0]], 0, -7, 0, -1],
      [[["a.py", 2]], 30, 0, 3, 0],
    ]);
  });

  test("counts by file", () => {
    // TestSnapshot.test_snapshot_group_by_file
    expect(statisticsOf(snapshot.statistics("filename"))).toEqual([
      [[["b.py", 0]], 66, 1],
      [[["a.py", 0]], 32, 4],
      [[["<unknown>", 0]], 7, 1],
    ]);
    expect(statisticsOf(later.statistics("filename"))).toEqual([
      [[["a.py", 0]], 5032, 5],
      [[["c.py", 0]], 400, 1],
    ]);
    expect(differencesOf(later.compareTo(snapshot, "filename"))).toEqual([
      [[["a.py", 0]], 5032, 5000, 5, 1],
      [[["c.py", 0]], 400, 400, 1, 1],
      [[["b.py", 0]], 0, -66, 0, -1],
      [[["<unknown>", 0]], 0, -7, 0, -1],
    ]);
  });

  test("counts by traceback, and then not cumulatively", () => {
    // TestSnapshot.test_snapshot_group_by_traceback
    const line2 = [
      ["a.py", 2],
      ["b.py", 4],
    ];
    const line5 = [
      ["a.py", 5],
      ["b.py", 4],
    ];
    expect(statisticsOf(snapshot.statistics("traceback"))).toEqual([
      [[["b.py", 1]], 66, 1],
      [line2, 30, 3],
      [[["<unknown>", 0]], 7, 1],
      [line5, 2, 1],
    ]);
    expect(statisticsOf(later.statistics("traceback"))).toEqual([
      [line5, 5002, 2],
      [[["c.py", 578]], 400, 1],
      [line2, 30, 3],
    ]);
    expect(differencesOf(later.compareTo(snapshot, "traceback"))).toEqual([
      [line5, 5002, 5000, 2, 1],
      [[["c.py", 578]], 400, 400, 1, 1],
      [[["b.py", 1]], 0, -66, 0, -1],
      [[["<unknown>", 0]], 0, -7, 0, -1],
      [line2, 30, 0, 3, 0],
    ]);
    expect(() => snapshot.statistics("traceback", true)).toThrow(RangeError);
    expect(() => later.compareTo(snapshot, "traceback", true)).toThrow(RangeError);
    expect(() => snapshot.statistics("line" as TraceKey)).toThrow(TypeError);
  });

  test("counts cumulatively under every frame", () => {
    // TestSnapshot.test_snapshot_group_by_cumulative
    expect(statisticsOf(snapshot.statistics("filename", true))).toEqual([
      [[["b.py", 0]], 98, 5],
      [[["a.py", 0]], 32, 4],
      [[["<unknown>", 0]], 7, 1],
    ]);
    expect(statisticsOf(snapshot.statistics("lineno", true))).toEqual([
      [[["b.py", 1]], 66, 1],
      [[["b.py", 4]], 32, 4],
      [[["a.py", 2]], 30, 3],
      [[["<unknown>", 0]], 7, 1],
      [[["a.py", 5]], 2, 1],
    ]);
  });

  test("has ties in falling order of blocks, then of tracebacks", () => {
    const one = (name: string, line: number, size = 8): Row => [0, size, [[name, line]], 1];
    const tied = ["b.py", "a.py", "c.py"].flatMap((name) => [one(name, 2), one(name, 10)]);
    const rows = [...tied, one("a.py", 1, 4), one("a.py", 1, 4)];
    const expected = ["a.py:1", "c.py:10", "c.py:2", "b.py:10", "b.py:2", "a.py:10", "a.py:2"];
    const placesOf = (lines: readonly { readonly traceback: Traceback }[]) =>
      lines.map((line) => String(line.traceback));
    expect(placesOf(snapshotOf(rows).statistics("lineno"))).toEqual(expected);
    expect(placesOf(snapshotOf(rows).compareTo(snapshotOf([]), "lineno"))).toEqual(expected);
    expect(placesOf(snapshotOf([]).compareTo(snapshotOf(rows), "lineno"))).toEqual(expected);
  });
});

describe("texts", () => {
  test("a trace is its oldest frame and its size", () => {
    // TestSnapshot.test_trace_format
    const [trace] = snapshot.traces;
    expect(String(trace)).toBe("b.py:4: 10 B");
    expect(String(trace?.traceback)).toBe("b.py:4");
    expect(String(trace?.traceback[0])).toBe("b.py:4");
  });

  test("a statistic is size, count and average", () => {
    // TestSnapshot.test_statistic_format
    expect(String(snapshot.statistics("lineno")[0])).toBe("b.py:1: size=66 B, count=1, average=66 B");
  });

  test("a difference has signs", () => {
    // TestSnapshot.test_statistic_diff_format
    const differences = later.compareTo(snapshot, "lineno").map(String);
    expect(differences[0]).toBe("a.py:5: size=5002 B (+5000 B), count=2 (+1), average=2501 B");
    expect(differences[2]).toBe("b.py:1: size=0 B (-66 B), count=0 (-1)");
    expect(differences[4]).toBe("a.py:2: size=30 B (+0 B), count=3 (+0), average=10 B");
  });
});

describe("a filter", () => {
  test("says whether it includes, the file, the line, and whether any frame will do", () => {
    // TestFilters.test_filter_attributes
    const wrong: [object, string][] = [
      [{ filename: "abc" }, "filters[0].inclusive must be true or false, not undefined"],
      [{ inclusive: 1, filename: "abc" }, "filters[0].inclusive must be true or false, not 1"],
      [{ inclusive: true }, "filters[0].filename must be a string, not undefined"],
      [{ inclusive: true, filename: "abc", lineno: "5" }, 'filters[0].lineno must be a number, not "5"'],
      [{ inclusive: true, filename: "abc", allFrames: 1 }, "filters[0].allFrames must be true or false, not 1"],
      [{ inclusive: true, filename: "abc", domain: "0" }, 'filters[0].domain must be a number, not "0"'],
    ];
    for (const [filter, message] of wrong) {
      expect(() => snapshot.filterTraces([filter as TraceFilter])).toThrow(new TypeError(`filterTraces: ${message}`));
    }
    expect(() => snapshot.filterTraces([null as unknown as TraceFilter])).toThrow(
      "filterTraces: filters[0] must be a filter, not null",
    );
  });

  test("fits a file, and a line of it", () => {
    // TestFilters.test_filter_match
    for (const inclusive of [true, false]) {
      for (const lineno of [undefined, 0, 5, 10]) {
        const filter = { inclusive, filename: "abc", ...(lineno !== undefined && { lineno }) };
        for (const line of [0, 5, 10]) {
          const fits = lineno === undefined || lineno === line;
          expect(passes(filter, ["abc", line]), `${JSON.stringify(filter)}, line ${line}`).toBe(fits === inclusive);
          expect(passes(filter, ["12356", line])).toBe(!inclusive);
        }
      }
    }
  });

  test("fits a file by its whole name", () => {
    // TestFilters.test_filter_match_filename
    for (const inclusive of [true, false]) {
      const filter = { inclusive, filename: "abc" };
      expect(passes(filter, ["abc", 0])).toBe(inclusive);
      expect(passes(filter, ["12356", 0])).toBe(!inclusive);
      expect(passes(filter, ["<unknown>", 0])).toBe(!inclusive);
    }
  });

  test.each([
    ["abc", "", false],
    ["", "abc", false],
    ["", "", true],
    ["", "*", true],
    ["abc", "abc", true],
    ["abc", "abcd", false],
    ["abc", "def", false],
    ["abc", "a*", true],
    ["abc", "abc*", true],
    ["abc", "b*", false],
    ["abc", "abcd*", false],
    ["abc", "a*c", true],
    ["abcdcx", "a*cx", true],
    ["abb", "a*c", false],
    ["abcdce", "a*cx", false],
    ["abcde", "a*c*e", true],
    ["abcbdefeg", "a*bd*eg", true],
    ["abcdd", "a*c*e", false],
    ["abcbdefef", "a*bd*eg", false],
    ["a.pyo", "a.py", false],
    ["aBC", "ABc", false],
    ["a/b", "a\\b", false],
    ["a\\b", "a/b", false],
    ["abc", "a?c", true],
    ["ac", "a?c", false],
    ["a😀c", "a?c", true],
    ["abc", "a[abc]c", true],
    ["adc", "a[abc]c", false],
    ["adc", "a[!abc]c", true],
    ["a-c", "a[a-]c", true],
    ["axc", "a[w-z]c", true],
    ["axc", "a[z-w]c", false],
    ["a]c", "a[]]c", true],
    ["a]c", "a[!]]c", false],
    ["a[c", "a[c", true],
    ["a+c.(d)", "a+c.(d)", true],
    ["aac.(d)", "a+c.(d)", false],
    ["one\ntwo", "one*two", true],
    [`${"a".repeat(5000)}b`, `${"a*".repeat(500)}c`, false],
  ])("test_filter_match_filename_joker: %j and the pattern %j: %s", (name, pattern, fits) => {
    // TestFilters.test_filter_match_filename_joker
    expect(passes({ inclusive: true, filename: pattern }, [name, 0])).toBe(fits);
  });

  test("fits the most recent frame, or any", () => {
    // TestFilters.test_filter_match_trace
    const traces: Place[][] = [
      [
        ["a.py", 2],
        ["b.py", 3],
      ],
      [
        ["b.py", 4],
        ["b.py", 5],
      ],
      [
        ["c.py", 5],
        ["<unknown>", 0],
      ],
      [["<unknown>", 0]],
    ];
    const expected: [string, boolean, boolean[]][] = [
      ["b.py", true, [true, true, false, false]],
      ["b.py", false, [false, true, false, false]],
      ["<unknown>", false, [false, false, false, true]],
      ["<unknown>", true, [false, false, true, true]],
    ];
    for (const [filename, allFrames, fits] of expected) {
      for (const inclusive of [true, false]) {
        const filter = { inclusive, filename, allFrames };
        expect(traces.map((places) => passes(filter, ...places))).toEqual(fits.map((fit) => fit === inclusive));
      }
    }
  });
});
