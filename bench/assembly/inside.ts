// The loops of micro.ts with this project's core compiled into the same module, as a program written in
// AssemblyScript would have it: no call leaves the module.

export { init } from "../../assembly/runtime";
export { clear, fill, grow, pairs, replace } from "./micro";
