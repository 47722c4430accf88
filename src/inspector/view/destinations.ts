// Where the view has to be for a target to be seen well.

import type { Session } from "../model/session.js";
import type { Box, Camera } from "./camera.js";
import type { View } from "./flight.js";
import { scaleForBlocks, type Target, type Targets } from "./targets.js";

/** A tile as a whole, a pool so that its blocks can be told apart, a block with those around it. */
export function viewOn(target: Target, camera: Camera, session: Session, targets: Targets): View {
  const box = targets.boxOf(target);
  switch (target.kind) {
    case "tile":
      return camera.viewOf(box, 28);
    case "page": {
      const capacity = session.map.capacity[target.page] as number;
      if (capacity === 0) return camera.viewOf(around(box, 3), 16);
      const view = camera.viewOf(box, 16);
      return view.scale >= scaleForBlocks(capacity) ? view : camera.viewOf(box, 4);
    }
    case "chunk":
      return camera.viewOf(around(box, 1.4), 16);
    case "block":
      return camera.viewOf(around(box, 4), 0);
  }
}

/** A box with the same middle, so many times as large. */
function around(box: Box, factor: number): Box {
  return {
    x: box.x - (box.width * (factor - 1)) / 2,
    y: box.y - (box.height * (factor - 1)) / 2,
    width: box.width * factor,
    height: box.height * factor,
  };
}
