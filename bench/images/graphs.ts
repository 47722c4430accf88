// The graphs that are saved: in a heap, held by its globals, and as plain objects.

import { isDeepStrictEqual } from "node:util";
import type { Dict, Heap, Instance, List } from "arenaria";
import { type Json, readJson } from "../json/source.js";
import type { ImageTask } from "./task.js";

/** The name among the heap's globals of the only reference from outside. */
const ROOT = "root";

const FIELDS = { left: "self", right: "self", id: "u32", weight: "f64" } as const;
type HeapRecord = Instance<typeof FIELDS>;

/** The same record as a plain object. */
export interface PlainRecord {
  left: PlainRecord | null;
  right: PlainRecord | null;
  readonly id: number;
  readonly weight: number;
}

function weightOf(id: number): number {
  return id * 0.5;
}

/** What ids and weights of all records come to, by which a graph that came back is known. */
function sumOf(size: number): number {
  return (1.5 * size * (size - 1)) / 2;
}

/** The value of a document. */
function documentOf(file: string): Json {
  return readJson(file).value;
}

// ── in a heap ───────────────────────────────────────────────────────────────────────────────────────

/** Makes the graph of a task in a heap, and says how many records or values it has. */
export function buildInHeap(heap: Heap, task: ImageTask): number {
  if (task.kind === "document") {
    const value = documentOf(task.file);
    heap.scope(() => heap.globals.set(ROOT, heap.from(value as never)));
    return countOf(value);
  }
  const Record = heap.struct("Record", FIELDS);
  const addresses = Record.allocate(task.size);
  const at = (id: number) => addresses[id] as number;
  const record = Record.cursor();
  for (let id = 0; id < task.size; id++) {
    record.address = at(id);
    record.id = id;
    record.weight = weightOf(id);
    if (2 * id + 1 < task.size) record.left = at(2 * id + 1);
    if (2 * id + 2 < task.size) record.right = at(2 * id + 2);
  }
  heap.scope(() => heap.globals.set(ROOT, Record.at(at(0))));
  const { core } = heap;
  for (let id = 0; id < task.size; id++) core.decref(at(id));
  return task.size;
}

/** Throws unless the heap has the graph of a task. */
export function checkInHeap(heap: Heap, task: ImageTask): void {
  if (task.kind === "document") {
    const value = heap.scope(() => heap.toJS(heap.globals.get(ROOT) as Dict | List));
    if (!isDeepStrictEqual(value, documentOf(task.file))) throw new Error("the document that came back is another one");
    return;
  }
  const Record = heap.struct("Record", FIELDS);
  const record = Record.cursor();
  const open = [heap.scope(() => (heap.globals.get(ROOT) as HeapRecord).address)];
  let count = 0;
  let sum = 0;
  for (let address = open.pop(); address !== undefined; address = open.pop()) {
    record.address = address;
    count++;
    sum += record.id + record.weight;
    if (record.left !== 0) open.push(record.left);
    if (record.right !== 0) open.push(record.right);
  }
  checkTree(count, sum, task.size);
}

// ── as plain objects ────────────────────────────────────────────────────────────────────────────────

/** Makes the graph of a task, and says how many records or values it has. */
export function buildPlain(task: ImageTask): { root: unknown; records: number } {
  if (task.kind === "document") {
    const root = documentOf(task.file);
    return { root, records: countOf(root) };
  }
  const records: PlainRecord[] = [];
  for (let id = 0; id < task.size; id++) {
    const record: PlainRecord = { left: null, right: null, id, weight: weightOf(id) };
    records.push(record);
    if (id === 0) continue;
    const above = records[(id - 1) >> 1] as PlainRecord;
    if (id % 2 === 1) above.left = record;
    else above.right = record;
  }
  return { root: records[0], records: task.size };
}

/** Throws unless `root` is of the graph of a task. */
export function checkPlain(root: unknown, task: ImageTask): void {
  if (task.kind === "document") {
    if (!isDeepStrictEqual(root, documentOf(task.file))) throw new Error("the document that came back is another one");
    return;
  }
  const open = [root as PlainRecord];
  let count = 0;
  let sum = 0;
  for (let record = open.pop(); record !== undefined; record = open.pop()) {
    count++;
    sum += record.id + record.weight;
    if (record.left !== null) open.push(record.left);
    if (record.right !== null) open.push(record.right);
  }
  checkTree(count, sum, task.size);
}

function checkTree(count: number, sum: number, size: number): void {
  if (count === size && sum === sumOf(size)) return;
  throw new Error(
    `the tree that came back has ${count} of ${size} records, which come to ${sum} and not ${sumOf(size)}`,
  );
}

/** Values of a document, itself included. */
function countOf(value: Json): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + countOf(each), 1);
}
