// Patterns that tell apart what colours alone would not.

/** Slanting lines over a rectangle. */
export function hatch(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  ink: string,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.beginPath();
  for (let at = x - height; at < x + width; at += 6) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.strokeStyle = ink;
  context.globalAlpha = 0.45;
  context.lineWidth = 1.5;
  context.stroke();
  context.restore();
}
