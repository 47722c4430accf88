// What to look at after npm start, and with which command.

/** Files to look into; null for what was not part of the run. */
export interface Sights {
  /** The image of the tree's heap. */
  readonly image: string | null;
  /** The first trace that was replayed. */
  readonly trace: string | null;
}

const GAP = 3;

/** Lines that say what can be seen, and the command that shows it; none if there is nothing. */
export function lookLines({ image, trace }: Sights): string[] {
  const sights: (readonly [what: string, command: string])[] = [];
  if (image !== null) {
    const snapshot = `${image.replace(/\.image$/, "")}.heapsnapshot`;
    sights.push(
      ["the tree's heap: arenas, pools, blocks, objects", `npx arenaria inspect ${image}`],
      ["its size classes, generations and types", `npx arenaria stats ${image}`],
      ["the same in Chrome's DevTools: Memory, Load profile", `npx arenaria snapshot ${image} -o ${snapshot}`],
    );
  }
  if (trace !== null) sights.push(["a trace as it is played", `npx arenaria inspect ${trace}`]);
  if (sights.length === 0) return [];
  const width = Math.max(...sights.map(([what]) => what.length)) + GAP;
  return ["look at it", ...sights.map(([what, command]) => `  ${what.padEnd(width)}${command}`)];
}
