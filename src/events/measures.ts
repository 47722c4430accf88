// Collections and growth as entries of the User Timing interface, in a track of their own in the Performance panel of Chrome DevTools.

import type { CollectionEvent, GrowthEvent } from "./heapevents.js";
import { type EventSource, type Listening, listenTo } from "./recording.js";

export interface MeasureOptions {
  /** The name of the track. "Heap" and the number of the heap if not given. */
  track?: string;
  /** Tracks of one group are folded together. "arenaria" if not given. */
  trackGroup?: string;
  /**
   * Entries stay in the buffer for `performance.getEntriesByType`, which never forgets any. False if not given: observers and DevTools
   * have them, and the buffer does not grow.
   */
  keep?: boolean;
}

/** From the young to the old, as they get heavier. */
const COLORS = ["tertiary-light", "tertiary", "tertiary-dark"] as const;

/**
 * Makes every collection of a heap a `performance.measure`, and every growth of its memory one without length, until it is stopped.
 * `detail.devtools` has the form of DevTools' extensibility interface; the events themselves are `detail.arenaria`.
 *
 * Entries have names such as "arenaria 1: generation 2", with the number of the heap, and only entries of these names are cleared.
 *
 * @throws TypeError not a heap
 * @see https://developer.chrome.com/docs/devtools/performance/extension
 */
export function measureHeap(heap: EventSource, options: MeasureOptions = {}): Listening {
  return listenTo("measureHeap", heap, (event) => {
    const { trackGroup = "arenaria", keep = false } = options;
    const place = { track: options.track ?? `Heap ${event.heap}`, trackGroup };
    if (event.kind === "collection") measureCollection(event, place, keep);
    else measureGrowth(event, place, keep);
  });
}

interface Place {
  readonly track: string;
  readonly trackGroup: string;
}

function measureCollection(event: CollectionEvent, place: Place, keep: boolean): void {
  const { generation, trigger, start, duration, candidates, collected, before, after } = event;
  const name = `arenaria ${event.heap}: generation ${generation}`;
  const devtools = {
    dataType: "track-entry",
    ...place,
    color: COLORS[generation],
    tooltipText: `Generation ${generation} (${trigger}): ${collected} of ${candidates} objects collected`,
    properties: [
      ["trigger", trigger],
      ["examined", `${candidates} objects`],
      ["collected", `${collected} objects`],
      ["in use before", `${before.bytes} bytes, ${before.objects} objects`],
      ["in use after", `${after.bytes} bytes, ${after.objects} objects`],
      ["reserved", `${after.reserved} bytes`],
    ],
  };
  performance.measure(name, { start, end: start + duration, detail: { devtools, arenaria: event } });
  if (!keep) performance.clearMeasures(name);
}

function measureGrowth(event: GrowthEvent, place: Place, keep: boolean): void {
  const name = `arenaria ${event.heap}: memory grows`;
  const devtools = {
    // A mark would be drawn in DevTools' own track of timings, not in this one.
    dataType: "track-entry",
    ...place,
    color: "secondary",
    tooltipText: `Memory grows from ${event.before} to ${event.after} bytes`,
    properties: [
      ["before", `${event.before} bytes`],
      ["after", `${event.after} bytes`],
      ["arenas", `${event.arenas}`],
    ],
  };
  performance.measure(name, { start: event.start, end: event.start, detail: { devtools, arenaria: event } });
  if (!keep) performance.clearMeasures(name);
}
