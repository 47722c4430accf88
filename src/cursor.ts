// Cursors: windows on the objects of one type that own nothing.

import type { ObjectAddress } from "./address.js";
import type { Struct } from "./fields.js";
import type { Accessors } from "./scalars.js";
import { addressAt, indexOf, NOWHERE } from "./word.js";

/** What is inside a cursor: the same as in a handle, so that both have the same accessors for scalars. */
interface CursorInside {
  $at: number;
  address: ObjectAddress;
}

/** Makes the class of the cursors of a type; `accessors` are those of its fields by name. */
export function createCursorClass(
  { name, typeWord, objects }: Struct,
  accessors: ReadonlyMap<string, Accessors>,
): new (
  address: ObjectAddress,
) => object {
  class Cursor implements CursorInside {
    $at = NOWHERE;

    constructor(address: ObjectAddress) {
      this.address = address;
    }

    get address(): ObjectAddress {
      return this.$at > 0 ? addressAt(this.$at) : 0;
    }

    set address(address: ObjectAddress) {
      if (address !== 0) objects.requireType(address, typeWord, `${name} cursor: address`);
      this.$at = address === 0 ? NOWHERE : indexOf(address);
    }
  }
  for (const [field, { get, set }] of accessors) Object.defineProperty(Cursor.prototype, field, { get, set });
  return Cursor;
}
