// Handles of strs: text in the heap.

import { Handle } from "./handle.js";

export abstract class Str extends Handle {}
