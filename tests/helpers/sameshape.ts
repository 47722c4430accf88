// Whether two values of plain data have the same shape: equal leaves, and the same parts shared in both, cycles included.

/** Where they differ, as a path; null if they do not. */
export function differenceOf(left: unknown, right: unknown): string | null {
  const partners = new Map<unknown, unknown>();
  const taken = new Set<unknown>();
  const waiting: [unknown, unknown, string][] = [[left, right, "value"]];
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const [a, b, path] = pair;
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
      if (!Object.is(a, b)) return path;
      continue;
    }
    if (partners.has(a) || taken.has(b)) {
      if (partners.get(a) !== b) return `${path} (shared in one of the two only)`;
      continue;
    }
    partners.set(a, b);
    taken.add(b);
    const parts = [partsOf(a), partsOf(b)] as const;
    if (parts[0].length !== parts[1].length || a.constructor !== b.constructor) return path;
    parts[0].forEach((part, i) => {
      waiting.push([part, parts[1][i], path.length > 200 ? path : `${path}/${i}`]);
    });
  }
  return null;
}

/** Everything inside, in order. */
function partsOf(value: object): unknown[] {
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value)) return [...(value as Uint8Array)];
  return Array.isArray(value) ? value : Object.entries(value).flat();
}
