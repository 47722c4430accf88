// Bundles the programs of the package, the command line and the inspector: node scripts/bundle.mjs [cli] [inspector]
// dist/src has to be there: what is no page of its own imports the library from it, so that it is there once.
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROGRAMS = ["src/cli", "src/inspector"];

/** @param {string} path of the machine; gives it from the root of the repository, with slashes */
const fromRoot = (path) => relative(ROOT, path).split(sep).join(posix.sep);

/** @type {import("esbuild").Plugin} */
const LIBRARY = {
  name: "the library stays what it is",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const target = fromRoot(join(resolveDir, path));
      if (!target.startsWith("src/") || PROGRAMS.some((program) => target.startsWith(`${program}/`))) return null;
      return { path: `../${target}`, external: true };
    });
  },
};

/** @type {import("esbuild").BuildOptions} */
const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  minifyIdentifiers: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  // What is bundled has its licences in a file of their own.
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  loader: { ".css": "text" },
};

/** @type {Record<string, import("esbuild").BuildOptions>} */
const BUNDLES = {
  cli: {
    entryPoints: { arenaria: "src/cli/arenaria.ts" },
    outdir: "dist/cli",
    chunkNames: "[name]",
    // For the stacks of --debug.
    minifyIdentifiers: false,
    splitting: true,
    platform: "node",
    target: "node20",
    plugins: [LIBRARY],
    // Libraries that are no modules ask for Node's with it.
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
  },
  inspector: {
    entryPoints: { index: "src/inspector/index.ts" },
    outdir: "dist/inspector",
    plugins: [LIBRARY],
  },
  page: {
    entryPoints: { page: "src/inspector/page.ts" },
    outdir: "dist/inspector/page",
  },
};

/** @param {import("esbuild").Metafile} metafile; gives the folders of the packages that are in a bundle */
function packagesIn(metafile) {
  const found = Object.keys(metafile.inputs).map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]);
  return [...new Set(found.filter((folder) => folder !== undefined))].sort();
}

/** @param {string} folder of a package; gives the text of its licence */
function licenceIn(folder) {
  // The loader's is that of its project, which has put it into the compiler's package only.
  const place = folder.replace("@assemblyscript/loader", "assemblyscript");
  const file = readdirSync(join(ROOT, place)).find((name) => /^licen[cs]e\b/i.test(name));
  if (file === undefined) throw new Error(`${folder} is bundled, and has no licence that could be kept`);
  return readFileSync(join(ROOT, place, file), "utf8").trim();
}

/** @param {string[]} folders of packages; gives name, version and licence of each */
function licencesOf(folders) {
  const texts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
    return `${name} ${version} (${license})\n\n${licenceIn(folder)}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

/** @param {string} folder below dist @param {string[]} names what goes into it, of BUNDLES */
async function make(folder, names) {
  rmSync(folder, { recursive: true, force: true });
  const results = await Promise.all(names.map((name) => build({ ...COMMON, ...BUNDLES[name] })));
  const packages = results.flatMap(({ metafile }) => (metafile ? packagesIn(metafile) : []));
  writeFileSync(`${folder}/LICENSES.txt`, licencesOf([...new Set(packages)]));
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ["cli", "inspector"];
if (wanted.includes("cli")) {
  await make("dist/cli", ["cli"]);
  chmodSync("dist/cli/arenaria.js", 0o755);
}
if (wanted.includes("inspector")) {
  await make("dist/inspector", ["inspector", "page"]);
  copyFileSync("src/inspector/page.html", "dist/inspector/page/index.html");
  copyFileSync("src/inspector/page.css", "dist/inspector/page/page.css");
}
