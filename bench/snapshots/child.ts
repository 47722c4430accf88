// node --expose-gc child.js WHO
// A process in which nothing lives but one graph, of which snapshots are written.

import { answer } from "../objects/answer.js";
import type { SnapshotTask } from "./task.js";
import { openOurs, openPlain, timesOf, type Writer } from "./writers.js";

const WHO: Readonly<Record<string, (task: SnapshotTask) => Writer | Promise<Writer>>> = {
  ours: openOurs,
  engine: openPlain,
};

const open = WHO[process.argv[2] ?? ""];
if (open === undefined) throw new Error(`nobody of the name ${process.argv[2]} writes snapshots`);
let writer: Writer | null = null;
await answer({
  /** Makes the graph of a task. */
  begin: async (task: SnapshotTask) => {
    writer = await open(task);
  },
  /** Writes a snapshot, and says what that took. */
  round: () => (writer === null ? null : timesOf(writer)),
});
