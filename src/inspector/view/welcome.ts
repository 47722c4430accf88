// What is there while nothing is open.

import { element, textButton } from "./element.js";

/** Something that can be looked at, by its name. */
export interface Offer {
  readonly name: string;
  open(): void;
}

export interface WelcomeListener {
  onDemo(): void;
  onOpen(): void;
}

/** `offers`: the heaps of the page, which come first if there are any. */
export function welcome(offers: readonly Offer[], listener: WelcomeListener): HTMLElement {
  const demo = { class: offers.length === 0 ? "button primary" : "button" };
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
      ...offers.map(({ name, open }) => textButton(`Heap “${name}”`, open, { class: "button primary" })),
      textButton("Play the demo", () => listener.onDemo(), demo),
      textButton("Open a file…", () => listener.onOpen()),
    ),
    element("p", {}, "Files can also be dropped here. They stay on this machine."),
  );
}
