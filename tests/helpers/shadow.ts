// A heap and what must be true of it, kept up by hand: which bytes belong to whom, and what stands in them. Knows the
// core only by its calls.
import { FRAME_BYTES, HEAP_START, REQUEST_MAX } from "../../src/layout.js";
import { NO_MEMORY, OK } from "../../src/status.js";
import type { CoreHeap, DomainName } from "./core.js";
import { Intervals } from "./intervals.js";
import { Random } from "./random.js";

/** Longest block whose contents are looked at. */
const PATTERN_BYTES = 4 * 2 ** 20;
/** How far apart the contents of two blocks can begin in PATTERN; a prime. */
const PATTERN_STARTS = 65_521;
const PATTERN = Buffer.alloc(PATTERN_BYTES + PATTERN_STARTS);
const ZEROS = Buffer.alloc(PATTERN_BYTES);

const random = new Random(1);
for (let at = 0; at + 4 <= PATTERN.length; at += 4) PATTERN.writeUInt32LE(random.next(), at);

export interface Block {
  address: number;
  /** Bytes asked for. */
  size: number;
  /** Bytes owned. */
  usable: number;
  readonly domain: DomainName;
  /** Where in PATTERN its contents begin. */
  pattern: number;
  /** Place in `live`. */
  index: number;
}

export class Shadow {
  readonly heap: CoreHeap;
  readonly live: Block[] = [];
  /** Bytes asked for, in all live blocks. */
  bytes = 0;
  /** Most of that at a time. */
  peakBytes = 0;
  /** Calls that found no memory. */
  failures = 0;
  readonly #owned: Intervals;
  readonly #at = new Map<number, Block>();
  #blocks = 0;
  #view: Buffer;

  /** @param limit the heap has no more bytes than this */
  constructor(heap: CoreHeap, limit: number) {
    this.heap = heap;
    this.#owned = new Intervals(limit);
    this.#view = Buffer.from(heap.memory.memory.buffer);
  }

  /** A new block, or null when the heap says that there is no memory. */
  malloc(domain: DomainName, size: number): Block | null {
    return this.#enter(this.heap.in(domain).malloc(size), domain, size);
  }

  calloc(domain: DomainName, count: number, size: number): Block | null {
    return this.#enter(this.heap.in(domain).calloc(count, size), domain, count * size, true);
  }

  /** False when the heap says that there is no memory; the block is as it was then. */
  realloc(block: Block, size: number): boolean {
    const calls = this.heap.in(block.domain);
    const address = calls.realloc(block.address, size);
    if (address === 0) {
      this.#refused(size);
      this.#check(block, block.usable);
      return false;
    }
    this.#disown(block);
    this.bytes += size - block.size;
    const kept = Math.min(block.size, size);
    block.address = address;
    block.size = size;
    this.#own(block);
    this.#check(block, kept);
    this.#fill(block);
    return true;
  }

  free(block: Block): void {
    this.#check(block, block.usable);
    this.#disown(block);
    this.bytes -= block.size;
    const last = this.live.pop() as Block;
    if (last !== block) this.live[block.index] = Object.assign(last, { index: block.index });
    const status = this.heap.in(block.domain).free(block.address);
    if (status !== OK) throw new Error(`free(${show(block)}) has status ${status}`);
  }

  /** The contents of all live blocks, and what the heap says of their sizes. */
  checkAll(): void {
    for (const block of this.live) {
      this.#check(block, block.usable);
      const usable = this.heap.in(block.domain).usableSize(block.address);
      if (usable !== block.usable) throw new Error(`usableSize(${show(block)}) has become ${usable}`);
    }
  }

  freeAll(): void {
    while (this.live.length > 0) this.free(this.live.at(-1) as Block);
  }

  /** The live block of the domain that begins at an address; null if none does. */
  ownerOf(domain: DomainName, address: number): Block | null {
    const block = this.#at.get(address);
    if (block === undefined) return null;
    const same = this.heap.debug ? block.domain === domain : (block.domain === "raw") === (domain === "raw");
    return same ? block : null;
  }

  /** Frees and resizes an address that is no live block of the domain, and throws if the heap does either. */
  misuse(domain: DomainName, address: number): void {
    const calls = this.heap.in(domain);
    if (calls.free(address) === OK || calls.realloc(address, 100) !== 0 || calls.usableSize(address) !== 0) {
      throw new Error(`0x${address.toString(16)} passed for a ${domain} block`);
    }
  }

  #enter(address: number, domain: DomainName, size: number, zeroed = false): Block | null {
    if (address === 0) {
      this.#refused(size);
      return null;
    }
    const block = { address, size, usable: 0, domain, pattern: 0, index: this.live.length };
    this.bytes += size;
    this.#own(block);
    if (zeroed) {
      const { view } = this;
      const end = Math.min(size, PATTERN_BYTES);
      if (ZEROS.compare(view, address, address + end, 0, end) !== 0)
        throw new Error(`calloc: ${show(block)} is not zero`);
    }
    this.#fill(block);
    this.live.push(block);
    return block;
  }

  #refused(size: number): void {
    this.failures++;
    const status = this.heap.core.lastStatus();
    if (status !== NO_MEMORY) throw new Error(`a call for ${size} bytes failed with status ${status}`);
  }

  #own(block: Block): void {
    const { heap } = this;
    block.usable = heap.in(block.domain).usableSize(block.address);
    const start = heap.block(block.address);
    const end = block.address + block.usable + (heap.debug ? 4 : 0);
    const alignment = block.domain === "raw" ? 16 : 8;
    if (start % alignment !== 0) throw new Error(`${show(block)} is not aligned to ${alignment}`);
    if (block.usable < block.size || (heap.debug && block.usable !== block.size)) {
      throw new Error(`${show(block)} can hold ${block.usable} bytes`);
    }
    if (block.size > REQUEST_MAX - (heap.debug ? FRAME_BYTES : 0))
      throw new Error(`${show(block)} is larger than allowed`);
    if (start < HEAP_START || end > this.view.length) throw new Error(`${show(block)} lies outside the heap`);
    const other = this.#owned.overlapping(start, end);
    if (other >= 0) throw new Error(`${show(block)} overlaps the block at 0x${other.toString(16)}`);
    this.#owned.own(start, end);
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
    this.#at.set(block.address, block);
  }

  #disown(block: Block): void {
    if (!this.#owned.disown(this.heap.block(block.address))) throw new Error(`${show(block)} is owned by nobody`);
    this.#at.delete(block.address);
  }

  #fill(block: Block): void {
    block.pattern = (++this.#blocks * 61) % PATTERN_STARTS;
    PATTERN.copy(this.view, block.address, block.pattern, block.pattern + Math.min(block.usable, PATTERN_BYTES));
  }

  /** The first `bytes` bytes are what was last written there. */
  #check(block: Block, bytes: number): void {
    const end = Math.min(bytes, PATTERN_BYTES);
    const { address, pattern } = block;
    const { view } = this;
    if (end === 0 || PATTERN.compare(view, address, address + end, pattern, pattern + end) === 0) return;
    let at = 0;
    while (view[address + at] === PATTERN[pattern + at]) at++;
    throw new Error(`byte ${at} of ${show(block)} was overwritten`);
  }

  /** All of memory, made anew after growth. */
  get view(): Buffer {
    if (this.#view.length === 0) this.#view = Buffer.from(this.heap.memory.memory.buffer);
    return this.#view;
  }
}

function show({ address, size, domain }: Block): string {
  return `${domain} block 0x${address.toString(16)} of ${size} bytes`;
}
