import { type Chunk, chunksOf, freesOfTheRest, type Trace } from "#traces/format.js";
import type { Allocator } from "../allocators/allocator.js";
import { instantiateLoop } from "./loops.js";

/** Operations replayed in one call: many short calls, because wasm code changes to its optimized form between calls. */
export const CHUNK_OPERATIONS = 4096;
const WORD_BYTES = 4;

/** A trace cut up for replaying. */
export interface Score {
  readonly trace: Trace;
  readonly chunks: readonly Chunk[];
}

export function scoreOf(trace: Trace): Score {
  return { trace, chunks: chunksOf(trace, CHUNK_OPERATIONS) };
}

/** One replay of a trace, or of its beginning. */
export interface Round {
  /** Milliseconds spent in the loop. */
  readonly milliseconds: number;
  readonly operations: number;
  readonly failures: number;
}

/** Replays the words between two addresses; returns how many calls failed. */
type Replay = (from: number, to: number, table: number) => number;

/** Replays one trace with one allocator, as often as wanted. */
export class Player {
  readonly #allocator: Allocator;
  readonly #score: Score;
  readonly #replay: Replay;
  /** Block that holds the words of the current chunk. */
  readonly #buffer: number;
  /** Block that holds the address of each slot's block. */
  readonly #table: number;
  #view: Uint32Array;

  constructor(allocator: Allocator, score: Score) {
    this.#allocator = allocator;
    this.#score = score;
    const { functions, memory } = allocator;
    this.#replay = instantiateLoop("replay", functions, memory).replay as Replay;
    this.#buffer = functions.malloc(CHUNK_OPERATIONS * 2 * WORD_BYTES) >>> 0;
    this.#table = functions.calloc(score.trace.slots, WORD_BYTES) >>> 0;
    if (this.#buffer === 0 || this.#table === 0) throw new Error(`${allocator.name} has no room for the tables`);
    this.#view = new Uint32Array(memory.buffer);
  }

  /** Replays from the first operation on, stopping after `patience` milliseconds, and frees what is left, untimed. */
  play(patience: number): Round {
    let milliseconds = 0;
    let operations = 0;
    let failures = 0;
    let played = 0;
    for (const chunk of this.#score.chunks) {
      const end = this.#load(chunk.words);
      const start = performance.now();
      failures += this.#replay(this.#buffer, end, this.#table);
      milliseconds += performance.now() - start;
      operations += chunk.operations;
      played += chunk.words.length;
      if (milliseconds > patience) break;
    }
    this.#free(played);
    return { milliseconds, operations, failures };
  }

  /** Frees what is live after `played` words. */
  #free(played: number): void {
    const { words, slots } = this.#score.trace;
    const frees = freesOfTheRest(words.subarray(0, played), slots);
    for (let at = 0; at < frees.length; at += CHUNK_OPERATIONS) {
      this.#replay(this.#buffer, this.#load(frees.subarray(at, at + CHUNK_OPERATIONS)), this.#table);
    }
  }

  /** Copies words into the buffer; returns the address where they end. */
  #load(words: Uint32Array): number {
    if (this.#view.length === 0) this.#view = new Uint32Array(this.#allocator.memory.buffer);
    this.#view.set(words, this.#buffer >>> 2);
    return this.#buffer + words.length * WORD_BYTES;
  }
}
