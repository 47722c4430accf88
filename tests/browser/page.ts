import { useHeap } from "./program.js";

Object.assign(window, { useHeap });
