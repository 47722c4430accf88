// Handles of tuples.

import { Handle } from "./handle.js";

export abstract class Tuple extends Handle {}
