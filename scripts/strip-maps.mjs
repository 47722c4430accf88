// Removes the source maps of generated files, which would hold the core once more: node scripts/strip-maps.mjs FOLDER
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const [folder = "dist/src/generated"] = process.argv.slice(2);
for (const name of readdirSync(folder)) {
  const file = `${folder}/${name}`;
  if (name.endsWith(".js.map")) rmSync(file);
  else if (name.endsWith(".js"))
    writeFileSync(file, readFileSync(file, "utf8").replace(/\/\/# sourceMappingURL=.*\n?$/, ""));
}
