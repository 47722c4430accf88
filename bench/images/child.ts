// node --expose-gc child.js WHO
// A process in which nothing lives but one graph, and what is made of it.

import { answer } from "../objects/answer.js";
import { OurImages } from "./ours.js";
import { PlainImages } from "./plain.js";
import type { ImageTask } from "./task.js";

type Images = OurImages | PlainImages;

const WHO: Readonly<Record<string, (task: ImageTask) => Images | Promise<Images>>> = {
  ours: OurImages.open,
  plain: (task) => new PlainImages(task),
};

const open = WHO[process.argv[2] ?? ""];
if (open === undefined) throw new Error(`there are no images of the name ${process.argv[2]}`);
let images: Images | null = null;
await answer({
  /** Makes the graph of a task, and says how large it is. */
  begin: async (task: ImageTask) => {
    images = await open(task);
    return images.facts();
  },
  /** Milliseconds of each part. */
  round: (milliseconds: number) => images?.round(milliseconds),
});
