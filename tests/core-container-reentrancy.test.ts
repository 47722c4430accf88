// Finalizers in the middle of calls that change a container, which do something to the very container: whatever that is, memory is sound
// at once and in the end, and nothing is left.
import { describe, expect, test } from "vitest";
import { ABSENT, REFUSED } from "../src/layout.js";
import { ok } from "./helpers/containers.js";
import { VARIANTS } from "./helpers/core.js";
import { Mourners } from "./helpers/mourners.js";
import { integer } from "./helpers/objects.js";

type Kind = "list" | "dict" | "set" | "deque";

/** A container, objects with finalizers in it, and what else the program has. */
class Scene extends Mourners {
  readonly #owned: number[] = [];
  /** Numbers for more objects. */
  #next = 100;

  /** A container that the program owns, with five objects that have finalizers, and others. */
  container(kind: Kind): number {
    const made = this.#filled(kind);
    this.#owned.push(made);
    return made;
  }

  #filled(kind: Kind): number {
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = this.some(5);
    switch (kind) {
      case "list":
        return this.list(a, b, integer(1), c, this.list(d), e);
      case "dict":
        return this.dict(
          [integer(0), a],
          [this.str("key"), b],
          [c, integer(1)],
          [integer(2), this.list(d)],
          [this.tuple(e), 0],
        );
      case "set":
        return this.set(a, integer(1), b, c, this.tuple(d), e);
      case "deque":
        return this.deque(6, a, b, integer(1), c, this.list(d), e);
    }
  }

  owns(object: number): boolean {
    return this.#owned.includes(object);
  }

  /** Lets go of an object, if the program owns it still. */
  letGo(object: number): void {
    const at = this.#owned.indexOf(object);
    if (at < 0) return;
    this.#owned.splice(at, 1);
    this.release(object);
  }

  /** Takes over what the program owns from now on. */
  own(...objects: number[]): void {
    this.#owned.push(...objects);
  }

  another(): number {
    return this.one(this.#next++);
  }

  /** Takes the word over, as a value, an element or an item; also if the container refuses it. */
  put(kind: Kind, at: number, word: number): void {
    const { core } = this;
    let status: number;
    if (kind === "list") status = core.listInsert(at, 0, word);
    else if (kind === "dict") status = core.dictSet(at, integer(0), word);
    else if (kind === "set") status = core.setAdd(at, word);
    else status = core.dequePush(at, word, 0);
    if (status !== 0) this.release(word);
  }

  fill(kind: Kind, at: number, count: number): void {
    for (let i = 0; i < count; i++) {
      if (kind === "dict") this.core.dictSet(at, integer(i), integer(i));
      else this.put(kind, at, integer(i));
    }
  }

  clear(kind: Kind, at: number): void {
    const { core } = this;
    if (kind === "list") core.listClear(at);
    else if (kind === "dict") core.dictClear(at);
    else if (kind === "set") core.setClear(at);
    else core.dequeClear(at);
  }

  /** Takes out what is first, and drops it. */
  take(kind: Kind, at: number): void {
    if (!this.objects.isLive(at)) return;
    const { core } = this;
    const key = kind === "dict" || kind === "set" ? (this.keys(at)[0] ?? integer(-1)) : 0;
    if (kind === "set") {
      core.setRemove(at, key);
      return;
    }
    const word =
      (kind === "list" ? core.listTake(at, 0) : kind === "dict" ? core.dictTake(at, key) : core.dequeTake(at, 1)) >>> 0;
    if (word !== ABSENT && word !== REFUSED) this.release(word);
  }

  /** The program lets go of all it owns; nothing may be left. */
  end(): void {
    this.onDeath = () => {};
    while (this.#owned.length > 0) this.letGo(this.#owned[0] as number);
    this.core.collect(2);
    this.heap.verify();
    expect(this.left()).toBe(0);
  }
}

/** Calls that drop something, of containers as `Scene.container` makes them. */
const CALLS: readonly (readonly [string, Kind, (scene: Scene, at: number) => void])[] = [
  ["listSet", "list", ({ core }, at) => ok(core.listSet(at, 0, integer(5)))],
  [
    "listSplice of all",
    "list",
    (scene, at) => scene.withWords([], (words) => ok(scene.core.listSplice(at, 0, 6, words, 0))),
  ],
  [
    "listSplice with fewer",
    "list",
    (scene, at) => scene.withWords([9, 9], (words) => ok(scene.core.listSplice(at, 1, 4, words, 2))),
  ],
  [
    "listSplice with more",
    "list",
    (scene, at) => scene.withWords(Array(99).fill(9), (words) => ok(scene.core.listSplice(at, 1, 4, words, 99))),
  ],
  ["listClear", "list", ({ core }, at) => ok(core.listClear(at))],
  ["dictSet", "dict", ({ core }, at) => ok(core.dictSet(at, integer(0), integer(5)))],
  ["dictSetText", "dict", (scene, at) => ok(scene.core.dictSetText(at, ...scene.scratch("key"), integer(5)))],
  [
    "dictTake of an object",
    "dict",
    (scene, at) => expect(scene.core.dictTake(at, scene.keys(at)[2] as number)).toBe(integer(1)),
  ],
  ["dictTake of a tuple", "dict", (scene, at) => expect(scene.core.dictTake(at, scene.keys(at)[4] as number)).toBe(0)],
  ["dictClear", "dict", ({ core }, at) => ok(core.dictClear(at))],
  [
    "setRemove of an object",
    "set",
    (scene, at) => expect(scene.core.setRemove(at, scene.keys(at)[0] as number)).toBe(1),
  ],
  ["setRemove of a tuple", "set", (scene, at) => expect(scene.core.setRemove(at, scene.keys(at)[4] as number)).toBe(1)],
  ["setClear", "set", ({ core }, at) => ok(core.setClear(at))],
  ["dequePush at the end", "deque", ({ core }, at) => ok(core.dequePush(at, integer(5), 0))],
  ["dequePush at the front", "deque", ({ core }, at) => ok(core.dequePush(at, integer(5), 1))],
  ["dequeClear", "deque", ({ core }, at) => ok(core.dequeClear(at))],
  ["the death of a list", "list", (scene, at) => scene.letGo(at)],
  ["the death of a dict", "dict", (scene, at) => scene.letGo(at)],
  ["the death of a set", "set", (scene, at) => scene.letGo(at)],
  ["the death of a deque", "deque", (scene, at) => scene.letGo(at)],
];

/** What a finalizer does; `nth` is 0 in the first that runs. */
const DEEDS: readonly (readonly [string, (scene: Scene, kind: Kind, at: number, nth: number) => void])[] = [
  ["clears it", (scene, kind, at) => scene.clear(kind, at)],
  ["fills it", (scene, kind, at) => scene.fill(kind, at, 200)],
  [
    "clears it and puts others in",
    (scene, kind, at) => {
      scene.clear(kind, at);
      scene.fill(kind, at, 5);
    },
  ],
  ["takes something out", (scene, kind, at) => scene.take(kind, at)],
  ["puts another one with a finalizer in", (scene, kind, at, nth) => nth < 20 && scene.put(kind, at, scene.another())],
  ["lets go of it", (scene, _, at) => scene.letGo(at)],
  [
    "lets go of it when there are others in it, and takes its place in memory",
    (scene, kind, at, nth) => {
      if (nth > 0) return;
      scene.put(kind, at, scene.another());
      scene.letGo(at);
      for (let i = 0; i < 50; i++) scene.container(kind);
    },
  ],
  [
    "lets memory grow",
    (scene, _, __, nth) =>
      nth === 0 && scene.own(scene.list(...Array.from({ length: 40_000 }, () => scene.float(0.5)))),
  ],
  ["collects", ({ core }) => [0, 1, 2].forEach((generation) => void core.collect(generation))],
  [
    "makes trash with finalizers and collects it",
    (scene, kind, at, nth) => {
      if (nth > 3) return;
      const trash = scene.another();
      scene.objects.link(trash, 0, trash);
      scene.objects.link(trash, 1, scene.objects.isLive(at) ? at : 0);
      scene.release(trash);
      scene.core.collect(2);
      scene.take(kind, at);
    },
  ],
];

describe.each(VARIANTS)("$name", ({ open }) => {
  describe.each(CALLS)("in %s", (_, kind, call) => {
    test.each(DEEDS)("a finalizer %s", (__, deed) => {
      const scene = new Scene(open());
      const at = scene.container(kind);
      let nth = 0;
      scene.onDeath = () => {
        scene.heap.verify();
        deed(scene, kind, at, nth++);
        scene.heap.verify();
      };
      call(scene, at);
      expect(nth).toBeGreaterThan(0);
      scene.heap.verify();
      if (scene.owns(at) && (kind === "dict" || kind === "set")) expect(scene.wrong(at)).toBe("");
      scene.end();
    });
  });
});
