// Keys that work anywhere on the page, unless something that has the focus wants them for itself.

import { MANY_STEPS } from "./transport.js";

export interface ShortcutListener {
  toggle(): void;
  step(count: number): void;
  toEnd(end: boolean): void;
  openFile(): void;
  focusMap(): void;
  toggleTheme(): void;
  toggleHelp(): void;
}

/** Listens for keys on `target`. Returns what ends it. */
export function listenForKeys(target: EventTarget, listener: ShortcutListener): () => void {
  const onKey = (event: Event) => {
    if (event instanceof KeyboardEvent && !event.defaultPrevented && answer(event, listener)) event.preventDefault();
  };
  target.addEventListener("keydown", onKey);
  return () => target.removeEventListener("keydown", onKey);
}

/** True if the key was one of them. */
function answer(event: KeyboardEvent, listener: ShortcutListener): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const focused = event.composedPath()[0];
  // What takes keys of its own keeps them.
  if (isText(focused) || focused instanceof HTMLSelectElement) return false;
  switch (event.key) {
    case " ":
      // A button that has the focus is pressed by it.
      if (focused instanceof HTMLButtonElement) return false;
      listener.toggle();
      return true;
    case ".":
    case ",":
      listener.step(event.key === "." ? 1 : -1);
      return true;
    case "ArrowRight":
    case "ArrowLeft": {
      if (hasArrows(focused)) return false;
      const way = event.key === "ArrowRight" ? 1 : -1;
      listener.step(way * (event.shiftKey ? MANY_STEPS : 1));
      return true;
    }
    case "Home":
    case "End":
      if (hasArrows(focused) || scrolls(focused)) return false;
      listener.toEnd(event.key === "End");
      return true;
    case "o":
    case "O":
      listener.openFile();
      return true;
    case "m":
    case "M":
      listener.focusMap();
      return true;
    case "t":
    case "T":
      listener.toggleTheme();
      return true;
    case "?":
      listener.toggleHelp();
      return true;
    default:
      return false;
  }
}

function isText(target: EventTarget | undefined): boolean {
  if (target instanceof HTMLInputElement) return target.type !== "range" && target.type !== "file";
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLElement && target.isContentEditable);
}

function hasArrows(target: EventTarget | undefined): boolean {
  return target instanceof HTMLInputElement;
}

function scrolls(target: EventTarget | undefined): boolean {
  return target instanceof HTMLElement && target.getAttribute("role") === "tabpanel";
}
