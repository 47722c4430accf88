// Heap.restore: from an image to the parts of a heap.

import { show } from "../arguments.js";
import { ImageError, MemoryError } from "../errors.js";
import { structOf } from "../fields.js";
import type { Handle } from "../handle.js";
import { makeCore } from "../instantiate.js";
import { WASM_PAGE_BYTES } from "../layout.js";
import type { Objects } from "../objects.js";
import { type HeapOptions, isBufferSource, OPTION_NAMES, requireNames, type Settings, settle } from "../options.js";
import { createParts, type Parts } from "../parts.js";
import type { AnyStructType } from "../structtype.js";
import { indexOf } from "../word.js";
import type { ImageHead } from "./format.js";
import { bytesToPlace, frontOf, placeImage } from "./image.js";

export interface RestoreOptions extends HeapOptions {
  /**
   * Struct types, of whichever heap, that the image must have with the same names, fields and options. Their finalizers are those of the
   * new heap. `heap.struct(Type)` gives the new heap's own of each.
   */
  structs?: readonly AnyStructType[];
  /**
   * What handles and frames held when the image was made stays alive: the new heap has a handle of each such reference, which nobody gets
   * and nobody can release; they count, and reports of leaks have them. For tools that want to see the heap as it was; false, if not given.
   */
  keepHandles?: boolean;
}

/** The handles of heaps that were restored with `keepHandles`, so that the engine does not collect them. */
const KEPT = new WeakMap<Objects, readonly Handle[]>();

/**
 * See {@link Heap.restore}.
 *
 * @throws ImageError, MemoryError, TypeError, RangeError, and no heap was made
 */
export async function restoreParts(given: Uint8Array | ArrayBuffer, options: RestoreOptions = {}): Promise<Parts> {
  const image = bytesOf(given);
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Heap.restore: options must be an object, not ${show(options)}`);
  }
  requireNames("Heap.restore", "option", options, [...OPTION_NAMES, "structs", "keepHandles"]);
  const { structs = [], keepHandles = false, ...rest } = options;
  requireStructs(structs);
  if (typeof keepHandles !== "boolean") {
    throw new TypeError(`Heap.restore: keepHandles must be true or false, not ${show(keepHandles)}`);
  }
  const front = frontOf(image);
  const { head } = front;
  const settings = settleFor(head, rest);
  const running = await makeCore(settings);
  placeImage(running.core, running.memory, image, front);
  const parts = createParts(running, { ...settings, gc: rest.gc ?? {} });
  parts.gil.run(() => {
    try {
      parts.structs.bind(structs);
    } catch (cause) {
      parts.engine.dispose();
      if (!(cause instanceof TypeError)) throw cause;
      throw new ImageError("IMAGE_MISMATCH", `Heap.restore: ${cause.message}`, { cause });
    }
    if (keepHandles) {
      const kept = Array.from(head.held, (address) => parts.objects.adopt(address));
      KEPT.set(parts.objects, kept);
    } else {
      for (const address of head.held) parts.objects.decref(indexOf(address));
    }
  });
  return parts;
}

function requireStructs(structs: unknown): void {
  if (!Array.isArray(structs)) {
    throw new TypeError(`Heap.restore: structs must be an array of struct types, not ${show(structs)}`);
  }
  for (const [index, type] of structs.entries()) {
    if (structOf(type) !== undefined) continue;
    throw new TypeError(`Heap.restore: structs[${index}] must be a struct type, not ${show(type)}`);
  }
}

/** The options of a heap that is as the image says, in memory that is long enough. */
function settleFor(head: ImageHead, options: HeapOptions): Settings {
  const settings = settle({ debug: head.debug, ...options });
  if (options.debug !== undefined && options.debug !== head.debug) {
    throw new ImageError(
      "IMAGE_MISMATCH",
      `Heap.restore: the image is of a heap with debug: ${head.debug}, which cannot be changed; leave the option out`,
    );
  }
  const { maximumPages } = settings;
  if (head.memoryEnd > maximumPages * WASM_PAGE_BYTES) {
    throw new MemoryError(
      "NO_MEMORY",
      head.memoryEnd,
      `Heap.restore: the heap has ${head.memoryEnd} bytes of memory; raise maximumMemory, which is ${maximumPages * WASM_PAGE_BYTES}`,
    );
  }
  const pages = Math.ceil(bytesToPlace(head) / WASM_PAGE_BYTES);
  return {
    ...settings,
    debug: head.debug,
    initialPages: Math.max(settings.initialPages, pages),
    maximumPages: Math.max(maximumPages, pages),
  };
}

function bytesOf(given: unknown): Uint8Array {
  if (isBufferSource(given)) {
    return ArrayBuffer.isView(given)
      ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
      : new Uint8Array(given);
  }
  throw new TypeError(`Heap.restore: the image must be a Uint8Array, not ${show(given)}`);
}
