// Symbol.dispose, also where the engine has none yet.

const symbols = Symbol as { dispose?: symbol };
symbols.dispose ??= Symbol("Symbol.dispose");

/** The key of the method that `using` calls. */
export const dispose: typeof Symbol.dispose = Symbol.dispose;
