// Puts the cores where the host imports them from, and where the package exports them: node scripts/embed.mjs
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

const release = readFileSync("build/release.wasm");
const threads = readFileSync("build/threads.wasm");
const shorter = Math.min(release.length, threads.length);
// The two differ in the memory that they import, and nowhere else (scripts/check-wasm.mjs).
let before = 0;
while (before < shorter && release[before] === threads[before]) before++;
let behind = 0;
while (behind < shorter - before && release.at(-1 - behind) === threads.at(-1 - behind)) behind++;
const between = threads.subarray(before, threads.length - behind).toString("base64");

mkdirSync("src/generated", { recursive: true });
mkdirSync("dist", { recursive: true });
writeFileSync(
  "src/generated/wasm.ts",
  `// Made by scripts/embed.mjs from build/release.wasm and build/threads.wasm.

/** The release core, in base64. */
export const RELEASE: string =
  "${release.toString("base64")}";

/**
 * The core for shared memory: the first \`before\` bytes of the release core, those of \`between\`, which is base64, and the last
 * \`behind\` of the release core.
 */
export const THREADS = {
  before: ${before},
  between: "${between}",
  behind: ${behind},
};
`,
);
copyFileSync("build/release.wasm", "dist/release.wasm");
copyFileSync("build/threads.wasm", "dist/threads.wasm");
