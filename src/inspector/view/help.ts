// The keys there are, in a dialog.

import { element, iconButton, uniqueId } from "./element.js";

const CLOSE = "M4 4l8 8M12 4l-8 8";

const KEYS: readonly {
  readonly title: string;
  readonly keys: readonly (readonly [what: string, ...keys: string[]])[];
}[] = [
  {
    title: "Playback",
    keys: [
      ["Play or pause", "Space"],
      ["A step on", "→", "."],
      ["A step back", "←", ","],
      ["1,000 steps", "Shift →", "Shift ←"],
      ["To the start, to the end", "Home", "End"],
    ],
  },
  {
    title: "Map, while it has the focus",
    keys: [
      ["From cell to cell", "← ↑ → ↓"],
      ["Move the view", "Shift + arrows"],
      ["Closer, and choose", "Enter"],
      ["Back", "Backspace", "Esc"],
      ["Zoom", "+", "−"],
      ["All of the memory", "0"],
      ["First, last cell", "Home", "End"],
    ],
  },
  {
    title: "Map, by hand",
    keys: [
      ["Zoom", "wheel", "pinch"],
      ["Move the view", "drag"],
      ["Choose", "click"],
      ["Closer", "double click"],
    ],
  },
  {
    title: "The page",
    keys: [
      ["Open a file", "O"],
      ["To the map", "M"],
      ["Light or dark", "T"],
      ["These keys", "?"],
    ],
  },
];

export class Help {
  readonly element: HTMLDialogElement;

  constructor() {
    const id = uniqueId("help");
    const close = iconButton(CLOSE, "Close", () => this.element.close(), "Esc");
    const groups = KEYS.map(({ title, keys }) =>
      element(
        "section",
        {},
        element("h3", {}, title),
        element(
          "dl",
          {},
          ...keys.map(([what, ...names]) =>
            element(
              "div",
              {},
              element("dt", {}, what),
              element("dd", {}, ...names.flatMap((name, index) => [index > 0 ? " " : "", element("kbd", {}, name)])),
            ),
          ),
        ),
      ),
    );
    this.element = element(
      "dialog",
      { "aria-labelledby": id },
      element("header", {}, element("h2", { id, class: "help-title" }, "Keys"), close),
      element("div", { class: "shortcuts" }, ...groups),
    );
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.element.close();
    });
  }

  toggle(): void {
    if (this.element.open) this.element.close();
    else this.element.showModal();
  }
}
