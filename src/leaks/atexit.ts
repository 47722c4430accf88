// The option `leaks`: what is left when a heap is disposed of goes to whoever wants to know.

import type { ReportUnraisable } from "../unraisable.js";
import type { LeakOption } from "./leakreport.js";
import { findLeaks } from "./leaks.js";
import type { LeakSources } from "./leaksources.js";

/** What the end of a heap calls when names are gone and what nobody holds is collected; null without the option. Throws nothing. */
export function leakTeller(
  option: LeakOption | undefined,
  sources: LeakSources,
  report: ReportUnraisable,
): (() => void) | null {
  if (option === undefined) return null;
  return () => {
    try {
      const leaks = findLeaks(sources, "Left when the heap was disposed of");
      if (leaks.isEmpty) return;
      if (option === "warn") console.warn(leaks.toString());
      else option(leaks);
    } catch (error) {
      report(error, "Exception ignored while telling of leaks", "the option leaks");
    }
  };
}
