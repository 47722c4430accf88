// Light or dark: as the system has it until somebody chooses, and then as chosen.

import { iconButton } from "./element.js";
import { type Palette, paletteOf, type Scheme } from "./palette.js";

const SUN =
  "M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9M11 8a3 3 0 1 1-6 0a3 3 0 0 1 6 0z";
const MOON = "M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1z";

export type ThemeChoice = Scheme | "system";

export class Theme {
  readonly button: HTMLButtonElement;
  readonly #host: HTMLElement;
  readonly #system = globalThis.matchMedia("(prefers-color-scheme: dark)");
  readonly #onChange: () => void;
  readonly #onSystem = () => this.#change();
  #choice: ThemeChoice;
  #palette: Palette;

  constructor(host: HTMLElement, choice: ThemeChoice, onChange: () => void) {
    this.#host = host;
    this.#choice = choice;
    this.#onChange = onChange;
    this.#palette = paletteOf(this.scheme);
    this.button = iconButton(SUN, "Dark colours", () => this.#toggle());
    this.#system.addEventListener("change", this.#onSystem);
    this.#apply();
  }

  get scheme(): Scheme {
    if (this.#choice !== "system") return this.#choice;
    return this.#system.matches ? "dark" : "light";
  }

  get palette(): Palette {
    return this.#palette;
  }

  dispose(): void {
    this.#system.removeEventListener("change", this.#onSystem);
  }

  #toggle(): void {
    this.#choice = this.scheme === "dark" ? "light" : "dark";
    this.#change();
  }

  #change(): void {
    this.#apply();
    this.#onChange();
  }

  #apply(): void {
    const { scheme } = this;
    this.#host.dataset.scheme = scheme;
    this.#palette = paletteOf(scheme);
    const label = scheme === "dark" ? "Light colours" : "Dark colours";
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
    this.button.querySelector("path")?.setAttribute("d", scheme === "dark" ? SUN : MOON);
  }
}
