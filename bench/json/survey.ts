// Questions that can be asked of any JSON document, and one walk that answers them, whoever holds the document.

export const KINDS = ["object", "array", "string", "number", "boolean", "null"] as const;
export type Kind = (typeof KINDS)[number];

/** How many of the most frequent keys are told. */
const FREQUENT = 5;

/** Answers that do not depend on the order in which a document is walked: the same in every language. */
export interface Numbers {
  /** Values by kind. */
  readonly kinds: Readonly<Record<Kind, number>>;
  /** Values on the longest way from the root, both ends included. */
  readonly depth: number;
  /** Keys that differ. */
  readonly keys: number;
  /** How often the most frequent keys are there, the most frequent first. */
  readonly counts: readonly number[];
  /** Length of the longest string, in UTF-16 units. Keys do not count. */
  readonly longest: number;
}

/** All answers. Of those that are equally deep, frequent or long the one that is met first. */
export interface Answers extends Numbers {
  /** The longest way from the root, as JavaScript writes it: `.a[0].b`. */
  readonly path: string;
  /** The most frequent keys. */
  readonly frequent: readonly string[];
  /** The longest string. */
  readonly text: string;
}

/** How the values of a document are read where they lie. */
export interface Reader<Value> {
  kindOf(value: Value): Kind;
  items(array: Value): Iterable<Value>;
  entries(object: Value): Iterable<readonly [string, Value]>;
  /** An array or object is not needed any more. */
  done(container: Value): void;
}

/** An array or object whose contents are to be seen yet, and how it was reached. */
interface Place<Value> {
  readonly value: Value;
  readonly kind: Kind;
  readonly way: Way | null;
  readonly depth: number;
}

/** A step from a container to what is in it. */
interface Way {
  readonly step: string | number;
  readonly before: Way | null;
}

/** Walks a document and answers. The document may be nested as deeply as it likes. */
export function survey<Value>(root: Value, reader: Reader<Value>): Answers {
  const kinds = { object: 0, array: 0, string: 0, number: 0, boolean: 0, null: 0 };
  const keys = new Map<string, number>();
  const open: Place<Value>[] = [];
  let depth = 0;
  let deepest: Way | null = null;
  let text = "";
  const see = (value: Value, way: Way | null, at: number) => {
    const kind = reader.kindOf(value);
    kinds[kind]++;
    if (at > depth) {
      depth = at;
      deepest = way;
    }
    if (kind === "array" || kind === "object") open.push({ value, kind, way, depth: at });
    else if (kind === "string" && (value as string).length > text.length) text = value as string;
  };
  see(root, null, 1);
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value, kind, way: before, depth: at } = place;
    if (kind === "array") {
      let step = 0;
      for (const item of reader.items(value)) see(item, { step: step++, before }, at + 1);
    } else {
      for (const [step, item] of reader.entries(value)) {
        keys.set(step, (keys.get(step) ?? 0) + 1);
        see(item, { step, before }, at + 1);
      }
    }
    reader.done(value);
  }
  const often = [...keys].sort(([, a], [, b]) => b - a).slice(0, FREQUENT);
  return {
    kinds,
    depth,
    keys: keys.size,
    counts: often.map(([, count]) => count),
    longest: text.length,
    path: pathOf(deepest),
    frequent: often.map(([key]) => key),
    text,
  };
}

/** A way from the root as JavaScript writes it. */
export function pathOf(way: Way | null): string {
  const steps: string[] = [];
  for (let at = way; at !== null; at = at.before) {
    const { step } = at;
    if (typeof step === "number") steps.push(`[${step}]`);
    else steps.push(/^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`);
  }
  return steps.reverse().join("");
}

/** What of all answers is told by everybody. */
export function numbersOf({ kinds, depth, keys, counts, longest }: Numbers): Numbers {
  return { kinds, depth, keys, counts, longest };
}
