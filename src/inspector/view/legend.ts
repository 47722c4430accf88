// What the colours and patterns of the map mean.

import { element } from "./element.js";
import { SMALL } from "./letters.js";
import { classPosition, type Palette } from "./palette.js";
import { hatch } from "./patterns.js";
import { fixedCanvas, type Surface } from "./surface.js";

const SCALE_WIDTH = 124;
const SIZES = [8, 32, 128, 512];

type Draw = (context: CanvasRenderingContext2D, palette: Palette) => void;

interface Item {
  readonly name: string;
  readonly draw: Draw;
}

const box: (fill: (palette: Palette) => string, then?: Draw) => Draw = (fill, then) => (context, palette) => {
  context.fillStyle = fill(palette);
  context.fillRect(0, 0, 14, 14);
  then?.(context, palette);
};

const outline =
  (dashes: readonly number[]): Draw =>
  (context, palette) => {
    context.strokeStyle = palette.inks.line;
    context.setLineDash([...dashes]);
    context.strokeRect(0.5, 0.5, 13, 13);
    context.setLineDash([]);
  };

const ITEMS: readonly Item[] = [
  {
    name: "in use",
    draw: box(
      (palette) => palette.pool(48, 0.06),
      (context, palette) => {
        context.fillStyle = palette.pool(48, 1);
        context.fillRect(0, 5, 14, 9);
      },
    ),
  },
  {
    name: "objects",
    draw: box(
      (palette) => palette.pool(48, 1),
      (context, palette) => {
        context.fillStyle = palette.inks.ground;
        context.fillRect(9, 9, 3, 3);
      },
    ),
  },
  { name: "empty", draw: box((palette) => palette.inks.empty, outline([])) },
  { name: "never used", draw: box((palette) => palette.inks.virgin, outline([1, 2])) },
  { name: "head, runtime", draw: box((palette) => palette.inks.head) },
  {
    name: "large",
    draw: box(
      (palette) => palette.inks.large,
      (context, palette) => {
        context.fillStyle = palette.inks.largeNext;
        context.fillRect(8, 0, 6, 14);
        context.fillStyle = palette.inks.ground;
        context.fillRect(7, 0, 1, 14);
      },
    ),
  },
  {
    name: "lent pools",
    draw: box(
      (palette) => palette.inks.large,
      (context, palette) => hatch(context, 0, 0, 14, 14, palette.inks.ground),
    ),
  },
  { name: "free", draw: box((palette) => palette.inks.free) },
];

export class Legend {
  readonly element = element("div", { class: "legend", role: "group", "aria-label": "Legend of the map" });
  readonly #scale: Surface = fixedCanvas(SCALE_WIDTH, 24);
  readonly #swatches: { readonly surface: Surface; readonly draw: Draw }[] = [];

  constructor() {
    this.element.append(
      element(
        "span",
        { class: "legend-item" },
        "bytes a block",
        this.#scale.canvas,
        element("span", { class: "visually-hidden" }, "from violet for 8 to red for 512"),
      ),
    );
    for (const { name, draw } of ITEMS) {
      const surface = fixedCanvas(14, 14);
      this.#swatches.push({ surface, draw });
      this.element.append(element("span", { class: "legend-item" }, surface.canvas, name));
    }
  }

  draw(palette: Palette): void {
    const context = this.#scale.begin();
    const width = SCALE_WIDTH - 16;
    for (let x = 0; x < width; x++) {
      context.fillStyle = palette.hueAt(x / (width - 1));
      context.fillRect(8 + x, 0, 1, 10);
    }
    context.fillStyle = palette.inks.quiet;
    context.font = SMALL;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const size of SIZES) context.fillText(String(size), 8 + classPosition(size) * (width - 1), 13);
    for (const swatch of this.#swatches) swatch.draw(swatch.surface.begin(), palette);
  }
}
