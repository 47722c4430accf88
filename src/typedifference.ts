// In what two definitions of a struct type differ, as messages have it.

import { show } from "./arguments.js";
import type { Field, Layout, Struct } from "./fields.js";
import { T_FINALIZER, T_NO_WEAKREFS } from "./layout.js";

/** What a program says of a type beside its fields. */
export interface Manner {
  readonly tracked: boolean;
  readonly weakrefable: boolean;
  /** It gives a finalizer. */
  readonly final: boolean;
}

/** The first difference between the fields of a type that is there and others; null if there is none. */
export function differenceInFields({ layout }: Struct, given: Layout): string | null {
  const wanted = new Map(given.fields.map((field) => [field.name, field]));
  for (const field of layout.fields) {
    const other = wanted.get(field.name);
    if (other === undefined) return `it has a field ${show(field.name)}, which is missing here`;
    if (kindText(field) !== kindText(other)) {
      return `its field ${show(field.name)} is ${kindText(field)}, not ${kindText(other)}`;
    }
    wanted.delete(field.name);
  }
  const more = wanted.keys().next().value;
  if (more !== undefined) return `it has no field ${show(more)}`;
  const moved = layout.fields.find(({ name, offset }) => offsetIn(given, name) !== offset);
  if (moved === undefined) return null;
  return (
    `its field ${show(moved.name)} lies ${moved.offset} bytes from the header, not ${offsetIn(given, moved.name)}: ` +
    "its fields come in another order"
  );
}

/**
 * The same of all else. One without a finalizer differs from none that has one: it need not be run everywhere; the other way round nobody
 * would call it.
 */
export function differenceInManner({ tracked, typeWord }: Struct, given: Manner): string | null {
  if (tracked !== given.tracked) return `its gc is ${tracked}, not ${given.tracked}`;
  const weakrefable = (typeWord & T_NO_WEAKREFS) === 0;
  if (weakrefable !== given.weakrefable) return `its weakrefable is ${weakrefable}, not ${given.weakrefable}`;
  return given.final && (typeWord & T_FINALIZER) === 0 ? "it was defined without finalize" : null;
}

/** Types of other heaps are the same if they have the same name here. */
function kindText({ kind }: Field): string {
  return typeof kind === "object" ? `of type ${kind.name}` : kind;
}

function offsetIn({ fields }: Layout, name: string): number | undefined {
  return fields.find((field) => field.name === name)?.offset;
}
