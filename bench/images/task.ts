// What heap is saved and loaded, and what of it is timed. Names are the same in all processes.

/** What is in the heap, or in JavaScript's. */
export type ImageTask =
  /** A binary tree of so many records, built level by level. */
  | { readonly kind: "records"; readonly size: number }
  /** What a JSON file says, as lists and dicts. */
  | { readonly kind: "document"; readonly file: string };

/** What a heap is timed at, each a number of milliseconds. */
export const OUR_PARTS = [
  /** heap.snapshot() and Heap.restore() as programs call them: in memory that nobody has written to before. */
  "save",
  "load",
  /** heap.snapshot(into): over an image of before. */
  "save into",
  /** What Heap.restore() does, in a memory that was written to before. */
  "load, touched",
  /** What these consist of, in memory that was written to before. */
  "pages",
  "copy",
  "checksum",
  "verify",
  /** What memory costs by itself: a byte of each page is written, for the first time, in as much memory as a load needs. */
  "first touch",
] as const;
export type OurPart = (typeof OUR_PARTS)[number];

/** The same of plain JavaScript objects. */
export const PLAIN_PARTS = ["serialize", "deserialize", "clone"] as const;
export type PlainPart = (typeof PLAIN_PARTS)[number];

/** What a process says once it has the graph. */
export interface GraphFacts {
  /** Bytes of the image, or of what v8.serialize makes. */
  readonly bytes: number;
  /** Records, or values of a document. */
  readonly records: number;
}

/** Milliseconds of each part in one round. */
export type RoundTimes<Part extends string> = Readonly<Record<Part, number>>;
