// The browser of objects: all of them or those of a type, page by page, and a search that goes on while one looks.

import type { ObjectAddress } from "../../address.js";
import type { ObjectRow, Search } from "../model/browser.js";
import type { Numbers, Session } from "../model/session.js";
import { element, setAttributes, setText, textButton } from "./element.js";
import { bytes, hex, integer } from "./format.js";
import { Pace } from "./frames.js";

/** Objects of a page. */
const PAGE = 50;
/** Objects in the list of a search. */
const SEARCH_SHOWN = 200;
/** Milliseconds of a frame that a search may take. */
const SEARCH_MS = 4;
/** Milliseconds between two looks at a heap that changes all the time. */
const LIST_MS = 500;
/** Types that can be chosen. */
const TYPES = 200;

export class ObjectsPanel {
  readonly element = element("div");
  readonly #onObject: (address: ObjectAddress) => void;
  readonly #onError: (error: unknown) => void;
  readonly #query = element("input", {
    type: "search",
    class: "field",
    placeholder: "0x…, type or text",
    "aria-label": "Search objects by address, type or text",
  });
  readonly #type = element("select", { class: "field", "aria-label": "Type" });
  readonly #order = element(
    "select",
    { class: "field order", "aria-label": "Order" },
    element("option", { value: "address" }, "by address"),
    element("option", { value: "size" }, "by size"),
  );
  readonly #told = element("p", { class: "lead", role: "status" });
  readonly #list = element("ul", { class: "objects" });
  readonly #before = textButton("Before", () => this.#turn(-PAGE));
  readonly #after = textButton("Next", () => this.#turn(PAGE));
  readonly #pages = element("div", { class: "actions" }, this.#before, this.#after);
  #session: Session | null = null;
  #typeId: number | null = null;
  #start = 0;
  #search: Search | null = null;
  /** What is searched for. */
  #asked = "";
  #found = -1;
  #typesShown = "";
  #version = -1;
  #chosen: ObjectAddress | null = null;
  /** What the list says, so that it stays the same elements while it says the same. */
  #shown = "";
  readonly #pace = new Pace(LIST_MS);

  constructor(onObject: (address: ObjectAddress) => void, onError: (error: unknown) => void) {
    this.#onObject = onObject;
    this.#onError = onError;
    this.#query.addEventListener("input", () => this.#begin());
    this.#type.addEventListener("change", () => {
      this.#typeId = this.#type.value === "" ? null : Number(this.#type.value);
      this.#query.value = "";
      this.#begin();
    });
    const form = element("form", { class: "search", role: "search" }, this.#query, this.#type, this.#order);
    this.#order.addEventListener("change", () => this.#begin());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#list.querySelector<HTMLElement>(".link")?.click();
    });
    this.element.append(form, this.#told, this.#list, this.#pages);
  }

  setSession(session: Session | null): void {
    this.#session = session;
    this.#typeId = null;
    this.#typesShown = "";
    this.#query.value = "";
    this.#chosen = null;
    this.#type.replaceChildren(element("option", { value: "" }, "all types"));
    this.#begin();
  }

  /** Lists the objects of a type. */
  showType(id: number): void {
    this.#typeId = id;
    this.#query.value = "";
    this.#type.value = String(id);
    this.#begin();
  }

  choose(address: ObjectAddress | null): void {
    this.#chosen = address;
    for (const link of this.#list.querySelectorAll<HTMLElement>(".link")) {
      setAttributes(link, { "aria-current": link.dataset.address === String(address) ? "true" : false });
    }
  }

  /** Every frame while the panel is seen: goes on with a search, and lists again what has changed. */
  update(numbers: Numbers | null, now: number): void {
    this.#offerTypes(numbers);
    const session = this.#session;
    if (session === null) return;
    const search = this.#search;
    if (search !== null) {
      if (search.done) return;
      session
        .look(() => search.advance(SEARCH_MS))
        .then(() => this.#search === search && this.#showSearch(search))
        .catch((error) => this.#onError(error));
    } else if (this.#asked === "" && session.map.version !== this.#version && session.player?.playing !== true) {
      if (this.#pace.isDue(now)) this.#readPage();
    }
  }

  #offerTypes(numbers: Numbers | null): void {
    const types = (numbers?.types ?? []).slice(0, TYPES);
    const names = types.map(({ id, name }) => ({ id, name })).sort((a, b) => a.name.localeCompare(b.name));
    const shown = names.map(({ id }) => id).join();
    if (shown === this.#typesShown) return;
    this.#typesShown = shown;
    this.#type.replaceChildren(
      element("option", { value: "" }, "all types"),
      ...names.map(({ id, name }) => element("option", { value: id }, name)),
    );
    this.#type.value = this.#typeId === null ? "" : String(this.#typeId);
  }

  #begin(): void {
    this.#start = 0;
    this.#found = -1;
    const query = this.#query.value.trim();
    const session = this.#session;
    this.#search = null;
    this.#asked = query;
    if (session === null || query === "") {
      this.#readPage();
      return;
    }
    session
      .look(() => session.browser.search(query))
      .then((search) => {
        if (session !== this.#session || query !== this.#asked) return;
        // One for an address is done at once.
        this.#search = search;
        this.#showSearch(search);
      })
      .catch((error) => this.#onError(error));
  }

  get #bySize(): boolean {
    return this.#order.value === "size";
  }

  #turn(by: number): void {
    this.#start = Math.max(0, this.#start + by);
    this.#readPage();
  }

  #readPage(): void {
    const session = this.#session;
    if (session === null) {
      this.#show([], "Nothing is open.");
      return;
    }
    this.#version = session.map.version;
    session
      .look(() => session.browser.list(this.#typeId, this.#start, PAGE, this.#bySize ? "size" : "address"))
      .then(({ items, start, total }) => {
        if (this.#asked !== "" || session !== this.#session) return;
        const range = `${integer(start + 1)} … ${integer(start + items.length)} of ${integer(total)}`;
        this.#show(items, total === 0 ? "No objects: blocks of malloc have no types." : range);
        this.#pages.hidden = total <= PAGE;
        this.#before.disabled = start === 0;
        this.#after.disabled = start + items.length >= total;
      })
      .catch((error) => this.#onError(error));
  }

  #showSearch(search: Search): void {
    const progress = search.done ? "" : `, ${Math.round(search.progress * 100)} % looked at`;
    this.#pages.hidden = true;
    if (search.found.length !== this.#found) {
      this.#found = search.found.length;
      this.#show(search.found.slice(0, SEARCH_SHOWN), "");
    }
    const first = search.isCut ? "the first " : "";
    const rest = search.found.length > SEARCH_SHOWN ? `, ${SEARCH_SHOWN} are shown` : "";
    setText(this.#told, `${first}${integer(search.found.length)} found${progress}${rest}`);
  }

  #show(rows: readonly ObjectRow[], told: string): void {
    setText(this.#told, told);
    const shown = rows.map(({ address, label }) => `${address} ${label}`).join("\n");
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#list.replaceChildren(
      ...rows.map((row) => {
        const link = element(
          "button",
          { type: "button", class: "link", title: row.typeName, "data-address": row.address },
          element("span", { class: "mono quiet" }, hex(row.address)),
          element("span", { class: "label" }, row.label),
          element("span", { class: "quiet" }, bytes(row.bytes)),
        );
        link.addEventListener("click", () => this.#onObject(row.address));
        return element("li", {}, link);
      }),
    );
    this.choose(this.#chosen);
  }
}
