// Errors that nobody up the stack could catch: what a callback threw in the middle of something that must go on.

/** An error thrown by a callback of the program. */
export interface UnraisableEvent {
  readonly error: unknown;
  /** What was ignored, such as "Exception ignored while calling GC callback". */
  readonly message: string;
  /** What threw, such as "gc.callbacks[0] (onStop)". */
  readonly object: string;
}

/** Hands an error over, and does not throw. */
export type ReportUnraisable = (error: unknown, message: string, object: string) => void;

/**
 * The way errors of a heap's callbacks go: to `handler`, or without one to the engine's `reportError`, as the `cause` of an Error
 * that says what threw, or where there is none to `console.error`. What `handler` itself throws goes the second way, after the error it was to handle.
 */
export function createUnraisable(handler?: (event: UnraisableEvent) => void): ReportUnraisable {
  if (handler === undefined) return print;
  return (error, message, object) => {
    try {
      handler({ error, message, object });
    } catch (thrown) {
      print(error, message, object);
      print(thrown, "Exception ignored in", "onUnraisable");
    }
  };
}

function print(error: unknown, message: string, object: string): void {
  const line = `${message}: ${object}`;
  if (typeof globalThis.reportError === "function") globalThis.reportError(new Error(line, { cause: error }));
  else console.error(line, error);
}
