import { SingleBar } from "cli-progress";

/** Tells how far a long job is: a bar on a terminal, a line for each part of the job otherwise. */
export interface Progress {
  /** The next part of the job begins. */
  part(name: string): void;
  step(): void;
  end(): void;
}

export function createProgress(steps: number, terminal: boolean): Progress {
  return terminal ? bar(steps) : lines(steps);
}

function bar(steps: number): Progress {
  const single = new SingleBar({
    format: "{bar} {percentage} %  {part}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 32,
    hideCursor: true,
    clearOnComplete: true,
    // The loops never let timers run; draw at every step, but not more often than every 50 ms.
    noTTYOutput: false,
    forceRedraw: true,
  });
  single.start(steps, 0, { part: "" });
  return {
    part: (name) => single.update({ part: name }),
    step: () => single.increment(),
    end: () => single.stop(),
  };
}

function lines(steps: number): Progress {
  let done = 0;
  return {
    part: (name) => console.error(`${String(Math.floor((done / steps) * 100)).padStart(3)} %  ${name}`),
    step: () => {
      done++;
    },
    end: () => console.error("100 %"),
  };
}
