// A line for each collection, as V8's --trace-gc prints them.

import { grouped } from "../grouped.js";
import type { CollectionEvent, GrowthEvent, HeapEvent } from "./heapevents.js";
import { type EventSource, type Listening, listenTo } from "./recording.js";

/** Bytes of the megabytes in a line, which are V8's. */
const MB = 2 ** 20;

/**
 * Prints a line for each collection of a heap and each growth of its memory, until it is stopped: process and number of the heap,
 * milliseconds since the program began, megabytes in use and (reserved) before and after, objects collected of those examined,
 * and how long it took.
 *
 *     [4711:1] 1234 ms: arenaria gen 2 (automatic) 4.8 (5.8) -> 4.3 (5.8) MB, 12,345 of 45,678 objects, 4.62 ms
 *
 * `write` gets a line without its end; console.error if it is not given.
 *
 * @throws TypeError not a heap
 */
export function printCollections(
  heap: EventSource,
  write: (line: string) => void = (line) => console.error(line),
): Listening {
  return listenTo("printCollections", heap, (event) => write(lineOf(event)));
}

function lineOf(event: HeapEvent): string {
  const { process } = globalThis as { readonly process?: { readonly pid?: number } };
  const who = process?.pid === undefined ? `${event.heap}` : `${process.pid}:${event.heap}`;
  const what = event.kind === "collection" ? collectionText(event) : growthText(event);
  return `[${who}] ${event.start.toFixed(0)} ms: arenaria ${what}`;
}

function collectionText({
  generation,
  trigger,
  before,
  after,
  collected,
  candidates,
  duration,
}: CollectionEvent): string {
  const sizes = [before, after].map(({ bytes, reserved }) => `${megabytes(bytes)} (${megabytes(reserved)})`);
  const objects = `${grouped(collected)} of ${grouped(candidates)} objects`;
  return `gen ${generation} (${trigger}) ${sizes.join(" -> ")} MB, ${objects}, ${duration.toFixed(2)} ms`;
}

function growthText({ before, after, arenas }: GrowthEvent): string {
  return `memory ${megabytes(before)} -> ${megabytes(after)} MB, ${arenas} arena${arenas === 1 ? "" : "s"}`;
}

/** Of little, a digit more. */
function megabytes(bytes: number): string {
  return (bytes / MB).toFixed(bytes < MB ? 2 : 1);
}
