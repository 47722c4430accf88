// Handles of bytess.

import { Handle } from "./handle.js";

export abstract class Bytes extends Handle {}
