// Fields of records read and written from JavaScript, in a program of one struct type and in one of ten.

import { nodePartner, type Partner } from "../objects/partner.js";
import { takeTurns } from "../objects/turns.js";
import { median } from "../statistics.js";
import { type Effort, round } from "./suite.js";

/** What one way to a field takes. */
export interface FieldRow {
  readonly case: string;
  readonly by: string;
  /** Nanoseconds an access: median of the rounds. */
  readonly nanoseconds: number;
  readonly least: number;
  readonly samples: number;
}

/** An access by one way, as the process lists it. */
interface Listed {
  readonly access: string;
  readonly by: string;
}

const ROUNDS = 7;
/** Milliseconds of a sample. */
const SAMPLE = 15;
const TYPES = [1, 10];

/** Times every access by every way. */
export async function fieldRows(effort: Effort): Promise<FieldRow[]> {
  const rows: FieldRow[] = [];
  for (const types of TYPES) {
    const words = types === 1 ? "one type" : `${types} types`;
    console.error(`  ${words}`);
    const partner = nodePartner(words, "fields.js", String(types));
    try {
      rows.push(...(await rowsOf(partner, effort)));
    } finally {
      partner.end();
    }
  }
  return rows;
}

async function rowsOf(partner: Partner, effort: Effort): Promise<FieldRow[]> {
  const list = await partner.ask<Listed[]>("list");
  const answers = await takeTurns(list, ROUNDS, effort, (listed) =>
    partner.ask<number>("sample", list.indexOf(listed), effort.smoke ? 1 : SAMPLE),
  );
  return list.map((listed) => {
    const samples = answers.get(listed) as number[];
    return {
      case: `${listed.access}, ${partner.name}`,
      by: listed.by,
      nanoseconds: round(median(samples)),
      least: round(Math.min(...samples)),
      samples: samples.length,
    };
  });
}
