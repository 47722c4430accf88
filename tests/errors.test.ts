// Misuse and damage: which error, with which code, what it says, and that the heap is as it was.
import { describe, expect, test } from "vitest";
import * as ids from "../assembly/invariants.js";
import { AddressError, type Allocator, CorruptionError, type Heap, HeapError, MemoryError } from "../src/index.js";
import { invariantOf } from "../src/invariants.js";
import { QUARANTINE_BYTES } from "../src/layout.js";
import { openHeap, VARIANTS } from "./helpers/heap.js";

const DOMAINS = ["raw", "mem", "obj"] as const;

function thrownBy(use: () => unknown): unknown {
  try {
    use();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function corruptionBy(use: () => unknown): CorruptionError {
  const error = thrownBy(use);
  expect(error).toBeInstanceOf(CorruptionError);
  return error as CorruptionError;
}

function bytes(heap: Heap): Uint8Array {
  return new Uint8Array(heap.memory.buffer);
}

describe("classes", () => {
  const errors = [
    new HeapError("HEAP_DISPOSED", "gone"),
    new MemoryError("NO_MEMORY", 8, "none"),
    new AddressError("BAD_ADDRESS", 8, "bad"),
    new CorruptionError("overrun", 8, "damaged", { report: "line" }),
  ];

  test.each(errors)("$name is a HeapError with a name, a code and a message", (error) => {
    expect(error).toBeInstanceOf(HeapError);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe(`${error.constructor.name}: ${error.message}`);
    expect(error.code).toMatch(/^[A-Z_]+$/);
    expect(error.stack).toContain("errors.test.ts");
  });

  test("a cause is kept", () => {
    const cause = new Error("why");
    expect(new HeapError("WASM_UNAVAILABLE", "no", { cause }).cause).toBe(cause);
    expect(new MemoryError("NO_MEMORY", 1, "no", { cause }).cause).toBe(cause);
  });

  test("the report is part of the message", () => {
    expect(new CorruptionError("overrun", 8, "damaged", { report: "line" }).message).toBe("damaged\nline");
    expect(new CorruptionError("invariant", 8, "damaged", { invariant: "ring" }).message).toBe("damaged");
  });
});

// ── addresses that are no block ─────────────────────────────────────────────────────────────────────

const SIZES = [8, 100, 512, 513, 5000, 200_000];

describe.each(VARIANTS.flatMap((variant) => DOMAINS.map((domain) => ({ ...variant, domain }))))(
  "$domain of $name",
  ({ open, domain, debug }) => {
    /** Every way to use an address; each must throw `expected` and change nothing, not even a byte of the block. */
    function expectRefused(heap: Heap, address: number, expected: object): void {
      const at: Allocator = heap[domain];
      const blocks = heap.sys.getAllocatedBlocks();
      const { live } = heap.sys.memoryUsage();
      for (const use of [
        () => at.free(address),
        () => at.realloc(address, 50),
        () => at.realloc(address, 5000),
        () => at.usableSize(address),
        () => at.bytes(address),
      ]) {
        expect(thrownBy(use)).toMatchObject(expected);
      }
      expect(heap.sys.getAllocatedBlocks()).toBe(blocks);
      expect(heap.sys.memoryUsage().live).toBe(live);
      heap.verify();
    }

    test.each(SIZES)("no address within a block of %i bytes is a block", async (size) => {
      const heap = await open();
      const block = heap[domain].malloc(size);
      heap[domain].bytes(block, size).fill(0x5a);
      for (const offset of new Set([1, 2, 4, 7, 8, 16, 24, size >> 1, size - 1])) {
        if (offset >= size) continue;
        expectRefused(heap, block + offset, { name: "AddressError", code: "BAD_ADDRESS", address: block + offset });
      }
      heap[domain].free(block);
    });

    test("no foreign address is a block", async () => {
      const heap = await open();
      const block = heap[domain].malloc(64);
      const end = heap.memory.buffer.byteLength;
      for (const address of [8, 0x1000, 0x4000, 0xfff8, 0x10000, end - 8, end, end + 4096, 2 ** 31, 2 ** 32 - 8]) {
        expectRefused(heap, address, { name: "AddressError", code: "BAD_ADDRESS", address });
      }
      heap[domain].free(block);
    });

    test("an address of another heap is no block", async () => {
      const [heap, other] = [await open(), await open()];
      for (let i = 0; i < 10; i++) other[domain].malloc(300);
      expectRefused(heap, other[domain].malloc(300), { name: "AddressError", code: "BAD_ADDRESS" });
    });

    test.each(SIZES)("a block of %i bytes can be freed once", async (size) => {
      const heap = await open();
      const [first, block] = [heap[domain].malloc(size), heap[domain].malloc(size)];
      heap[domain].free(block);
      expectRefused(heap, block, {
        name: debug ? "CorruptionError" : "AddressError",
        code: "ALREADY_FREE",
        address: block,
        ...(debug && { rule: "double-free" }),
      });
      heap[domain].free(first);
      expectRefused(heap, block, { code: "ALREADY_FREE" });
    });

    test.each(SIZES)("a block of %i bytes belongs to its domain", async (size) => {
      const heap = await open();
      for (const other of DOMAINS) {
        // Without frames nothing tells mem from obj.
        if (other === domain || (!debug && other !== "raw" && domain !== "raw")) continue;
        const block = heap[other].malloc(size);
        expectRefused(heap, block, {
          name: debug ? "CorruptionError" : "AddressError",
          code: "BAD_DOMAIN",
          address: block,
          ...(debug && { rule: "bad-domain" }),
        });
        heap[other].free(block);
      }
    });
  },
);

describe.each(VARIANTS)("$name: objects", ({ open }) => {
  test.each(DOMAINS)("are not freed as blocks of %s", async (domain) => {
    const heap = await open();
    const Node = heap.struct("Node", { next: "self" });
    using node = new Node();
    const address: number = node.address;
    const error = { name: "AddressError", code: "IS_OBJECT", address };
    expect(thrownBy(() => heap[domain].free(address))).toMatchObject(error);
    expect(thrownBy(() => heap[domain].realloc(address, 100))).toMatchObject(error);
    expect(thrownBy(() => heap[domain].usableSize(address))).toMatchObject(error);
    expect(heap.sys.getRefCount(node)).toBe(1);
    heap.verify();
  });
});

describe("messages of a plain heap say what, where, and what to do", () => {
  test("a second free", async () => {
    const heap = await openHeap();
    const block = heap.mem.malloc(100);
    heap.mem.free(block);
    expect(thrownBy(() => heap.mem.free(block))).toMatchObject({
      message:
        `mem.free(0x${block.toString(16).padStart(8, "0")}): the block was freed before; the heap is unchanged. ` +
        "Free a block once, and forget its address then",
    });
  });

  test("a block of another domain", async () => {
    const heap = await openHeap();
    const block = heap.raw.malloc(100);
    expect(thrownBy(() => heap.obj.realloc(block, 7))).toMatchObject({
      message: expect.stringMatching(/^obj\.realloc\(0x[0-9a-f]{8}, 7\): the block belongs to another domain; /),
    });
  });
});

// ── debug mode ──────────────────────────────────────────────────────────────────────────────────────

describe.each(VARIANTS.filter(({ debug }) => !debug))("$name: a freed block that was written to", ({ open }) => {
  test.each([24, 5000])("is not handed out again (%d bytes)", async (size) => {
    const heap = await open();
    const block = heap.mem.malloc(size);
    heap.mem.free(block);
    // The second word of a small block; the header of a large one.
    bytes(heap).fill(0x41, size > 512 ? block - 8 : block, block + 8);
    const error = corruptionBy(() => heap.mem.malloc(size));
    expect(error).toMatchObject({ rule: "use-after-free", address: block });
    const next = heap.mem.malloc(size);
    expect(next).not.toBe(block);
    heap.mem.free(next);
  });
});

describe.each(VARIANTS.filter(({ debug }) => debug))("$name", ({ open }) => {
  test.each(DOMAINS)("every byte of the frame of a block of %s is guarded", async (domain) => {
    for (const size of [0, 1, 24, 500, 3000, 100_000]) {
      for (const offset of [-1, -2, -3, -4, size, size + 1, size + 2, size + 3]) {
        const heap = await open();
        const block = heap[domain].malloc(size);
        const before = bytes(heap)[block + offset] as number;
        bytes(heap)[block + offset] = 0x41;
        const rule = offset < 0 ? "underrun" : "overrun";
        const expected = { rule, code: rule.toUpperCase(), address: block };
        expect(corruptionBy(() => heap.verify())).toMatchObject(expected);
        expect(corruptionBy(() => heap[domain].free(block))).toMatchObject(expected);
        expect(corruptionBy(() => heap[domain].realloc(block, 10))).toMatchObject(expected);
        expect(corruptionBy(() => heap[domain].usableSize(block))).toMatchObject(expected);
        expect(bytes(heap)[block + offset]).toBe(0x41);
        bytes(heap)[block + offset] = before;
        heap.verify();
        heap[domain].free(block);
        heap.verify();
      }
    }
  });

  test("a write to a freed block is found by verify()", async () => {
    for (const size of [8, 300, 2000, 200_000]) {
      for (const offset of [0, size >> 1, size - 1]) {
        const heap = await open();
        const block = heap.mem.malloc(size);
        heap.mem.malloc(size);
        heap.mem.free(block);
        heap.verify();
        bytes(heap)[block + offset] = 1;
        expect(corruptionBy(() => heap.verify())).toMatchObject({
          rule: "use-after-free",
          code: "USE_AFTER_FREE",
          address: block,
          message: expect.stringContaining("heap.verify(): use-after-free at 0x"),
          report: expect.stringContaining(`    0x${(block + offset).toString(16).padStart(8, "0")}: 0x01   <- damaged`),
        });
      }
    }
  });

  test("a write to a freed block is found when the block is reused at the latest", async () => {
    const heap = await open();
    const block = heap.mem.malloc(1000);
    heap.mem.free(block);
    bytes(heap)[block + 500] = 7;
    const others = Array.from({ length: QUARANTINE_BYTES / 1000 + 10 }, () => heap.mem.malloc(1000));
    const errors = others.flatMap((other) => {
      try {
        heap.mem.free(other);
        return [];
      } catch (error) {
        return [error as CorruptionError];
      }
    });
    // It speaks of the block that was written to; the one given is freed.
    expect(errors).toEqual([
      expect.objectContaining({ name: "CorruptionError", rule: "use-after-free", address: block }),
    ]);
    expect(errors[0]?.report).toContain(": 0x07   <- damaged");
    // It stays as it is, for whoever wants to look.
    expect(corruptionBy(() => heap.verify())).toMatchObject({ rule: "use-after-free", address: block });
  });

  test("blocks are filled as in CPython", async () => {
    const heap = await open();
    const block = heap.obj.malloc(16);
    expect(Array.from(heap.obj.bytes(block))).toEqual(Array(16).fill(0xcd));
    expect(Array.from(bytes(heap).subarray(block - 8, block))).toEqual([0, 0, 0, 16, 0x6f, 0xfd, 0xfd, 0xfd]);
    expect(Array.from(bytes(heap).subarray(block + 16, block + 20))).toEqual(Array(4).fill(0xfd));
    heap.obj.free(block);
    expect(Array.from(bytes(heap).subarray(block, block + 16))).toEqual(Array(16).fill(0xdd));
  });
});

describe("reports of debug mode", () => {
  /** A report with the block's address as if it were 0x00001000, so that it can be compared. */
  function atThousand(report: string, block: number): string {
    return report.replace(/0x([0-9a-f]{8})/g, (_, digits: string) => {
      const moved = Number.parseInt(digits, 16) - block + 0x1000;
      return `0x${moved.toString(16).padStart(8, "0")}`;
    });
  }

  async function filled(size: number): Promise<{ heap: Heap; block: number }> {
    const heap = await openHeap({ debug: true });
    const block = heap.mem.malloc(size);
    heap.mem.bytes(block).forEach((_, i, data) => {
      data[i] = i;
    });
    return { heap, block };
  }

  test("overrun: the pad bytes after it, one by one", async () => {
    const { heap, block } = await filled(20);
    bytes(heap).set([0x41, 0xfd, 0x43], block + 20);
    const { report, message } = corruptionBy(() => heap.mem.free(block));
    expect(message).toMatch(/^mem\.free\(0x[0-9a-f]{8}\): overrun at 0x[0-9a-f]{8}: bytes after the block were overwr/);
    expect(message.endsWith(`\n${report}`)).toBe(true);
    expect(atThousand(report, block)).toBe(
      [
        "block at 0x00001000: 20 bytes, of the domain mem",
        "  3 pad bytes before it: all 0xfd",
        "  4 pad bytes after it, not all 0xfd:",
        "    0x00001014: 0x41   <- damaged",
        "    0x00001015: 0xfd",
        "    0x00001016: 0x43   <- damaged",
        "    0x00001017: 0xfd",
        "  first data bytes: 00 01 02 03 04 05 06 07",
        "  last data bytes:  0c 0d 0e 0f 10 11 12 13",
      ].join("\n"),
    );
  });

  test("underrun: the pad bytes before it, one by one", async () => {
    const { heap, block } = await filled(3);
    bytes(heap)[block - 1] = 0;
    const { report } = corruptionBy(() => heap.mem.realloc(block, 4));
    expect(atThousand(report, block)).toBe(
      [
        "block at 0x00001000: 3 bytes, of the domain mem",
        "  3 pad bytes before it, not all 0xfd:",
        "    0x00000ffd: 0xfd",
        "    0x00000ffe: 0xfd",
        "    0x00000fff: 0x00   <- damaged",
        "  4 pad bytes after it: all 0xfd",
        "  data: 00 01 02",
      ].join("\n"),
    );
  });

  test("underrun: a size and a domain that were overwritten", async () => {
    const { heap, block } = await filled(8);
    bytes(heap).set([0x7f, 0xff, 0xff, 0xff, 0x41], block - 8);
    const { report } = corruptionBy(() => heap.verify());
    expect(atThousand(report, block)).toBe(
      [
        "block at 0x00001000: 2147483647 bytes, which the block cannot have, of no domain (its letter is 0x41)",
        "  3 pad bytes before it: all 0xfd",
        "  the size was overwritten: where the block ends is unknown",
      ].join("\n"),
    );
  });

  test("bad domain: the one it is of", async () => {
    const { heap, block } = await filled(1);
    const { report } = corruptionBy(() => heap.obj.free(block));
    expect(atThousand(report, block).split("\n")[0]).toBe("block at 0x00001000: 1 bytes, of the domain mem");
    expect(report).not.toContain("damaged");
  });

  test("use after free: the bytes that were written", async () => {
    const { heap, block } = await filled(20);
    heap.mem.free(block);
    bytes(heap).set([1, 2], block + 6);
    const { report } = corruptionBy(() => heap.verify());
    expect(atThousand(report, block)).toBe(
      [
        "block at 0x00001000: freed, room for 24 bytes",
        "  data bytes, not all 0xdd as they were left when it was freed:",
        "    0x00001006: 0x01   <- damaged",
        "    0x00001007: 0x02   <- damaged",
        "  first data bytes: dd dd dd dd dd dd 01 02",
        "  last data bytes:  dd dd dd dd dd dd dd dd",
      ].join("\n"),
    );
  });

  test("use after free: no more than the first of many", async () => {
    const { heap, block } = await filled(3000);
    heap.mem.free(block);
    bytes(heap).fill(0, block, block + 3000);
    const { report } = corruptionBy(() => heap.verify());
    expect(report.split("\n")).toHaveLength(1 + 1 + 8 + 1 + 2);
    expect(report).toContain("    and 2992 more");
  });

  test("double free: what is left of it", async () => {
    const { heap, block } = await filled(20);
    heap.mem.free(block);
    const { report } = corruptionBy(() => heap.mem.free(block));
    expect(atThousand(report, block).split("\n").slice(0, 2)).toEqual([
      "block at 0x00001000: freed, room for 24 bytes",
      "  data bytes: all 0xdd, as they were left when it was freed",
    ]);
  });
});

// ── invariants ──────────────────────────────────────────────────────────────────────────────────────

describe("invariants", () => {
  test("verify() says which does not hold, and where", async () => {
    const heap = await openHeap();
    const block = heap.raw.malloc(1000);
    bytes(heap)[block - 1] = (bytes(heap)[block - 1] as number) ^ 1;
    expect(corruptionBy(() => heap.verify())).toMatchObject({
      rule: "invariant",
      code: "INVARIANT",
      invariant: "chunk-seal",
      report: "",
      message: expect.stringMatching(
        /^heap\.verify\(\): invariant chunk-seal does not hold at 0x[0-9a-f]{8}: the header before a large block was/,
      ),
    });
  });

  test("a write through null is one", async () => {
    const heap = await openHeap();
    bytes(heap)[8] = 1;
    expect(corruptionBy(() => heap.verify())).toMatchObject({ invariant: "runtime", address: 8 });
  });

  test("a write to a freed block is one", async () => {
    const heap = await openHeap();
    const block = heap.mem.malloc(64);
    heap.mem.malloc(64);
    heap.mem.free(block);
    bytes(heap).fill(0x41, block, block + 64);
    expect(corruptionBy(() => heap.verify()).rule).toBe("invariant");
  });

  test("each has a name and a sentence of its own", () => {
    const known = Object.values(ids).map(invariantOf);
    expect(new Set(known.map(({ name }) => name)).size).toBe(Object.keys(ids).length);
    expect(new Set(known.map(({ sentence }) => sentence)).size).toBe(Object.keys(ids).length);
    for (const [constant, id] of Object.entries(ids)) {
      expect(`I_${invariantOf(id).name.toUpperCase().replaceAll("-", "_")}`).toBe(constant);
      expect(invariantOf(id).sentence).toMatch(/^[a-z].*[^.]$/);
    }
  });

  test("a number that is none has a sentence too", () => {
    expect(invariantOf(9999)).toMatchObject({ name: "number 9999" });
  });
});
