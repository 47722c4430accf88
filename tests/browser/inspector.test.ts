import { readFileSync } from "node:fs";
import { Heap } from "arenaria";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDemo, openFile } from "../../src/inspector/model/open.js";
import type { Session } from "../../src/inspector/model/session.js";
import { bytes, integer, percent } from "../../src/inspector/view/format.js";
import { chromiumFile } from "../helpers/chromium.js";
import { faintTexts, nameless, overlaps } from "./inspectorlayout.js";
import { serveInspector } from "./inspectorsite.js";
import type { Site } from "./site.js";

const TRACE = "cfrac.atrc.gz";
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };

/** What a page of somebody else's has; see tests/browser/inspectorsite.ts. */
interface HostPage {
  readonly host: {
    readonly Heap: typeof Heap;
    readonly heap: Heap;
    mountInspector(element: Element, options: object): unknown;
    readonly first: { dispose(): void; readonly session: Session | null };
    readonly second: {
      attach(heap: Heap, name: string): void;
      openDemo(): Promise<boolean>;
      dispose(): void;
      readonly session: Session | null;
    };
  };
}

/** What is to be true before long, on a machine that has other things to do. */
function eventually<T>(look: () => T) {
  return expect.poll(look, { timeout: 30_000, interval: 60 });
}

interface Opened {
  readonly page: Page;
  /** Errors, refusals of the policy, and whatever else the browser complains about. */
  readonly complaints: string[];
}

