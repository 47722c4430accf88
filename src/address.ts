// Addresses in linear memory, as the host sees them: unsigned, also above 2 GiB.

declare const kind: unique symbol;

/** Byte address of a block, unsigned 32-bit (never negative, also above 2 GiB). 0 is null. */
export type BlockAddress = number & { readonly [kind]?: "block" };

/** Addresses lie below this. */
export const ADDRESS_SPACE_BYTES = 2 ** 32;

/** An address as people read it: 0x and eight digits. */
export function hex(address: number): string {
  return `0x${(address >>> 0).toString(16).padStart(8, "0")}`;
}
