// What heap.from takes and gives, for the compiler. Data of an interface has no index signature, so `Storable` is too narrow for it.

import type { TypedArrayHandle } from "./array.js";
import type { Bytes } from "./bytes.js";
import type { Dict } from "./dict.js";
import type { Handle } from "./handle.js";
import type { List } from "./list.js";
import type { TypedArray, Value } from "./objects.js";
import type { HeapSet } from "./set.js";

/** What is no plain data, as far as types tell. */
type Refused = symbol | ((...args: never) => unknown) | PromiseLike<unknown> | Date | RegExp | Error | DataView;

/** `T`, unless it is seen at once that it is no plain data. What is inside is looked at when it runs. */
export type Convertible<T> = T extends Refused ? never : T;

/** What plain data of a type becomes. */
export type Converted<T> = 0 extends 1 & T
  ? Value
  : T extends Handle | boolean | number | string
    ? T
    : T extends null | undefined
      ? null
      : T extends bigint
        ? number | bigint
        : T extends readonly unknown[]
          ? List
          : T extends Uint8Array | ArrayBuffer
            ? Bytes
            : T extends TypedArray
              ? TypedArrayHandle
              : T extends ReadonlyMap<infer _, infer _>
                ? Dict
                : T extends ReadonlySet<infer _>
                  ? HeapSet
                  : T extends object
                    ? Dict
                    : Value;
