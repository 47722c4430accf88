// What CPython's tests of its collector (Lib/test/test_gc.py) pin down about finalizers and weak references, with their exact
// numbers: resurrection, what finalizers may do to the trash, and what callbacks see of it. In each test: the Python one it is from.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handle, Heap, List, Storable, WeakReference } from "../src/index.js";
import { addressesOf, defineNode, isAlive, type Node, type NodeType } from "./helpers/graph.js";
import { VARIANTS } from "./helpers/heap.js";
import { REFUGES, Scene } from "./helpers/scene.js";

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

  /** An object that refers to itself and to others, and that nobody holds. */
  function dropLoop(Type: NodeType = Node, other: Storable = null): number {
    return heap.scope(() => {
      const node = new Type({ other });
      node.next = node;
      return node.address;
    });
  }

  describe("resurrection", () => {
    /** A type whose instances put themselves into the refuge, and log it. */
    function defineLazarus(refugeIn: (typeof REFUGES)[number][1]) {
      const refuge = refugeIn(heap);
      const Lazarus = heap.struct(
        "Lazarus",
        { value: "i32", next: "self", other: "ref" },
        {
          finalize(object, scope) {
            scene.log.push("finalized");
            refuge.take(object, scope);
          },
        },
      ) as NodeType;
      return { refuge, Lazarus };
    }

    test.each(REFUGES)("happens only once to an object; refuge: %s", (_, refugeIn) => {
      // GCTests.test_resurrection_only_happens_once_per_object, GCTests.test_is_finalized
      const { refuge, Lazarus } = defineLazarus(refugeIn);
      const address = dropLoop(Lazarus);
      expect(scene.ran()).toEqual([]);
      expect(heap.gc.collect()).toBe(0);
      expect([scene.ran(), refuge.addresses()]).toEqual([["finalized"], [address]]);
      heap.scope(() => {
        const object = Lazarus.at(address);
        expect(object.is(object.next)).toBe(true);
        expect([heap.gc.isFinalized(object), heap.gc.isTracked(object)]).toEqual([true, true]);
        expect(heap.gc.isFinalized(new Lazarus())).toBe(false);
        expect(heap.gc.isFinalized(3)).toBe(false);
      });
      // That one, which was made for comparison, is revived too.
      expect(scene.ran()).toEqual(["finalized"]);
      refuge.clear();
      expect(heap.gc.collect()).toBe(1);
      expect([scene.ran(), refuge.addresses(), isAlive(heap, address)]).toEqual([[], [], false]);
    });

    test.each(REFUGES)("is transitive: what the revived object refers to is intact; refuge: %s", (_, refugeIn) => {
      // GCTests.test_resurrection_is_transitive
      const { refuge, Lazarus } = defineLazarus(refugeIn);
      const [cargo = 0, lazarus = 0] = heap.scope(() => {
        const inner = new Node({ value: 5 });
        inner.next = inner;
        return [inner.address, dropLoop(Lazarus, inner)];
      });
      expect(heap.gc.collect()).toBe(0);
      expect(refuge.addresses()).toEqual([lazarus]);
      heap.scope(() => {
        const object = Lazarus.at(lazarus).other as Node;
        expect([object.address, object.value, object.is(object.next)]).toEqual([cargo, 5, true]);
      });
      refuge.clear();
      expect(heap.gc.collect()).toBe(2);
      expect(scene.ran()).toEqual(["finalized"]);
    });

    test.each(REFUGES)("does not keep other trash from being collected; refuge: %s", (_, refugeIn) => {
      // GCTests.test_resurrection_does_not_block_cleanup_of_other_objects
      const { refuge, Lazarus } = defineLazarus(refugeIn);
      const loops = () => {
        for (let i = 0; i < 100; i++) dropLoop();
      };
      function collected(): [returned: number, collected: number, uncollectable: number] {
        const [, , before] = heap.gc.getStats();
        const returned = heap.gc.collect();
        const [, , after] = heap.gc.getStats();
        return [returned, after.collected - before.collected, after.uncollectable - before.uncollectable];
      }
      loops();
      expect(collected()).toEqual([100, 100, 0]);
      dropLoop(Lazarus);
      expect(collected()).toEqual([0, 0, 0]);
      loops();
      dropLoop(Lazarus);
      expect(collected()).toEqual([100, 100, 0]);
      expect(refuge.addresses()).toHaveLength(2);
      refuge.clear();
      expect(collected()).toEqual([2, 2, 0]);
    });
  });

  describe("finalizers", () => {
    test("one that makes objects may run while a collection is due with every object", () => {
      // GCTests.test_del, GCTests.test_del_newclass
      const Maker = heap.struct(
        "Maker",
        { self: "self", made: "ref" },
        {
          finalize(maker) {
            scene.log.push("finalized");
            for (let i = 0; i < 5; i++) maker.made = heap.list([heap.dict({ i })]);
          },
        },
      );
      heap.gc.enable();
      heap.gc.setThreshold(1, 1, 1);
      for (let i = 0; i < 20; i++) {
        new Maker().release();
        heap.scope(() => {
          const maker = new Maker();
          maker.self = maker;
        });
        heap.verify();
      }
      heap.gc.disable();
      heap.gc.collect();
      expect(scene.ran()).toHaveLength(40);
    });

    test("containers nested 150 deep, with one in each that collects at every 17th call: all run, and nothing else is found", () => {
      // GCTests.test_trashcan
      let ouches = 0;
      const Ouch = heap.struct(
        "Ouch",
        { id: "u32" },
        {
          gc: true,
          finalize() {
            if (++ouches % 17 === 0) expect(heap.gc.collect()).toBe(0);
          },
        },
      );
      for (let round = 1; round <= 2; round++) {
        heap.scope(() => {
          let list: Storable = heap.list();
          let tuple: Storable = heap.tuple();
          let dict: Storable = heap.dict();
          for (let depth = 0; depth < 150; depth++) {
            list = heap.list([list, new Ouch()]);
            tuple = heap.tuple([tuple, new Ouch()]);
            dict = heap.dict([
              [1, dict],
              [2, new Ouch()],
            ]);
          }
        });
        expect(ouches).toBe(round * 450);
        heap.verify();
      }
    });

    test.each([0, 1])("a chain of 50,000 lists and objects with finalizers dies whole, %i levels deeper", (deeper) => {
      // CAPITest.test_trashcan_python_class1, CAPITest.test_trashcan_python_class2 (Lib/test/test_capi/test_misc.py)
      let living = 0;
      const Box = heap.struct("Box", { content: "ref" }, { finalize: () => void living-- });
      heap.scope(() => {
        let top: Handle | null = null;
        for (let i = 0; i < 50_000; i++) {
          const list: List = heap.list([top]);
          const box: Handle = new Box({ content: list });
          living++;
          list.release();
          top?.release();
          top = box;
        }
        if (deeper === 1) heap.tuple([top]);
        expect(living).toBe(50_000);
      });
      expect(living).toBe(0);
    });

    test("one that drops a member of its cycle lets the whole cycle die by counts", () => {
      // GCTests.test_bug21435
      const Dropper = heap.struct(
        "Dropper",
        { next: "ref", x: "ref" },
        {
          finalize(object) {
            scene.log.push("finalized");
            object.next = null;
          },
        },
      );
      const [address] = heap.scope(() => {
        const a = new Node();
        const b = new Dropper({ next: a, x: new Node() });
        a.other = b;
        return [a.address];
      });
      expect(heap.gc.collect()).toBe(0);
      expect([scene.ran(), isAlive(heap, address)]).toEqual([["finalized"], false]);
    });

    test("an object that is being collected is in no list, and among nobody's referrers", () => {
      // GCTests.test_get_objects_during_gc
      const Looker = heap.struct(
        "Looker",
        { next: "self" },
        {
          finalize(object) {
            scene.log.push("finalized");
            expect(addressesOf(heap.gc.getObjects())).not.toContain(object.address);
            expect(heap.gc.getReferrers(object)).toEqual([]);
            expect([heap.gc.isTracked(object), heap.gc.isFinalized(object)]).toEqual([true, true]);
          },
        },
      );
      heap.scope(() => {
        const object = new Looker();
        object.next = object;
      });
      using live = new Node();
      expect(heap.gc.collect()).toBe(1);
      expect([scene.ran(), live.released]).toEqual([["finalized"], false]);
    });

    test("one finds what a registry of weak references has of the trash", () => {
      // GCTests.test_do_not_cleanup_type_subclasses_before_finalization
      const Base = heap.struct(
        "Base",
        { first: "ref", registry: "ref" },
        {
          finalize(base) {
            const registry = (base.registry as List).toArray() as WeakReference[];
            scene.log.push(...registry.map((ref) => `Derived ${(ref.deref() as Node | undefined)?.value}`));
          },
        },
      );
      heap.scope(() => {
        const base = new Base();
        const derived = [0, 1, 2].map((value) => new Node({ value, other: base }));
        base.first = heap.list(derived);
        base.registry = heap.list(derived.map((object) => heap.weakref.ref(object)));
      });
      // The base, two lists, three nodes, three weak references.
      expect(heap.gc.collect()).toBe(9);
      expect(scene.ran()).toEqual(["Derived 0", "Derived 1", "Derived 2"]);
    });

    test("a weak reference that one made to its neighbour reads nothing once the trash is being cleared", () => {
      // GCTests.test_function_tp_clear_leaves_consistent_state
      const seen: (Handle | undefined)[] = [];
      const Late = heap.struct(
        "Late",
        { ref: "ref" },
        {
          finalize(late) {
            scene.log.push("late");
            seen.push((late.ref as WeakReference).deref());
          },
        },
      );
      const Cyclic = heap.struct(
        "Cyclic",
        { callee: "ref", late: Late },
        {
          finalize(cyclic) {
            scene.log.push("cyclic");
            // The cyclic object alone refers to the late one from now on, which will die when this one is cleared.
            heap.globals.delete("late");
            (cyclic.late as InstanceType<typeof Late>).ref = heap.weakref.ref(cyclic.callee as Handle);
          },
        },
      );
      heap.scope(() => {
        const late = new Late();
        heap.globals.set("late", late);
        const callee = new Node();
        callee.other = new Cyclic({ callee, late });
      });
      expect(heap.gc.collect()).toBe(2);
      expect([scene.ran(), seen]).toEqual([["cyclic", "late"], [undefined]]);
    });
  });

  describe("callbacks of weak references", () => {
    test("for two objects in trash: both references read nothing when the first is called", () => {
      // GCTests.test_bug1055820b
      const seen: unknown[] = [];
      const nodes = [0, 1].map((value) => new Node({ value }));
      for (const node of nodes) node.next = node;
      const refs: WeakReference[] = nodes.map((node) =>
        heap.weakref.ref(node, () => void seen.push(refs.map((ref) => ref.deref()))),
      );
      expect(heap.gc.collect()).toBe(0);
      expect(seen).toEqual([]);
      for (const node of nodes) node.release();
      expect(heap.gc.collect()).toBe(2);
      const nothing = [undefined, undefined];
      expect(seen).toEqual([nothing, nothing]);
      for (const ref of refs) ref.release();
    });

    test("of a reference in trash never comes, though the referent hides behind a type without cycles", () => {
      // GCTests.test_trash_weakref_clear
      const Curtain = heap.struct("Curtain", { hidden: "ref" }, { gc: false });
      const Holder = heap.struct("Holder", { self: "self", curtain: "ref", ref: "ref" });
      for (const holderFirst of [true, false]) {
        const z = heap.scope(() => {
          const z = new Node();
          const holders = [new Holder(), new Holder()];
          const ref = heap.weakref.ref(z, () => void scene.log.push("called"));
          for (const holder of holders) {
            holder.self = holder;
            holder.ref = ref;
          }
          (holders[holderFirst ? 0 : 1] as InstanceType<typeof Holder>).curtain = new Curtain({ hidden: z });
          return z.address;
        });
        // The two holders and the weak reference; what is behind the curtain dies by its count.
        expect(heap.gc.collect()).toBe(3);
        expect([scene.ran(), isAlive(heap, z)]).toEqual([[], false]);
      }
    });

    interface Trash {
      old: WeakReference;
      other: WeakReference;
    }

    /** An old object that only a young loop in the trash refers to, and another young loop; weak references to the two. */
    function makeTrash(Old: NodeType, onDeath?: () => void): Trash {
      return heap.scope((scope) => {
        const old = new Old();
        heap.gc.collect();
        dropLoop(Node, old);
        const other = Node.at(dropLoop());
        return {
          old: scope.keep(heap.weakref.ref(old, onDeath)),
          other: scope.keep(heap.weakref.ref(other)),
        };
      });
    }

    /** Starts a collection of the young objects: on demand, or by making objects until it starts by itself. */
    const COLLECTIONS: readonly (readonly [name: string, start: (done: () => boolean) => void])[] = [
      ["on demand", () => expect(heap.gc.collect(0)).toBe(2)],
      [
        "automatic",
        (done) => {
          heap.gc.enable();
          const held: Node[] = [];
          while (!done() && held.length < 10_000) held.push(new Node());
          for (const node of held) node.release();
          heap.gc.disable();
        },
      ],
    ];

    test.each(COLLECTIONS)("for an old object that dies with young trash: it finds none of that; %s", (_, start) => {
      // GCTogglingTests.test_bug1055820c
      const seen: unknown[] = [];
      const trash: Trash = makeTrash(Node, () => void seen.push(trash.other.deref()));
      expect(scene.answers(trash.old, trash.other)).toEqual([true, true]);
      start(() => seen.length > 0);
      expect([seen, scene.answers(trash.old)]).toEqual([[undefined], [false]]);
      trash.old.release();
      trash.other.release();
    });

    test.each(COLLECTIONS)("and neither does the finalizer of such an object; %s", (_, start) => {
      // GCTogglingTests.test_bug1055820d
      const seen: unknown[] = [];
      const Old = heap.struct(
        "Old",
        { value: "i32", next: "self", other: "ref" },
        { finalize: () => void seen.push(trash.other.deref()) },
      );
      const trash: Trash = makeTrash(Old as NodeType);
      start(() => seen.length > 0);
      expect([seen, scene.answers(trash.old)]).toEqual([[undefined], [false]]);
      trash.old.release();
      trash.other.release();
    });
  });
});
