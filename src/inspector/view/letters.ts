// Letters on canvases: what they look like, and no more of them than there is room for.

const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const MONO = 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';

/** For names and units of axes. */
export const SMALL = `10px ${SANS}`;
export const PLAIN = `11px ${SANS}`;
/** For addresses. */
export const SMALL_MONO = `10px ${MONO}`;

/** Writes a line below `y`, cut to `room` pixels; nothing where not even two letters have room. */
export function writeLine(
  context: CanvasRenderingContext2D,
  words: string,
  x: number,
  y: number,
  room: number,
  ink: string,
  font = PLAIN,
): void {
  context.font = font;
  context.textBaseline = "top";
  context.fillStyle = ink;
  const fitting = cutTo(context, words, room);
  if (fitting !== "") context.fillText(fitting, x, y);
}

function cutTo(context: CanvasRenderingContext2D, words: string, room: number): string {
  const width = context.measureText(words).width;
  if (width <= room) return words;
  const letters = Math.floor((words.length * room) / width) - 1;
  return letters < 2 ? "" : `${words.slice(0, letters)}…`;
}
