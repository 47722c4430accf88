// Cursors: windows on the objects of one type that own nothing.

import type { ObjectAddress } from "./address.js";
import type { Struct } from "./fields.js";
import { Hold } from "./handle.js";
import type { Accessors } from "./scalars.js";
import { addressAt, indexOf, NOWHERE } from "./word.js";

/** Makes the class of the cursors of a type; `accessors` are those of its fields by name. */
export function createCursorClass(
  { name, typeWord, objects }: Struct,
  accessors: ReadonlyMap<string, Accessors>,
): new (
  address: ObjectAddress,
) => object {
  class Cursor {
    /** As in a handle, so that both have the same accessors for scalars. */
    declare readonly $hold: Hold;

    constructor(address: ObjectAddress) {
      this.$hold = new Hold(NOWHERE);
      this.address = address;
    }

    get address(): ObjectAddress {
      const { index } = this.$hold;
      return index > 0 ? addressAt(index) : 0;
    }

    set address(address: ObjectAddress) {
      if (address !== 0) objects.requireType(address, typeWord, `${name} cursor: address`);
      this.$hold.index = address === 0 ? NOWHERE : indexOf(address);
    }
  }
  for (const [field, { get, set }] of accessors) Object.defineProperty(Cursor.prototype, field, { get, set });
  return Cursor;
}
