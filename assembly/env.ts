// What the core asks of the host, in the middle of a death or a collection. The module imports these from "env", after the name of this
// file. They never throw, and may call the core again.

/** Runs the finalizer of an object's type. The object is alive, and all it refers to. */
export declare function finalize(object: usize): void;

/** Runs the callback of a weak reference whose referent is gone. */
export declare function callBack(ref: usize): void;

/** A weak reference with a callback dies, which will never run. */
export declare function forget(ref: usize): void;
