// What was chosen: a tile, a pool, a block or an object, with all there is to know, and ways to others.

import type { ObjectAddress } from "../../address.js";
import type { Link, ObjectDetails, ObjectRow, Page } from "../model/browser.js";
import { HOLDS_BLOCKS } from "../model/pages.js";
import type { Session } from "../model/session.js";
import { about } from "./about.js";
import { type Child, element, textButton } from "./element.js";
import { bytes, count, hex, integer } from "./format.js";
import { sameTarget, type Target } from "./targets.js";

/** References of one kind that are listed at once, and how many more a click brings. */
const LISTED = 25;
/** Milliseconds between two looks at what changes all the time, at least; a look that takes long is followed by a rest so many times as long. */
const READ_MS = 500;
const REST = 20;
/** Objects of a pool in the list. */
const POOL_LISTED = 120;

/** An address in a line, as the library writes it. */
const ADDRESS = /(0x[0-9a-f]{8})/;

export interface DetailsListener {
  /** Another object is to be shown. */
  onObject(address: ObjectAddress): void;
  /** The map is to go there. */
  onShow(address: number): void;
  /** Something went wrong: a sentence. */
  onError(error: unknown): void;
}

type Fact = readonly [name: string, value: string | Node];

/** What is read of an object in one look. */
interface Findings {
  readonly details: ObjectDetails;
  readonly referents: Page<Link>;
  readonly referrers: Page<Link>;
  readonly path: readonly string[];
}

const GENERATIONS = {
  0: "0 · young",
  1: "1 · middle",
  2: "2 · old",
  frozen: "frozen",
  untracked: "not tracked",
} as const;

export class Details {
  readonly element = element("div", { class: "details" });
  readonly #listener: DetailsListener;
  /** When something was read last, and what that took, in milliseconds. */
  #readAt = 0;
  #cost = 0;
  #session: Session | null = null;
  #target: Target | null = null;
  #object: ObjectAddress | null = null;
  #retained: number | null = null;
  #listed = { referents: LISTED, referrers: LISTED };
  #shownVersion = -1;
  /** Grows with every reading; what an older one brings is not shown. */
  #reading = 0;

  constructor(listener: DetailsListener) {
    this.#listener = listener;
    this.#showNothing();
  }

  setSession(session: Session | null): void {
    this.#session = session;
    this.choose(null, null);
  }

  /** Shows a target of the map, and the object in it if there is one. */
  choose(target: Target | null, object: ObjectAddress | null): void {
    this.#target = target;
    if (object !== this.#object) {
      this.#retained = null;
      this.#listed = { referents: LISTED, referrers: LISTED };
    }
    this.#object = object;
    this.#read();
  }

