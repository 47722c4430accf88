// Deep conversion in the core when something dies by it: what keys of a Map that are equal replace, and what is refused. Finalizers run only
// when all tokens are read.
import { describe, expect, test } from "vitest";
import { BUILD_LIST, BUILD_MAP, BUILD_OWNED, BUILD_SET } from "../src/layout.js";
import { BAD_ADDRESS, NO_MEMORY, OK, UNHASHABLE } from "../src/status.js";
import { type CoreHeap, VARIANTS } from "./helpers/core.js";
import { Mourners } from "./helpers/mourners.js";
import { integer } from "./helpers/objects.js";

function op(operation: number, n = 0): number {
  return ((n << 6) | (operation << 2) | 2) >>> 0;
}

class Scene extends Mourners {
  readonly machine: number;
  /** Where tokens are, at most 10,000 words. */
  readonly block: number;

  constructor(heap: CoreHeap) {
    super(heap);
    this.block = heap.raw.malloc(40_000);
    this.machine = this.core.buildBegin() >>> 0;
    // What a conversion inside a conversion may do.
    this.onDeath = () => this.scribble();
  }

  scribble(): void {
    for (let i = 0; i < 10_000; i++) this.heap.poke(this.block + 4 * i, 0xffff_fffe);
  }

  feed(...tokens: number[]): number {
    for (const [i, token] of tokens.entries()) this.heap.poke(this.block + 4 * i, token);
    return this.core.build(this.machine, this.block, tokens.length);
  }

  end(): number {
    return this.core.buildEnd(this.machine) >>> 0;
  }

  expectNothingLeft(): void {
    this.heap.raw.free(this.block);
    this.core.collect(2);
    this.heap.verify();
    expect(this.left()).toBe(0);
  }
}

describe.each(VARIANTS)("$name", ({ open }) => {
  test("values that others replace die when the machine ends, in order, and the tokens are those of the host", () => {
    const scene = new Scene(open());
    const owned = () => scene.some(2).flatMap((object) => [op(BUILD_OWNED), object]);
    const [first, second] = [owned(), owned()];
    const pairs = [integer(1), ...first.slice(0, 2), integer(1), ...first.slice(2), integer(1), ...second.slice(0, 2)];
    expect(scene.feed(op(BUILD_LIST, 2), op(BUILD_MAP, 4), ...pairs, integer(1), integer(7), ...second.slice(2))).toBe(
      OK,
    );
    expect(scene.deaths()).toEqual([]);
    scene.heap.verify();
    const root = scene.end();
    expect(scene.deaths()).toEqual([0, 1, 0]);
    const [dict = 0, last = 0] = scene.objects.referents(root);
    expect([scene.entries(dict), scene.objects.count(last)]).toEqual([[[integer(1), integer(7)]], 1]);
    scene.heap.verify();
    scene.release(root);
    expect(scene.deaths()).toEqual([1]);
    scene.expectNothingLeft();
  });

  test("keys and elements that were there already die when the machine ends", () => {
    const scene = new Scene(open());
    const equal = () => [op(BUILD_OWNED), scene.tuple(integer(1), scene.str("text"))];
    const set = [op(BUILD_SET, 3), ...equal(), ...equal(), ...equal()];
    expect(scene.feed(op(BUILD_LIST, 2), ...set, op(BUILD_MAP, 2), ...equal(), 0, ...equal(), integer(5))).toBe(OK);
    const root = scene.end();
    const [made = 0, dict = 0] = scene.objects.referents(root);
    expect([scene.count(made), scene.count(dict), scene.entries(dict)[0]?.[1]]).toEqual([1, 1, integer(5)]);
    scene.release(root);
    scene.expectNothingLeft();
  });

  test("an unfinished machine that is given up drops what it has replaced", () => {
    const scene = new Scene(open());
    const [a = 0, b = 0] = scene.some(2);
    const pairs = [integer(1), op(BUILD_OWNED), a, integer(1), op(BUILD_OWNED), b];
    expect(scene.feed(op(BUILD_LIST, 9), op(BUILD_MAP, 3), ...pairs)).toBe(OK);
    scene.core.buildAbort(scene.machine);
    expect(scene.deaths().sort()).toEqual([0, 1]);
    scene.expectNothingLeft();
  });

  test("why a word was refused is known also if what dies then is refused something itself", () => {
    const scene = new Scene(open());
    const [object = 0] = scene.some(1);
    const list = scene.list(object);
    scene.onDeath = () => {
      scene.scribble();
      expect(scene.core.listClear(0x7fff_0000)).toBe(BAD_ADDRESS);
    };
    expect(scene.feed(op(BUILD_SET, 2), op(BUILD_OWNED), list, integer(1))).toBe(UNHASHABLE);
    expect([scene.deaths(), scene.core.lastStatus(), scene.core.faultAddress() >>> 0]).toEqual([[0], UNHASHABLE, list]);
    scene.core.buildAbort(scene.machine);
    scene.expectNothingLeft();
  });

  test("memory that runs out where something is replaced", () => {
    let failures = 0;
    for (let maximumPages = 5; ; maximumPages++) {
      const scene = new Scene(open({ pages: 5, maximumPages }));
      let status = scene.feed(op(BUILD_MAP, 20_000));
      for (let round = 0; round < 8 && status === OK; round++) {
        status = scene.feed(...Array.from({ length: 2500 }, () => [integer(1), op(BUILD_LIST, 0)]).flat());
      }
      if (status === OK) {
        scene.release(scene.end());
      } else {
        expect(status).toBe(NO_MEMORY);
        scene.core.buildAbort(scene.machine);
        failures++;
      }
      scene.expectNothingLeft();
      if (status === OK) break;
    }
    expect(failures).toBeGreaterThan(2);
  });
});
