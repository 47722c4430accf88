// Objects that no root leads to: parts of cycles that the next collection finds.

import type { ObjectAddress } from "../address.js";
import { WEAK } from "./links.js";
import type { ObjectGraph } from "./objectgraph.js";

/**
 * Objects that, together with the roots, lead to all there are; none if roots lead to everything. Taken in the order of addresses, each that
 * no root and no one before leads to: so of a cycle there is at least one, and there may be one more for what leads to it.
 */
export function strays(graph: ObjectGraph): ObjectAddress[] {
  const addresses = graph.addresses();
  const isReached = new Uint8Array(addresses.length);
  /** Numbers of objects that were reached, and whose references are still to be followed. */
  const open = new Uint32Array(addresses.length);
  let top = 0;
  const reach = (address: ObjectAddress): void => {
    const number = graph.numberOf(address);
    if (isReached[number] !== 0) return;
    isReached[number] = 1;
    open[top++] = number;
  };
  const follow = (): void => {
    while (top > 0) {
      graph.links(addresses[open[--top] as number] as ObjectAddress, (link, _, to) => {
        if (link < WEAK) reach(to);
      });
    }
  };
  graph.roots((_group, _name, to) => reach(to));
  follow();
  const found: ObjectAddress[] = [];
  for (let number = 0; number < addresses.length; number++) {
    if (isReached[number] !== 0) continue;
    const address = addresses[number] as ObjectAddress;
    found.push(address);
    reach(address);
    follow();
  }
  return found;
}
