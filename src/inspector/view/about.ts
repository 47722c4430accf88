// What a target of the map is, in words and figures.

import { ARENA_BYTES, POOL_BYTES } from "../../layout.js";
import {
  HOLDS_BLOCKS,
  HOLDS_TRACKED,
  PAGE_EMPTY,
  PAGE_FULL,
  PAGE_HEAD,
  PAGE_LARGE,
  PAGE_LENT,
  PAGE_RUNTIME,
  PAGE_USED,
  PAGE_VIRGIN,
} from "../model/pages.js";
import type { Session } from "../model/session.js";
import { bytes, capital, hex, integer, percent } from "./format.js";
import type { Target } from "./targets.js";
import { PAGES_PER_TILE } from "./tiling.js";
import type { Tip } from "./tooltip.js";

type Fact = readonly [name: string, value: string];

/** What a page is called. */
export function pageName(session: Session, page: number): string {
  switch (session.map.state[page]) {
    case PAGE_RUNTIME:
      return "The runtime's own records";
    case PAGE_HEAD:
      return "Head page of an arena";
    case PAGE_USED:
    case PAGE_FULL:
      return `Pool of ${((session.map.sizeClass[page] as number) + 1) * 8} byte blocks`;
    case PAGE_EMPTY:
      return "Empty pool";
    case PAGE_VIRGIN:
      return page * POOL_BYTES < session.map.memoryEnd ? "Pool that was never used" : "Not taken from the engine yet";
    case PAGE_LENT:
      return "Pool lent to large blocks";
    case PAGE_LARGE:
      return "Page of large blocks";
    default:
      return "Beyond the end of memory";
  }
}

/** What a tile is, in a word or two. */
export function tileKind({ map }: Session, tile: number): string {
  const first = tile * PAGES_PER_TILE;
  if (map.state[first] === PAGE_HEAD) return "arena";
  const hasBlocks = map.used.subarray(first, first + PAGES_PER_TILE).some((used) => used > 0);
  return `${tile === 0 ? "runtime, " : ""}${hasBlocks ? "large blocks" : "free"}`;
}

function tileName(session: Session, tile: number): string {
  return `${capital(tileKind(session, tile))} at ${hex(tile * ARENA_BYTES)}`;
}

function holdsName(holds: number | undefined): string {
  if (holds === HOLDS_BLOCKS) return "blocks";
  return holds === HOLDS_TRACKED ? "objects the collector knows" : "objects without references";
}

function pageFacts(session: Session, page: number): Fact[] {
  const { map } = session;
  const state = map.state[page];
  const used = map.used[page] as number;
  const capacity = map.capacity[page] as number;
  const facts: Fact[] = [["Address", hex(page * POOL_BYTES)]];
  if (state === PAGE_USED || state === PAGE_FULL) {
    const size = ((map.sizeClass[page] as number) + 1) * 8;
    facts.push(
      ["Holds", holdsName(map.holds[page])],
      ["In use", `${used} of ${capacity} blocks, ${percent(used / capacity)}`],
      ["Bytes", `${bytes(used * size)} of ${bytes(POOL_BYTES)}`],
    );
  }
  if (state === PAGE_LARGE || state === PAGE_LENT) facts.push(["In use", `${bytes(used)} of ${bytes(POOL_BYTES)}`]);
  return facts;
}

function tileFacts(session: Session, tile: number): Fact[] {
  const { map } = session;
  let pools = 0;
  let free = 0;
  let taken = 0;
  let large = 0;
  for (let page = tile * PAGES_PER_TILE; page < (tile + 1) * PAGES_PER_TILE; page++) {
    const state = map.state[page];
    const used = map.used[page] as number;
    if (state === PAGE_USED || state === PAGE_FULL) {
      pools++;
      taken += used * ((map.sizeClass[page] as number) + 1) * 8;
    } else if (state === PAGE_EMPTY || state === PAGE_VIRGIN) free++;
    else if (state === PAGE_LARGE || state === PAGE_LENT) large += used;
  }
  const facts: Fact[] = [["Address", hex(tile * ARENA_BYTES)]];
  if (map.state[tile * PAGES_PER_TILE] === PAGE_HEAD) {
    facts.push(
      ["Pools in use", `${pools} of 63`],
      ["Free pools", integer(free)],
      ["In small blocks", `${bytes(taken)}, ${percent(taken / ARENA_BYTES)}`],
    );
  }
  if (large > 0) facts.push(["In large blocks", bytes(large)]);
  return facts;
}

/** What a place says of its object, without where that lies. */
function labelOf(text: string): string {
  return text.split(" — ")[0] ?? text;
}

/** The title and the facts of a target, for tooltips and for the panel of what was chosen. */
export function about(session: Session, target: Target): Tip {
  const tile = Math.floor(target.page / PAGES_PER_TILE);
  if (target.kind === "tile") return { title: tileName(session, tile), facts: tileFacts(session, tile) };
  if (target.kind === "page") {
    return { title: pageName(session, target.page), facts: pageFacts(session, target.page) };
  }
  const place = session.placeAt(target.start);
  if (target.kind === "chunk") {
    const chunk = session.large.indexOf(target.start);
    const used = session.large.used[chunk] === 1;
    return {
      title: used ? (place.object === 0 ? "Large block" : labelOf(place.text)) : "Free, for large blocks",
      facts: [
        ["Address", hex(target.start)],
        ["Bytes", `${integer(target.end - target.start)} with header`],
      ],
    };
  }
  const size = target.end - target.start;
  const title = place.object === 0 ? `Block of ${size} bytes, ${place.used ? "in use" : "free"}` : labelOf(place.text);
  const capacity = session.map.capacity[target.page] as number;
  const facts: Fact[] = [["Address", hex(target.start)]];
  if (capacity > 0) facts.push(["Block", `${target.block + 1} of ${capacity}, ${integer(size)} bytes`]);
  return { title, facts };
}

/** The same in one line, to be read out. */
export function aboutLine(session: Session, target: Target): string {
  const { title, facts = [] } = about(session, target);
  return [title, ...facts.map(([name, value]) => `${name} ${value}`)].join(". ");
}
