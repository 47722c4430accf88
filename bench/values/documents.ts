// A JSON document of a megabyte as a server might answer it: records alike, with text, numbers and lists in them.

import type { Json } from "../json/source.js";
import { picker } from "../objects/graph.js";

const WORDS = "amber birch cedar delta ember fjord grove heron islet juniper kelp larch meadow north otter pine".split(
  " ",
);

/** Its text. A record is some 250 bytes. */
export function recordsText(records: number): string {
  const pick = picker();
  const word = () => WORDS[pick(WORDS.length)] as string;
  const words = (count: number) => Array.from({ length: count }, word).join(" ");
  const list = Array.from({ length: records }, (_, id): Json => {
    const name = `${word()} ${word()}`;
    return {
      id,
      name,
      mail: `${name.replace(" ", ".")}${id}@example.org`,
      active: pick(3) > 0,
      balance: pick(10_000_000) / 100,
      city: pick(8) === 0 ? "Malmö" : "Århus",
      tags: Array.from({ length: pick(4) }, word),
      place: { latitude: pick(180_000) / 1000 - 90, longitude: pick(360_000) / 1000 - 180 },
      parent: id === 0 ? null : pick(id),
      note: pick(4) === 0 ? `“${words(20)}”` : words(3),
    };
  });
  return JSON.stringify(list);
}
