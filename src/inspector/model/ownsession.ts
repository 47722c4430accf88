// A session with a heap of its own, which nobody else uses and which goes with it.

import { HeapView } from "./heapview.js";
import type { SessionState } from "./session.js";

export abstract class OwnSession extends HeapView {
  #closed = false;

  get state(): SessionState {
    if (this.#closed) return "gone";
    return this.failure === null ? "ready" : "broken";
  }

  get stateText(): string {
    if (this.#closed) return "The session was closed.";
    return this.failure === null ? "" : `This cannot go on: ${this.failure}`;
  }

  /** What goes wrong while it plays ends the session, not the page's frames. */
  override frame(budgetMs: number): void {
    this.trying(() => super.frame(budgetMs));
  }

  async look<T>(body: () => T): Promise<T> {
    return body();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.dispose();
  }

  protected get isClosed(): boolean {
    return this.#closed;
  }

  /** Lets go of the heap. */
  protected abstract dispose(): void;
}
