// The panels at the side: size classes, types, objects, collections, the ledger, and what was chosen. Only the one that is seen is kept up to date.

import type { ObjectAddress } from "../../address.js";
import type { Numbers, Session } from "../model/session.js";
import { Classes } from "./classes.js";
import { CollectionList } from "./collectionlist.js";
import { Details, type DetailsListener } from "./details.js";
import { Ledger } from "./ledger.js";
import { ObjectsPanel } from "./objects.js";
import type { Palette } from "./palette.js";
import { Tabs } from "./tabs.js";
import type { Target } from "./targets.js";
import { Types } from "./types.js";

export class Side {
  readonly element: HTMLElement;
  readonly #classes: Classes;
  readonly #types: Types;
  readonly #objects: ObjectsPanel;
  readonly #ledger = new Ledger();
  readonly #collections: CollectionList;
  readonly #details: Details;
  readonly #tabs: Tabs;
  #numbers: Numbers | null = null;
  #palette: Palette;

  constructor(palette: Palette, listener: DetailsListener) {
    this.#palette = palette;
    this.#classes = new Classes(palette);
    this.#collections = new CollectionList(palette);
    this.#objects = new ObjectsPanel(
      (address) => listener.onObject(address),
      (error) => listener.onError(error),
    );
    this.#types = new Types(palette, ({ id }) => {
      this.#tabs.choose("objects");
      this.#objects.showType(id);
    });
    this.#details = new Details(listener);
    this.#tabs = new Tabs(
      "Details",
      [
        { id: "classes", label: "Classes", element: this.#classes.element },
        { id: "types", label: "Types", element: this.#types.element },
        { id: "objects", label: "Objects", element: this.#objects.element },
        { id: "pauses", label: "Pauses", element: this.#collections.element },
        { id: "ledger", label: "Ledger", element: this.#ledger.element },
        { id: "selection", label: "Selection", element: this.#details.element },
      ],
      () => this.update(this.#numbers, this.#palette),
    );
    this.element = this.#tabs.element;
  }

  setSession(session: Session | null): void {
    this.#numbers = null;
    this.#objects.setSession(session);
    this.#collections.setSession(session);
    this.#details.setSession(session);
  }

  /** Shows what was chosen on the map, and the object in it. */
  choose(target: Target | null, object: ObjectAddress | null): void {
    this.#details.choose(target, object);
    this.#objects.choose(object);
    if (target !== null) this.#tabs.choose("selection");
  }

  update(numbers: Numbers | null, palette: Palette): void {
    this.#numbers = numbers;
    this.#palette = palette;
    switch (this.#tabs.chosen) {
      case "classes":
        this.#classes.update(numbers, palette);
        break;
      case "types":
        this.#types.update(numbers, palette);
        break;
      case "pauses":
        this.#collections.update(palette);
        break;
      case "ledger":
        this.#ledger.update(numbers, palette);
        break;
    }
  }

  /** Every frame: what goes on in slices. `chosen`: what was chosen on the map, as it is by now. */
  frame(now: number, chosen: Target | null): void {
    if (this.#tabs.chosen === "objects") this.#objects.update(this.#numbers, now);
    if (this.#tabs.chosen === "selection") this.#details.update(now, chosen);
  }
}
