// The lock of a heap, in one thread: who has it, how often, what it refuses, and what its heap hears.
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  GIL as AT,
  HEAP_START,
  L_BROKEN,
  L_BUSY,
  L_HOLDER,
  L_LAST_HOLDER,
  L_REQUEST,
  L_WAITING,
} from "../src/layout.js";
import { type GIL, PlainGil } from "../src/threads/gil.js";
import { SharedGil } from "../src/threads/sharedgil.js";
import { COUNT, Threads } from "./helpers/gilthreads.js";

const HOLDER = (AT + L_HOLDER) >> 2;
const BUSY = (AT + L_BUSY) >> 2;
const BROKEN = (AT + L_BROKEN) >> 2;
const LAST_HOLDER = (AT + L_LAST_HOLDER) >> 2;
const REQUEST = (AT + L_REQUEST) >> 2;

let threads: Threads | null = null;

/** A lock with nobody else. */
function open(): Threads {
  threads = new Threads();
  return threads;
}

afterEach(async () => {
  vi.restoreAllMocks();
  await threads?.end();
  threads = null;
});

const code = (wanted: string) => expect.objectContaining({ name: "HeapError", code: wanted });

describe.each<[string, () => GIL]>([
  ["a heap that is not shared", () => new PlainGil()],
  ["a shared heap", () => open().gil],
])("the lock of %s", (_name, make) => {
  test("is held from acquire to release, as often as it was acquired", () => {
    const gil = make();
    expect(gil.held).toBe(false);
    gil.acquire();
    gil.acquire();
    gil.release();
    expect(gil.held).toBe(true);
    gil.release();
    expect(gil.held).toBe(false);
  });

  test("a release without acquire is an error, and changes nothing", () => {
    const gil = make();
    expect(() => gil.release()).toThrow(code("GIL_NOT_HELD"));
    gil.run(() => gil.run(() => {}));
    expect(() => gil.release()).toThrow(code("GIL_NOT_HELD"));
    expect(gil.held).toBe(false);
  });

  test("a body releases what it has acquired, and no more", () => {
    const gil = make();
    gil.run(() => {
      expect(() => gil.release()).toThrow(code("GIL_NOT_HELD"));
      gil.acquire();
      gil.release();
      gil.run(() => expect(() => gil.release()).toThrow("gil.release: the lock was taken by gil.run"));
      expect(gil.held).toBe(true);
    });
    expect(gil.held).toBe(false);
  });

  test("a body may release what was acquired around it", () => {
    const gil = make();
    gil.acquire();
    gil.run(() => gil.release());
    expect(gil.held).toBe(false);
  });

  test("what is no function is refused, and the lock not taken", async () => {
    const gil = make();
    expect(() => gil.run(3 as never)).toThrow("gil.run: wants a function, not 3");
    expect(() => gil.atomic(undefined as never)).toThrow("gil.atomic: wants a function, not undefined");
    await expect(gil.runAsync("body" as never)).rejects.toThrow('gil.runAsync: wants a function, not "body"');
    expect(gil.held).toBe(false);
  });

  test("run holds it for its body, and returns what that returns", () => {
    const gil = make();
    expect(gil.run(() => [gil.held, gil.run(() => gil.held)])).toEqual([true, true]);
    expect(gil.held).toBe(false);
  });

  test("so does atomic", () => {
    const gil = make();
    expect(gil.atomic(() => [gil.held, gil.run(() => gil.held)])).toEqual([true, true]);
    expect(gil.held).toBe(false);
  });

  test("run lets go when its body throws", () => {
    const gil = make();
    const thrown = new Error("by the body");
    expect(() =>
      gil.run(() => {
        throw thrown;
      }),
    ).toThrow(thrown);
    expect(gil.held).toBe(false);
  });

  test("runAsync does the same, later", async () => {
    const gil = make();
    const promise = gil.runAsync(() => gil.held);
    expect(promise).toBeInstanceOf(Promise);
    expect(await promise).toBe(true);
    expect(gil.held).toBe(false);
    const thrown = new Error("by the body");
    const failing = gil.runAsync(() => {
      throw thrown;
    });
    await expect(failing).rejects.toBe(thrown);
    expect(gil.held).toBe(false);
  });

  test("bodies that go on after they have returned are refused, and the lock is released", async () => {
    const gil = make();
    expect(() => gil.run(async () => {})).toThrow(/gil\.run: the body returned a promise, and the lock is released/);
    expect(() => gil.run(() => [1].values())).toThrow(/gil\.run: the body returned an iterator/);
    await expect(gil.runAsync(async () => {})).rejects.toThrow(/gil\.runAsync: the body returned a promise/);
    await expect(gil.runAsync(async () => {})).rejects.toBeInstanceOf(TypeError);
    expect(gil.held).toBe(false);
  });

  test("with nobody else a checkpoint changes nothing, with the lock and without", () => {
    const gil = make();
    gil.checkpoint();
    gil.run(() => {
      gil.checkpoint();
      expect(gil.held).toBe(true);
    });
    expect(gil.switches).toBe(gil instanceof PlainGil ? 0 : 1);
  });

  test("it knows its thread", () => expect(make().thread).toBe(1));
});

