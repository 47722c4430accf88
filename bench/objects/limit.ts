// What the project wants to reach, and whether a figure does. Figures are judged here and not in tests: they depend on the
// machine, and on what else it does.

/** A figure beside what it should not be above, or below. */
export interface Limit {
  /** Not a number: nothing to judge. */
  readonly value: number;
  readonly most?: number;
  readonly least?: number;
  /** Unit and what it is of, as it follows a number. */
  readonly unit: string;
}

/** Two columns of a row: empty without a limit. */
export interface Judged {
  readonly limit: string | null;
  readonly met: boolean | null;
}

/** Judges a row by all limits that can be. */
export function judge(limits: readonly Limit[]): Judged {
  const possible = limits.filter(({ value }) => !Number.isNaN(value));
  if (possible.length === 0) return { limit: null, met: null };
  const words = possible.flatMap(({ most, least, unit }) => [
    ...(most === undefined ? [] : [`≤ ${most} ${unit}`]),
    ...(least === undefined ? [] : [`≥ ${least} ${unit}`]),
  ]);
  const isMet = ({ value, most = Infinity, least = -Infinity }: Limit) => value <= most && value >= least;
  return { limit: words.join(", "), met: possible.every(isMet) };
}
