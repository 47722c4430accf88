// Colours of what is drawn on canvases, in light and in dark. Size classes run through hues from small to large; occupancy makes
// them strong or faint.

type Rgb = readonly [number, number, number];

export type Scheme = "light" | "dark";

const ALIGNMENT = 8;
const CLASSES = 64;
const SMALLEST_BYTES = 8;
/** Shades of a hue, from hardly a block in use to all of them. */
export const SHADES = 16;

interface Inks {
  /** Hues at 8, 16, 32, 64, 128, 256 and 512 bytes; alike in lightness, so that only occupancy makes a pool faint. */
  readonly hues: readonly Rgb[];
  /** What faint colours fade to. */
  readonly paper: Rgb;
  /** Share of its hue that a pool with hardly a block shows. */
  readonly faintest: number;
  readonly ground: string;
  readonly line: string;
  readonly ink: string;
  readonly quiet: string;
  readonly head: string;
  readonly large: string;
  readonly largeNext: string;
  readonly free: string;
  readonly empty: string;
  readonly virgin: string;
  readonly mark: string;
  readonly series: readonly [live: string, peak: string, arenas: string, reserved: string];
  readonly generations: readonly [string, string, string];
}

const LIGHT: Inks = {
  hues: [
    [0x5b, 0x3f, 0xb5],
    [0x2c, 0x68, 0xc9],
    [0x0d, 0x8f, 0xa8],
    [0x2c, 0x96, 0x4f],
    [0x9a, 0x8a, 0x0a],
    [0xd2, 0x6a, 0x12],
    [0xc2, 0x2f, 0x4c],
  ],
  paper: [0xff, 0xff, 0xff],
  faintest: 0.18,
  ground: "#eef1f5",
  line: "#c3c9d4",
  ink: "#1b212c",
  quiet: "#586172",
  head: "#8d97a7",
  large: "#46536b",
  largeNext: "#66748e",
  free: "#dde2ea",
  empty: "#ffffff",
  virgin: "#f7f8fa",
  mark: "#0b1220",
  series: ["#2563c9", "#c2410c", "#64748b", "#94a3b8"],
  generations: ["#0d8fa8", "#8a6d0a", "#b4325a"],
};

const DARK: Inks = {
  hues: [
    [0xa0, 0x86, 0xff],
    [0x5c, 0x9c, 0xff],
    [0x30, 0xc2, 0xd6],
    [0x52, 0xc9, 0x78],
    [0xd6, 0xc2, 0x3c],
    [0xf2, 0x96, 0x42],
    [0xee, 0x66, 0x80],
  ],
  paper: [0x0f, 0x13, 0x19],
  faintest: 0.24,
  ground: "#0b0e13",
  line: "#3a4452",
  ink: "#e7ebf1",
  quiet: "#9aa6b6",
  head: "#566273",
  large: "#9fb0cb",
  largeNext: "#7d8ca6",
  free: "#1c232d",
  empty: "#10151c",
  virgin: "#0d1117",
  mark: "#ffffff",
  series: ["#6ea8fe", "#fb923c", "#8b98aa", "#5d6a7c"],
  generations: ["#30c2d6", "#d6c23c", "#f07a9a"],
};

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2) => Math.round(a[index] + (b[index] - a[index]) * share);
  return [at(0), at(1), at(2)];
}

const text = ([red, green, blue]: Rgb) => `rgb(${red},${green},${blue})`;

/** As a word of an ImageData on a little-endian machine, which all that run browsers are. */
function word([red, green, blue]: Rgb): number {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

function parse(colour: string): Rgb {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

/** Where a block size stands between the smallest and the largest class, 0 … 1, by its logarithm. */
export function classPosition(blockSize: number): number {
  return Math.log2(blockSize / SMALLEST_BYTES) / 6;
}

/** Light enough that dark letters can be read on it. */
function isLight([red, green, blue]: Rgb): boolean {
  return red * 0.299 + green * 0.587 + blue * 0.114 > 140;
}

/** The colours of one scheme, ready for use. */
export class Palette {
  readonly inks: Inks;
  /** CSS colour of class × SHADES + shade. */
  readonly #texts: string[] = [];
  readonly #words = new Uint32Array(CLASSES * SHADES);
  readonly #letters: string[] = [];
  readonly words: Readonly<Record<"head" | "empty" | "virgin", number>>;
  /** Words of a page of large blocks, by the share of it that is in use, in SHADES steps. */
  readonly largeShades = new Uint32Array(SHADES);

  constructor(scheme: Scheme) {
    const inks = scheme === "dark" ? DARK : LIGHT;
    this.inks = inks;
    for (let index = 0; index < CLASSES; index++) {
      const hue = this.#hue(classPosition((index + 1) * ALIGNMENT));
      for (let shade = 0; shade < SHADES; shade++) {
        const share = inks.faintest + (1 - inks.faintest) * (shade / (SHADES - 1));
        const colour = mix(inks.paper, hue, share);
        this.#texts.push(text(colour));
        this.#words[index * SHADES + shade] = word(colour);
        this.#letters.push(isLight(colour) ? "#0b1018" : "#ffffff");
      }
    }
    this.words = { head: word(parse(inks.head)), empty: word(parse(inks.empty)), virgin: word(parse(inks.virgin)) };
    for (let shade = 0; shade < SHADES; shade++) {
      this.largeShades[shade] = word(mix(parse(inks.free), parse(inks.large), shade / (SHADES - 1)));
    }
  }

  #hue(position: number): Rgb {
    const { hues } = this.inks;
    const place = Math.min(Math.max(position, 0), 1) * (hues.length - 1);
    const below = Math.min(Math.floor(place), hues.length - 2);
    return mix(hues[below] as Rgb, hues[below + 1] as Rgb, place - below);
  }

  #index(blockSize: number, occupancy: number): number {
    const shade = Math.min(SHADES - 1, Math.max(0, Math.round(occupancy * (SHADES - 1))));
    return (blockSize / ALIGNMENT - 1) * SHADES + shade;
  }

  /** CSS colour of a pool of `blockSize`, a multiple of 8 up to 512, with this share of its blocks in use. */
  pool(blockSize: number, occupancy: number): string {
    return this.#texts[this.#index(blockSize, occupancy)] ?? this.inks.free;
  }

  /** The same as a word of an ImageData. */
  poolWord(blockSize: number, occupancy: number): number {
    return this.#words[this.#index(blockSize, occupancy)] ?? 0;
  }

  /** What letters on such a pool are written in. */
  letters(blockSize: number, occupancy: number): string {
    return this.#letters[this.#index(blockSize, occupancy)] ?? this.inks.ink;
  }

  /** CSS colour at a position between the smallest and the largest class. */
  hueAt(position: number, occupancy = 1): string {
    const share = this.inks.faintest + (1 - this.inks.faintest) * occupancy;
    return text(mix(this.inks.paper, this.#hue(position), share));
  }
}

const PALETTES = new Map<Scheme, Palette>();

export function paletteOf(scheme: Scheme): Palette {
  const known = PALETTES.get(scheme) ?? new Palette(scheme);
  PALETTES.set(scheme, known);
  return known;
}
