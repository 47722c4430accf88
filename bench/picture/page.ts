// Measures of the picture, in pixels, shared by its parts.

/** Width of the whole picture. */
export const WIDTH = 1200;
export const MARGIN = 24;
/** Left edge of what is drawn to the scale of an arena; addresses stand left of it. */
export const LEFT = 112;
/** A pool's width. */
export const CELL = 14;
/** Width of an arena: its head page and 63 pools. */
export const ROW = 64 * CELL;
/** Left edge of the remarks right of the arenas. */
export const REMARKS = LEFT + ROW + 12;

export const SANS = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
export const MONO = "ui-monospace, 'SF Mono', Menlo, Consolas, monospace";

/** Address as eight hexadecimal digits. */
export function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}

/** A part of the picture and the height it takes. */
export interface Part {
  readonly svg: string;
  readonly height: number;
}
