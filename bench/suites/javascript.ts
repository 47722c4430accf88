import { Heap } from "arenaria";
import { dlmalloc, ours, thing, tlsf } from "../allocators/contestants.js";
import type { Case } from "./suite.js";

const CALLS = 1000;
const BYTES = 64;

type Loop = (malloc: (size: number) => number, free: (address: number) => unknown, count: number, size: number) => void;

/**
 * A loop of its own for each case: the engine compiles a function for what it has called so far, and one loop shared
 * by all would be compiled for none of them.
 */
function ownLoop(): Loop {
  const body = "for (let i = 0; i < count; i++) free(malloc(size));";
  return new Function("malloc", "free", "count", "size", body) as Loop;
}

/** malloc and free called from JavaScript: the exports of the modules, and the host of this project. */
export async function javascriptCases(): Promise<Case[]> {
  const exported = [ours, tlsf, dlmalloc, thing].map((contestant): Case => {
    const { malloc, free } = contestant.create().functions;
    const loop = ownLoop();
    return {
      case: `malloc + free, ${BYTES} B, called from JavaScript`,
      allocator: contestant.name,
      operations: CALLS,
      run: () => loop(malloc, free, CALLS, BYTES),
    };
  });
  const { mem } = await Heap.create();
  const address = mem.malloc(BYTES);
  const host = (name: string, code: string): Case => {
    const loop = new Function("mem", "address", "count", "size", `for (let i = 0; i < count; i++) { ${code} }`);
    return { case: name, allocator: ours.name, operations: CALLS, run: () => loop(mem, address, CALLS, BYTES) };
  };
  return [
    ...exported,
    host(`heap.mem.malloc + free, ${BYTES} B`, "mem.free(mem.malloc(size));"),
    host(`heap.mem.bytes of ${BYTES} B`, "mem.bytes(address, size);"),
    host("heap.mem.usableSize", "mem.usableSize(address);"),
  ];
}
