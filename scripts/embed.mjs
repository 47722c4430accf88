// Puts the release core where the host imports it from, and where the package exports it: node scripts/embed.mjs
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

mkdirSync("src/generated", { recursive: true });
mkdirSync("dist", { recursive: true });
const text = readFileSync("build/release.wasm").toString("base64");
writeFileSync(
  "src/generated/wasm.ts",
  `// Made by scripts/embed.mjs from build/release.wasm.\n\n/** The release core, in base64. */\nexport const RELEASE: string =\n  "${text}";\n`,
);
copyFileSync("build/release.wasm", "dist/release.wasm");
