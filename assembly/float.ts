// Floats: eight bytes behind the header. There is one NaN, so that it is found again by its identity.

import { makeSized } from "./create";
import { NAN_OBJECT } from "./layout";
import { FLOAT_BYTES, FLOAT_VALUE, FLOAT_WORD } from "./objectlayout";

/** A float; 0: no memory. */
export function newFloat(value: f64): usize {
  if (Number.isNaN(value)) return NAN_OBJECT;
  const float = inline.always(makeSized(FLOAT_WORD, FLOAT_BYTES));
  if (float != 0) store<f64>(float, value, FLOAT_VALUE);
  return float;
}
