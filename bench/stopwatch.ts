/** Does something, and adds the milliseconds that it took to a list. */
export function timed<Result>(list: number[], body: () => Result): Result {
  const before = performance.now();
  const result = body();
  list.push(performance.now() - before);
  return result;
}
