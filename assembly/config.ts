// Build switches: `asc --use CFG_…=1`. Nothing else in the core looks at how it was built.

/** Leaves out what `free` and `malloc` do against misuse, so that a benchmark can tell what it costs. Never shipped. */
// @ts-expect-error: a name the compiler may or may not be given
export const UNCHECKED: bool = isDefined(CFG_UNCHECKED);
