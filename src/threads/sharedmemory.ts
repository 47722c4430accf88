// Memory that threads share, and views of it that are there only while this thread holds the lock.

import { R_MEMORY_END, RUNTIME } from "../layout.js";
import { HeapMemory, Views } from "../memory.js";

/** Views of nothing: what is read through them is undefined. */
const NOTHING = new Views(new ArrayBuffer(0));

/** Index in a view of words of the first byte past the memory there is. */
const END_INDEX = (RUNTIME + R_MEMORY_END) >>> 2;

/** A class of its own, so that views of memory that is not shared stay what they are for the engine: written once until memory grows. */
class SharedViews extends Views {
  override get isShared(): boolean {
    return true;
  }

  /** Views what others do. */
  become(views: Views): void {
    this.i8 = views.i8;
    this.u8 = views.u8;
    this.i16 = views.i16;
    this.u16 = views.u16;
    this.i32 = views.i32;
    this.u32 = views.u32;
    this.i64 = views.i64;
    this.u64 = views.u64;
    this.f32 = views.f32;
    this.f64 = views.f64;
  }
}

/**
 * When shared memory grows, nobody's views are detached: they stay, and are too short. So whoever may have let it grow calls `catchUp`, and
 * that is after each call into the core, and when this thread has got the lock.
 */
export class SharedMemory extends HeapMemory {
  declare readonly views: SharedViews;
  /** The words at the start of memory, there at all times: those of the lock. */
  readonly firstWords: Int32Array;
  /** All of memory, as it was at the last look. */
  #all: Views;

  /** Those of this thread that are open: a thread may have several heaps at one memory. */
  static readonly #open: SharedMemory[] = [];

  /** Open at first. */
  constructor(memory: WebAssembly.Memory) {
    super(memory, new SharedViews(memory.buffer));
    this.#all = new Views(memory.buffer);
    this.firstWords = new Int32Array(memory.buffer);
  }

  /** Lets this thread at the memory. */
  open(): void {
    this.refusal = null;
    SharedMemory.#open.push(this);
    if (this.#isShort) this.#renew();
    else this.views.become(this.#all);
  }

  /** Empties the views until `open`: every use throws what `refusal` returns. */
  shut(refusal: () => Error): void {
    const open = SharedMemory.#open;
    // Nearly always the last.
    if (open.at(-1) === this) open.pop();
    else if (open.includes(this)) open.splice(open.indexOf(this), 1);
    this.refusal = refusal;
    this.views.become(NOTHING);
  }

  override close(refusal: () => Error): void {
    this.shut(refusal);
    this.#all = NOTHING;
  }

  override refresh(): void {
    if (this.refusal !== null) throw this.refusal();
    this.catchUp();
  }

  /** Makes the views again if memory has grown. */
  catchUp(): void {
    if (!this.#isShort) return;
    this.#renew();
    for (const other of SharedMemory.#open) if (other.#isShort) other.#renew();
  }

  get #isShort(): boolean {
    return (this.#all.u32[END_INDEX] as number) > this.#all.u8.length;
  }

  #renew(): void {
    // Without this, `buffer` may be the one that this thread saw last.
    this.memory.grow(0);
    this.#all = new Views(this.memory.buffer);
    if (this.refusal === null) this.views.become(this.#all);
  }
}