  /** Takes in what has changed; while something plays only what costs little. `target`: what was chosen, as it is by now. */
  update(now: number, target: Target | null): void {
    const session = this.#session;
    if (session === null || (target === null && this.#target === null)) return;
    if (session.map.version === this.#shownVersion && sameTarget(target, this.#target)) return;
    const isPlaying = session.player?.playing === true;
    if (isPlaying && this.#object !== null) return;
    if (now - this.#readAt < Math.max(READ_MS, this.#cost * REST)) return;
    this.#readAt = now;
    this.#target = target;
    this.#retained = null;
    this.#read();
  }

  #showNothing(): void {
    this.element.replaceChildren(
      element(
        "p",
        { class: "empty" },
        element("strong", {}, "Nothing is chosen"),
        "Click on the map, or press Enter on a cell of it; double click goes closer, down to single blocks.",
      ),
    );
  }

  #read(): void {
    const session = this.#session;
    const target = this.#target;
    this.#reading++;
    const reading = this.#reading;
    if (session === null || target === null) {
      this.#showNothing();
      return;
    }
    this.#shownVersion = session.map.version;
    const object = this.#object ?? objectAt(session, target);
    if (object === null) {
      this.#showTarget(session, target);
      if (target.kind === "page" && session.map.holds[target.page] !== HOLDS_BLOCKS) this.#readPool(target, reading);
      return;
    }
    session
      .look((): Findings | null => {
        const start = performance.now();
        const found = this.#find(session, object);
        this.#cost = performance.now() - start;
        return found;
      })
      .then((findings) => {
        if (reading !== this.#reading) return;
        if (findings === null) this.#showTarget(session, target, `The object at ${hex(object)} is gone.`);
        else this.#showObject(findings);
      })
      .catch((error) => {
        if (reading === this.#reading) this.#showTarget(session, target, session.stateText || String(error));
      });
  }

  #find({ browser }: Session, object: ObjectAddress): Findings | null {
    if (browser.at(object)?.address !== object) return null;
    return {
      details: browser.details(object),
      referents: browser.referents(object, 0, this.#listed.referents),
      referrers: browser.referrers(object, 0, this.#listed.referrers),
      path: browser.path(object),
    };
  }

  #replace(...children: readonly Node[]): void {
    const root = this.element.getRootNode() as ShadowRoot;
    const buttons = () => [...this.element.querySelectorAll<HTMLElement>("button")];
    const focused = root.activeElement === null ? -1 : buttons().indexOf(root.activeElement as HTMLElement);
    this.element.replaceChildren(...children);
    if (focused >= 0) (buttons()[focused] ?? buttons()[0])?.focus();
  }

  #showTarget(session: Session, target: Target, note = ""): void {
    const { title, facts = [] } = about(session, target);
    const kind = { tile: "256 KiB of memory", page: "Page of 4 KiB", block: "Block", chunk: "Large block" }[
      target.kind
    ];
    this.#replace(
      subject(kind, title),
      factList(facts),
      ...(note === "" ? [] : [element("p", { class: "lead" }, note)]),
      this.#actions(target.start),
    );
  }

  #readPool(target: Target, reading: number): void {
    const session = this.#session;
    if (session === null) return;
    session
      .look(() => session.browser.ofPool(target.page))
      .then((rows) => {
        if (reading !== this.#reading || rows.length === 0) return;
        const rest = rows.length > POOL_LISTED ? `, the first ${POOL_LISTED}` : "";
        this.element.append(
          element(
            "section",
            { class: "section" },
            element("h3", {}, `Objects in it`, element("span", { class: "quiet" }, `${integer(rows.length)}${rest}`)),
            element(
              "ul",
              { class: "refs" },
              ...rows.slice(0, POOL_LISTED).map((row) => this.#item(hex(row.address), row)),
            ),
          ),
        );
      })
      .catch((error) => this.#listener.onError(error));
  }

  #actions(address: number, ...others: readonly Node[]): HTMLElement {
    const show = textButton("Show on the map", () => this.#listener.onShow(address));
    return element("div", { class: "actions" }, show, ...others);
  }

  #showObject({ details, referents, referrers, path }: Findings): void {
    const { address, generation } = details;
    const facts: Fact[] = [
      ["Address", element("span", { class: "mono" }, hex(address))],
      ["Bytes", integer(details.bytes)],
      ["References", Number.isFinite(details.count) ? integer(details.count) : "immortal"],
      ["Generation", GENERATIONS[generation]],
      ...details.scalars,
    ];
    if (this.#retained !== null) facts.splice(2, 0, ["Retained", `${bytes(this.#retained)} go with it`]);
    const compute = textButton("Retained size", () => this.#computeRetained(address));
    this.#replace(
      subject(details.typeName, details.label),
      factList(facts),
      this.#actions(address, ...(this.#retained === null ? [compute] : [])),
      this.#pathSection(path, details.roots),
      this.#links("Refers to", "referents", referents),
      this.#links("Referred to by", "referrers", referrers),
    );
  }

  /** Why an object is alive: where it is held, and the shortest way from there. */
  #pathSection(path: readonly string[], roots: readonly string[]): HTMLElement {
    const section = element("section", { class: "section" }, element("h3", {}, "Why it is alive"));
    if (roots.length > 0) section.append(element("p", {}, `held by ${roots.join(", ")}`));
    else if (path.length === 0)
      section.append(element("p", { class: "quiet" }, "nothing outside of a cycle refers to it"));
    const steps = path.map((step) => element("li", { class: "mono" }, ...this.#withLinks(step)));
    if (steps.length > 0) section.append(element("ol", { class: "path" }, ...steps));
    return section;
  }

  /** A line whose addresses lead to their objects. */
  #withLinks(line: string): Child[] {
    return line.split(ADDRESS).map((part) => {
      if (!part.startsWith("0x")) return part;
      const link = element("button", { type: "button", class: "link" }, part);
      link.addEventListener("click", () => this.#listener.onObject(Number(part) as ObjectAddress));
      return link;
    });
  }

  #computeRetained(address: ObjectAddress): void {
    const session = this.#session;
    if (session === null) return;
    session
      .look(() => session.browser.retained(address))
      .then((retained) => {
        if (this.#object !== address && objectAt(session, this.#target) !== address) return;
        this.#retained = retained;
        this.#read();
      })
      .catch((error) => this.#listener.onError(error));
  }

  #links(title: string, kind: "referents" | "referrers", page: Page<Link>): HTMLElement {
    const list = element("ul", { class: "refs" });
    for (const link of page.items) {
      const name = link.kind === "weak" ? `${link.name} (weak)` : link.name;
      list.append(this.#item(name, link.row));
    }
    const section = element(
      "section",
      { class: "section" },
      element("h3", {}, title, element("span", { class: "quiet" }, count(page.total, "reference"))),
      list,
    );
    if (page.total === 0) section.append(element("p", { class: "quiet" }, "no object"));
    if (page.total > page.items.length) {
      section.append(
        textButton(`Show more of ${integer(page.total)}`, () => {
          this.#listed[kind] += LISTED * 4;
          this.#read();
        }),
      );
    }
    return section;
  }

  #item(how: string, row: ObjectRow): HTMLElement {
    const link = element(
      "button",
      { type: "button", class: "link", title: `${row.typeName} ${hex(row.address)}` },
      row.label,
    );
    link.addEventListener("click", () => this.#listener.onObject(row.address));
    return element("li", {}, element("span", { class: "how", title: how }, how), link);
  }
}

/** The object in a target, if there is one. */
export function objectAt(session: Session, target: Target | null): ObjectAddress | null {
  if (target === null || (target.kind !== "block" && target.kind !== "chunk")) return null;
  const { object } = session.placeAt(target.start);
  return object === 0 ? null : object;
}

function subject(what: string, title: string): HTMLElement {
  return element("header", { class: "subject" }, element("p", { class: "what" }, what), element("h3", {}, title));
}

function factList(facts: readonly Fact[]): HTMLElement {
  const list = element("dl", { class: "facts" });
  for (const [name, value] of facts) list.append(element("dt", {}, name), element("dd", {}, value));
  return list;
}
