// The bar on top: what is open, and what can be opened.

import type { Session } from "../model/session.js";
import { element, icon, iconButton, setText, textButton } from "./element.js";

const KINDS = {
  trace: "recorded trace",
  demo: "demo program",
  image: "image of a heap",
  heap: "heap of this page",
} as const;

/** A tile with four pools. */
const MARK = "M2.5 2.5h4.6v4.6H2.5zM8.9 2.5h4.6v4.6H8.9zM2.5 8.9h4.6v4.6H2.5zM8.9 8.9h4.6v4.6H8.9z";

export interface HeaderListener {
  onOpen(): void;
  onDemo(): void;
  onHelp(): void;
}

export class Header {
  readonly element: HTMLElement;
  readonly #name = element("span", { class: "session-name" });
  readonly #kind = element("span", { class: "kind" });

  constructor(listener: HeaderListener, theme: HTMLElement) {
    const mark = icon(MARK);
    mark.classList.add("mark");
    const help = iconButton(
      "M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3v.3M8 11.8v.1",
      "Keys",
      () => listener.onHelp(),
      "?",
    );
    help.classList.add("wide-only");
    this.element = element(
      "header",
      { class: "bar" },
      element("h1", { class: "brand" }, mark, element("span", { class: "word" }, "arenaria inspector")),
      element("p", { class: "session", role: "status" }, this.#name, this.#kind),
      element("span", { class: "spring" }),
      textButton("Demo", () => listener.onDemo(), { title: "Watch a small program of objects" }),
      textButton("Open…", () => listener.onOpen(), { title: "Open a trace or an image of a heap (O)" }),
      theme,
      help,
    );
    this.show(null);
  }

  show(session: Session | null): void {
    setText(this.#name, session === null ? "nothing is open" : session.name);
    setText(this.#kind, session === null ? "" : KINDS[session.kind]);
  }

  showOpening(name: string): void {
    setText(this.#name, `opening ${name} …`);
    setText(this.#kind, "");
  }
}
