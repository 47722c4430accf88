// Images of a heap: saved and loaded as programs do it, and piece by piece.

import { Heap } from "arenaria";
import { timeOf } from "./clock.js";
import { buildInHeap, checkInHeap } from "./graphs.js";
import {
  bytesToPlace,
  frontOf,
  type HeapMemory,
  headBytes,
  type ImageHead,
  MemoryOfHeap,
  makeCore,
  placeImage,
  RUNTIME_END,
  RUNTIME_START,
  settle,
  usedRuns,
} from "./internals.js";
import type { GraphFacts, ImageTask, OurPart, RoundTimes } from "./task.js";

/** Bytes that are copied and summed in one go, as the library does. */
const PIECE_BYTES = 2 ** 18;
/** A byte of each of these is written to touch memory. */
const PAGE_BYTES = 4096;
const WASM_PAGE_BYTES = 65536;

/** A memory with a core in it. */
type Place = Awaited<ReturnType<typeof makeCore>>;

/** A heap with a graph, and an image of it. */
export class OurImages {
  readonly #heap: Heap;
  readonly #task: ImageTask;
  readonly #records: number;
  readonly #image: Uint8Array;
  readonly #head: ImageHead;
  /** Bytes that are overwritten with an image; every page of them has been written to. */
  readonly #touched: Uint8Array;

  private constructor(heap: Heap, task: ImageTask, records: number) {
    this.#heap = heap;
    this.#task = task;
    this.#records = records;
    this.#image = heap.snapshot();
    this.#head = frontOf(this.#image).head;
    this.#touched = this.#image.slice();
  }

  /** Makes the graph, its image, and a heap of that, and makes sure that it has the graph. */
  static async open(task: ImageTask): Promise<OurImages> {
    const heap = await Heap.create();
    const records = buildInHeap(heap, task);
    heap.gc.collect();
    const images = new OurImages(heap, task, records);
    await images.#check();
    return images;
  }

  facts(): GraphFacts {
    return { bytes: this.#image.length, records: this.#records };
  }

  /** Every part, each for that many milliseconds, or once if it takes longer. */
  async round(milliseconds: number): Promise<RoundTimes<OurPart>> {
    const image = this.#image;
    const head = this.#head;
    const { core } = this.#heap;
    const memory = new MemoryOfHeap(this.#heap.memory);
    const time = (run: () => unknown) => timeOf({ run }, milliseconds);
    const save = await time(() => this.#heap.snapshot());
    const load = await time(() => Heap.restore(image));
    const saveInto = await time(() => this.#heap.snapshot(this.#touched));
    const prepare = () => touchedPlace(head);
    const run = (place: Place) => placeImage(place.core, place.memory, image, frontOf(image));
    const loadTouched = await timeOf({ prepare, run }, milliseconds);
    const pages = await time(() => pagesOf(core, memory));
    const place = await touchedPlace(head);
    placeImage(place.core, place.memory, image, frontOf(image));
    return {
      save,
      load,
      "save into": saveInto,
      "load, touched": loadTouched,
      pages,
      verify: await time(() => verifyPlaced(place, head)),
      checksum: await time(() => sumRuns(place, head)),
      copy: await time(() => copyRuns(image, place, head)),
      "first touch": await timeOf({ prepare: () => freshPlace(head), run: touch }, milliseconds),
    };
  }

  async #check(): Promise<void> {
    const restored = await Heap.restore(this.#image);
    restored.verify();
    checkInHeap(restored, this.#task);
  }
}

/** Tidies up and finds out what an image has to have. */
function pagesOf(core: Heap["core"], memory: HeapMemory): void {
  core.tidy();
  usedRuns(memory);
}

/** A memory as Heap.restore makes it. */
function freshPlace(head: ImageHead): Promise<Place> {
  const bytes = Math.ceil(bytesToPlace(head) / WASM_PAGE_BYTES) * WASM_PAGE_BYTES;
  return makeCore(settle({ initialMemory: Math.max(bytes, 2 ** 20) }));
}

/** The same, of which every page has been written to. */
async function touchedPlace(head: ImageHead): Promise<Place> {
  const place = await freshPlace(head);
  place.memory.bytes.fill(0);
  return place;
}

function touch({ memory }: Place): void {
  const { bytes } = memory;
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) bytes[at] = 0;
}

function* piecesOf({ runs }: ImageHead): Generator<{ address: number; bytes: number }> {
  for (const run of runs) {
    const end = run.address + run.bytes;
    for (let address = run.address; address < end; address += PIECE_BYTES) {
      yield { address, bytes: Math.min(PIECE_BYTES, end - address) };
    }
  }
}

function copyRuns(image: Uint8Array, { memory }: Place, head: ImageHead): void {
  let at = headBytes(head) + RUNTIME_END - RUNTIME_START;
  for (const { address, bytes } of piecesOf(head)) {
    memory.bytes.set(image.subarray(at, at + bytes), address);
    at += bytes;
  }
}

function sumRuns({ core }: Place, head: ImageHead): void {
  core.checksumBegin();
  for (const { address, bytes } of piecesOf(head)) core.checksumAdd(address, bytes);
  core.checksumEnd();
}

function verifyPlaced({ core }: Place, { memoryEnd, held }: ImageHead): void {
  const rule = core.verifyImage(memoryEnd, held.length);
  if (rule !== 0) throw new Error(`invariant ${rule} does not hold in what was loaded`);
}
