// Removes what the build made: node scripts/clean.mjs PATH…
import { rmSync } from "node:fs";

for (const path of process.argv.slice(2)) rmSync(path, { recursive: true, force: true });
