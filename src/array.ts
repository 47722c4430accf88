// Handles of arrays: scalars of one kind.

import { Handle } from "./handle.js";

export type ArrayKind = "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64" | "u64" | "f32" | "f64";

/** An item of an array. */
export type ArrayItem<K extends ArrayKind> = K extends "i64" | "u64" ? bigint : number;

export abstract class TypedArrayHandle<K extends ArrayKind = ArrayKind> extends Handle {
  abstract readonly kind: K;
}
