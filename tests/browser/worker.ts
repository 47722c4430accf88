import { useHeap } from "./program.js";

postMessage(await useHeap());
