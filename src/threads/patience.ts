// How long threads wait for the lock, and for what. Intervals are the switch interval in microseconds, all else is milliseconds.

/** A wait is at most so long, however long the interval: whoever was woken may not want the lock any more, and the holder may have ended. */
const SLEEP_MS = 50;
/** A thread that was asked to let go waits behind those that let go by themselves, but not for more than so many intervals or milliseconds. */
const BEHIND_INTERVALS = 20;
const BEHIND_MS = 200;
/** A thread that was asked to let go waits at most for so long that another takes the lock: whoever asked may have ended. */
export const GIVE_WAY_MS = 20;
/** The holder is asked for a sign of life when it has not let go for so many milliseconds, then after twice as many, and so on. */
const PROBE_AFTER_MS = 25;
const PROBE_DOUBLINGS = 12;

/** What a thread that waits knows of the holder. */
export interface Since {
  readonly holder: number;
  readonly switches: number;
  /** When this thread first saw the two together, in milliseconds of `performance.now()`. */
  readonly time: number;
  /** When it began to wait. */
  readonly began: number;
}

/** Until it is time to ask for the lock, and then another interval. */
export function sleepMs({ time }: Since, interval: number): number {
  const left = time + interval / 1000 - performance.now();
  return Math.min(SLEEP_MS, left > 0 ? left : interval / 1000);
}

export function behindMs(interval: number): number {
  return Math.min(BEHIND_MS, (BEHIND_INTERVALS * interval) / 1000);
}

/** `probes` is how often the holder was asked already. */
export function probeAfterMs(probes: number): number {
  return PROBE_AFTER_MS * 2 ** Math.min(probes, PROBE_DOUBLINGS);
}
