// Taking all references out of an object that lives on for now (tp_clear): it is changed first, and they are dropped then, in the order in
// which they would be if it died.

import { clearDeque } from "../deque";
import { clearList } from "../list";
import { typeWordOf } from "../object";
import { ID_ARRAY, ID_DEQUE, ID_FIRST, ID_LIST, ID_TUPLE, TYPE_ID_SHIFT } from "../objectlayout";
import { drop, dropTable } from "../release";
import { takeTable } from "../table";
import { entryShift, hasMany, isAnySet, isDict, runEnd, runStart } from "../visit";

/** Tuples, which nobody has seen change, keep theirs. */
export function clear(object: usize): void {
  const word = typeWordOf(object);
  const id = word >> TYPE_ID_SHIFT;
  if (!hasMany(word) || id >= ID_FIRST) clearSlots(runStart(object, word, 0), runEnd(object, word, 0));
  else if (id == ID_LIST) clearList(object);
  else if (id == ID_DEQUE) clearDeque(object);
  else if (isDict(id) || isAnySet(id)) dropTable(takeTable(object), entryShift(id));
  else if (id != ID_TUPLE && id != ID_ARRAY) clearSlots(runStart(object, word, 0), runEnd(object, word, 0));
}

function clearSlots(slot: usize, end: usize): void {
  for (; slot != end; slot += 4) {
    const word = load<u32>(slot);
    store<u32>(slot, 0);
    drop(word);
  }
}
