// Debug mode: CPython's frame around every block (Objects/obmalloc.c, the "d" layer), drawn in layout.ts, and a quarantine.
//
// A freed block keeps its place for a while, filled with dead bytes, before the allocator has it back: a second free and a
// late write are then found for certain. In quarantine the first word links to the block freed after it.

import { capacityOf, check, free, giveBlock, malloc, takeBlock, usableSize } from "./alloc";
import { track, untrack } from "./env";
import { I_FRAME } from "./invariants";
import {
  DOMAIN_MEM,
  DOMAIN_OBJ,
  DOMAIN_RAW,
  FILL_CLEAN,
  FILL_DEAD,
  FRAME_BYTES,
  FRAME_HEAD_BYTES,
  QUARANTINE_BYTES,
  R_DAMAGED,
  R_QUARANTINE_BYTES,
  R_QUARANTINE_HEAD,
  R_QUARANTINE_TAIL,
  R_STATUS,
  REQUEST_MAX,
  RUNTIME,
} from "./layout";
import { fail, refuse } from "./memory";
import { quickListByTag, tagAt } from "./pool";
import { rawFree, rawMalloc, rawUsableSize } from "./raw";
import {
  ALREADY_FREE,
  BAD_ADDRESS,
  BAD_DOMAIN,
  IS_OBJECT,
  NO_MEMORY,
  OK,
  OVERRUN,
  UNDERRUN,
  USE_AFTER_FREE,
} from "./status";
import { isTracing } from "./tracing";
import { add, fault, T_QUARANTINED } from "./verify/fault";

const PAD: u32 = 0xfdfdfdfd;
const DEAD: u32 = 0xdddddddd;

function requestedSize(address: usize): u32 {
  return bswap(load<u32>(address - 8));
}

function domainOf(address: usize): u32 {
  return load<u8>(address - 4);
}

function isDomain(id: u32): bool {
  return id == DOMAIN_RAW || id == DOMAIN_MEM || id == DOMAIN_OBJ;
}

/** Bytes of the inner block, which `check` says is of this kind. */
function innerCapacity(block: usize, kind: u32): u32 {
  if (kind == IS_OBJECT) return capacityOf(block);
  return kind == BAD_DOMAIN ? rawUsableSize(block) : usableSize(block);
}

/** What `check` says of a block that is allocated: OK, BAD_DOMAIN of one of the raw domain, IS_OBJECT of one in an object pool. */
function isKind(status: u32): bool {
  return status == OK || status == BAD_DOMAIN || status == IS_OBJECT;
}

// ── calls ───────────────────────────────────────────────────────────────────────────────────────────

/** As malloc or rawMalloc; the block is filled with 0xCD. */
export function debugMalloc(domain: u32, size: u32): usize {
  return framed(domain, size, FILL_CLEAN);
}

export function debugCalloc(domain: u32, count: u32, size: u32): usize {
  const bytes = <u64>count * <u64>size;
  return bytes > REQUEST_MAX ? fail(NO_MEMORY, 0) : framed(domain, <u32>bytes, 0);
}

function framed(domain: u32, size: u32, fill: u32): usize {
  if (size > REQUEST_MAX - FRAME_BYTES) return fail(NO_MEMORY, 0);
  let block = inner(domain, size + FRAME_BYTES);
  while (block == 0 && load<u32>(RUNTIME, R_STATUS) == NO_MEMORY && load<u32>(RUNTIME, R_QUARANTINE_HEAD) != 0) {
    // What waits in quarantine may be what is missing.
    evictOldest();
    block = inner(domain, size + FRAME_BYTES);
  }
  return block == 0 ? 0 : frame(block, domain, size, fill);
}

function frame(block: usize, domain: u32, size: u32, fill: u32): usize {
  const address = block + FRAME_HEAD_BYTES;
  store<u32>(block, bswap(size));
  store<u32>(block, (PAD & 0xffffff00) | domain, 4);
  memory.fill(address, <u8>fill, size);
  store<u32>(address + size, PAD);
  if (isTracing()) track(address, size);
  return address;
}

