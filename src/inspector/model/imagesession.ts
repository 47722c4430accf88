// The heap in an image.

import { Heap, partsOf } from "../../heap.js";
import type { HeapMemory } from "../../memory.js";
import type { Parts } from "../../parts.js";
import { OwnSession } from "./ownsession.js";

/** Nothing happens in it. What handles held when the image was made stays alive. */
export class ImageSession extends OwnSession {
  readonly heap: Heap;

  /** @throws what Heap.restore throws */
  static async open(image: Uint8Array, name: string): Promise<ImageSession> {
    return new ImageSession(await Heap.restore(image, { keepHandles: true }), name);
  }

  private constructor(heap: Heap, name: string) {
    super("image", name);
    this.heap = heap;
  }

  protected override handlesOf({ objects }: Parts): number {
    return objects.holds().length;
  }

  protected dispose(): void {
    this.heap[Symbol.dispose]();
  }

  protected get revision(): number {
    return 0;
  }

  protected get shown(): HeapMemory {
    return this.settled().engine.memory;
  }

  protected settled(): Parts {
    const parts = partsOf(this.heap);
    parts.engine.run((core) => core.drain());
    return parts;
  }
}
