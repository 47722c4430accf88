import { Heap } from "arenaria";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumFile } from "../helpers/chromium.js";
import type { Findings } from "./program.js";
import { type Site, serve } from "./site.js";
import type { threads } from "./threads.js";

/** What tests/browser/threads.ts gives its page. */
interface InPage {
  threads: typeof threads;
}

/** What images of this test hold, here and in a page. */
const PLAIN = { plain: { text: "Grüße, 世界", numbers: [1, -2.5, 2n ** 70n], nested: new Map([[1, [true, null]]]) } };

describe.skipIf(!chromiumFile)("in a browser", () => {
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    site = await serve();
    browser = await chromium.launch({
      executablePath: chromiumFile ?? "",
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

  /** A page, and everything that it complains about. */
  async function open(file: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("requestfailed", (request) => complaints.push(`${request.url()} failed`));
    await page.goto(`${site.origin}/${file}`);
    return { page, complaints };
  }

  /** What a function of tests/browser/threads.ts finds in a page. */
  async function inPage<A, T>(file: string, body: (argument: A) => Promise<T>, argument: A): Promise<T> {
    const { page, complaints } = await open(file);
    const found = await page.evaluate(body as (argument: unknown) => Promise<T>, argument as unknown);
    await page.close();
    expect(complaints).toEqual([]);
    return found;
  }

  test.each([
    ["a page with an import map and no bundler", "import-map.html"],
    ["a page with a bundle", "bundle.html"],
    ["a module worker with a bundle", "worker.html"],
  ])("a heap works in %s", async (_, file) => {
    const { page, complaints } = await open(file);
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

  test.each([
    ["a page with a bundle", "isolated.html"],
    ["a page with an import map and no bundler", "isolated-import-map.html"],
  ])("two workers fill the heap of %s, which reads it without blocking", async (_, file) => {
    const found = await inPage(file, () => (window as unknown as InPage).threads.share(), undefined);
    expect(found).toEqual({
      counts: new Array(200).fill(2),
      texts: 400,
      // Rings of two records: of two workers, in each of 200 rounds.
      collected: 2 * 2 * 200,
      handles: [0, 0, 0],
      switched: true,
      blocksLeft: 0,
    });
  });

  test("the page may not wait for the lock, and gets it later", async () => {
    const found = await inPage(
      "isolated.html",
      () => (window as unknown as InPage).threads.acquireWhileHeld(),
      undefined,
    );
    expect(found).toEqual(["CANNOT_BLOCK", 3]);
  });

  test("the page takes the lock from a worker that was terminated, and hears of it", async () => {
    const found = await inPage(
      "isolated.html",
      () => (window as unknown as InPage).threads.terminate("hold"),
      undefined,
    );
    expect(found).toEqual({
      heard: ["THREAD_ENDED"],
      messages: [expect.stringMatching(/thread \d+ ended while it held the lock/)],
      afterwards: 4,
    });
  });

  test("nobody gets the lock of a worker that was terminated in the middle of the core", async () => {
    const found = await inPage(
      "isolated.html",
      () => (window as unknown as InPage).threads.terminate("hold in the core"),
      undefined,
    );
    expect(found).toMatchObject({ afterwards: "HEAP_UNUSABLE" });
  });

  test("a page that is not isolated is told what it lacks", async () => {
    const [code, message] = await inPage(
      "not-isolated.html",
      () => (window as unknown as InPage).threads.refused(),
      undefined,
    );
    expect(code).toBe("SHARED_UNAVAILABLE");
    expect(message).toMatch(/Cross-Origin-Opener-Policy: same-origin/);
    expect(message).toMatch(/Cross-Origin-Embedder-Policy: require-corp/);
  });

  describe("images", () => {
    const plain =
      '{"plain":{"text":"Grüße, 世界","numbers":[1,-2.5,"1180591620717411303424n"],"nested":[[1,[true,null]]]}}';

    test("of a page are the same heap in Node", async () => {
      const image = await inPage(
        "not-isolated.html",
        () => (window as unknown as InPage).threads.images.snapshot(),
        undefined,
      );
      const heap = await Heap.restore(Buffer.from(image, "base64"));
      heap.verify();
      expect(heap.toJS(heap.globals)).toEqual(PLAIN);
    });

    test("of Node are the same heap in a page, and the same bytes again", async () => {
      const heap = await Heap.create();
      heap.globals.set("plain", PLAIN.plain);
      const image = heap.snapshot();
      const [found, again] = await inPage(
        "not-isolated.html",
        (bytes) => (window as unknown as InPage).threads.images.restore(bytes),
        Buffer.from(image).toString("base64"),
      );
      expect(found).toBe(plain);
      const here = await Heap.restore(image);
      here.verify();
      expect(again).toBe(Buffer.from(here.snapshot()).toString("base64"));
    });
  });
});
