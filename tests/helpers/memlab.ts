// Heap snapshots as memlab reads them: a reader, and dominators, that are not ours.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { analysis, config, type IHeapSnapshot, utils } from "@memlab/core";

/** Reads a snapshot, and has the retained size of each node computed. */
export async function loadInMemlab(pieces: Iterable<string>): Promise<IHeapSnapshot> {
  config.muteConsole = true;
  config.isTest = true;
  config.verbose = false;
  const directory = mkdtempSync(join(tmpdir(), "snapshot-"));
  try {
    const file = join(directory, "heap.heapsnapshot");
    writeFileSync(file, "");
    for (const piece of pieces) writeFileSync(file, piece, { flag: "a" });
    const snapshot = await utils.getSnapshotFromFile(file, { buildNodeIdIndex: true, verbose: false });
    analysis.preparePathFinder(snapshot);
    return snapshot;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
