// Handles of lists.

import { Handle } from "./handle.js";

export abstract class List extends Handle {}
