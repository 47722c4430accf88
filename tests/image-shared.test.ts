// Images of heaps that threads share, and heaps that threads share made of images.
import { describe, expect, test } from "vitest";
import { Heap } from "../src/index.js";
import { firstDifference } from "./helpers/images.js";

describe.each([false, true])("debug: %s", (debug) => {
  test("a heap is the same whether it is shared or not", async () => {
    using plain = await Heap.create({ debug });
    plain.globals.set("data", { list: [1, "Ω", [2.5]], map: new Map([[1, 2]]) });
    const image = plain.snapshot();
    using shared = await Heap.restore(image, { shared: true });
    const again = shared.gil.run(() => {
      shared.verify();
      expect(shared.toJS(shared.globals)).toEqual(plain.toJS(plain.globals));
      return shared.snapshot();
    });
    expect(firstDifference(again, image)).toBe(-1);
    expect(shared.share().memory).toBe(shared.memory);
    using back = await Heap.restore(again);
    expect(back.toJS(back.globals)).toEqual(plain.toJS(plain.globals));
    expect(() => back.share()).toThrow(/NOT_SHARED|shared/);
  });

  test("a shared heap comes back without its lock and its threads", async () => {
    using heap = await Heap.create({ debug, shared: true });
    const image = heap.gil.run(() => {
      heap.globals.set("a", [1]);
      heap.sys.setSwitchInterval(0.001);
      heap.share();
      return heap.snapshot();
    });
    expect(() => heap.snapshot()).toThrow(expect.objectContaining({ code: "GIL_NOT_HELD" }));
    using back = await Heap.restore(image, { shared: true });
    expect(back.gil.held).toBe(false);
    back.gil.run(() => {
      back.verify();
      expect(back.toJS(back.globals)).toEqual({ a: [1] });
      expect(back.sys.getSwitchInterval()).toBe(0.005);
      back.globals.set("b", [2]);
    });
    heap.gil.run(() => expect(heap.toJS(heap.globals)).toEqual({ a: [1] }));
  });
});
