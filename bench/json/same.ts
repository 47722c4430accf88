// Whether two JSON values are the same, down to the order of keys.

import type { Json } from "./source.js";
import { pathOf } from "./survey.js";

type Way = Parameters<typeof pathOf>[0];

/** The first place where `found` is not what is wanted, as a sentence; null if there is none. */
export function differenceOf(found: unknown, wanted: Json): string | null {
  const open: { found: unknown; wanted: Json; way: Way }[] = [{ found, wanted, way: null }];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const { found, wanted, way: before } = pair;
    const differs = (what: string) => `value${pathOf(before)}: ${what}`;
    if (typeof wanted !== "object" || wanted === null) {
      if (!Object.is(found, wanted)) return differs(`is ${show(found)} and should be ${show(wanted)}`);
    } else if (typeof found !== "object" || found === null || Array.isArray(found) !== Array.isArray(wanted)) {
      return differs(`is ${show(found)} and should be ${Array.isArray(wanted) ? "an array" : "an object"}`);
    } else if (Array.isArray(wanted)) {
      const items = found as unknown[];
      if (items.length !== wanted.length) return differs(`has ${items.length} items and should have ${wanted.length}`);
      for (const [step, item] of wanted.entries())
        open.push({ found: items[step], wanted: item, way: { step, before } });
    } else {
      const [keys, wantedKeys] = [Object.keys(found), Object.keys(wanted)];
      const wrong = wantedKeys.findIndex((key, i) => key !== keys[i]);
      if (wrong !== -1) return differs(`key ${wrong} is ${show(keys[wrong])} and should be ${show(wantedKeys[wrong])}`);
      if (keys.length > wantedKeys.length) return differs(`has a key too many, ${show(keys[wantedKeys.length])}`);
      for (const [step, item] of Object.entries(wanted)) {
        open.push({ found: (found as Record<string, unknown>)[step], wanted: item, way: { step, before } });
      }
    }
  }
  return null;
}

/** A value in a few words. */
function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
