// The side of a process that is asked: see partner.ts.

import { createInterface } from "node:readline";

/** What can be asked for: functions by name, whose parameters and results are plain data. */
export type Answers = Readonly<Record<string, (...parameters: never[]) => unknown>>;

/** Answers until nobody asks any more. */
export async function answer(answers: Answers): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, ...parameters] = JSON.parse(line) as [string, ...never[]];
    const known = answers[name];
    if (known === undefined) throw new Error(`nothing is known about ${name}`);
    console.log(JSON.stringify((await known(...parameters)) ?? null));
  }
}

/** The engine's own full collection. */
export function collectJavaScript(): void {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("this needs node --expose-gc");
  gc();
}
