// What the core asks of the host, or tells it. The module imports these from "env", after the name of this file. They never throw.

// In the middle of a death or a collection; these may call the core again.

/** Runs the finalizer of an object's type. The object is alive, and all it refers to. */
export declare function finalize(object: usize): void;

/** Runs the callback of a weak reference whose referent is gone. */
export declare function callBack(ref: usize): void;

/** A weak reference with a callback dies, which will never run. */
export declare function forget(ref: usize): void;

// These must not call the core: a call is under way that has changed things by halves.

/** Memory has grown from so many pages of 64 KiB. */
export declare function grew(pages: u32): void;

/** While allocations are traced: a block is allocated, or has another size. In debug mode it is the one inside the frame. */
export declare function track(block: usize, bytes: u32): void;

/** While allocations are traced: a block is freed. It may be one that nobody was told of. */
export declare function untrack(block: usize): void;
