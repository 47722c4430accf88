// Colours of the picture. Size classes run through hues from small to large; occupancy makes them pale or strong.

type Rgb = readonly [number, number, number];

/** Hues at 8, 16, 32, 64, 128, 256 and 512 bytes; alike in lightness, so that only occupancy makes a pool pale. */
const HUES: readonly Rgb[] = [
  [0x5b, 0x3f, 0xb5],
  [0x2c, 0x68, 0xc9],
  [0x0d, 0x8f, 0xa8],
  [0x2c, 0x96, 0x4f],
  [0x9a, 0x8a, 0x0a],
  [0xd2, 0x6a, 0x12],
  [0xc2, 0x2f, 0x4c],
];
const SMALLEST_BYTES = 8;
const PAPER: Rgb = [0xff, 0xff, 0xff];
/** Share of its hue that a pool with hardly a block shows. */
const PALEST = 0.14;

export const INK = "#1f2430";
export const QUIET_INK = "#5c6370";
export const BACKGROUND = "#ffffff";
export const LINE = "#c9ced8";
/** The runtime's own bytes: records, head pages of arenas. */
export const RUNTIME = "#aab1bd";
export const LARGE = "#4a5468";
/** Every other large block, so that neighbours can be told apart. */
export const LARGE_NEXT = "#6b778d";
export const FREE = "#e4e7ee";
export const VIRGIN = "#ffffff";

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2) => a[index] + (b[index] - a[index]) * share;
  return [at(0), at(1), at(2)];
}

function hex(colour: Rgb): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

/** Where a block size stands between the smallest and the largest class, 0 … 1, by its logarithm. */
export function classPosition(blockSize: number): number {
  return Math.log2(blockSize / SMALLEST_BYTES) / (HUES.length - 1);
}

/** The colour at a position between the smallest and the largest class. */
export function hueAt(position: number, occupancy = 1): string {
  const place = Math.min(Math.max(position, 0), 1) * (HUES.length - 1);
  const below = Math.min(Math.floor(place), HUES.length - 2);
  const hue = mix(HUES[below] as Rgb, HUES[below + 1] as Rgb, place - below);
  return hex(mix(PAPER, hue, PALEST + (1 - PALEST) * occupancy));
}

/** The colour of a pool. */
export function poolColour(blockSize: number, occupancy: number): string {
  return hueAt(classPosition(blockSize), occupancy);
}
