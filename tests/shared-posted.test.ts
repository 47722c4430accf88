// Handles that were posted from another thread: plain data with the inside of a handle.
import { describe, expect, test } from "vitest";
import { HandleError, Heap } from "../src/index.js";
import { codeOf } from "./helpers/codeof.js";

const FIELDS = { id: "u32", next: "self", any: "ref", weak: "weak" } as const;

describe("a handle that was posted", () => {
  test("is refused wherever a handle or plain data is wanted", async () => {
    const heap = await Heap.create({ shared: true });
    const plain = await Heap.create();
    for (const each of [heap, plain]) {
      each.gil.run(() => {
        const Node = each.struct("Node", FIELDS);
        const node = new Node({ id: 1 });
        const list = each.list([node]);
        const array = each.array("u8", [1]);
        expect(array.view).toHaveLength(1);
        const dict = each.dict({ a: 1 });
        const set = each.set();
        const before = each.sys.getAllocatedBlocks();
        for (const handle of [node, list, each.str("text"), array]) {
          const posted = structuredClone(handle) as never;
          const uses: (() => unknown)[] = [
            () => list.push(posted),
            () => list.push([{ deep: posted }]),
            () => list.indexOf(posted),
            () => dict.set("a", posted),
            () => dict.set(posted, 1),
            () => dict.get(posted),
            () => set.add(posted),
            () => each.from([posted]),
            () => each.dict(posted),
            () => each.toJS(posted),
            () => each.tuple([posted]),
            () => each.weakref.ref(posted),
            () => each.sys.getRefCount(posted),
            () => each.sys.getSizeOf(posted),
            () => each.gc.getReferrers(posted),
            () => each.gc.getReferents(posted),
            () => each.gc.isTracked(posted),
            () => each.gc.isFinalized(posted),
            () => each.scope((scope) => scope.keep(posted)),
            () => Object.assign(node, { any: posted }),
            () => Object.assign(node, { next: posted }),
            () => Object.assign(node, { weak: posted }),
            () => new Node(posted),
            () => Node.at(posted),
            () => each.arena().add(posted),
          ];
          const failures = uses
            .filter((use) => codeOf(use) !== "HANDLE_FOREIGN")
            .map((use) => `${use}: ${codeOf(use)}`);
          expect(failures).toEqual([]);
        }
        expect(() => list.push([{ deep: structuredClone(node) as never }])).toThrow(HandleError);
        expect(() => list.push([{ deep: structuredClone(node) as never }])).toThrow(
          "list.push: value[0].deep: the handle was posted from another thread, and belongs to that. Pass objects by name",
        );
        expect(list.length).toBe(1);
        each.verify();
        expect(each.sys.getAllocatedBlocks() - before).toBeLessThan(20);
      });
    }
  });

  test("plain data that looks a little like one is plain data", async () => {
    const heap = await Heap.create();
    const like = { $hold: { index: 1, state: 0 }, other: 1 };
    for (const data of [like, { $hold: 1 }, { $hold: { index: 1 } }, { $hold: null, a: 1 }, { a: 1, $hold: [] }]) {
      expect(heap.toJS(heap.from(data))).toEqual(data);
    }
  });
});
