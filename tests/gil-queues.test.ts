// The two queues of threads that wait for the lock. The waits are asynchronous ones of this thread: the engine keeps them in the same queues.
import { expect, test } from "vitest";
import { GIL, HEAP_START, L_HOLDER, L_WAITING } from "../src/layout.js";
import { othersMayWait, type Place, placeAhead, placeBehind, wakeAll, wakeOne } from "../src/threads/queues.js";
import { waitLater } from "../src/threads/thread.js";

const HOLDER = (GIL + L_HOLDER) >> 2;
const WAITING = (GIL + L_WAITING) >> 2;
const LONG = 30_000;

/** A lock that thread 99 holds, with those who wait for it. */
class Queue {
  readonly words = new Int32Array(new SharedArrayBuffer(HEAP_START));
  readonly woken: string[] = [];

  constructor() {
    this.words[HOLDER] = 99;
  }

  wait(name: string, place: Place): Promise<void> {
    return waitLater(this.words, place.index, place.value, LONG).then((isLate) => {
      this.woken.push(isLate ? `${name}, too late` : name);
    });
  }

  ahead(name: string): Promise<void> {
    return this.wait(name, placeAhead(this.words));
  }

  behind(name: string): Promise<void> {
    return this.wait(name, placeBehind(this.words, 99));
  }
}

test("the first queue is woken before the second, each in its order", async () => {
  const queue = new Queue();
  const { words, woken } = queue;
  const waits = [queue.behind("c"), queue.ahead("a"), queue.behind("d"), queue.ahead("b")];
  for (const next of [waits[1], waits[3], waits[0], waits[2]]) {
    wakeOne(words);
    await next;
    othersMayWait(words);
  }
  expect(woken).toEqual(["a", "b", "c", "d"]);
});

test("nobody is looked for where nobody waits", () => {
  const { words } = new Queue();
  placeAhead(words);
  placeBehind(words, 99);
  expect(words[WAITING]).not.toBe(0);
  wakeOne(words);
  expect(words[WAITING]).toBe(0);
  const before = words.slice();
  wakeOne(words);
  expect(words).toEqual(before);
});

test("a place in the first queue is none any more when somebody was to be woken", async () => {
  const queue = new Queue();
  const place = placeAhead(queue.words);
  wakeOne(queue.words);
  await queue.wait("at once", place);
  expect(queue.woken).toEqual(["at once"]);
});

test("all are woken together", async () => {
  const queue = new Queue();
  const waits = [queue.behind("c"), queue.ahead("a"), queue.ahead("b")];
  wakeAll(queue.words);
  await Promise.all(waits);
  expect(queue.woken.sort()).toEqual(["a", "b", "c"]);
});
