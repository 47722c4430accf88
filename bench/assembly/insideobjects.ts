// The loops of objects.ts with this project's core compiled into the same module, as a program written in AssemblyScript
// would have it.

export * from "../../assembly/index";
export { chain, clear, counts, defineRecord, fill, pairs, replace, tree, trees } from "./objects";
