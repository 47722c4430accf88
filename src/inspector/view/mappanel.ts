// The panel of the map: where one is, tools, the map, all of memory in a line, the legend.

import { ARENA_BYTES, POOL_BYTES } from "../../layout.js";
import type { Numbers, Session } from "../model/session.js";
import { about, pageName, tileKind } from "./about.js";
import { element, iconButton, setText } from "./element.js";
import { bytes, capital, count, decimal, shortHex } from "./format.js";
import { Pace } from "./frames.js";
import { Legend } from "./legend.js";
import { MapView } from "./mapview.js";
import type { Palette } from "./palette.js";
import { Strip } from "./strip.js";
import type { Target } from "./targets.js";
import { PAGES_PER_TILE, PITCH } from "./tiling.js";

const BACK = "M6.5 4L2.5 8l4 4M3 8h7a3.5 3.5 0 0 1 0 7";
const MINUS = "M3.5 8h9";
const PLUS = "M3.5 8h9M8 3.5v9";
const FIT = "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10";

export class MapPanel {
  readonly element: HTMLElement;
  readonly map: MapView;
  readonly #crumbs = element("ol", { class: "crumbs" });
  readonly #scale = element("span", { class: "scale" });
  readonly #back: HTMLButtonElement;
  readonly #strip: Strip;
  readonly #legend = new Legend();
  readonly #stripPace = new Pace(120);
  #session: Session | null = null;
  #crumbsShown = "";

  constructor(palette: Palette, onChoose: (target: Target | null) => void) {
    this.map = new MapView(palette, onChoose, () => this.#showScale());
    this.#strip = new Strip((address) => this.map.enter(this.map.targets?.atAddress(address, 1) ?? null));
    this.#back = iconButton(BACK, "Back to the view before", () => this.map.back(), "Backspace");
    const tools = element(
      "div",
      { class: "map-tools", role: "group", "aria-label": "View of the map" },
      this.#scale,
      this.#back,
      iconButton(MINUS, "Zoom out", () => this.map.zoom(-1), "−"),
      iconButton(PLUS, "Zoom in", () => this.map.zoom(1), "+"),
      iconButton(FIT, "Show all of the memory", () => this.map.fit(), "0"),
    );
    const path = element("nav", { class: "place", "aria-label": "Place in memory" }, this.#crumbs);
    const head = element("header", { class: "panel-head" }, element("h2", {}, "Memory"), path, tools);
    this.element = element(
      "section",
      { class: "panel map", "aria-label": "Memory" },
      head,
      this.map.element,
      this.#strip.element,
      this.#legend.element,
    );
    this.setPalette(palette);
    this.#showCrumbs(null);
  }

  setSession(session: Session | null): void {
    this.#session = session;
    this.map.setSession(session);
    this.#showCrumbs(null);
  }

  setPalette(palette: Palette): void {
    this.map.setPalette(palette);
    this.#legend.draw(palette);
    this.#stripPace.reset();
  }

  frame(now: number, palette: Palette): void {
    const drawn = this.map.frame(now);
    this.#back.disabled = !this.map.canGoBack;
    const isDue = this.#stripPace.isDue(now);
    if (this.#session === null || !(drawn || isDue)) return;
    if (isDue) this.#strip.count(this.#session.map);
    this.#strip.draw(this.#session.map, palette, this.#seen());
    this.#showCrumbs(this.map.here);
  }

  /** Says what the map shows. */
  update(numbers: Numbers | null): void {
    this.map.describe(numbers === null ? "" : summaryOf(numbers));
  }

  /** The tiles that are seen; null if all are. */
  #seen(): readonly [number, number] | null {
    const { camera, tiling } = this.map;
    if (camera.isFitted) return null;
    const rowOf = (y: number) => Math.min(Math.max(Math.floor(y / PITCH), 0), tiling.rows - 1);
    const columnOf = (x: number) => Math.min(Math.max(Math.floor(x / PITCH), 0), tiling.columns - 1);
    const first = rowOf(camera.y) * tiling.columns + columnOf(camera.x);
    const last = rowOf(camera.toWorldY(camera.height)) * tiling.columns + columnOf(camera.toWorldX(camera.width));
    return [first, Math.min(last, tiling.tiles - 1)];
  }

  #showScale(): void {
    const { scale } = this.map.camera;
    setText(this.#scale, `${decimal(scale)} px / 4 KiB`);
  }

  /** All › arena › pool › block: where the view is, each step a way there. */
  #showCrumbs(target: Target | null): void {
    const session = this.#session;
    const steps: { name: string; go: () => void }[] = [{ name: "All", go: () => this.map.fit() }];
    if (target !== null && session !== null) {
      const tile = Math.floor(target.page / PAGES_PER_TILE);
      const { targets } = this.map;
      steps.push({
        name: `${capital(tileKind(session, tile))} ${shortHex(tile * ARENA_BYTES)}`,
        go: () => this.map.enter(targets?.atAddress(tile * ARENA_BYTES, 1) ?? null),
      });
      if (target.kind === "page" || target.kind === "block") {
        const start = target.page * POOL_BYTES;
        const page: Target = { kind: "page", start, end: start + POOL_BYTES, page: target.page, block: 0 };
        steps.push({ name: shortName(session, target.page), go: () => this.map.enter(page) });
      }
      if (target.kind === "block" || target.kind === "chunk") {
        steps.push({ name: about(session, target).title, go: () => this.map.enter(target) });
      }
    }
    const shown = steps.map(({ name }) => name).join("\n");
    if (shown === this.#crumbsShown) return;
    this.#crumbsShown = shown;
    this.#crumbs.replaceChildren(
      ...steps.map(({ name, go }, index) => {
        const isLast = index === steps.length - 1;
        const button = element("button", { type: "button", class: "link", title: name }, name);
        if (isLast) button.setAttribute("aria-current", "location");
        button.addEventListener("click", go);
        return element("li", {}, button);
      }),
    );
  }
}

/** What a page is called where there is little room. */
function shortName(session: Session, page: number): string {
  const { capacity, sizeClass } = session.map;
  if (capacity[page] === 0) return pageName(session, page);
  return `${((sizeClass[page] as number) + 1) * 8} B pool ${shortHex(page * POOL_BYTES)}`;
}

function summaryOf({ malloc, usage }: Numbers): string {
  const pools = malloc.classes.reduce((sum, entry) => sum + entry.pools, 0);
  const { arenas, large } = malloc;
  const parts = [count(arenas.current, "arena"), count(pools, "pool"), count(large.blocks, "large block")];
  return `${bytes(usage.reserved)} of memory with ${parts.join(", ")}; ${bytes(usage.live)} are live.`;
}
