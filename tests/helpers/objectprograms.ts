// Random programs of objects: made, linked, held, released, collected, frozen.
import type { CoreHeap } from "./core.js";
import { Objects } from "./objects.js";
import type { Random } from "./random.js";
import { type Kind, type Node, PLAIN_WORDS, Reach } from "./reach.js";

/** Kinds of objects of all sorts: small and large, tracked or not, without references and with many. */
export function kindsOf(reach: Reach): Kind[] {
  return [
    reach.kind(2),
    reach.kind(1, 4),
    reach.kind(3, 12),
    reach.kind(0, 16),
    reach.kind(0, 8, true),
    reach.kind(2, 8, false),
    reach.kind(40, 300),
    reach.kind(8, 600),
    reach.kind(300),
    reach.kind(0, 700),
    reach.kind(4, 2000, false),
  ];
}

export interface ObjectProgramOptions {
  steps: number;
  random: Random;
  /** Most objects that are live at a time, about. */
  liveObjects: number;
  /** Everything is looked at each time after so many steps. */
  checkEvery: number;
  /** Blocks that are not the program's, and stay; none if not given. */
  blocks?: number;
  /** Told then. */
  progress?(step: number, reach: Reach): void;
}

/** Runs one on an empty heap that never runs out of memory, and lets go of everything at the end. Throws at the first mistake. */
export function runObjectProgram(heap: CoreHeap, options: ObjectProgramOptions): Reach {
  const { steps, random, liveObjects, checkEvery, blocks = 0, progress } = options;
  const reach = new Reach(new Objects(heap));
  const kinds = kindsOf(reach);
  let full = false;
  for (let step = 1; step <= steps; step++) {
    try {
      full = reach.live.length > (full ? liveObjects / 2 : liveObjects);
      oneStep(reach, kinds, random, full);
      if (step % checkEvery === 0) {
        reach.check();
        progress?.(step, reach);
      }
    } catch (error) {
      throw new Error(`step ${step}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
  if (reach.failures > 0) throw new Error(`${reach.failures} calls found no memory`);
  reach.check();
  reach.clear();
  reach.check();
  const left = reach.objects.leftBlocks();
  if (left !== blocks) throw new Error(`${left} blocks are left, and not ${blocks}`);
  return reach;
}

/** Most objects are of the first kinds, which are small. */
function anyKind(random: Random, kinds: readonly Kind[]): Kind {
  return random.chance(85) ? (kinds[random.below(3)] as Kind) : random.pick(kinds);
}

function oneStep(reach: Reach, kinds: readonly Kind[], random: Random, full: boolean): void {
  const { live } = reach;
  const roll = random.below(1000);
  if (roll < 6) sometimes(reach, random);
  else if (roll < 40 && !full) tangle(reach, kinds, random);
  else if (live.length === 0 || (!full && roll < 300)) reach.make(anyKind(random, kinds));
  else if (roll < 310 && !full) reach.makeMany(anyKind(random, kinds), random.below(20));
  else if (roll < (full ? 500 : 700)) relink(reach, random, full ? 70 : 15);
  else if (roll < (full ? 500 : 760)) reach.hold(random.pick(live));
  else letGo(reach, random.pick(live));
}

/** New objects that refer to each other, here and there to an older one, and that nobody outside holds. */
function tangle(reach: Reach, kinds: readonly Kind[], random: Random): void {
  const nodes = reach.makeMany(anyKind(random, kinds), random.between(1, 8));
  for (const node of nodes) {
    for (let slot = 0; slot < Math.min(node.refs.length, 3); slot++) {
      if (random.chance(60)) reach.link(node, slot, random.pick(random.chance(90) ? nodes : reach.live));
    }
  }
  for (const node of nodes) reach.release(node);
}

/** What is rare, for it is about all objects. */
function sometimes(reach: Reach, random: Random): void {
  const roll = random.below(100);
  if (roll < 30) reach.collect(0);
  else if (roll < 50) reach.collect(1);
  else if (roll < 65) reach.collect(2);
  else if (roll < 68) reach.freeze();
  else if (roll < 75) reach.unfreeze();
  else if (roll < 79) reach.save(random.pick([0, 1, 2]));
  else if (roll < 87) reach.objects.core.drain();
  else reach.automatic(random.chance(70), random.below(60), random.below(4), random.below(4));
}

/** A reference to another object, mostly one of about the same age, or to none. */
function relink(reach: Reach, random: Random, nonePercent: number): void {
  const { live } = reach;
  const at = random.below(live.length);
  const from = live[at] as Node;
  if (from.refs.length === 0) return;
  const near = live[Math.min(live.length - 1, at + random.below(8))] as Node;
  const to = random.chance(nonePercent) ? random.pick(PLAIN_WORDS) : random.chance(70) ? near : random.pick(live);
  reach.link(from, random.below(Math.min(from.refs.length, 5)), to);
}

/** One reference from outside less; if there is none, nobody can let go of it. */
function letGo(reach: Reach, node: Node): void {
  if (node.held > 0) reach.release(node);
}
