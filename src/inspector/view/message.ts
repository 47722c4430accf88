// A message in a corner of the page, until it is closed or the next one comes.

import { element, iconButton } from "./element.js";

const CLOSE = "M4 4l8 8M12 4l-8 8";

export class Message {
  readonly element = element("div", { class: "message", role: "alert", hidden: true });
  readonly #title = element("strong");
  readonly #text = element("p");

  constructor() {
    const close = iconButton(CLOSE, "Close the message", () => this.hide());
    this.element.append(element("div", {}, this.#title, this.#text), close);
  }

  show(title: string, text: string): void {
    this.#title.textContent = title;
    this.#text.textContent = text;
    this.element.hidden = false;
  }

  hide(): void {
    this.element.hidden = true;
  }
}
