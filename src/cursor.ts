// Cursors: windows on the objects of one type that own nothing.

import { hex, type ObjectAddress } from "./address.js";
import type { Struct } from "./fields.js";
import { Hold } from "./handle.js";
import type { Objects } from "./objects.js";
import { absenceOfHeap, definePrinting, type Printable, type PrintableField, plain } from "./printing.js";
import type { Accessors } from "./scalars.js";
import { addressAt, indexOf, NOWHERE } from "./word.js";

/** Makes the class of the cursors of a type; `accessors` are those of its fields by name. */
export function createCursorClass(
  struct: Struct,
  accessors: ReadonlyMap<string, Accessors>,
  printed: readonly PrintableField[],
): new (
  address: ObjectAddress,
) => object {
  const { name, typeWord, objects } = struct;
  class Cursor implements Printable {
    /** As in a handle, so that both have the same accessors for scalars. */
    declare readonly $hold: Hold;
    declare readonly $owner: Objects;
    declare readonly $fields: readonly PrintableField[];

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

    toString(): string {
      return this.$title();
    }

    $title(): string {
      return this.address === 0 ? `${name} cursor` : `${name} cursor ${hex(this.address)}`;
    }

    $heading(): string {
      return this.$title();
    }

    toJSON(): unknown {
      return plain(this);
    }

    $absence(): string | null {
      if (this.address === 0) return "at no object";
      const absence = absenceOfHeap(objects.engine);
      if (absence !== null) return absence;
      objects.engine.memory.refresh();
      return objects.looksLike(this.address, typeWord) ? null : `no ${name} is there`;
    }
  }
  Object.defineProperties(Cursor.prototype, { $owner: { value: objects }, $fields: { value: printed } });
  definePrinting(Cursor.prototype);
  for (const [field, unchecked] of accessors) {
    const { get, set } = objects.engine.debug ? checked(struct, field, unchecked) : unchecked;
    Object.defineProperty(Cursor.prototype, field, { get, set });
  }
  return Cursor;
}

/** The accessors of a field in debug heaps: they make sure first that the cursor's object is still there. */
function checked({ name, id, objects }: Struct, field: string, { get, set }: Accessors): Accessors {
  const what = `${name} cursor: ${field}`;
  return {
    get() {
      if (this.$hold.index > 0) objects.requireStillThere(addressAt(this.$hold.index), id, what);
      return get.call(this);
    },
    set(value) {
      if (this.$hold.index > 0) objects.requireStillThere(addressAt(this.$hold.index), id, what);
      set.call(this, value);
    },
  };
}
