// Where a browser is. Tests that need one are skipped without; on a machine that says CI, they have to run.
import { existsSync } from "node:fs";

/** The file of a Chromium: what CHROMIUM names, or Debian's; undefined if there is none. */
export const chromiumFile = [process.env.CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path));

if (!chromiumFile) {
  const missing = "no Chromium at /usr/bin/chromium, and CHROMIUM names none";
  if (process.env.CI) throw new Error(missing);
  console.warn(`The tests in a browser are skipped: ${missing}.`);
}
