// The most memory that this process has had since a moment, as Linux tells it.

import { readFileSync, writeFileSync } from "node:fs";

const KIB = 1024;

/** Sets the mark anew, and gives the bytes that the process has now; null where there is no such thing. */
export function beginPeak(): number | null {
  try {
    // The number that stands for this, see proc(5).
    writeFileSync("/proc/self/clear_refs", "5");
    return bytesOf("VmRSS");
  } catch {
    return null;
  }
}

/** The most bytes since then. */
export function peak(): number {
  return bytesOf("VmHWM");
}

function bytesOf(name: string): number {
  const line = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(readFileSync("/proc/self/status", "utf8"));
  if (line === null) throw new Error(`/proc/self/status says nothing of ${name}`);
  return Number(line[1]) * KIB;
}
