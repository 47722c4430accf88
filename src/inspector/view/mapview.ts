// The map of memory: a canvas with what there is, one above it for marks, and whatever moves the view.

import type { Session } from "../model/session.js";
import { about, aboutLine } from "./about.js";
import { Camera } from "./camera.js";
import { viewOn } from "./destinations.js";
import { element, setText, uniqueId } from "./element.js";
import { Flight, type View } from "./flight.js";
import { Gestures } from "./gestures.js";
import { moveOf } from "./mapkeys.js";
import { Minimap } from "./minimap.js";
import { Notes } from "./notes.js";
import { Overlay } from "./overlay.js";
import { Painter } from "./painter.js";
import type { Palette } from "./palette.js";
import { Surface } from "./surface.js";
import { PAGE_LEVEL, sameTarget, type Target, Targets } from "./targets.js";
import { Texture } from "./texture.js";
import { SIDE, Tiling } from "./tiling.js";
import { Tooltip } from "./tooltip.js";

const ZOOM_STEP = 1.6;

/** Everything about one session. */
interface Sight {
  readonly session: Session;
  readonly targets: Targets;
  readonly notes: Notes;
}

export class MapView {
  /** What holds the canvases. */
  readonly element: HTMLElement;
  /** Has the focus and the keys. */
  readonly surface: HTMLElement;
  readonly camera = new Camera();
  readonly tiling = new Tiling();
  readonly texture = new Texture();
  readonly #onChoose: (target: Target | null) => void;
  readonly #onView: () => void;
  readonly #base: Surface;
  readonly #marks: Surface;
  readonly #painter: Painter;
  readonly #overlay: Overlay;
  readonly #minimap: Minimap;
  readonly #tooltip = new Tooltip();
  readonly #flight = new Flight(this.camera);
  readonly #spoken = element("p", { class: "visually-hidden", "aria-live": "polite" });
  readonly #summary = element("p", { class: "visually-hidden" });
  #sight: Sight | null = null;
  #palette: Palette;
  #hovered: Target | null = null;
  #pointer: { x: number; y: number } | null = null;
  #chosen: Target | null = null;
  #cursor: Target | null = null;
  /** The view follows the heap as it grows until somebody moves it. */
  #follows = true;
  #isStale = true;
  #marksAreStale = true;
  #drawnVersions = "";

