// A box of facts beside the pointer.

import { element } from "./element.js";

export interface Tip {
  readonly title: string;
  readonly facts?: readonly (readonly [name: string, value: string])[];
}

/** Pixels between the pointer and the box. */
const DISTANCE = 14;

export class Tooltip {
  readonly element = element("div", { class: "tip", hidden: true });
  #shown = "";

  /** Shows it beside a place of the element that it lies in, inside of that. */
  show(tip: Tip, x: number, y: number): void {
    const facts = tip.facts ?? [];
    const key = JSON.stringify([tip.title, facts]);
    if (key !== this.#shown) {
      this.#shown = key;
      const list = element("dl");
      for (const [name, value] of facts) list.append(element("dt", {}, name), element("dd", {}, value));
      this.element.replaceChildren(element("strong", {}, tip.title), ...(facts.length > 0 ? [list] : []));
    }
    this.element.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const room = this.element.offsetParent;
    const left = x + DISTANCE + width > (room?.clientWidth ?? 0) ? x - DISTANCE - width : x + DISTANCE;
    const top = y + DISTANCE + height > (room?.clientHeight ?? 0) ? y - DISTANCE - height : y + DISTANCE;
    this.element.style.transform = `translate(${Math.max(2, Math.round(left))}px, ${Math.max(2, Math.round(top))}px)`;
  }

  hide(): void {
    this.element.hidden = true;
  }
}
