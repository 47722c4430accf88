// Images of heaps: how they are made and come back, what their heads say, and checksums that were not made by the core.
import xxhash from "xxhash-wasm";
import { Heap, type HeapOptions, type RestoreOptions } from "../../src/index.js";
import { VARIANTS, type Variant } from "./heap.js";

/** Offsets in the header of an image, as docs/images.md has them. */
export const HEADER = {
  magic: 0,
  version: 8,
  flags: 12,
  fingerprint: 16,
  checksum: 24,
  length: 32,
  memoryEnd: 40,
  runs: 44,
  held: 48,
  zeros: 52,
  bytes: 64,
} as const;
/** The part of linear memory that every image has. */
export const RUNTIME_PART = { start: 0x1000, end: 0xe000 } as const;

export interface ImageVariant {
  readonly name: string;
  readonly debug: boolean;
  /** The core, if it is not the copy inside the package. */
  readonly wasm: WebAssembly.Module | undefined;
  open(options?: HeapOptions): Promise<Heap>;
  restore(image: Uint8Array, options?: RestoreOptions): Promise<Heap>;
}

function imageVariant({ name, debug, wasm, open }: Variant): ImageVariant {
  const restore = (image: Uint8Array, options: RestoreOptions = {}) =>
    Heap.restore(image, { ...(wasm && { wasm }), ...options });
  return { name, debug, wasm, open, restore };
}

export const IMAGE_VARIANTS: readonly ImageVariant[] = VARIANTS.map(imageVariant);
/** Two of them are enough for most: the core that ships, and the one with assertions of its own in debug mode. */
export const IMAGE_HEAPS: readonly ImageVariant[] =
  IMAGE_VARIANTS.length > 2
    ? IMAGE_VARIANTS.filter(({ name, debug }) => name.startsWith("debug") === debug)
    : IMAGE_VARIANTS;

const hashes = await xxhash();

/** XXH64, seed 0. */
export function xxh64(bytes: Uint8Array): bigint {
  return hashes.h64Raw(bytes);
}

export function viewOf(image: Uint8Array): DataView {
  return new DataView(image.buffer, image.byteOffset, image.byteLength);
}

/** Makes the checksum of an image that was changed right again. */
export function seal<T extends Uint8Array>(image: T): T {
  const view = viewOf(image);
  view.setBigUint64(HEADER.checksum, 0n, true);
  view.setBigUint64(HEADER.checksum, xxh64(image), true);
  return image;
}

/** A run of memory that an image has, and where its bytes lie in the image. */
export interface Place {
  readonly address: number;
  readonly bytes: number;
  readonly offset: number;
}

/** What an image has of linear memory: the runtime, then its runs. */
export function placesOf(image: Uint8Array): Place[] {
  const view = viewOf(image);
  const [runs, held] = [view.getUint32(HEADER.runs, true), view.getUint32(HEADER.held, true)];
  let offset = Math.ceil((HEADER.bytes + 8 * runs + 4 * held) / 64) * 64;
  const places: Place[] = [{ address: RUNTIME_PART.start, bytes: RUNTIME_PART.end - RUNTIME_PART.start, offset }];
  offset += RUNTIME_PART.end - RUNTIME_PART.start;
  for (let run = 0; run < runs; run++) {
    const at = HEADER.bytes + 8 * run;
    const place = { address: view.getUint32(at, true), bytes: view.getUint32(at + 4, true), offset };
    places.push(place);
    offset += place.bytes;
  }
  return places;
}

/** Addresses of the objects that handles held. */
export function heldIn(image: Uint8Array): number[] {
  const view = viewOf(image);
  const first = HEADER.bytes + 8 * view.getUint32(HEADER.runs, true);
  return Array.from({ length: view.getUint32(HEADER.held, true) }, (_, i) => view.getUint32(first + 4 * i, true));
}

/** Where the byte at an address of linear memory lies in an image; −1 if it is left out. */
export function offsetOf(image: Uint8Array, address: number): number {
  const place = placesOf(image).find((each) => address >= each.address && address < each.address + each.bytes);
  return place === undefined ? -1 : place.offset + (address - place.address);
}

/** Where two images differ first; −1 if they do not. */
export function firstDifference(one: Uint8Array, other: Uint8Array): number {
  if (Buffer.compare(one, other) === 0) return -1;
  const at = one.findIndex((byte, i) => byte !== other[i]);
  return at < 0 ? one.length : at;
}
