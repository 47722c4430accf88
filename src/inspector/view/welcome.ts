// What is there while nothing is open.

import { element, textButton } from "./element.js";

export function welcome(onDemo: () => void, onOpen: () => void): HTMLElement {
  return element(
    "section",
    { class: "welcome", "aria-label": "Begin" },
    element("h2", { class: "title" }, "Look inside a heap"),
    element(
      "p",
      {},
      "Play a recorded trace of a program's allocations, open the image of a heap, or watch a small program of objects at work.",
    ),
    element(
      "div",
      { class: "choices" },
      textButton("Play the demo", onDemo, { class: "button primary" }),
      textButton("Open a file…", onOpen),
    ),
    element("p", {}, "Files can also be dropped here. They stay on this machine."),
  );
}
