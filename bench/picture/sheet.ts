import { LEFT, MARGIN, MONO, type Part, SANS, WIDTH } from "./page.js";
import * as colour from "./palette.js";
import { element, escapeText, rectangle, text } from "./svg.js";

const STYLE = `
text { font-family: ${SANS}; fill: ${colour.INK}; }
.heading { font-size: 20px; font-weight: 600; }
.small { font-size: 12px; }
.tiny { font-size: 10.5px; }
.mono { font-family: ${MONO}; }
.quiet { fill: ${colour.QUIET_INK}; }`;

/** A part of the picture and the space above it. */
export interface Placed {
  readonly gap: number;
  draw(top: number): Part;
}

/** A whole picture as SVG: a heading, lines below it, and parts from top to bottom. `description` says it in words. */
export function drawSheet(
  heading: string,
  lines: readonly string[],
  description: string,
  placed: readonly Placed[],
): string {
  const parts: string[] = [text(LEFT, MARGIN + 18, heading, { class: "heading" })];
  let y = MARGIN + 40;
  for (const line of lines) {
    parts.push(text(LEFT, y, line, { class: "small quiet" }));
    y += 17;
  }
  for (const { gap, draw } of placed) {
    const part = draw(y + gap);
    parts.push(part.svg);
    y += gap + part.height;
  }
  const height = Math.ceil(y + MARGIN);
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      role: "img",
      "aria-labelledby": "title description",
    },
    element("title", { id: "title" }, escapeText(heading)),
    element("desc", { id: "description" }, escapeText(description)),
    element("style", {}, STYLE),
    rectangle(0, 0, WIDTH, height, { fill: colour.BACKGROUND }),
    ...parts,
  );
}