/** A framed block of `size` bytes from the object pools of the class at `list`; 0: no memory. */
export function debugTakeBlock(list: usize, size: u32): usize {
  let block = takeBlock(list, size);
  while (block == 0 && load<u32>(RUNTIME, R_STATUS) == NO_MEMORY && load<u32>(RUNTIME, R_QUARANTINE_HEAD) != 0) {
    evictOldest();
    block = takeBlock(list, size);
  }
  return block == 0 ? 0 : frame(block, DOMAIN_OBJ, size, FILL_CLEAN);
}

/**
 * Puts the block of an object, of whatever pool or size, into quarantine. One with a damaged frame stays as it is, for those who
 * look into it, and is never used again; returns what is wrong with it.
 */
export function debugGiveBlock(address: usize): u32 {
  const block = address - FRAME_HEAD_BYTES;
  const kind = check(block);
  if (!isKind(kind)) return kind;
  const status = frameStatus(block, innerCapacity(block, kind));
  if (status == OK) quarantine(address, kind);
  return status;
}

function inner(domain: u32, size: u32): usize {
  return domain == DOMAIN_RAW ? rawMalloc(size) : malloc(size);
}

/** Always moves, so that whoever kept the old address finds dead bytes there. */
export function debugRealloc(domain: u32, address: usize, size: u32): usize {
  if (address == 0) return debugMalloc(domain, size);
  const status = examineFrame(domain, address);
  if (status != OK) return fail(status, address);
  const moved = debugMalloc(domain, size);
  if (moved == 0) return 0;
  memory.copy(moved, address, min(size, requestedSize(address)));
  quarantine(address, domain == DOMAIN_RAW ? BAD_DOMAIN : OK);
  return moved;
}

/**
 * Puts a block into quarantine, filled with 0xDD. Refuses a block whose frame is damaged or that is not of the domain.
 * USE_AFTER_FREE speaks of another block (`faultAddress`), whose time in quarantine is over and which was written to; the
 * block given is freed all the same.
 */
export function debugFree(domain: u32, address: usize): u32 {
  if (address == 0) return OK;
  const status = debugRelease(domain, address);
  return status == OK ? lateWrite() : status;
}

/** As debugFree, but leaves it to the next call to speak of another block. */
export function debugRelease(domain: u32, address: usize): u32 {
  const status = examineFrame(domain, address);
  if (status != OK) return refuse(status, address);
  quarantine(address, domain == DOMAIN_RAW ? BAD_DOMAIN : OK);
  return OK;
}

/** USE_AFTER_FREE if a block whose time in quarantine is over was written to, and nobody was told so far. */
export function lateWrite(): u32 {
  const damaged: usize = load<u32>(RUNTIME, R_DAMAGED);
  if (damaged == 0) return OK;
  store<u32>(RUNTIME, 0, R_DAMAGED);
  return refuse(USE_AFTER_FREE, damaged);
}

/** The requested size; 0 and a status if `address` is no block of the domain. */
export function debugUsableSize(domain: u32, address: usize): u32 {
  const status = examineFrame(domain, address);
  return status == OK ? requestedSize(address) : <u32>fail(status, address);
}

/** OK, or what is wrong with a block that is about to be freed or resized in the domain. */
function examineFrame(domain: u32, address: usize): u32 {
  const block = address - FRAME_HEAD_BYTES;
  const status = check(block);
  if (status == BAD_ADDRESS && check(address) == IS_OBJECT) return IS_OBJECT;
  if (status != OK && status != BAD_DOMAIN) return status;
  const raw = status == BAD_DOMAIN;
  const id = domainOf(address);
  if (load<u32>(block, 4) == DEAD) return ALREADY_FREE;
  if (isDomain(id) && (id != domain || (id == DOMAIN_RAW) != raw)) return BAD_DOMAIN;
  return frameStatus(block, innerCapacity(block, status));
}

/** OK, UNDERRUN or OVERRUN. */
function frameStatus(block: usize, capacity: u32): u32 {
  const address = block + FRAME_HEAD_BYTES;
  if (!isDomain(domainOf(address)) || ((load<u32>(block, 4) ^ PAD) & 0xffffff00) != 0) return UNDERRUN;
  const size = requestedSize(address);
  if (size > capacity - FRAME_BYTES) return UNDERRUN;
  return load<u32>(address + size) == PAD ? OK : OVERRUN;
}

