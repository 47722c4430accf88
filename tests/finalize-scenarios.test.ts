// What CPython's tests of weakref.finalize (Lib/test/test_weakref.py, FinalizeTestCase) pin down. In each test: the Python one it is from.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Finalizer, Heap, UnraisableEvent } from "../src/index.js";
import { defineNode, isAlive, type NodeType } from "./helpers/graph.js";
import { VARIANTS } from "./helpers/heap.js";
import { Scene } from "./helpers/scene.js";

describe.each(VARIANTS)("$name", (variant) => {
  let scene: Scene;
  let heap: Heap;
  let Node: NodeType;

  beforeEach(async () => {
    scene = await Scene.open(variant);
    heap = scene.heap;
    Node = defineNode(heap);
  });

  afterEach(() => scene.close());

  const add = (...numbers: number[]) => void scene.log.push(`${numbers.reduce((sum, number) => sum + number, 0)}`);

  /** Everything that can be done with one that has run, or was detached. */
  function expectOver(finalizer: Finalizer): void {
    expect(finalizer.alive).toBe(false);
    finalizer.call();
    expect([finalizer.detach(), finalizer.alive, finalizer.atexit, scene.ran()]).toEqual([false, false, false, []]);
  }

  test("called by hand, the function runs with its arguments, once, and not when the object dies", () => {
    // FinalizeTestCase.test_finalize
    const object = new Node();
    const finalizer = heap.weakref.finalize(object, add, 67, 43, 89);
    expect([finalizer.alive, finalizer.atexit, scene.ran()]).toEqual([true, true, []]);
    finalizer.call();
    expect(scene.ran()).toEqual(["199"]);
    expectOver(finalizer);
    object.release();
    expectOver(finalizer);
  });

  test("detached, it never runs", () => {
    // FinalizeTestCase.test_finalize
    const object = new Node();
    const finalizer = heap.weakref.finalize(object, add, 67, 43, 89);
    expect(finalizer.detach()).toBe(true);
    expectOver(finalizer);
    object.release();
    expectOver(finalizer);
  });

  test("it runs when the object dies, though nobody holds the finalizer", () => {
    // FinalizeTestCase.test_finalize
    const object = new Node();
    const finalizer = heap.weakref.finalize(object, add, 67, 43, 89);
    heap.weakref.finalize(object, add, 1);
    object.release();
    expect(scene.ran()).toEqual(["1", "199"]);
    expectOver(finalizer);
  });

  test("several for one object run newest first, without those that were called or detached before", () => {
    // FinalizeTestCase.test_order
    const object = new Node();
    const say = (text: string) => void scene.log.push(text);
    heap.weakref.finalize(object, say, "f1");
    heap.weakref.finalize(object, say, "f2");
    const third = heap.weakref.finalize(object, say, "f3");
    heap.weakref.finalize(object, say, "f4");
    const fifth = heap.weakref.finalize(object, say, "f5");
    say("A");
    third.call();
    say("B");
    expect(fifth.detach()).toBe(true);
    say("C");
    object.release();
    say("D");
    expect(scene.ran()).toEqual(["A", "f3", "B", "C", "f4", "f2", "f1", "D"]);
  });

  test("they take turns with callbacks of weak references, all after the object's own finalizer; a collection calls that last", () => {
    // FinalizeTestCase.test_order, and what CPython does with the others
    const say = (text: string) => void scene.log.push(text);
    const Own = heap.struct("Own", { me: "self" }, { finalize: () => say("finalizer") });
    for (const cycle of [false, true]) {
      const object = new Own();
      if (cycle) object.me = object;
      using _ = heap.weakref.ref(object, () => say("callback 1"));
      heap.weakref.finalize(object, say, "finalize 1");
      using __ = heap.weakref.ref(object, () => say("callback 2"));
      heap.weakref.finalize(object, say, "finalize 2");
      object.release();
      if (cycle) heap.gc.collect();
      const callbacks = ["finalize 2", "callback 2", "finalize 1", "callback 1"];
      expect(scene.ran()).toEqual(cycle ? [...callbacks, "finalizer"] : ["finalizer", ...callbacks]);
    }
  });

  test("it does not keep the object, and leaves nothing behind", () => {
    // FinalizeTestCase.test_all_freed
    const before = heap.sys.getAllocatedBlocks();
    for (const end of ["dies", "called", "detached"] as const) {
      const object = new Node();
      const { address } = object;
      expect(heap.sys.getRefCount(object)).toBe(1);
      const finalizer = heap.weakref.finalize(object, () => {});
      expect([heap.sys.getRefCount(object), heap.weakref.getWeakRefCount(object)]).toEqual([1, 1]);
      if (end === "called") finalizer.call();
      if (end === "detached") finalizer.detach();
      if (end !== "dies") expect(heap.weakref.getWeakRefCount(object)).toBe(0);
      object.release();
      expect([isAlive(heap, address), finalizer.alive, heap.handleCount]).toEqual([false, false, 0]);
      expect(heap.sys.getAllocatedBlocks()).toBe(before);
    }
  });

  test("for an object in a cycle it runs when that is collected", () => {
    // FinalizeTestCase.test_finalize
    const object = new Node();
    object.next = object;
    const finalizer = heap.weakref.finalize(object, add, 3, 4);
    object.release();
    expect(scene.ran()).toEqual([]);
    heap.gc.collect();
    expect(scene.ran()).toEqual(["7"]);
    expectOver(finalizer);
  });

  test("while its function runs it is over, and runs not again", () => {
    // FinalizeTestCase.test_finalize
    const object = new Node();
    const finalizer: Finalizer = heap.weakref.finalize(object, () => {
      scene.log.push(`alive ${finalizer.alive}`);
      finalizer.call();
    });
    object.release();
    expect(scene.ran()).toEqual(["alive false"]);
  });

  test("the function must be one, and the object one that can be weakly referenced", () => {
    // FinalizeTestCase.test_arg_errors
    using object = new Node();
    expect(() => heap.weakref.finalize(object, undefined as unknown as () => void)).toThrow(TypeError);
    expect(() => heap.weakref.finalize(object, 12 as unknown as () => void)).toThrow(TypeError);
    using list = heap.list();
    expect(() => heap.weakref.finalize(list, () => {})).toThrow(TypeError);
    expect(heap.weakref.getWeakRefCount(object)).toBe(0);
  });
});

