// Starts the worker and hands on what it finds.
import type { Findings } from "./program.js";

function useHeapInWorker(): Promise<Findings> {
  return new Promise((resolve, reject) => {
    const worker = new Worker("/bundle/worker.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`worker: ${message}`));
  });
}

Object.assign(window, { useHeap: useHeapInWorker });
