// The benchmarks of objects: that the graphs are what they say, that everybody does the same, and that figures are judged.

import { spawnSync } from "node:child_process";
import { describe, expect, test, vi } from "vitest";
import { callWork } from "../bench/objects/callwork.js";
import { edgesOf, NONE, type Shape, shuffle, strideOf } from "../bench/objects/graph.js";
import { judge } from "../bench/objects/limit.js";
import { insideGround, linkedGround } from "../bench/objects/ours.js";
import { nodePartner, Partner } from "../bench/objects/partner.js";
import { takeTurns } from "../bench/objects/turns.js";
import { GraphHeap } from "../bench/objects/wasmgraph.js";
import { wasmWork } from "../bench/objects/wasmwork.js";
import { sample, type Task } from "../bench/objects/work.js";
import { projectPath } from "../bench/paths.js";

function edges(shape: Shape, nodes: number): number[][] {
  const list = edgesOf({ shape, nodes, shuffled: false });
  return Array.from({ length: nodes }, (_, node) => [...list.subarray(node * 2, node * 2 + 2)]);
}

describe("graphs", () => {
  test("pairs refer to each other, rings go round, and what is left over is a shorter ring", () => {
    expect(edges("pairs", 4)).toEqual([
      [1, NONE],
      [0, NONE],
      [3, NONE],
      [2, NONE],
    ]);
    expect(edges("rings", 45).map(([next]) => next)).toEqual([
      ...[...Array(19).keys()].map((i) => i + 1),
      0,
      ...[...Array(19).keys()].map((i) => i + 21),
      20,
      ...[41, 42, 43, 44, 40],
    ]);
  });

  test("one component is a ring through all nodes, and what is picked at random is the same each time", () => {
    const giant = edges("giant", 100);
    expect(giant.map(([next]) => next)).toEqual([...[...Array(99).keys()].map((i) => i + 1), 0]);
    const random = edges("random", 1000);
    const targets = random.flat();
    expect(Math.max(...targets)).toBeLessThan(1000);
    expect(new Set(targets).size).toBeGreaterThan(800);
    expect(edges("random", 1000)).toEqual(random);
  });

  test("one of each pair and ring is held, every node of a random graph, one of all", () => {
    const held = (shape: Shape) => strideOf({ shape, nodes: 100, shuffled: false });
    expect([held("pairs"), held("rings"), held("random"), held("giant")]).toEqual([2, 20, 1, 100]);
  });

  test("a shuffled list has the same elements in another order", () => {
    const list = Uint32Array.from({ length: 100 }, (_, i) => i);
    shuffle(list);
    expect([...list]).not.toEqual([...list].sort((a, b) => a - b));
    expect([...list].sort((a, b) => a - b)).toEqual([...Array(100).keys()]);
  });

  test.each(["pairs", "rings", "giant"] as const)(
    "%s live while they are held, and all of them are trash then",
    (shape) => {
      const heap = new GraphHeap();
      for (const shuffled of [false, true]) {
        const built = heap.build({ shape, nodes: 400, shuffled });
        expect(heap.collect(2).freed).toBe(0);
        built.drop();
        expect(heap.collect(2).freed).toBe(400);
      }
    },
  );
});

describe.each([
  ["a loop in wasm", linkedGround, wasmWork],
  ["core and loop in one module", insideGround, wasmWork],
  ["calls from JavaScript", linkedGround, callWork],
] as const)("%s", (_, open, workOf) => {
  test.each<[Task, number]>([
    [{ kind: "counts" }, 1],
    [{ kind: "counts in place" }, 1],
    [{ kind: "pairs", referring: true }, 0],
    [{ kind: "pairs", referring: false }, 0],
    [{ kind: "lifo", referring: true, live: 100 }, 0],
    [{ kind: "replace", referring: true, live: 64 }, 64],
    [{ kind: "trees", depth: 5, beside: 0 }, 0],
    [{ kind: "trees", depth: 5, beside: 6 }, 63],
    [{ kind: "chain", length: 1000 }, 0],
  ])("%j leaves what it should", (task, tracked) => {
    const ground = open();
    const { core } = ground;
    const work = workOf(ground, task);
    if (work === null) return;
    work.prepare?.();
    work.run();
    expect(core.verify()).toBe(0);
    expect(core.collect(2)).toBe(0);
    expect(core.objects(2, 0, 0)).toBe(tracked);
  });
});

describe("samples and turns", () => {
  test("a sample leaves out what is prepared, and has in it what is left to the end", () => {
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
    const pass = (milliseconds: number) => () => {
      now += milliseconds;
    };
    const work = { operations: 10, prepare: pass(1000), run: pass(2) };
    try {
      // Three runs of 2 ms are the first that make 5 ms: 30 operations.
      expect(sample(work, 5)).toBe((6 * 1e6) / 30);
      expect(sample(work, 5, pass(3))).toBe((9 * 1e6) / 30);
    } finally {
      clock.mockRestore();
    }
  });

  test("another one is first in each round, and the first round does not count", async () => {
    const order: string[] = [];
    const answers = await takeTurns(["a", "b"], 2, { smoke: false }, async (name) => order.push(name));
    expect(order.join("")).toBe("abbaab");
    expect([answers.get("a"), answers.get("b")]).toEqual([
      [4, 5],
      [3, 6],
    ]);
    const once = await takeTurns(["a"], 9, { smoke: true }, async () => "answer");
    expect(once.get("a")).toEqual(["answer"]);
  });
});

describe("partners", () => {
  test("answer, and say why they do not any more", async () => {
    const partner = nodePartner("linked", "records.js", "linked");
    expect(await partner.ask("begin", { kind: "counts" })).toBe(true);
    expect(await partner.ask("sample", 0.1)).toBeGreaterThan(0);
    await expect(partner.ask("nonsense")).rejects.toThrow(/^linked: .*nothing is known about nonsense/s);
    await expect(partner.ask("begin", { kind: "counts" })).rejects.toThrow(/nothing is known about nonsense/);
  });

  test("a program that is not there is an error of its own", async () => {
    await expect(new Partner("nobody", "/no/such/program", []).ask("version")).rejects.toThrow(/^nobody: .*ENOENT/);
  });
});

test("a figure is met if it is above no limit, and what is no number is not judged", () => {
  expect(judge([])).toEqual({ limit: null, met: null });
  const [time, share] = [
    { value: 20, most: 20, unit: "ns" },
    { value: 0.21, most: 0.2, unit: "of CPython's" },
  ];
  expect(judge([time])).toEqual({ limit: "≤ 20 ns", met: true });
  expect(judge([time, share])).toEqual({ limit: "≤ 20 ns, ≤ 0.2 of CPython's", met: false });
  expect(judge([time, { ...share, value: Number.NaN }])).toEqual({ limit: "≤ 20 ns", met: true });
});

test.each([
  ["with python3 if there is one", process.env.PATH, ["objects", "collections", "fields"]],
  ["without", "", ["collections"]],
])("the suites run %s", (_, path, suites) => {
  const options = { encoding: "utf8", env: { ...process.env, PATH: path } } as const;
  const program = projectPath("build", "bench", "run.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "--smoke", ...suites], options);
  expect(status).toBe(0);
  for (const suite of suites) expect(stderr).toContain(`${suite} …\n`);
  if (path === "") expect(stderr).toContain("CPython is left out");
  for (const words of ["4 k one component, shuffled", "4 k plain objects", "two f64"]) expect(stdout).toContain(words);
});
