// The collections of a session, the newest of them.

import type { CollectionRecord, Collections } from "./session.js";

const RECORDS_MAX = 10_000;
/** Dropped at a time, so that not each new record moves all others. */
const DROPPED_AT_ONCE = 1000;

export class CollectionList implements Collections {
  readonly records: CollectionRecord[] = [];
  dropped = 0;
  version = 0;

  add(record: CollectionRecord): void {
    if (this.records.length === RECORDS_MAX + DROPPED_AT_ONCE) {
      this.records.splice(0, DROPPED_AT_ONCE);
      this.dropped += DROPPED_AT_ONCE;
    }
    this.records.push(record);
    this.version++;
  }
}
