// Texts across the boundary: units of JavaScript strings into linear memory and back, by the quickest route for each length.
//
// Units are those of UTF-16, so that lone surrogates pass unchanged. The limits were measured in Node 20. What is below 256 takes 1
// byte a unit, and decoders for "latin1" are none: they read windows-1252.

import { T_ASCII, T_WIDE, TEXT_DATA, TEXT_LENGTH } from "./layout.js";
import type { Views } from "./memory.js";

/** Up to this many units a loop is quicker than an encoder or a decoder. */
const FEW_WRITTEN = 64;
const FEW_READ = 48;
const FEW_WIDE_READ = 64;

/** Some unit takes two bytes. For a string that the engine stores in one byte a unit, this takes no time at all. */
const WIDE = /[\u0100-\uffff]/;
const ENCODER = new TextEncoder();
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const UTF16 = new TextDecoder("utf-16le", { ignoreBOM: true });
/** Units of a wide text that are decoded at a time: decoders refuse 2^28 bytes and more. */
const PIECE = 1 << 20;
/** What a decoder makes of a surrogate that stands alone. */
const REPLACEMENT = "\ufffd";

/** The views of memory that texts are written to. */
export type Pages = Pick<Views, "u8" | "u16" | "u32" | "isShared">;

/** Some unit of the text is above 255. */
export function isWide(text: string): boolean {
  return WIDE.test(text);
}

/**
 * Writes a text at an address that is a multiple of 4, in the narrower of the two widths. There must be room for 2 bytes a unit.
 * Returns 1 if the units take two bytes, 0 if one.
 */
export function writeText(pages: Pages, at: number, text: string): number {
  if (text.length > FEW_WRITTEN) {
    const wide = isWide(text);
    if (wide) writeWide(pages, at, text);
    else writeNarrow(pages, at, text);
    return wide ? 1 : 0;
  }
  if (copyNarrow(pages, at, text) <= 0xff) return 0;
  writeWide(pages, at, text);
  return 1;
}

/** Writes a text at the start of a buffer if all its units are below 128, and tells whether it has. The buffer has room for them. */
export function writeAscii(buffer: Uint8Array, text: string): boolean {
  const { read, written } = ENCODER.encodeInto(text, buffer);
  return read === text.length && written === text.length;
}

/** Writes a text of which no unit is above 255, 1 byte a unit. */
export function writeNarrow(pages: Pages, at: number, text: string): void {
  if (text.length > FEW_WRITTEN) {
    // It stops at the first unit above 127, for want of room at the latest.
    const { isShared, u8 } = pages;
    const encoded = isShared ? new Uint8Array(text.length) : u8.subarray(at, at + text.length);
    const { read } = ENCODER.encodeInto(text, encoded);
    if (read === text.length) {
      if (isShared) u8.set(encoded, at);
      return;
    }
  }
  copyNarrow(pages, at, text);
}

/** Writes the low bytes of all units, and returns all units or-ed. */
function copyNarrow({ u8, u32 }: Pages, at: number, text: string): number {
  const { length } = text;
  let all = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    all |= a | b | c | d;
    u32[(at + i) >>> 2] = a | (b << 8) | (c << 16) | (d << 24);
  }
  for (; i < length; i++) {
    const unit = text.charCodeAt(i);
    all |= unit;
    u8[at + i] = unit;
  }
  return all;
}

/** Writes a text, 2 bytes a unit. */
export function writeWide({ u16 }: Pages, at: number, text: string): void {
  const start = at >>> 1;
  for (let i = 0; i < text.length; i++) u16[start + i] = text.charCodeAt(i);
}

/** The text of the str whose header is at an index of a view of words. Views must be those of all memory. */
export function readStr(views: Views, index: number): string {
  const word = views.u32[index + 1] as number;
  const length = views.u32[index + TEXT_LENGTH / 4] as number;
  const at = index * 4 + TEXT_DATA;
  if ((word & T_WIDE) !== 0) return readWide(views, at, length);
  if ((word & T_ASCII) !== 0 && length > FEW_READ) return UTF8.decode(encodedIn(views, at, at + length));
  return readUnits(views.u8, at, length);
}

function readWide(views: Views, at: number, length: number): string {
  let text = "";
  let start = at >>> 1;
  const end = start + length;
  while (end - start > PIECE) {
    // The halves of a pair stay together.
    const units = ((views.u16[start + PIECE - 1] as number) & 0xfc00) === 0xd800 ? PIECE - 1 : PIECE;
    text += readPiece(views, start, units);
    start += units;
  }
  return text + readPiece(views, start, end - start);
}

function readPiece(views: Views, start: number, length: number): string {
  if (length > FEW_WIDE_READ) {
    const text = UTF16.decode(encodedIn(views, start * 2, (start + length) * 2));
    if (!text.includes(REPLACEMENT)) return text;
  }
  return readUnits(views.u16, start, length);
}

/** Bytes that decoders take: those of browsers refuse memory that threads share. */
function encodedIn({ isShared, u8 }: Views, start: number, end: number): Uint8Array {
  return isShared ? u8.slice(start, end) : u8.subarray(start, end);
}

/** Units one by one, but many in a call, so that no piece of up to 16 is put together of pieces. */
function readUnits(units: Uint8Array | Uint16Array, start: number, length: number): string {
  let text = "";
  let at = start;
  const end = start + length;
  for (; at + 16 < end; at += 16) text += sixteenUnits(units, at);
  const rest = end - at;
  // What lies behind the end is read, and cut off.
  if (rest > 8) return text + sixteenUnits(units, at).slice(0, rest);
  if (rest > 4) return text + eightUnits(units, at).slice(0, rest);
  return text + fourUnits(units, at).slice(0, rest);
}

function sixteenUnits(units: Uint8Array | Uint16Array, at: number): string {
  return String.fromCharCode(
    units[at] as number,
    units[at + 1] as number,
    units[at + 2] as number,
    units[at + 3] as number,
    units[at + 4] as number,
    units[at + 5] as number,
    units[at + 6] as number,
    units[at + 7] as number,
    units[at + 8] as number,
    units[at + 9] as number,
    units[at + 10] as number,
    units[at + 11] as number,
    units[at + 12] as number,
    units[at + 13] as number,
    units[at + 14] as number,
    units[at + 15] as number,
  );
}

function eightUnits(units: Uint8Array | Uint16Array, at: number): string {
  return String.fromCharCode(
    units[at] as number,
    units[at + 1] as number,
    units[at + 2] as number,
    units[at + 3] as number,
    units[at + 4] as number,
    units[at + 5] as number,
    units[at + 6] as number,
    units[at + 7] as number,
  );
}

function fourUnits(units: Uint8Array | Uint16Array, at: number): string {
  return String.fromCharCode(
    units[at] as number,
    units[at + 1] as number,
    units[at + 2] as number,
    units[at + 3] as number,
  );
}