describe("two heaps of one thread on a memory", () => {
  test("re-enter each other, and the last one lets go", () => {
    const { gil, words } = open();
    const second = (threads as Threads).another("second");
    gil.acquire();
    expect([gil.held, second.held]).toEqual([true, false]);
    second.acquire();
    gil.release();
    expect([gil.held, second.held, words[HOLDER]]).toEqual([false, true, 1]);
    second.release();
    expect(words[HOLDER]).toBe(0);
    second.close();
  });

  test("hear of the lock when they get it first and let go last", () => {
    const { gil, events } = open();
    const second = (threads as Threads).another("second");
    gil.run(() => gil.run(() => second.run(() => {})));
    expect(events).toEqual(["heap entered", "second entered", "second leaving", "heap leaving"]);
    second.close();
  });

  test("what one holds when it is closed the other keeps", () => {
    const { gil, words, events } = open();
    const second = (threads as Threads).another("second");
    gil.acquire();
    second.acquire();
    second.acquire();
    second.close();
    expect(events.at(-1)).toBe("second leaving");
    expect(words[HOLDER]).toBe(1);
    gil.release();
    expect(words[HOLDER]).toBe(0);
  });
});

describe("the lock of a shared heap", () => {
  test("closed with the lock, lets go; then it cannot be acquired", async () => {
    const { gil, words } = open();
    gil.acquire();
    gil.acquire();
    gil.close();
    expect([gil.held, words[HOLDER]]).toEqual([false, 0]);
    expect(() => gil.acquire()).toThrow(code("HEAP_DISPOSED"));
    expect(() => gil.run(() => {})).toThrow(code("HEAP_DISPOSED"));
    await expect(gil.runAsync(() => {})).rejects.toEqual(code("HEAP_DISPOSED"));
    expect(gil.tryAcquire()).toBe(false);
    expect(() => gil.release()).toThrow(code("GIL_NOT_HELD"));
  });

  test("closed by its body, run goes on", () => {
    const { gil } = open();
    expect(
      gil.run(() => {
        gil.close();
        return 7;
      }),
    ).toBe(7);
  });

  test("is not released in the middle of a call into the core", () => {
    const { gil, words } = open();
    gil.acquire();
    words[BUSY] = 1;
    expect(() => gil.release()).toThrow(code("BUSY"));
    expect(gil.held).toBe(true);
    gil.run(() => {});
    words[BUSY] = 0;
    gil.release();
    expect(gil.held).toBe(false);
  });

  test("broken is had by nobody; who has it can let go", async () => {
    const { gil, words } = open();
    gil.run(() => {
      words[BUSY] = 1;
      gil.markBroken();
      // Another heap of this thread would be as lost.
      expect(() => gil.acquire()).toThrow(code("HEAP_UNUSABLE"));
      expect(gil.held).toBe(true);
    });
    expect(words[BROKEN]).toBe(gil.thread + 1);
    expect(gil.held).toBe(false);
    expect(() => gil.acquire()).toThrow(code("HEAP_UNUSABLE"));
    expect(() => gil.acquire()).toThrow(/gil\.acquire: a call of this thread \(1\) into the core/);
    await expect(gil.runAsync(() => {})).rejects.toEqual(code("HEAP_UNUSABLE"));
    expect(gil.tryAcquire()).toBe(false);
    expect(words[HOLDER]).toBe(0);
  });

  test("a body that leaves a call into the core unfinished has broken it", () => {
    const { gil, words } = open();
    gil.run(() => {
      words[BUSY] = 1;
    });
    expect(words[BROKEN]).toBe(gil.thread + 1);
    expect(words[HOLDER]).toBe(0);
  });

  test("wanted by another thread: a checkpoint lets go of it and has it back, but never inside a call into the core", () => {
    const { gil, words, events } = open();
    gil.acquire();
    events.length = 0;
    words[REQUEST] = 1;
    words[BUSY] = 1;
    gil.checkpoint();
    expect(events).toEqual([]);
    words[BUSY] = 0;
    // Nobody comes for it: this thread gives way for a while, and goes on.
    gil.checkpoint();
    expect(events).toEqual(["heap leaving", "heap entered"]);
    expect([gil.held, words[REQUEST]]).toEqual([true, 0]);
    gil.release();
  });

  test("atomic keeps it to the end of its body, whoever wants it", () => {
    const { gil, words, events } = open();
    const result = gil.atomic(() => {
      words[REQUEST] = 1;
      gil.checkpoint();
      gil.run(() => gil.checkpoint());
      gil.atomic(() => {});
      gil.checkpoint();
      expect(() => gil.release()).toThrow(code("BUSY"));
      return 7;
    });
    expect(result).toBe(7);
    expect(events).toEqual(["heap entered", "heap leaving"]);
    expect(gil.held).toBe(false);
    gil.run(() => {
      words[REQUEST] = 1;
      gil.checkpoint();
    });
    expect(events.length).toBe(6);
  });

  test("atomic lets go when its body throws, and then checkpoints are as before", () => {
    const { gil, words, events } = open();
    const thrown = new Error("by the body");
    gil.acquire();
    expect(() =>
      gil.atomic(() => {
        throw thrown;
      }),
    ).toThrow(thrown);
    expect(() => gil.atomic(async () => {})).toThrow(/gil\.atomic: the body returned a promise/);
    events.length = 0;
    words[REQUEST] = 1;
    gil.checkpoint();
    expect(events).toEqual(["heap leaving", "heap entered"]);
    gil.release();
  });

  test("asked for, is not taken again before another has had it, or has not come for it", async () => {
    const { gil, words } = open();
    // It would give up after a while.
    const now = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(now);
    gil.run(() => Atomics.store(words, REQUEST, 1));
    expect(gil.tryAcquire()).toBe(false);
    const later = gil.runAsync(() => gil.switches);
    expect(gil.tryAcquire()).toBe(false);
    // Another takes it, and lets go.
    words[LAST_HOLDER] = 99;
    Atomics.notify(words, LAST_HOLDER);
    expect(await later).toBe(2);
    expect(gil.tryAcquire()).toBe(true);
    gil.release();
  });

  test("what it does on entering is not divided either", () => {
    const { gil, words, doOnEntering } = open();
    const seen: unknown[] = [];
    doOnEntering(() => {
      words[REQUEST] = 1;
      gil.checkpoint();
      seen.push(gil.held, gil.isUndivided, gil.switches);
      expect(() => gil.release()).toThrow(code("BUSY"));
      seen.push("refused");
    });
    gil.run(() => seen.push(gil.isUndivided));
    expect(seen).toEqual([true, true, 1, "refused", false]);
  });

  test("disposed of on entering, it does not run its body", () => {
    const { gil, words, doOnEntering } = open();
    doOnEntering(() => gil.close());
    expect(() => gil.run(() => expect.unreachable())).toThrow(code("HEAP_DISPOSED"));
    expect(words[HOLDER]).toBe(0);
  });

  test("held through another copy of the library, is not waited for", () => {
    const { gil, words } = open();
    words[HOLDER] = gil.thread;
    expect(() => gil.acquire()).toThrow(code("BUSY"));
    expect(gil.tryAcquire()).toBe(false);
    words[HOLDER] = 0;
  });

  test("tryAcquire has it when it is free, and re-enters", () => {
    const { gil, words } = open();
    expect(gil.tryAcquire()).toBe(true);
    expect(gil.tryAcquire()).toBe(true);
    gil.release();
    gil.release();
    words[HOLDER] = 99;
    expect(gil.tryAcquire()).toBe(false);
    words[HOLDER] = 0;
  });

  test("leaves the words of others alone, and none of its own behind", () => {
    const { gil, words } = open();
    gil.run(() => gil.run(() => {}));
    for (const index of [HOLDER, REQUEST, (AT + L_WAITING) >> 2]) expect(words[index]).toBe(0);
    expect(words[COUNT]).toBe(0);
  });

  test("wants the words of a shared memory from address 0 on", () => {
    const hooks = { entered() {}, leaving() {}, report() {} };
    expect(() => new SharedGil(new Int32Array(HEAP_START), hooks)).toThrow(TypeError);
    expect(() => new SharedGil(new Int32Array(new SharedArrayBuffer(64)), hooks)).toThrow(TypeError);
    expect(() => new SharedGil(new Int32Array(new SharedArrayBuffer(HEAP_START + 8), 8), hooks)).toThrow(TypeError);
  });
});

