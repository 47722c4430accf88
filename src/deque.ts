// Handles of deques.

import { Handle } from "./handle.js";

export abstract class Deque extends Handle {}

export interface DequeOptions {
  /** Most items it ever has. Default: no limit. */
  readonly maxLength?: number | undefined;
}