// ── quarantine ──────────────────────────────────────────────────────────────────────────────────────

/** Fills a block with dead bytes and puts it into quarantine, from which the oldest then go. */
function quarantine(address: usize, kind: u32): void {
  const block = address - FRAME_HEAD_BYTES;
  const bytes = innerCapacity(block, kind);
  if (isTracing()) untrack(address);
  memory.fill(block, <u8>FILL_DEAD, bytes);
  store<u32>(block, 0);
  const newest: usize = load<u32>(RUNTIME, R_QUARANTINE_TAIL);
  if (newest != 0) store<u32>(newest, block);
  else store<u32>(RUNTIME, block, R_QUARANTINE_HEAD);
  store<u32>(RUNTIME, block, R_QUARANTINE_TAIL);
  store<u32>(RUNTIME, load<u32>(RUNTIME, R_QUARANTINE_BYTES) + bytes, R_QUARANTINE_BYTES);
  while (load<u32>(RUNTIME, R_QUARANTINE_BYTES) > QUARANTINE_BYTES) evictOldest();
}

/** An allocated block, of whichever kind. */
function isBlock(block: usize): bool {
  return isKind(check(block));
}

/** Address of the first byte from +4 on that is not dead; 0 if all are. */
function firstLiving(block: usize, bytes: u32): usize {
  const end = block + bytes;
  for (let at = block + 4; at < end; at++) if (load<u8>(at) != FILL_DEAD) return at;
  return 0;
}

/**
 * Gives the oldest block back to the allocator, unless it was written to: then it stays as it is, for the next free to
 * report and for verify to find.
 */
function evictOldest(): void {
  const block: usize = load<u32>(RUNTIME, R_QUARANTINE_HEAD);
  const next: usize = load<u32>(block);
  const kind = check(block);
  const bytes = innerCapacity(block, kind);
  const isLinked = next == 0 ? block == load<u32>(RUNTIME, R_QUARANTINE_TAIL) : isBlock(next);
  if (isLinked) {
    store<u32>(RUNTIME, next, R_QUARANTINE_HEAD);
    if (next == 0) store<u32>(RUNTIME, 0, R_QUARANTINE_TAIL);
    store<u32>(RUNTIME, load<u32>(RUNTIME, R_QUARANTINE_BYTES) - bytes, R_QUARANTINE_BYTES);
  } else {
    // Nobody can tell what was freed after it: those blocks stay out for good.
    store<u32>(RUNTIME, 0, R_QUARANTINE_HEAD);
    store<u32>(RUNTIME, 0, R_QUARANTINE_TAIL);
    store<u32>(RUNTIME, 0, R_QUARANTINE_BYTES);
  }
  if (!isLinked || firstLiving(block, bytes) != 0) store<u32>(RUNTIME, block + FRAME_HEAD_BYTES, R_DAMAGED);
  else if (kind == BAD_DOMAIN) rawFree(block);
  else if (kind == IS_OBJECT) giveBlock(quickListByTag(tagAt(block)), block);
  else free(block);
}

// ── for the verifier ────────────────────────────────────────────────────────────────────────────────

/** The block is in quarantine. */
export function isDeadFrame(block: usize): bool {
  return load<u32>(block, 4) == DEAD;
}

/** The frame of an allocated block of `capacity` bytes, or the fill of one in quarantine; 0 or I_FRAME and a status. */
export function verifyFrame(block: usize, capacity: u32, raw: bool): u32 {
  const id = load<u8>(block, 4);
  let status: u32;
  if (isDeadFrame(block)) {
    add(T_QUARANTINED, 1);
    status = firstLiving(block, capacity) == 0 ? OK : USE_AFTER_FREE;
  } else {
    status = frameStatus(block, capacity);
    if (status == OK && (id == DOMAIN_RAW) != raw) status = BAD_DOMAIN;
  }
  if (status == OK) return 0;
  store<u32>(RUNTIME, status, R_STATUS);
  return fault(I_FRAME, block + FRAME_HEAD_BYTES);
}
