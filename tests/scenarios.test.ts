// docs/scenarios.md: the tests that it names exist and say what they are from, and none is missing from it.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** A test of CPython's, and the tests here that do the same, or why there is none. */
interface Scenario {
  name: string;
  tests: { file: string; title: string }[];
  reason: string | null;
}

/** The rows of all tables; a scenario's name is that of its class, which is the heading above, and its own. */
function scenariosIn(document: string): Scenario[] {
  return document.split(/^## /m).flatMap((section) => {
    const [className = ""] = section.split("\n");
    return [...section.matchAll(/^\| (`.*?`) \| (.*) \|$/gm)].flatMap(([, names = "", here = ""]) => {
      const reason = /^not: (.+)$/.exec(here)?.[1] ?? null;
      const tests = here.split("<br>").flatMap((cell) => {
        const [, file = "", title = ""] = /^([\w-]+): "(.*)"$/.exec(cell) ?? [];
        return file === "" ? [] : [{ file: `tests/${file}.test.ts`, title }];
      });
      return [...names.matchAll(/`(\w+)`/g)].map(([, name]) => ({ name: `${className}.${name}`, tests, reason }));
    });
  });
}

/** The source of the test with that title, which ends where the next begins; null if there is none. */
function sourceOf(title: string, source: string): string | null {
  const at = source.indexOf(`"${title}"`);
  return at < 0 ? null : (source.slice(at).split(/\n *(?:test|scoped)\b/)[0] ?? null);
}

/** A sentence for everything that the document gets wrong about these sources, by path. */
function mistakes(document: string, sources: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  const scenarios = scenariosIn(document);
  for (const { name, tests, reason } of scenarios) {
    if (tests.length === 0 && reason === null) found.push(`${name} has neither a test nor a reason`);
    for (const { file, title } of tests) {
      const body = sourceOf(title, sources.get(file) ?? "");
      const method = name.slice(name.indexOf(".") + 1);
      if (body === null) found.push(`${name}: there is no "${title}" in ${file}`);
      else if (!new RegExp(`\\b${method}\\b`).test(body)) found.push(`${name}: "${title}" in ${file} does not name it`);
    }
  }
  for (const [path, source] of sources) {
    for (const [, name = ""] of source.matchAll(/\b([A-Z]\w+\.test_\w+)/g)) {
      const listed = scenarios.some((one) => one.name === name && one.tests.some(({ file }) => file === path));
      if (!listed) found.push(`${path} names ${name}, which the document does not say`);
    }
  }
  const here = scenarios.filter(({ tests }) => tests.length > 0).length;
  const sentence = `${here} scenarios are here, ${scenarios.length - here} are not.`;
  if (!document.includes(sentence)) found.push(`the document should say: ${sentence}`);
  return found;
}

test("docs/scenarios.md names tests that exist, and all of them", () => {
  const paths = readdirSync("tests").filter((name) => name.endsWith(".test.ts") && name !== "scenarios.test.ts");
  const sources = new Map(paths.map((name) => [`tests/${name}`, readFileSync(`tests/${name}`, "utf8")]));
  const document = readFileSync("docs/scenarios.md", "utf8");
  expect(scenariosIn(document).length).toBeGreaterThan(200);
  expect(mistakes(document, sources)).toEqual([]);
});

describe("the check itself", () => {
  const row = (name: string, here: string) => `| \`${name}\` | ${here} |`;
  const document = [
    "1 scenarios are here, 2 are not.\n\n## Case\n",
    row("test_one", 'one: "does it"'),
    row("test_two`, `test_three", "not: because"),
  ].join("\n");
  const source = `test("does it", () => {\n  // ${"Case"}.test_one\n});\n\ntest("other", () => {\n});\n`;
  const check = (text: string, code: string) => mistakes(text, new Map([["tests/one.test.ts", code]]));

  test("passes a sound document", () => {
    expect(check(document, source)).toEqual([]);
  });

  test.each([
    ["a title that is none", document.replace("does it", "did it"), source, 'Case.test_one: there is no "did it" in'],
    [
      "a test that does not say so",
      document,
      source.replace(".test_one", ""),
      '"does it" in tests/one.test.ts does not',
    ],
    ["a row without anything", document.replace("not: because", ""), source, "Case.test_two has neither"],
    ["a wrong number", document.replace("2 are not", "3 are not"), source, "the document should say: 1 scenarios are"],
    [
      "a test it does not have",
      document,
      `${source}// ${"Case"}.test_four`,
      "names Case.test_four, which the document",
    ],
  ])("finds %s", (_, text, code, sentence) => {
    expect(check(text, code).join("\n")).toContain(sentence);
  });
});
