// How a message shows a value that was given in place of another.
import { expect, test } from "vitest";
import { hex } from "../src/address.js";
import { openHeap } from "./helpers/heap.js";

test("a handle where an address is wanted is named, with what to give instead", async () => {
  const heap = await openHeap();
  const Person = heap.struct("Person", { age: "u8" });
  using ada = new Person();
  const given = ada as unknown as number;
  const said = `an address must be a number, not the Person at ${hex(ada.address)}; give its .address`;
  expect(() => heap.mem.free(given)).toThrow(`mem.free: ${said}`);
  expect(() => Person.at(given)).toThrow(said);
});

test("a released handle is shown as one", async () => {
  const heap = await openHeap();
  const person = new (heap.struct("Person", { age: "u8" }))();
  person.release();
  expect(() => heap.mem.malloc(person as unknown as number)).toThrow(
    /^mem\.malloc: size must be a number, not a released handle of Person$/,
  );
  expect(() => heap.mem.free(person as unknown as number)).toThrow(/not a released handle of Person$/);
});

test.each([
  [{ $hold: 1, typeName: 5 }, "[object Object]"],
  [{ typeName: "Person", address: 8, released: false }, "[object Object]"],
  [[], "[object Array]"],
  [null, "null"],
  [undefined, "undefined"],
  [12n, "12n"],
  [() => 1, "a function"],
  ["a".repeat(50), `"${"a".repeat(40)}…"`],
])("%o is shown as what it is", async (value, shown) => {
  const heap = await openHeap();
  expect(() => heap.mem.free(value as unknown as number)).toThrow(`not ${shown}`);
});
