// The texts and containers of one heap: how they are made, and the classes of their handles.

import type { ArrayItem, ArrayKind, TypedArrayHandle } from "./array.js";
import type { Bytes } from "./bytes.js";
import type { Deque } from "./deque.js";
import type { List } from "./list.js";
import type { Objects, Storable } from "./objects.js";
import type { Str } from "./str.js";
import type { Tuple } from "./tuple.js";

export class Containers {
  readonly objects: Objects;

  constructor(objects: Objects) {
    this.objects = objects;
  }

  str(_text: string): Str {
    throw new Error("heap.str: not yet");
  }

  bytes(_data: Uint8Array | ArrayBuffer | readonly number[]): Bytes {
    throw new Error("heap.bytes: not yet");
  }

  tuple(_items: Iterable<Storable>): Tuple {
    throw new Error("heap.tuple: not yet");
  }

  list(_items: Iterable<Storable>): List {
    throw new Error("heap.list: not yet");
  }

  deque(_items: Iterable<Storable>, _options: { maxLength?: number }): Deque {
    throw new Error("heap.deque: not yet");
  }

  array<K extends ArrayKind>(_kind: K, _items: number | Iterable<ArrayItem<K>>): TypedArrayHandle<K> {
    throw new Error("heap.array: not yet");
  }
}
