// Shapes of graphs of objects, and what a collection must make of them.
import { FALSE_OBJECT, TRUE_OBJECT } from "../../src/layout.js";
import { integer, type Objects } from "./objects.js";

/** Objects that the makers let go of, and what must become of them. */
export interface Left {
  dies: readonly number[];
  stays: readonly number[];
}

export interface Shape {
  name: string;
  make(objects: Objects, type: number): Left;
}

/** A list through reference 1, in which each object is held by the one before it. */
function list(objects: Objects, type: number, length: number): number[] {
  const made = objects.makeMany(type, length);
  for (let i = 1; i < length; i++) {
    objects.link(made[i - 1] as number, 1, made[i] as number);
    objects.release(made[i] as number);
  }
  return made;
}

/** A ring that nobody outside holds. */
export function lostRing(objects: Objects, type: number, length: number): number[] {
  const ring = objects.ring(type, length);
  objects.release(...ring);
  return ring;
}

/** The type has at least three references. */
export const SHAPES: Shape[] = [
  { name: "an object that refers to itself", make: (o, type) => ({ dies: lostRing(o, type, 1), stays: [] }) },
  { name: "two that refer to each other", make: (o, type) => ({ dies: lostRing(o, type, 2), stays: [] }) },
  { name: "a ring of 100", make: (o, type) => ({ dies: lostRing(o, type, 100), stays: [] }) },
  {
    name: "an object that refers to itself three times",
    make: (objects, type) => {
      const object = objects.make(type);
      for (const slot of [0, 1, 2]) objects.link(object, slot, object);
      objects.release(object);
      return { dies: [object], stays: [] };
    },
  },
  {
    name: "a ring with a tail",
    make: (objects, type) => {
      const ring = objects.ring(type, 3);
      const tail = list(objects, type, 4);
      objects.link(ring[1] as number, 2, tail[0] as number);
      objects.release(...ring, tail[0] as number);
      return { dies: [...ring, ...tail], stays: [] };
    },
  },
  {
    name: "a ring with a tail that is held at its end",
    make: (objects, type) => {
      const ring = objects.ring(type, 3);
      const tail = list(objects, type, 4);
      objects.link(ring[1] as number, 2, tail[0] as number);
      objects.hold(tail[3] as number);
      objects.release(...ring, tail[0] as number);
      return { dies: [...ring, ...tail.slice(0, 3)], stays: [tail[3] as number] };
    },
  },
  {
    name: "a held list that leads into a ring",
    make: (objects, type) => {
      const ring = objects.ring(type, 3);
      const into = list(objects, type, 3);
      objects.link(into[2] as number, 1, ring[0] as number);
      objects.release(...ring);
      return { dies: [], stays: [...into, ...ring] };
    },
  },
  {
    name: "a ring of which one is held",
    make: (objects, type) => {
      const ring = objects.ring(type, 20);
      objects.release(...ring.slice(0, 13), ...ring.slice(14));
      return { dies: [], stays: ring };
    },
  },
  {
    name: "dead pairs next to live pairs",
    make: (objects, type) => {
      const pairs = Array.from({ length: 60 }, () => objects.ring(type, 2));
      for (const [i, pair] of pairs.entries())
        objects.release(...(i % 2 === 0 ? pair : pair.slice(i % 3 === 0 ? 1 : 0, i % 3 === 0 ? 2 : 1)));
      return {
        dies: pairs.filter((_, i) => i % 2 === 0).flat(),
        stays: pairs.filter((_, i) => i % 2 === 1).flat(),
      };
    },
  },
  {
    name: "two rings, of which the lost one refers to the held one",
    make: (objects, type) => {
      const [lost, held] = [objects.ring(type, 4), objects.ring(type, 5)];
      for (let i = 0; i < 4; i++) objects.link(lost[i] as number, 1, held[i] as number);
      objects.release(...lost, ...held.slice(1));
      return { dies: lost, stays: held };
    },
  },
  {
    name: "two rings, of which the held one refers to the lost one",
    make: (objects, type) => {
      const [lost, held] = [objects.ring(type, 4), objects.ring(type, 5)];
      objects.link(held[3] as number, 2, lost[2] as number);
      objects.release(...lost, ...held.slice(1));
      return { dies: [], stays: [...lost, ...held] };
    },
  },
  {
    name: "a ring with integers, true and false in its slots",
    make: (objects, type) => {
      const ring = objects.ring(type, 3);
      for (const [i, object] of ring.entries()) {
        objects.link(object, 1, integer(i === 0 ? -(2 ** 30) : object >>> 3));
        objects.link(object, 2, i === 0 ? TRUE_OBJECT : FALSE_OBJECT);
      }
      objects.release(...ring);
      return { dies: ring, stays: [] };
    },
  },
  {
    name: "a ring that holds untracked objects, some of them held elsewhere",
    make: (objects, type) => {
      const ring = objects.ring(type, 4);
      const leaf = objects.type(0, 8);
      const [own = 0, shared = 0, held = 0] = objects.makeMany(leaf, 3);
      objects.link(ring[0] as number, 1, own);
      for (const object of ring) objects.link(object, 2, shared);
      objects.link(ring[1] as number, 1, held);
      objects.release(...ring, own, shared);
      return { dies: [...ring, own, shared], stays: [held] };
    },
  },
  {
    name: "a ring that is held by an untracked object",
    make: (objects, type) => {
      const ring = objects.ring(type, 4);
      const holder = objects.make(objects.type(2, 0, false));
      objects.link(holder, 1, ring[2] as number);
      objects.release(...ring);
      return { dies: [], stays: [...ring, holder] };
    },
  },
  {
    name: "a ring that holds an untracked object, which holds another ring",
    make: (objects, type) => {
      const [ring, behind] = [objects.ring(type, 2), lostRing(objects, type, 2)];
      const between = objects.make(objects.type(1, 0, false));
      objects.link(between, 0, behind[0] as number);
      objects.link(ring[0] as number, 1, between);
      objects.release(...ring, between);
      // The collector does not see through untracked objects: the ring behind is trash only once that is dead.
      return { dies: [...ring, between], stays: behind };
    },
  },
  {
    name: "large objects in rings with small ones",
    make: (objects, type) => {
      const large = objects.type(300);
      const made = Array.from({ length: 20 }, (_, i) => objects.make(i % 2 === 0 ? large : type));
      for (const [i, object] of made.entries()) objects.link(object, 0, made[(i + 1) % 20] as number);
      const held = objects.ring(large, 3);
      objects.link(made[4] as number, 299, held[0] as number);
      objects.release(...made, ...held.slice(1));
      return { dies: made, stays: held };
    },
  },
  {
    name: "everything refers to everything",
    make: (objects) => {
      const made = objects.makeMany(objects.type(30), 30);
      for (const from of made) for (const [slot, to] of made.entries()) objects.link(from, slot, to);
      objects.release(...made);
      return { dies: made, stays: [] };
    },
  },
];