  constructor(palette: Palette, onChoose: (target: Target | null) => void, onView: () => void) {
    this.#palette = palette;
    this.#onChoose = onChoose;
    this.#onView = onView;
    const help = element(
      "p",
      { class: "visually-hidden", id: uniqueId("map-help") },
      "Arrow keys go from cell to cell, with Shift they move the view. Enter goes in, Backspace out, + and − zoom, 0 shows everything.",
    );
    this.#summary.id = uniqueId("map-summary");
    this.surface = element("div", {
      class: "surface",
      role: "application",
      "aria-roledescription": "memory map",
      "aria-label": "Map of memory",
      "aria-describedby": `${this.#summary.id} ${help.id}`,
      tabindex: 0,
    });
    const base = element("canvas", { "aria-hidden": "true" });
    const marks = element("canvas", { "aria-hidden": "true" });
    this.#base = new Surface(base, { alpha: false });
    this.#marks = new Surface(marks);
    this.#painter = new Painter(this.#base.context);
    this.#overlay = new Overlay(this.#marks);
    this.#minimap = new Minimap(this.camera, () => this.#movedByHand());
    this.element = element(
      "div",
      { class: "stage" },
      base,
      marks,
      this.surface,
      this.#minimap.element,
      this.#tooltip.element,
      this.#summary,
      help,
      this.#spoken,
    );
    new Gestures(this.surface, this.camera, {
      onMove: () => this.#movedByHand(),
      onPoint: (place) => this.#pointAt(place),
      onClick: (x, y) => this.choose(this.#targetAt(x, y)),
      onDoubleClick: (x, y) => this.enter(this.#targetAt(x, y)),
    });
    this.surface.addEventListener("keydown", (event) => this.#onKey(event));
    this.surface.addEventListener("focus", () => this.#onFocus());
    this.surface.addEventListener("blur", () => {
      this.#tooltip.hide();
      this.#mark();
    });
  }

  get chosen(): Target | null {
    return this.#chosen;
  }

  /** What was chosen if it is seen, else what fills most of the view; null if that is all of the memory, or several tiles. */
  get here(): Target | null {
    const { camera, targets } = this;
    if (targets === null) return null;
    if (this.#chosen !== null && camera.sees(targets.boxOf(this.#chosen))) return this.#chosen;
    if (camera.scale * SIDE < Math.min(camera.width, camera.height) * 0.75) return null;
    const scale = camera.scale < camera.height / 3 ? 1 : PAGE_LEVEL;
    return targets.atPlace(camera.toWorldX(camera.width / 2), camera.toWorldY(camera.height / 2), scale);
  }

  get canGoBack(): boolean {
    return this.#flight.canGoBack;
  }

  /** Finds targets of the session that is shown; null if none is. */
  get targets(): Targets | null {
    return this.#sight?.targets ?? null;
  }

  setSession(session: Session | null): void {
    this.#sight =
      session === null
        ? null
        : { session, targets: new Targets(session, this.tiling), notes: new Notes(session, () => this.invalidate()) };
    this.#hovered = null;
    this.#chosen = null;
    this.#cursor = null;
    this.#follows = true;
    this.#flight.reset();
    this.#tooltip.hide();
    this.invalidate();
  }

  /** What the map shows, in a sentence, for who cannot see it. */
  describe(summary: string): void {
    setText(this.#summary, summary);
  }

  setPalette(palette: Palette): void {
    this.#palette = palette;
    this.invalidate();
  }

  /** What is shown has to be drawn again. */
  invalidate(): void {
    this.#isStale = true;
    this.#marksAreStale = true;
  }

  #mark(): void {
    this.#marksAreStale = true;
  }

  /** Draws what has changed. True if anything was drawn. */
  frame(now: number): boolean {
    const sight = this.#sight;
    const resized = this.#base.measure();
    if (this.#marks.measure() || resized) this.invalidate();
    if (sight === null || this.#base.width === 0) return false;
    const { map, large } = sight.session;
    const versions = `${map.version} ${large.version}`;
    const isNew = versions !== this.#drawnVersions;
    if (isNew || resized) this.#layOut(map.slots, resized);
    if (this.#flight.advance(now)) {
      this.invalidate();
      this.#onView();
    }
    if (!isNew && !this.#isStale && !this.#marksAreStale) return false;
    const scene = {
      ...sight,
      camera: this.camera,
      tiling: this.tiling,
      palette: this.#palette,
      texture: this.texture,
    };
    if (isNew || this.#isStale) {
      this.texture.update(map, this.tiling, this.#palette);
      this.#base.begin();
      this.#painter.draw(scene);
      this.#minimap.draw(this.texture, this.tiling, this.#palette);
      this.#refreshTargets(sight);
    }
    this.#overlay.draw(
      { hovered: this.#hovered, chosen: this.#chosen, cursor: this.#hasFocus ? this.#cursor : null },
      this.camera,
      sight.targets,
      this.tiling,
      this.#palette,
    );
    this.#drawnVersions = versions;
    this.#isStale = false;
    this.#marksAreStale = false;
    return true;
  }

  #layOut(slots: number, resized: boolean): void {
    const { width, height } = this.#base;
    const moved = this.tiling.arrange(slots, width / Math.max(height, 1));
    this.camera.resize(width, height, this.tiling.bounds);
    if (this.#follows && !this.#flight.isOn) {
      this.camera.fit();
      this.#onView();
    } else if (moved || resized) {
      this.camera.panBy(0, 0);
    }
    this.invalidate();
  }

  /** What is pointed at and what was chosen may have become something else. */
  #refreshTargets({ session, targets }: Sight): void {
    const again = (target: Target | null) => {
      if (target === null || target.page >= session.map.slots * 64) return null;
      if (target.kind === "tile" || target.kind === "page") return target;
      return target.kind === "block" ? targets.blockAt(target.start) : (targets.chunkAt(target.start) ?? target);
    };
    this.#chosen = again(this.#chosen);
    this.#cursor = again(this.#cursor);
    if (this.#pointer !== null) this.#pointAt(this.#pointer);
  }

  #targetAt(x: number, y: number): Target | null {
    const { camera } = this;
    return this.#sight?.targets.atPlace(camera.toWorldX(x), camera.toWorldY(y), camera.scale) ?? null;
  }

  #pointAt(place: { x: number; y: number } | null): void {
    this.#pointer = place;
    const target = place === null ? null : this.#targetAt(place.x, place.y);
    if (!sameTarget(target, this.#hovered)) this.#mark();
    this.#hovered = target;
    if (target === null || place === null || this.#sight === null) this.#tooltip.hide();
    else this.#tooltip.show(about(this.#sight.session, target), place.x, place.y);
  }

  // ── moving ────────────────────────────────────────────────────────────────────────────────────────

  #movedByHand(): void {
    this.#flight.stop();
    this.#follows = this.camera.isFitted;
    this.invalidate();
    this.#onView();
  }

  #flyTo(view: View): void {
    this.#follows = false;
    this.#flight.to(view);
    this.invalidate();
    this.#onView();
  }

  /** Shows all of the memory, and from then on what comes to it. */
  fit(): void {
    this.#flyTo(this.camera.viewOf(this.tiling.bounds));
    this.#follows = true;
  }

  /** The view from before. */
  back(): void {
    const view = this.#flight.back();
    if (view === null) return;
    this.#follows = !this.canGoBack && view.scale <= this.camera.scaleFor(this.tiling.bounds) * 1.01;
    this.invalidate();
    this.#onView();
  }

  zoom(step: number, at?: { x: number; y: number }): void {
    const { camera } = this;
    const box = this.#cursor !== null && this.#hasFocus ? this.targets?.boxOf(this.#cursor) : undefined;
    const x =
      at?.x ?? (box === undefined ? camera.width / 2 : clamp(camera.toPixelX(box.x + box.width / 2), camera.width));
    const y =
      at?.y ?? (box === undefined ? camera.height / 2 : clamp(camera.toPixelY(box.y + box.height / 2), camera.height));
    camera.zoomAt(x, y, ZOOM_STEP ** step);
    this.#movedByHand();
  }

  /** Marks a target as chosen, and tells who wants to know. */
  choose(target: Target | null): void {
    this.#chosen = target;
    this.#cursor = target ?? this.#cursor;
    this.#mark();
    this.#onChoose(target);
  }

  /** Chooses a target, and goes there: a tile, a pool so that its blocks can be told apart, or a block. */
  enter(target: Target | null): void {
    if (target === null || this.#sight === null) return;
    this.choose(target);
    const { session, targets } = this.#sight;
    this.#flyTo(viewOn(target, this.camera, session, targets));
  }

  /** Goes to an address, close enough to see what is there. */
  show(address: number): void {
    const target = this.targets?.finest(address) ?? null;
    if (target !== null) this.enter(target);
  }

  // ── keys ──────────────────────────────────────────────────────────────────────────────────────────

  get #hasFocus(): boolean {
    return (this.surface.getRootNode() as ShadowRoot).activeElement === this.surface;
  }

  #onFocus(): void {
    if (this.#cursor === null) this.#cursor = this.targets?.atAddress(0, this.camera.scale) ?? null;
    this.#mark();
  }

  #onKey(event: KeyboardEvent): void {
    const move = moveOf(event);
    if (move === null || this.#sight === null) return;
    event.preventDefault();
    event.stopPropagation();
    const { camera } = this;
    const { session, targets } = this.#sight;
    const from = this.#cursor ?? targets.atAddress(0, camera.scale);
    if (from === null) return;
    switch (move.kind) {
      case "go":
        this.#speakOf(targets.beside(targets.atAddress(from.start, camera.scale) ?? from, move.way, camera.scale));
        break;
      case "pan":
        camera.panBy(move.x * camera.width, move.y * camera.height);
        this.#movedByHand();
        break;
      case "edge": {
        const address = move.end ? session.map.slots * 2 ** 18 - 1 : 0;
        this.#speakOf(targets.atAddress(address, camera.scale));
        break;
      }
      case "zoom":
        this.zoom(move.step);
        break;
      case "fit":
        this.fit();
        break;
      case "in":
        this.#goIn(from);
        break;
      case "out":
        if (this.canGoBack) this.back();
        else this.fit();
        break;
    }
  }

  #speakOf(target: Target | null): void {
    if (target === null || this.#sight === null) return;
    this.#cursor = target;
    this.#flight.stop();
    this.camera.reveal(this.#sight.targets.boxOf(target));
    if (!this.camera.isFitted) this.#follows = false;
    this.invalidate();
    this.#onView();
    this.#tell(target, this.#sight);
  }

  /** Reads a target out, and shows beside it what the pointer would be told. */
  #tell(target: Target, { session, targets }: Sight): void {
    const { camera } = this;
    const box = targets.boxOf(target);
    const x = clamp(camera.toPixelX(box.x + box.width), camera.width);
    this.#tooltip.show(about(session, target), x, clamp(camera.toPixelY(box.y + box.height), camera.height));
    setText(this.#spoken, aboutLine(session, target));
  }

  /** From a tile to its pages, from a pool to its blocks; a block is chosen. */
  #goIn(from: Target): void {
    const { camera } = this;
    if (camera.scale < PAGE_LEVEL && from.kind !== "tile") this.enter(from);
    else if (sameTarget(from, this.#chosen) || from.kind === "tile" || from.kind === "page") this.enter(from);
    else this.choose(from);
    if (this.#sight !== null) setText(this.#spoken, aboutLine(this.#sight.session, from));
    this.#tooltip.hide();
  }
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}