describe.each(VARIANTS)("at the end of a heap, $name", ({ open }) => {
  test("those with atexit run, newest first, and those they make next; an error is reported, and the others run", async () => {
    // FinalizeTestCase.test_atexit
    const log: string[] = [];
    const unraisable: UnraisableEvent[] = [];
    const heap = await open({ onUnraisable: (event) => void unraisable.push(event) });
    const Node = defineNode(heap);
    const object = new Node();
    const say = (text: string) => void log.push(text);
    const failure = new Error("f3 failed");
    const first = heap.weakref.finalize(object, say, "f1 foobar");
    const second = heap.weakref.finalize(object, say, "f2 should not run at exit");
    heap.weakref.finalize(object, () => {
      log.push("f3 begins");
      heap.weakref.finalize(object, say, "g1");
      throw failure;
    });
    heap.weakref.finalize(object, () => void log.push(`f4, collections on: ${heap.gc.isEnabled()}`));
    expect([first.atexit, second.atexit]).toEqual([true, true]);
    second.atexit = false;
    expect(second.atexit).toBe(false);
    heap[Symbol.dispose]();
    expect(log).toEqual(["f4, collections on: false", "f3 begins", "g1", "f1 foobar"]);
    expect(unraisable.map(({ error }) => error)).toEqual([failure]);
    heap[Symbol.dispose]();
    expect([log.length, second.alive && first.alive]).toEqual([4, false]);
  });

  test("an object that dies while they run has its own run at once, and never again", async () => {
    // FinalizeTestCase.test_atexit
    const log: string[] = [];
    const heap = await open({ gc: { enabled: false } });
    const Node = defineNode(heap);
    const objects = ["a", "b", "c"].map((name) => {
      const object = new Node();
      heap.weakref.finalize(object, () => {
        log.push(name);
        if (name === "c") objects[0]?.release();
      });
      return object;
    });
    heap[Symbol.dispose]();
    expect(log).toEqual(["c", "a", "b"]);
  });
});
