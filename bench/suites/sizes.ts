// Bytes of values, beside CPython's on 32 bits.

import { Heap } from "arenaria";
import { pyodidePartner } from "../objects/partner.js";
import { bytesOf, KINDS, type Kind, SHOWN, SHOWN_BITS, type Way } from "../values/sizes.js";
import type { Effort } from "./suite.js";

/** What a value takes, made in one way. */
export interface SizeRow {
  readonly type: string;
  readonly contents: string;
  readonly made: Way;
  readonly length: number;
  /** Bytes as heap.sys.getSizeOf tells, those of the blocks in use, and as Python's sys.getsizeof tells. */
  readonly ours: number;
  readonly blocks: number;
  readonly python: number;
  /** Ours is larger, and should not be. */
  readonly above: boolean;
}

/** Rows, CPython's version, and a sentence for each row that is larger than it should be. */
export interface SizeRows {
  readonly python: string;
  /** Values that were measured. The rows are those of them that are shown, or too large. */
  readonly measured: number;
  readonly rows: readonly SizeRow[];
  readonly failures: readonly string[];
}

/** Longest value of a smoke run: a literal of many items takes CPython a while. */
const SMOKE_LENGTH = 1000;

/** Measures every kind of value in every way and length. */
export async function sizeRows({ smoke }: Effort, kinds: readonly Kind[] = KINDS): Promise<SizeRows> {
  const partner = pyodidePartner("sizes.py");
  const heap = await Heap.create();
  try {
    const rows: SizeRow[] = [];
    for (const kind of kinds) {
      console.error(`  ${kind.type} ${kind.contents}`.trimEnd());
      for (const made of kind.ways) {
        const { type, contents, judged } = kind;
        const lengths = kind.lengths.filter((length) => !smoke || length <= SMOKE_LENGTH);
        const theirs = await partner.ask<number[]>("sizes", type, contents, made, lengths);
        for (const [i, length] of lengths.entries()) {
          const { told, blocks } = bytesOf(heap, kind, made, length);
          const python = theirs[i] as number;
          rows.push({ type, contents, made, length, ours: told, blocks, python, above: judged && told > python });
        }
      }
    }
    return {
      python: await partner.ask<string>("version"),
      measured: rows.length,
      rows: rows.filter((row) => isShown(row) || row.above),
      failures: rows.filter(({ above }) => above).map(sentence),
    };
  } finally {
    partner.end();
    heap[Symbol.dispose]();
  }
}

function isShown({ type, length }: SizeRow): boolean {
  return (type === "int" ? SHOWN_BITS : type === "float" ? [length] : SHOWN).includes(length);
}

function sentence({ type, contents, made, length, ours, python }: SizeRow): string {
  return `a ${type} (${contents}, ${made}) of ${length} takes ${ours} bytes, CPython's ${python}`;
}
