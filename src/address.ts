// Addresses in linear memory, as the host sees them: unsigned, also above 2 GiB.

declare const kind: unique symbol;

/** Byte address of a block, unsigned 32-bit (never negative, also above 2 GiB). 0 is null. */
export type BlockAddress = number & { readonly [kind]?: "block" };
/**
 * Byte address of an object's header, unsigned 32-bit. 0 is null. True and false have addresses, too: those of two objects that
 * live as long as the heap.
 */
export type ObjectAddress = number & { readonly [kind]?: "object" };
/**
 * A reference as it is stored: 0 for null, an ObjectAddress, or an integer n of −2^30 … 2^30 − 1 as `(n << 1 | 1) >>> 0`.
 * `isAddress` and `isInteger` tell which; `integerOf` and `integerWord` convert.
 */
export type Word = number & { readonly [kind]?: "word" | "object" };

/** Addresses lie below this. */
export const ADDRESS_SPACE_BYTES = 2 ** 32;

/** An address as people read it: 0x and eight digits. */
export function hex(address: number): string {
  return `0x${(address >>> 0).toString(16).padStart(8, "0")}`;
}
