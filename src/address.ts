// Addresses in linear memory, as the host sees them: unsigned, also above 2 GiB.

declare const kind: unique symbol;

/** Byte address of a block, unsigned 32-bit (never negative, also above 2 GiB). 0 is null. */
export type BlockAddress = number & { readonly [kind]?: "block" };
/** Byte address of an object's header, unsigned 32-bit. 0 is null. */
export type ObjectAddress = number & { readonly [kind]?: "object" };
/** A reference as stored: 0, an ObjectAddress, or an integer n of 31 bits as `(n << 1 | 1) >>> 0`. */
export type Word = number & { readonly [kind]?: "word" | "object" };

/** Addresses lie below this. */
export const ADDRESS_SPACE_BYTES = 2 ** 32;

/** An address as people read it: 0x and eight digits. */
export function hex(address: number): string {
  return `0x${(address >>> 0).toString(16).padStart(8, "0")}`;
}
