// sys.getSwitchInterval and sys.setSwitchInterval: seconds outside, microseconds in the heap.
import { expect, test } from "vitest";
import { GIL, L_INTERVAL } from "../src/layout.js";
import { VARIANTS } from "./helpers/heap.js";

test.each(VARIANTS)("the switch interval ($name)", async ({ open }) => {
  const heap = await open();
  const word = () => heap.gil.run(() => new Int32Array(heap.memory.buffer)[(GIL + L_INTERVAL) >> 2]);
  expect(heap.sys.getSwitchInterval()).toBe(0.005);
  heap.sys.setSwitchInterval(0.25);
  expect([heap.sys.getSwitchInterval(), word()]).toEqual([0.25, 250_000]);
  heap.sys.setSwitchInterval(1e-9);
  expect([heap.sys.getSwitchInterval(), word()]).toEqual([1e-6, 1]);
  heap.sys.setSwitchInterval(2147);
  expect(heap.sys.getSwitchInterval()).toBe(2147);
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2148]) {
    expect(() => heap.sys.setSwitchInterval(wrong)).toThrow(RangeError);
  }
  expect(() => heap.sys.setSwitchInterval("1" as never)).toThrow(
    /sys\.setSwitchInterval: seconds must be a number, not "1"/,
  );
  expect(() => heap.sys.setSwitchInterval(5n as never)).toThrow(TypeError);
  expect(heap.sys.getSwitchInterval()).toBe(2147);
  heap.verify();
  heap[Symbol.dispose]();
  expect(() => heap.sys.getSwitchInterval()).toThrow(/disposed/);
});
