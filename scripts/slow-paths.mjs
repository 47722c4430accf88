// asc transform: functions whose names end in "Slow" stay functions of their own. Binaryen would otherwise fold what is
// called from one place into its caller, and the fast paths would carry the frames and spills of the slow ones.
export default class SlowPaths {
  /** @param {import("assemblyscript").Module} module */
  afterCompile(module) {
    // asc makes every transform inherit from its own class, which has it.
    const { binaryen } = /** @type {any} */ (this);
    binaryen.setPassArgument("no-inline", "*Slow");
    module.runPasses(["no-inline"]);
  }
}
