// A line for consoles, in place of the insides of what is no plain data.

/** The key of the method that Node, and others after it, print an object with. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Lets consoles print all that have this prototype as `summaryOf` says, which must not throw. */
export function defineSummary<T extends object>(prototype: T, summaryOf: (object: T) => string): void {
  Object.defineProperty(prototype, INSPECT, {
    value(this: T) {
      return summaryOf(this);
    },
  });
}

/** A name with values: `Arena { blocks: 1, bytes: 24 }`. */
export function summary(name: string, values: object): string {
  const parts = Object.entries(values).map(([key, value]) => `${key}: ${value}`);
  return `${name} { ${parts.join(", ")} }`;
}
