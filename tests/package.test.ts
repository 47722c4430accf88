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
    const built = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
      .map((name) => `src/${name.replaceAll("\\", "/")}`)
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
      .concat("layout objectlayout status invariants".split(" ").map((name) => `assembly/${name}.ts`))
      .map((name) => name.slice(0, -".ts".length))
      .flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`, `dist/${name}.js.map`])
      // It would hold the core another time.
      .filter((name) => name !== "dist/src/generated/wasm.js.map");
    const files = [
      ...built,
      "dist/release.wasm",
      "dist/threads.wasm",
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "package.json",
    ];
    expect(packed.files.map(({ path }) => path).sort()).toEqual(files.sort());
    expect(packed.size).toBeLessThan(624 * 1024);
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

  test.each(["NodeNext", "Bundler"])("its types resolve, and say what is wrong, under %s", (moduleResolution) => {
    project(
      "typed.ts",
      `import { AddressError, Heap, type HeapOptions } from "arenaria";
      const options: HeapOptions = { debug: true };
      const heap = await Heap.create(options);
      const block: number = heap.mem.malloc(8);
      const bytes: Uint8Array = heap.mem.bytes(block);
      const error: Error | undefined = bytes.length === 8 ? undefined : (null as unknown as AddressError);
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
