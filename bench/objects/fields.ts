// node --expose-gc fields.js TYPES
// A process that knows as many types of records as that, and no others.

import { answer, collectJavaScript } from "./answer.js";
import { fieldWork } from "./fieldwork.js";
import { sample } from "./work.js";

const work = await fieldWork(Number(process.argv[2]));

await answer({
  list: () => work.map(({ access, by }) => ({ access, by })),
  /** Nanoseconds an access. */
  sample: (index: number, milliseconds: number) => {
    const chosen = work[index];
    if (chosen === undefined) throw new Error(`there is no work of the number ${index}`);
    // What others left behind should not be collected in this one's time. The engine then forgets code that was not used
    // lately, and has to optimize it again.
    collectJavaScript();
    sample(chosen, milliseconds);
    return sample(chosen, milliseconds);
  },
});
