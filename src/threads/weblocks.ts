// Web Locks: another way in which a browser's threads hear of each other's end, also in engines without Atomics.waitAsync. Each holds a
// lock of its own for as long as it lives; the others ask for it, and get it when the thread has ended.

import { nodeProcess } from "./thread.js";

/** What threads tell each other: their number, and whether they want to know those of others. */
interface Announcement {
  readonly thread: number;
  readonly isNew: boolean;
}

/** Names of the locks that this thread holds. It never lets go of one: that would say that it has ended. */
const held = new Set<string>();

/**
 * Makes this thread's end known to others that share the memory, and calls `ended` with the number of each of them that has ended.
 * Returns what stops the latter. Does nothing in Node, where workers have events, and where there are no Web Locks.
 */
export function watchByWebLocks(identity: string, self: number, ended: (thread: number) => void): () => void {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (locks === undefined || typeof BroadcastChannel !== "function" || nodeProcess() !== null) return () => {};
  const nameOf = (thread: number) => `arenaria ${identity} ${thread}`;
  const channel = new BroadcastChannel(`arenaria ${identity}`);
  const watched = new Set([self]);
  const stopping = new AbortController();
  const announce = (isNew: boolean) => {
    if (!stopping.signal.aborted) channel.postMessage({ thread: self, isNew } satisfies Announcement);
  };
  channel.onmessage = ({ data }: MessageEvent<Announcement>) => {
    const { thread, isNew } = data;
    // Not before it has its own lock, or the other would get that.
    if (isNew && held.has(nameOf(self))) announce(false);
    if (watched.has(thread)) return;
    watched.add(thread);
    locks.request(nameOf(thread), { signal: stopping.signal }, () => ended(thread)).catch(ignore);
  };
  if (held.has(nameOf(self))) announce(true);
  else locks.request(nameOf(self), () => hold(nameOf(self), announce)).catch(ignore);
  return () => {
    stopping.abort();
    channel.close();
  };
}

function hold(name: string, announce: (isNew: boolean) => void): Promise<never> {
  held.add(name);
  announce(true);
  return new Promise<never>(() => {});
}

/** Refused where a page may not have locks, or given up on: then it is found out in other ways. */
function ignore(): void {}
