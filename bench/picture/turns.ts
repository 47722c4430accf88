import type { CrowdOutcome, TreeAnswer } from "../ast/crowd.js";
import { decimal, integer } from "../report/format.js";
import type { Span } from "../threads/held.js";
import { LEFT, MARGIN, type Part, WIDTH } from "./page.js";
import * as colour from "./palette.js";
import { drawSheet } from "./sheet.js";
import { element, rectangle, text, title } from "./svg.js";

const SPAN = WIDTH - MARGIN - LEFT;
const BAR = 20;
const PITCH = 30;
/** Room for the figures below the bars. */
const AXIS = 24;
/** Width of a turn that is too short to be seen. */
const LEAST = 1;
/** Places among the hues; who watches has the last. */
const HUES = [0.17, 0.62];
const WATCHING_HUE = 1;
/** Switch intervals that the lower part shows. */
const INTERVALS = 20;
/** Figures on an axis, about. */
const TICKS = 10;

/** Who had the lock when: all of the time, and the first part of it drawn out. */
export function drawTurns(outcome: CrowdOutcome): string {
  const { name, threads, milliseconds, switches, interval } = outcome;
  const close = Math.min(milliseconds, INTERVALS * interval);
  const lines = [
    `${threads.length} threads on one heap, ${integer(outcome.nodes)} nodes: the lock changed hands ${integer(switches)} times in ${decimal(milliseconds)} ms; ` +
      `who has waited for ${decimal(interval)} ms asks for it.`,
  ];
  return drawSheet(`${name}: who has the lock`, lines, describe(outcome), [
    { gap: 24, draw: (top) => drawTimes(threads, milliseconds, "all of it", top) },
    { gap: 34, draw: (top) => drawTimes(threads, close, `the first ${decimal(close)} ms`, top) },
  ]);
}

/** A row for each thread, from the beginning to `end` in milliseconds. */
function drawTimes(threads: readonly TreeAnswer[], end: number, name: string, top: number): Part {
  const scale = SPAN / (end || 1);
  const first = top + 14;
  const rows = threads.map((thread, row) => drawRow(thread, row, end, scale, first + row * PITCH));
  const height = 14 + threads.length * PITCH;
  const heading = text(LEFT, top, name, { class: "small quiet" });
  return { svg: element("g", {}, heading, ...rows, drawAxis(end, scale, top + height)), height: height + AXIS };
}

function drawRow({ thread, spans, tally }: TreeAnswer, row: number, end: number, scale: number, y: number): string {
  const watching = tally.length === 0;
  const fill = colour.hueAt(watching ? WATCHING_HUE : (HUES[row % HUES.length] as number));
  const bars = spans.filter(([from]) => from < end).map((span) => drawSpan(span, end, scale, y, fill));
  const name = text(LEFT - 10, y + 14, watching ? `${thread}, watching` : `thread ${thread}`, {
    class: "small",
    "text-anchor": "end",
  });
  const ground = rectangle(LEFT, y, SPAN, BAR, { fill: colour.FREE });
  return element("g", { "data-thread": thread }, name, ground, ...bars);
}

function drawSpan([from, until]: Span, end: number, scale: number, y: number, fill: string): string {
  const width = Math.max((Math.min(until, end) - from) * scale, LEAST);
  const label = `${decimal(from)} ms: had it for ${decimal(until - from)} ms`;
  return element("g", {}, title(label), rectangle(LEFT + from * scale, y, width, BAR, { fill }));
}

function drawAxis(end: number, scale: number, y: number): string {
  const step = stepOf(end / TICKS);
  const ticks: string[] = [];
  for (let at = 0; at <= end; at += step) {
    const x = LEFT + at * scale;
    ticks.push(
      element("path", { d: `M${Math.round(x * 100) / 100} ${y - 6}v5`, stroke: colour.LINE }),
      text(x, y + 12, `${at} ms`, { class: "tiny quiet", "text-anchor": "middle" }),
    );
  }
  return ticks.join("");
}

/** The next larger of 1, 2, 5, 10, 20 … */
function stepOf(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}

/** The picture in words, for who cannot see it. */
function describe({ threads }: CrowdOutcome): string {
  const said = threads.map(({ thread, spans, tally }) => {
    const total = spans.reduce((sum, [from, until]) => sum + until - from, 0);
    return `Thread ${thread}${tally.length === 0 ? ", which watches," : ""} had it ${spans.length} times, for ${decimal(total)} ms together.`;
  });
  return `Who had the lock of a heap when. ${said.join(" ")}`;
}
