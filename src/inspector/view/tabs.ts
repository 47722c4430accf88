// Tabs as the ARIA practices have them: arrow keys go from tab to tab, the panel comes with it.

import { element, uniqueId } from "./element.js";

export interface TabContent {
  readonly id: string;
  readonly label: string;
  readonly element: HTMLElement;
}

export class Tabs {
  readonly element: HTMLElement;
  readonly #tabs: { readonly id: string; readonly tab: HTMLButtonElement; readonly panel: HTMLElement }[] = [];
  readonly #onChange: (id: string) => void;
  #chosen: string;

  constructor(label: string, contents: readonly TabContent[], onChange: (id: string) => void) {
    this.#onChange = onChange;
    this.#chosen = contents[0]?.id ?? "";
    const list = element("div", { class: "tabs", role: "tablist", "aria-label": label });
    this.element = element("section", { class: "panel side", "aria-label": label }, list);
    for (const content of contents) {
      const tabId = uniqueId("tab");
      const panelId = uniqueId("panel");
      const tab = element(
        "button",
        {
          type: "button",
          class: "tab",
          role: "tab",
          id: tabId,
          "aria-controls": panelId,
          "data-tab": content.id,
          "data-label": content.label,
        },
        content.label,
      );
      const panel = element(
        "div",
        { class: "tab-panel", role: "tabpanel", id: panelId, "aria-labelledby": tabId, tabindex: 0 },
        content.element,
      );
      tab.addEventListener("click", () => this.choose(content.id));
      list.append(tab);
      this.element.append(panel);
      this.#tabs.push({ id: content.id, tab, panel });
    }
    list.addEventListener("keydown", (event) => this.#onKey(event));
    this.#show();
  }

  get chosen(): string {
    return this.#chosen;
  }

  choose(id: string): void {
    this.#chosen = id;
    this.#show();
    this.#reveal(id);
    this.#onChange(id);
  }

  /** Moves the row of tabs, and nothing else of the page, until the tab is seen. */
  #reveal(id: string): void {
    const tab = this.#tabs.find((entry) => entry.id === id)?.tab;
    const list = tab?.parentElement;
    if (tab === undefined || list == null) return;
    const { left, right } = tab.getBoundingClientRect();
    const seen = list.getBoundingClientRect();
    list.scrollLeft += Math.max(0, right - seen.right) - Math.max(0, seen.left - left);
  }

  #show(): void {
    for (const entry of this.#tabs) {
      const isChosen = entry.id === this.#chosen;
      entry.tab.setAttribute("aria-selected", String(isChosen));
      entry.tab.tabIndex = isChosen ? 0 : -1;
      entry.panel.hidden = !isChosen;
    }
  }

  #onKey(event: KeyboardEvent): void {
    const at = this.#tabs.findIndex(({ id }) => id === this.#chosen);
    const last = this.#tabs.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[
      event.key
    ];
    const entry = next === undefined ? undefined : this.#tabs[next];
    if (entry === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(entry.id);
    entry.tab.focus();
  }
}
