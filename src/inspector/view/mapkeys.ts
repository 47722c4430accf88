// What keys do on the map.

export type Move =
  | { readonly kind: "go"; readonly way: "left" | "right" | "up" | "down" }
  | { readonly kind: "pan"; readonly x: number; readonly y: number }
  | { readonly kind: "edge"; readonly end: boolean }
  | { readonly kind: "zoom"; readonly step: number }
  | { readonly kind: "fit" | "in" | "out" };

/** Share of the view that Shift and an arrow move it by. */
const PAN = 0.2;

const ARROWS: Readonly<Record<string, readonly ["left" | "right" | "up" | "down", number, number]>> = {
  ArrowLeft: ["left", -PAN, 0],
  ArrowRight: ["right", PAN, 0],
  ArrowUp: ["up", 0, -PAN],
  ArrowDown: ["down", 0, PAN],
};

const OTHERS: Readonly<Record<string, Move>> = {
  Home: { kind: "edge", end: false },
  End: { kind: "edge", end: true },
  "+": { kind: "zoom", step: 1 },
  "=": { kind: "zoom", step: 1 },
  "-": { kind: "zoom", step: -1 },
  "0": { kind: "fit" },
  Enter: { kind: "in" },
  Backspace: { kind: "out" },
  Escape: { kind: "out" },
};

/** The move that a key stands for; null if it is none of the map's. */
export function moveOf(event: KeyboardEvent): Move | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const arrow = ARROWS[event.key];
  if (arrow === undefined) return OTHERS[event.key] ?? null;
  const [way, x, y] = arrow;
  return event.shiftKey ? { kind: "pan", x, y } : { kind: "go", way };
}
