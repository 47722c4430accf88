import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Findings } from "./program.js";
import { type Site, serve } from "./site.js";

const executable = [process.env.CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path));
if (!executable) {
  const missing = "no Chromium at /usr/bin/chromium, and CHROMIUM names none";
  if (process.env.CI) throw new Error(missing);
  console.warn(`The tests in a browser are skipped: ${missing}.`);
}

describe.skipIf(!executable)("in a browser", () => {
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    site = await serve();
    browser = await chromium.launch({
      executablePath: executable ?? "",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  test.each([
    ["a page with an import map and no bundler", "import-map.html"],
    ["a page with a bundle", "bundle.html"],
    ["a module worker with a bundle", "worker.html"],
  ])("a heap works in %s", async (_, file) => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("requestfailed", (request) => complaints.push(`${request.url()} failed`));
    await page.goto(`${site.origin}/${file}`);
    const findings = await page
      .evaluate(() => (window as unknown as { useHeap(): Promise<Findings> }).useHeap())
      .catch((error: Error) => error.message);
    await page.close();
    expect({ findings, complaints }).toEqual({
      findings: {
        kept: true,
        grown: true,
        secondFree: "AddressError",
        records: [2, 0.5, true, true],
        collected: 2,
        left: 0,
      },
      complaints: [],
    });
  });
});
