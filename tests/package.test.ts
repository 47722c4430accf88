// The package as npm makes it, installed into an empty project.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
/** What npm tells the scripts that it runs must not reach the npm that is run here. */
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

interface Packed {
  filename: string;
  /** Bytes of the tarball. */
  size: number;
  files: { path: string }[];
}

/** Output of a program; what it wrote to standard error is in the message if it fails. */
function run(program: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(program, args, { cwd, env: ENVIRONMENT, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`);
  }
}

describe("the packed package", () => {
  let folder: string;
  let packed: Packed;

  const project = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return name;
  };
  const node = (name: string, text: string) => JSON.parse(run(process.execPath, [project(name, text)], folder));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "arenaria-"));
    [packed] = JSON.parse(run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], ROOT));
    project("package.json", JSON.stringify({ private: true, type: "module" }));
    const dependency = join(ROOT, "node_modules/@assemblyscript/loader");
    run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${packed.filename}`, dependency], folder);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("holds what was built from each source, and nothing else", () => {
    const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
      .map((name) => `src/${name.replaceAll("\\", "/")}`)
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
      .concat("layout objectlayout status invariants".split(" ").map((name) => `assembly/${name}.ts`))
      .map((name) => name.slice(0, -".ts".length));
    const isOf = (program: string) => (name: string) => name.startsWith(`src/${program}/`);
    const library = sources.filter((name) => !isOf("cli")(name) && !isOf("inspector")(name));
    const built = library
      .flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`])
      // Bundled, but for its types.
      .concat(sources.filter(isOf("inspector")).map((name) => `dist/${name}.d.ts`));
    const files = [
      ...built,
      ...["arenaria.js", "acorn.js", "chunk.js", "LICENSES.txt"].map((name) => `dist/cli/${name}`),
      ...["index.js", "LICENSES.txt"].map((name) => `dist/inspector/${name}`),
      ...["index.html", "page.css", "page.js"].map((name) => `dist/inspector/page/${name}`),
      ...readdirSync(join(ROOT, "docs"))
        .filter((name) => name.endsWith(".md"))
        .map((name) => `docs/${name}`),
      "dist/release.wasm",
      "dist/threads.wasm",
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "package.json",
    ];
    expect(packed.files.map(({ path }) => path).sort()).toEqual(files.sort());
    expect(packed.size).toBeLessThan(864 * 1024);
  });

  test("allocates, frees and verifies", () => {
    const found = node(
      "use.js",
      `import { Heap } from "arenaria";
      const heap = await Heap.create();
      const block = heap.mem.malloc(100);
      heap.mem.bytes(block).fill(1);
      heap.verify();
      const used = heap.sys.getAllocatedBlocks();
      heap.mem.free(block);
      heap.verify();
      console.log(JSON.stringify({ aligned: block % 8 === 0, used, left: heap.sys.getAllocatedBlocks() }));`,
    );
    expect(found).toEqual({ aligned: true, used: 1, left: 0 });
  });

  test.each([
    ["release.wasm", false],
    ["threads.wasm", true],
  ])("has the core as a file, %s, which Heap.create takes", (name, shared) => {
    const { url, usable } = node(
      "core.js",
      `import { readFileSync } from "node:fs";
      import { Heap } from "arenaria";
      const url = import.meta.resolve("arenaria/${name}");
      const heap = await Heap.create({ wasm: readFileSync(new URL(url)), shared: ${shared} });
      const usable = heap.gil.run(() => heap.mem.usableSize(heap.mem.malloc(100)));
      console.log(JSON.stringify({ url, usable }));`,
    );
    expect(usable).toBeGreaterThanOrEqual(100);
    expect(readFileSync(new URL(url)).equals(readFileSync(join(ROOT, "build", name)))).toBe(true);
  });

  test("names its version through arenaria/package.json", () => {
    const found = node(
      "version.js",
      `import { readFileSync } from "node:fs";
      console.log(readFileSync(new URL(import.meta.resolve("arenaria/package.json")), "utf8"));`,
    );
    expect(found.name).toBe("arenaria");
  });

  test("has the command, which runs with nothing but the package", () => {
    const command = (...args: string[]) =>
      run(process.execPath, [join(folder, "node_modules/.bin/arenaria"), ...args], folder);
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(command("--version")).toBe(`${version}\n`);
    command("load", project("data.json", "[1.5, 2.5]"), "-o", "data.image");
    command("load", project("data.js", "let a = 1"));
    expect(JSON.parse(command("stats", "data.image", "--json")).types).toContainEqual({
      name: "float",
      objects: 2,
      bytes: 32,
    });
  });

  test("has what is bundled with the licences of all that is in it", () => {
    for (const program of ["cli", "inspector"]) {
      const text = readFileSync(join(folder, "node_modules/arenaria/dist", program, "LICENSES.txt"), "utf8");
      const texts = text.split(/^-{80}$/m);
      for (const each of texts)
        expect(each.trim()).toMatch(/^\S+ [\d.]+ \((MIT|Apache-2\.0)\)\n\n[\s\S]*(Permission|Apache License)/);
      expect(texts.length).toBeGreaterThan(1);
    }
  });

  test("the inspector is a part of the same library, the page stands alone", () => {
    const inspector = join(folder, "node_modules/arenaria/dist/inspector");
    const imported = (name: string) =>
      [...readFileSync(join(inspector, name), "utf8").matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].map(
        ([, file = ""]) => file,
      );
    expect(imported("index.js").length).toBeGreaterThan(0);
    for (const file of imported("index.js")) expect(file).toMatch(/^\.\.\/src\/[\w/]+\.js$/);
    expect(imported("page/page.js")).toEqual([]);
  });

  test.each(["NodeNext", "Bundler"])("its types resolve, and say what is wrong, under %s", (moduleResolution) => {
    project(
      "typed.ts",
      `import { AddressError, Heap, type HeapOptions } from "arenaria";
      import { type Inspector, mountInspector } from "arenaria/inspector";
      import { leakGuard } from "arenaria/testing";
      const options: HeapOptions = { debug: true };
      const heap = await Heap.create(options);
      const block: number = heap.mem.malloc(8);
      const bytes: Uint8Array = heap.mem.bytes(block);
      const error: Error | undefined = bytes.length === 8 ? undefined : (null as unknown as AddressError);
      const inspector: Inspector = mountInspector(document.body, { heap });
      inspector.dispose();
      leakGuard satisfies (...args: never[]) => unknown;
      // @ts-expect-error
      heap.mem.malloc("8");
      // @ts-expect-error
      heap.mem.mallok(8);
      export default error;`,
    );
    const options = {
      ...{ strict: true, skipLibCheck: false, noEmit: true, types: [], target: "ES2022" },
      ...{
        lib: ["ES2022", "ESNext.Disposable", "DOM"],
        module: moduleResolution === "Bundler" ? "ESNext" : "NodeNext",
      },
      moduleResolution,
    };
    project("tsconfig.json", JSON.stringify({ compilerOptions: options, files: ["typed.ts"] }));
    expect(run(process.execPath, [TSC, "-p", "."], folder)).toBe("");
  });
});
