// Play, pause, steps, speed, and where in the run one is.

import type { Player, Session } from "../model/session.js";
import { element, icon, iconButton, setAttributes, setText } from "./element.js";
import { integer } from "./format.js";

const PLAY = "M5 3.2v9.6l7.5-4.8z";
const PAUSE = "M5.5 3.5v9M10.5 3.5v9";
const START = "M4 3.5v9M12 3.5L6.5 8l5.5 4.5z";
const BACK = "M10.5 4L5.5 8l5 4";
const FORWARD = "M5.5 4l5 4l-5 4";

/** Operations a second that can be chosen. */
const SPEEDS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, Number.POSITIVE_INFINITY];
/** Seconds that a whole run is to take at the speed that it begins with, about. */
const RUN_SECONDS = 40;
/** Steps with Shift. */
export const MANY_STEPS = 1000;

/** The speed at which a run of this length can be watched. */
export function speedFor(length: number): number {
  const wanted = length / RUN_SECONDS;
  return SPEEDS.find((speed) => speed >= wanted) ?? Number.POSITIVE_INFINITY;
}

function nameOf(speed: number): string {
  return Number.isFinite(speed) ? `${integer(speed)} / s` : "as fast as it goes";
}

export class Transport {
  readonly element = element("section", { class: "transport", "aria-label": "Playback" });
  readonly #onMove: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #play: HTMLButtonElement;
  readonly #slider = element("input", { type: "range", min: 0, max: 1, step: 1, value: 0, "aria-label": "Position" });
  readonly #operation = element("span", { class: "operation" });
  readonly #position = element("span", { class: "position quiet" });
  readonly #speed = element("select", { class: "field" });
  readonly #controls: (HTMLButtonElement | HTMLInputElement | HTMLSelectElement)[];
  #session: Session | null = null;
  #wasPlaying: boolean | null = null;

  constructor(onMove: () => void, onError: (error: unknown) => void) {
    this.#onMove = onMove;
    this.#onError = onError;
    const start = iconButton(START, "To the start", () => this.seek(0), "Home");
    const back = iconButton(BACK, "A step back", () => this.step(-1), "←");
    this.#play = iconButton(PLAY, "Play", () => this.toggle(), "Space");
    this.#play.classList.add("play", "button", "primary");
    const forward = iconButton(FORWARD, "A step on", () => this.step(1), "→");
    for (const speed of SPEEDS) this.#speed.append(element("option", { value: speed }, nameOf(speed)));
    this.#speed.addEventListener("change", () => {
      if (this.#player !== null) this.#player.speed = Number(this.#speed.value);
    });
    this.#slider.addEventListener("input", () => this.seek(Number(this.#slider.value)));
    this.#controls = [start, back, this.#play, forward, this.#slider, this.#speed];
    this.element.append(
      element("div", { class: "buttons", role: "group", "aria-label": "Steps" }, start, back, this.#play, forward),
      element(
        "div",
        { class: "course" },
        this.#slider,
        element("div", { class: "told" }, this.#operation, this.#position),
      ),
      element("label", {}, "Speed", this.#speed),
    );
    this.setSession(null);
  }

  get #player(): Player | null {
    return this.#session?.player ?? null;
  }

  setSession(session: Session | null): void {
    this.#session = session;
    const player = this.#player;
    this.element.toggleAttribute("data-still", player === null);
    for (const control of this.#controls) control.disabled = player === null;
    if (player !== null) {
      setAttributes(this.#slider, { max: player.length });
      player.speed = speedFor(player.length);
      this.#speed.value = String(player.speed);
    }
    this.update();
  }

  toggle(): void {
    const player = this.#player;
    if (player === null) return;
    if (!player.playing && player.position >= player.length) {
      player
        .seek(0)
        .then(() => {
          player.playing = true;
        })
        .catch(this.#onError);
    } else {
      player.playing = !player.playing;
    }
    this.update();
  }

  /** So many operations on, or back if below 0. */
  step(count: number): void {
    const player = this.#player;
    if (player === null) return;
    if (count === 1) player.step();
    else this.seek(player.target + count);
    this.#onMove();
    this.update();
  }

  /** To the start or the end. */
  toEnd(end: boolean): void {
    if (this.#player !== null) this.seek(end ? this.#player.length : 0);
  }

  /** To a position, as far as there is one; nothing where there is nothing to play. */
  seek(position: number): void {
    const player = this.#player;
    if (player === null) return;
    const target = Math.min(Math.max(position, 0), player.length);
    player
      .seek(target)
      .then(() => this.#onMove())
      .catch(this.#onError);
    this.update();
  }

  /** Shows where the player is. */
  update(): void {
    const player = this.#player;
    if (player === null) {
      setText(this.#operation, whyNothing(this.#session));
      setText(this.#position, "");
      return;
    }
    const { length, playing, seeking, target } = player;
    if (Number(this.#slider.value) !== target) this.#slider.value = String(target);
    this.#slider.setAttribute("aria-valuetext", `operation ${target} of ${length}`);
    setText(this.#position, `${integer(target)} / ${integer(length)}`);
    setText(this.#operation, seeking ? `going to ${integer(target)} …` : nextOperation(player));
    if (playing === this.#wasPlaying) return;
    this.#wasPlaying = playing;
    this.#play.replaceChildren(icon(playing ? PAUSE : PLAY));
    setAttributes(this.#play, {
      "aria-label": playing ? "Pause" : "Play",
      title: playing ? "Pause (Space)" : "Play (Space)",
    });
  }
}

function nextOperation(player: Player): string {
  if (player.position >= player.length) return "the end";
  return player.playing ? "playing" : `next: ${player.describe()}`;
}

/** Why there is nothing to play. */
function whyNothing(session: Session | null): string {
  if (session === null) return "nothing is open";
  if (session.state === "gone") return "a heap of this page, which was disposed of";
  return session.kind === "image" ? "an image: the heap as it was saved" : "a heap of this page, as it is now";
}
