// What becomes of an image that was changed: it is refused as it should be, or the heap is as good as any.
import { Handle } from "../../src/handle.js";
import { Heap, HeapError, ImageError, MemoryError, type RestoreOptions } from "../../src/index.js";
import type { Mutation } from "./imagemutations.js";
import { ImageProgram, programTypes } from "./imageprograms.js";
import { HEADER, viewOf } from "./images.js";
import type { Random } from "./random.js";

const MAXIMUM_MEMORY = 2 ** 24;
/** Operations on a heap that was accepted. */
const STEPS = 60;

export type Verdict = "refused" | "accepted";

/** Restores the image, and uses the heap if there is one; with this core, if it is given. @throws when either is not as it should be */
export async function tryImage(mutation: Mutation, random: Random, wasm?: WebAssembly.Module): Promise<Verdict> {
  const { image, sealed, same } = mutation;
  const options: RestoreOptions = { maximumMemory: MAXIMUM_MEMORY, onUnraisable: () => {}, ...(wasm && { wasm }) };
  let heap: Heap;
  try {
    heap = await Heap.restore(image, options);
  } catch (error) {
    if (same) throw new Error("an image that was not changed is refused", { cause: error });
    if (error instanceof ImageError && !isTrap(error.cause)) return "refused";
    const end = image.length >= HEADER.bytes ? viewOf(image).getUint32(HEADER.memoryEnd, true) : 0;
    if (error instanceof MemoryError && end > MAXIMUM_MEMORY) return "refused";
    throw new Error("restore throws something else than an ImageError", { cause: error });
  }
  using _ = heap;
  if (!sealed && !same) throw new Error("an image with a wrong checksum is accepted");
  heap.verify();
  lookAt(heap);
  const program = new ImageProgram(
    heap,
    programTypes(heap, () => {}),
    random,
    true,
  );
  for (let step = 0; step < STEPS; step++) program.step();
  heap.verify();
  heap.globals.clear();
  heap.gc.unfreeze();
  heap.gc.collect();
  heap.verify();
  return "accepted";
}

function isTrap(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError;
}

/** Reads all that can be read. */
function lookAt(heap: Heap): void {
  const { gc, sys } = heap;
  heap.scope(() => {
    sound(() => heap.toJS(heap.globals));
    sound(() => heap.inspect({ blocks: true }));
    sound(() => [sys.memoryUsage(), sys.debugMallocStats(), sys.getAllocatedBlocks()]);
    for (const object of gc.getObjects()) {
      sound(() => [String(object), sys.getRefCount(object), sys.getSizeOf(object), gc.isFinalized(object)]);
      sound(() => JSON.stringify(object));
      sound(() => heap.toJS(object));
      sound(() => gc.getReferents(object).filter((each) => each instanceof Handle).length);
    }
  });
}

/** What does not fit, such as bytes of no text, may throw; that the heap is not sound may not be found out. */
function sound(look: () => unknown): void {
  try {
    look();
  } catch (error) {
    if (isTrap(error) || error instanceof RangeError || (error instanceof HeapError && error.code !== "NO_MEMORY"))
      throw error;
  }
}