describe.skipIf(!chromiumFile)("the inspector's page", () => {
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    site = await serveInspector();
    browser = await chromium.launch({
      executablePath: chromiumFile ?? "",
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  async function open(path: string, viewport = WIDE, colorScheme: "light" | "dark" = "light"): Promise<Opened> {
    const page = await browser.newPage({ viewport, colorScheme, reducedMotion: "reduce" });
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${site.origin}${path}`);
    return { page, complaints };
  }

  /** A page that plays nothing and stands at its beginning. */
  async function openStill(path: string, viewport = WIDE): Promise<Opened> {
    const opened = await open(path, viewport);
    const { page } = opened;
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "To the start" }).click();
    await eventually(() => positionOf(page)).toMatch(/^0 \//);
    return opened;
  }

  async function finish({ page, complaints }: Opened): Promise<void> {
    await page.close();
    expect(complaints).toEqual([]);
  }

  const positionOf = (page: Page) => page.locator(".transport .position").textContent();

  /** Goes to a position as a hand on the slider does. */
  async function seek(page: Page, position: number): Promise<void> {
    await page.getByRole("slider", { name: "Position" }).evaluate((slider, value) => {
      (slider as HTMLInputElement).value = String(value);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }, position);
    await eventually(() => page.locator(".transport .operation").textContent()).toMatch(/^(next|the end)/);
  }

  async function chooseTab(page: Page, name: string): Promise<void> {
    await page.getByRole("tab", { name }).click();
  }

  /** Rows of the table that is seen, cell by cell. */
  async function tableOf(page: Page): Promise<string[][]> {
    const rows = page.locator(".tab-panel:not([hidden]) tbody tr");
    return rows.evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
  }

  /** What the panels have to show of a heap. */
  function expectedOf(heap: Heap): { classes: string[][]; ledger: string[] } {
    const { classes, ledger, large } = heap.sys.debugMallocStats();
    return {
      classes: classes.map(({ size, pools, used, available }) => [
        `${size} B`,
        "",
        integer(used),
        integer(available),
        integer(pools),
        percent(used / (used + available)),
      ]),
      ledger: [
        ledger.allocated,
        ledger.available,
        ledger.unusedPools,
        ledger.lentPools,
        ledger.poolHeaders,
        ledger.quantization,
      ]
        .map(bytes)
        .concat(integer(large.blocks), bytes(large.bytes), bytes(large.free)),
    };
  }

  async function shownOf(page: Page): Promise<{ classes: string[][]; ledger: string[] }> {
    await chooseTab(page, "Classes");
    const classes = await tableOf(page);
    await chooseTab(page, "Ledger");
    const ledger = (await tableOf(page)).slice(0, 9).map(([, value]) => value ?? "");
    return { classes, ledger };
  }

  test.each([
    ["a trace", `/page/?open=../traces/${TRACE}`, () => openFile(readFileSync(`bench/traces/${TRACE}`), TRACE)],
    ["the demo", "/page/?demo", openDemo],
  ])("of %s the figures are those of debugMallocStats at each position", async (_, path, openHere) => {
    const opened = await openStill(path);
    const { page } = opened;
    const session = await openHere();
    const length = session.player?.length ?? 0;
    expect(length).toBeGreaterThan(5000);
    for (const position of [1, 4321, Math.floor(length / 2), 2000, length]) {
      await seek(page, position);
      await session.player?.seek(position);
      await eventually(() => shownOf(page)).toEqual(expectedOf(session.heap));
    }
    session.close();
    await finish(opened);
  });

  test("plays, pauses, steps and goes back by keys", async () => {
    const opened = await open(`/page/?open=../traces/${TRACE}`);
    const { page } = opened;
    await eventually(() => page.getByRole("button", { name: "Pause" }).isVisible()).toBe(true);
    const early = await positionOf(page);
    await eventually(() => positionOf(page)).not.toBe(early);
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Play" }).waitFor();
    await page.keyboard.press("Home");
    await eventually(() => positionOf(page)).toMatch(/^0 \//);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press(".");
    await eventually(() => positionOf(page)).toMatch(/^2 \//);
    await page.keyboard.press("Shift+ArrowRight");
    await eventually(() => positionOf(page)).toMatch(/^1.002 \//);
    await page.keyboard.press("ArrowLeft");
    await eventually(() => positionOf(page)).toMatch(/^1.001 \//);
    // A click into the middle of the curves.
    await page.locator(".u-over").click();
    await eventually(() => positionOf(page)).toMatch(/^[1-9].\d{3} \/|^\d\d.\d{3} \/|^\d{3}.\d{3} \//);
    expect(await positionOf(page)).not.toMatch(/^1.001 /);
    await page.getByLabel("Speed").selectOption({ label: "as fast as it goes" });
    await page.locator("h1").click();
    await page.keyboard.press("Space");
    await eventually(() => page.locator(".transport .operation").textContent()).toBe("the end");
    await finish(opened);
  });

  test("keys lead from all of the memory to a block, and what is there is read out", async () => {
    const opened = await openStill(`/page/?open=../traces/${TRACE}`);
    const { page } = opened;
    await seek(page, 20_000);
    await page.keyboard.press("m");
    const map = page.getByRole("application", { name: "Map of memory" });
    expect(await map.evaluate((surface) => (surface.getRootNode() as ShadowRoot).activeElement === surface)).toBe(true);
    const spoken = page.locator(".stage [aria-live]");
    await page.keyboard.press("ArrowRight");
    await eventually(() => spoken.textContent()).toMatch(/runtime|large|Free/i);
    for (let presses = 0; presses < 40 && !/^Pool of/.test((await spoken.textContent()) ?? ""); presses++) {
      await page.keyboard.press(presses === 0 ? "ArrowDown" : "ArrowRight");
    }
    for (let presses = 0; presses < 400 && !/^Pool of/.test((await spoken.textContent()) ?? ""); presses++) {
      await page.keyboard.press("ArrowRight");
    }
    expect(await spoken.textContent()).toMatch(
      /^Pool of \d+ byte blocks\. Address 0x[0-9a-f]+000\. Holds blocks\. In use/,
    );
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowRight");
    await eventually(() => spoken.textContent()).toMatch(/^Block of \d+ bytes, (in use|free)\. Address 0x/);
    await page.keyboard.press("Enter");
    expect(await page.locator(".subject h3").textContent()).toMatch(/^Block of \d+ bytes/);
    expect(await page.getByRole("navigation", { name: "Place in memory" }).textContent()).toMatch(
      /^All.*Arena 0x.*B pool 0x.*Block of/,
    );
    await page.keyboard.press("0");
    await eventually(() => page.getByRole("navigation", { name: "Place in memory" }).textContent()).toMatch(/^All/);
    await finish(opened);
  });

  test("the wheel leads to a block under the pointer, a click chooses it, and back leads back", async () => {
    const opened = await openStill("/page/?demo");
    const { page } = opened;
    await seek(page, 3000);
    const scale = page.locator(".map-tools .scale");
    const whole = await scale.textContent();
    const map = await page.locator(".surface").boundingBox();
    if (map === null) throw new Error("The map is not seen.");
    // A pool of the second tile, found by what the pointer is told.
    const tip = page.locator(".stage .tip");
    let found = false;
    for (let y = map.y + 12; y < map.y + map.height && !found; y += 6) {
      for (let x = map.x + 12; x < map.x + map.width && !found; x += 24) {
        await page.mouse.move(x, y);
        found = /^Pool of/.test((await tip.textContent()) ?? "") && (await tip.isVisible());
      }
    }
    expect(found).toBe(true);
    for (let notches = 0; notches < 40; notches++) await page.mouse.wheel(0, -120);
    await eventually(() => tip.textContent()).toMatch(/0x/);
    expect(await scale.textContent()).not.toBe(whole);
    await page.mouse.click(map.x + map.width / 2, map.y + map.height / 2);
    await expect
      .poll(() => page.locator(".subject").textContent())
      .toMatch(/Block|Pool|dict|str|list|Article|float|array/);
    await page.getByRole("button", { name: "Show all of the memory" }).click();
    await eventually(() => scale.textContent()).toBe(whole);
    await page.getByRole("button", { name: "Back to the view before" }).click();
    await eventually(() => scale.textContent()).not.toBe(whole);
    await finish(opened);
  });

  test("an image opens: objects are listed, searched, and say why they are alive", async () => {
    const heap = await Heap.create();
    const Record = heap.struct("Record", { key: "ref", size: "f64" });
    // No handles are left: the image keeps what handles held.
    heap.scope(() => {
      const records = Array.from({ length: 60 }, (_, size) => new Record({ key: `k${size}`, size }));
      heap.globals.set("table", heap.list(records));
    });
    const opened = await open("/page/");
    const { page } = opened;
    await page.getByText("Look inside a heap").waitFor();
    await page.setInputFiles("input[type=file]", {
      name: "table.arn",
      mimeType: "",
      buffer: Buffer.from(heap.snapshot()),
    });
    await page.getByText("image of a heap", { exact: true }).waitFor();
    await chooseTab(page, "Types");
    await eventually(async () => (await tableOf(page)).find(([name]) => name === "Record")?.[3]).toBe("60");
    await page.getByRole("button", { name: "Record" }).click();
    await eventually(() => page.locator(".objects li").count()).toBe(50);
    await page.getByRole("searchbox").fill("k37");
    await eventually(() => page.locator(".objects li").allTextContents()).toEqual([
      expect.stringContaining('Record {key: "k37", size: 37}'),
      expect.stringContaining('"k37"'),
    ]);
    await page.locator(".objects .link").last().click();
    const details = page.locator(".details");
    await eventually(() => details.textContent()).toMatch(/Why it is alive/);
    expect(await details.textContent()).toMatch(/globals\["table"\]/);
    await details.locator(".refs .link").last().click();
    await eventually(() => details.locator(".what").textContent()).toBe("Record");
    expect(await details.textContent()).toMatch(/size37/);
    // The largest first.
    await chooseTab(page, "Objects");
    await page.getByRole("searchbox").fill("");
    await page.getByLabel("Type", { exact: true }).selectOption("all types");
    await page.getByLabel("Order").selectOption("size");
    await eventually(() => page.locator(".objects li").first().textContent()).toMatch(/KiB|\d{3}.B/);
    await page.locator(".objects .link").first().click();
    await eventually(() => details.locator(".what").textContent()).toBe("list");
    await details.locator(".refs .link").first().click();
    await eventually(() => details.locator(".what").textContent()).toBe("Record");
    // By its address, and back by the path that leads to it.
    const address = await details.locator("dd .mono").textContent();
    await chooseTab(page, "Objects");
    await page.getByRole("searchbox").fill(address ?? "");
    await eventually(() => page.locator(".objects li").count()).toBe(1);
    await page.keyboard.press("Enter");
    await details.locator(".path .link").first().click();
    await eventually(() => details.locator(".what").textContent()).toBe("list");
    await details.getByRole("button", { name: "Retained size" }).click();
    await eventually(() => details.textContent()).toMatch(/Retained.*go with it/);
    await finish(opened);
  });

  test("a bad file gives a message, and what was open stays", async () => {
    const opened = await openStill("/page/?demo");
    const { page } = opened;
    const alert = page.getByRole("alert");
    for (const [name, content, message] of [
      ["empty.bin", "", "empty.bin is empty."],
      ["words.txt", "no trace at all", "words.txt is neither"],
      ["half.arn", "ARNIMAGE", "half.arn"],
      ["half.atrc", "ATRC", "half.atrc"],
    ] as const) {
      await page.setInputFiles("input[type=file]", { name, mimeType: "", buffer: Buffer.from(content) });
      await eventually(() => alert.textContent()).toContain(message);
      expect(await page.locator(".kind").textContent()).toBe("demo program");
    }
    await page.getByRole("button", { name: "Close the message" }).click();
    expect(await alert.isVisible()).toBe(false);
    await page.keyboard.press(".");
    await eventually(() => positionOf(page)).toMatch(/^1 \//);
    await finish(opened);
  });

  test("a file that is dropped is opened", async () => {
    const opened = await open("/page/");
    const { page } = opened;
    const heap = await Heap.create();
    await page.locator(".inspector").evaluate(
      (inspector, image) => {
        const files = new DataTransfer();
        files.items.add(new File([new Uint8Array(image)], "dropped.arn"));
        for (const type of ["dragenter", "dragover", "drop"]) {
          inspector.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
        }
      },
      [...heap.snapshot()],
    );
    await page.getByText("dropped.arn").waitFor();
    expect(await page.locator(".drop").isVisible()).toBe(false);
    await finish(opened);
  });

  test("an address that is not there, or is none, gives a message", async () => {
    for (const [address, message] of [
      ["nothing.atrc", "404 for nothing.atrc"],
      ["%25zz", "URI malformed"],
    ]) {
      const { page } = await open(`/page/?open=${address}`);
      await eventually(() => page.getByRole("alert").textContent()).toContain(message);
      await page.close();
    }
  });

  test("what makes no sense is refused with a sentence", async () => {
    const opened = await open("/host.html");
    const { page } = opened;
    await page.waitForFunction(() => "host" in globalThis);
    const messages = await page.evaluate(() => {
      const { mountInspector } = (globalThis as unknown as HostPage).host;
      const place = document.querySelector("#first");
      return [
        [null, {}],
        [place, { heap: {} }],
        [place, { haep: 1 }],
        [place, { theme: "pink" }],
      ].map(([element, options]) => {
        try {
          mountInspector(element as Element, options as object);
          return "taken";
        } catch (error) {
          return String(error);
        }
      });
    });
    expect(messages).toEqual([
      expect.stringMatching(/^TypeError: mountInspector: wants an element, not null/),
      expect.stringMatching(/^TypeError: .*wants a Heap/),
      expect.stringMatching(/^TypeError: mountInspector: .*haep/),
      expect.stringMatching(/^TypeError: mountInspector: theme must be one of light, dark, system, not .*pink/),
    ]);
    await finish(opened);
  });

  test("what is opened when the inspector ends is closed again", async () => {
    const opened = await open("/host.html");
    const { page } = opened;
    await page.waitForFunction(() => "host" in globalThis);
    const found = await page.evaluate(async () => {
      const { Heap, first, second } = (globalThis as unknown as HostPage).host;
      const pending = second.openDemo();
      second.dispose();
      first.dispose();
      second.attach(await Heap.create(), "too late");
      return [await pending, second.session, document.querySelectorAll(".arenaria-inspector").length];
    });
    expect(found).toEqual([false, null, 0]);
    await finish(opened);
  });

  test("inspectors of heaps of somebody's page follow them, and leave both alone", async () => {
    const opened = await open("/host.html");
    const { page } = opened;
    await page.waitForFunction(() => "host" in globalThis);
    const first = page.locator("#first");
    await first.getByText("heap of this page", { exact: true }).waitFor();
    await eventually(() => first.locator(".metric", { hasText: "Arenas" }).locator(".value").textContent()).toBe("1");
    await page.evaluate(() => {
      const { heap } = (globalThis as unknown as HostPage).host;
      for (let index = 0; index < 20_000; index++) heap.mem.malloc(100);
    });
    const arenas = await page.evaluate(
      () => (globalThis as unknown as HostPage).host.heap.sys.debugMallocStats().arenas.current,
    );
    expect(arenas).toBeGreaterThan(5);
    await expect
      .poll(() => first.locator(".metric", { hasText: "Arenas" }).locator(".value").textContent())
      .toBe(String(arenas));
    // Another heap for the second, keys go to the one that has the focus, and nothing of the page's style gets in.
    await page.evaluate(async () => {
      const { Heap, second } = (globalThis as unknown as HostPage).host;
      second.attach(await Heap.create(), "another");
    });
    await page.locator("#second").getByText("another").waitFor();
    expect(await first.locator("h1").evaluate((title) => getComputedStyle(title).color)).toBe("rgb(27, 33, 44)");
    const after = await page.evaluate(() => {
      const { first, second, heap } = (globalThis as unknown as HostPage).host;
      first.dispose();
      heap.verify();
      return [document.querySelector("#first")?.childElementCount, first.session === null, second.session !== null];
    });
    expect(after).toEqual([0, true, true]);
    await finish(opened);
  });

  test("heaps that a page offers by name can be chosen", async () => {
    const opened = await open("/host.html");
    const second = opened.page.locator("#second");
    await second.getByText("Look inside a heap").waitFor();
    expect(await second.locator(".choices button").allTextContents()).toEqual([
      "Heap “cache”",
      "Play the demo",
      "Open a file…",
    ]);
    await second.getByRole("button", { name: "Heap “cache”" }).click();
    await eventually(() => second.locator(".session").textContent()).toBe("cacheheap of this page");
    await finish(opened);
  });

  test("a heap that is disposed of is told of, and the page goes on", async () => {
    const opened = await open("/host.html");
    const { page } = opened;
    await page.waitForFunction(() => "host" in globalThis);
    await page.evaluate(() => (globalThis as unknown as HostPage).host.heap[Symbol.dispose]());
    await eventually(() => page.locator("#first .state").textContent()).toMatch(/disposed/);
    await page.locator("#first").getByRole("tab", { name: "Objects" }).click();
    await finish(opened);
  });

  test("everything can be reached by the keyboard, and has a name", async () => {
    const opened = await openStill("/page/?demo");
    const { page } = opened;
    expect(await page.evaluate(nameless)).toEqual([]);
    // What the map shows, in words.
    await eventually(() => page.locator(".stage [id*=map-summary]").textContent()).toMatch(
      /[KM]iB of memory with .* arena/,
    );
    await page.locator("h1").click();
    const reached: string[] = [];
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press("Tab");
      const name = await page.evaluate(() => {
        const focused = document.querySelector(".arenaria-inspector")?.shadowRoot?.activeElement;
        return focused?.getAttribute("aria-label") ?? focused?.textContent ?? "";
      });
      if (reached.includes(name)) break;
      reached.push(name);
    }
    for (const name of ["Demo", "Open…", "Dark colours", "All", "Zoom in", "Map of memory", "Classes", "Position"]) {
      expect(reached).toContain(name);
    }
    expect(reached.indexOf("Open…")).toBeLessThan(reached.indexOf("Map of memory"));
    expect(reached.indexOf("Map of memory")).toBeLessThan(reached.indexOf("Classes"));
    expect(reached.indexOf("Classes")).toBeLessThan(reached.indexOf("Position"));
    await page.getByRole("tab", { name: "Classes" }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.getByRole("tab", { name: "Types" }).getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await finish(opened);
  });

  describe.each([
    ["wide", WIDE],
    ["low", { width: 1024, height: 600 }],
    ["narrow", NARROW],
  ])("%s", (_, viewport) => {
    test.each(["light", "dark"] as const)(
      "nothing overlaps or is cut off, and texts can be read in %s",
      async (scheme) => {
        const opened = await open("/page/?demo", viewport, scheme);
        const { page } = opened;
        await eventually(() => positionOf(page)).toMatch(/^[1-9]/);
        await page.getByRole("button", { name: "Pause" }).click();
        for (const tab of ["Types", "Objects", "Pauses", "Ledger", "Selection", "Classes"]) {
          await chooseTab(page, tab);
          expect({ tab, overlaps: await page.evaluate(overlaps), faint: await page.evaluate(faintTexts) }).toEqual({
            tab,
            overlaps: [],
            faint: [],
          });
        }
        // Deep in the map, with long names on the way there.
        await chooseTab(page, "Objects");
        await page.locator(".objects .link").nth(12).click();
        await page.getByRole("button", { name: "Show on the map" }).click();
        await eventually(() => page.locator(".place li").count()).toBe(4);
        expect(await page.evaluate(overlaps)).toEqual([]);
        expect(await page.evaluate(faintTexts)).toEqual([]);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width).toBe(viewport.width);
        await finish(opened);
      },
    );
  });

  test("a thousand arenas are drawn frame by frame", async () => {
    const opened = await open("/host.html");
    const { page } = opened;
    await page.waitForFunction(() => "host" in globalThis);
    const times = await page.evaluate(async () => {
      const { heap } = (globalThis as unknown as HostPage).host;
      while (heap.sys.memoryUsage().arenas < 1000 * 2 ** 18) {
        for (let index = 0; index < 100_000; index++) heap.mem.malloc(8 + ((index * 24) % 504));
      }
      const surface = document.querySelector("#first .arenaria-inspector")?.shadowRoot?.querySelector(".surface");
      const frames: number[] = [];
      let last = await new Promise<number>(requestAnimationFrame);
      for (let index = 0; index < 90; index++) {
        const deltaY = index < 45 ? -60 : 60;
        surface?.dispatchEvent(new WheelEvent("wheel", { deltaY, clientX: 400, clientY: 300, bubbles: true }));
        const now = await new Promise<number>(requestAnimationFrame);
        frames.push(now - last);
        last = now;
      }
      return frames.sort((a, b) => a - b);
    });
    const at = (share: number) => times[Math.floor(times.length * share)]?.toFixed(1);
    console.info(`frames of 1,000 arenas while zooming: median ${at(0.5)} ms, 95 % below ${at(0.95)} ms`);
    const shown = await page.locator("#first .metric", { hasText: "Arenas" }).locator(".value").textContent();
    expect(Number(shown?.replace(/\D/g, ""))).toBeGreaterThanOrEqual(1000);
    await finish(opened);
  });
});