describe("where a thread may not block", () => {
  function openThere(): Threads {
    vi.spyOn(Atomics, "wait").mockImplementation(() => {
      throw new TypeError("Atomics.wait cannot be called in this context");
    });
    return open();
  }

  test("the lock is had if it is free", () => {
    const { gil } = openThere();
    expect(gil.run(() => gil.held)).toBe(true);
  });

  test("a lock that another thread holds is an error that says what to do", () => {
    const { gil, words } = openThere();
    words[HOLDER] = 99;
    expect(() => gil.acquire()).toThrow(code("CANNOT_BLOCK"));
    expect(() => gil.run(() => {})).toThrow(/gil\.run: thread 99 holds the lock.*runAsync/);
    expect(gil.held).toBe(false);
    words[HOLDER] = 0;
    gil.run(() => {});
  });

  test("a checkpoint keeps the lock: this thread could not wait for it", () => {
    const { gil, words, events } = openThere();
    gil.run(() => {
      words[REQUEST] = 1;
      gil.checkpoint();
      expect(events).toEqual(["heap entered"]);
    });
    // And takes it again without giving way.
    gil.run(() => expect(words[REQUEST]).toBe(0));
  });

  test("runAsync waits for the lock", async () => {
    const { gil, words } = openThere();
    words[HOLDER] = 99;
    const promise = gil.runAsync(() => gil.held);
    setTimeout(() => Atomics.store(words, HOLDER, 0), 1);
    expect(await promise).toBe(true);
  });
});

describe("watch", () => {
  test("wants a worker", () => {
    const { gil } = open();
    expect(() => gil.watch({} as never)).toThrow(
      /gil\.watch: wants a Worker of node:worker_threads, not \[object Object\]/,
    );
    expect(() => gil.watch(null as never)).toThrow(TypeError);
  });
});
