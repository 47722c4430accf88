import type { AllocatorFunctions } from "../allocators/allocator.js";
import { projectPath, wasmModule } from "../paths.js";

/**
 * Instantiates one of the loops of bench/assembly/ for an allocator, in the allocator's own memory.
 *
 * A wasm function can only be imported under its own type, and `free` comes in two, with a status and without. Each
 * loop is compiled for both, and the one that fits is taken.
 */
export function instantiateLoop(
  name: string,
  functions: Partial<AllocatorFunctions>,
  memory: WebAssembly.Memory,
): WebAssembly.Exports {
  const { malloc, calloc, realloc, free } = functions;
  const allocator = { malloc, calloc, realloc, free, freeStatus: free } as WebAssembly.ModuleImports;
  const imports = { allocator, env: { memory } };
  try {
    return new WebAssembly.Instance(loopModule(name), imports).exports;
  } catch (error) {
    if (!(error instanceof WebAssembly.LinkError)) throw error;
    return new WebAssembly.Instance(loopModule(`${name}-status`), imports).exports;
  }
}

function loopModule(name: string): WebAssembly.Module {
  return wasmModule(projectPath("build", "bench", `${name}.wasm`));
}
