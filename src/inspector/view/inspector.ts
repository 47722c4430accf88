// The inspector as a whole: one session, and everything that shows it.

import plotStyle from "uplot/dist/uPlot.min.css";
import type { ObjectAddress } from "../../address.js";
import type { Numbers, Session } from "../model/session.js";
import { objectAt } from "./details.js";
import { element, setText } from "./element.js";
import { Files } from "./files.js";
import { Pace, runFrames } from "./frames.js";
import { Header } from "./header.js";
import { Help } from "./help.js";
import style from "./inspector.css";
import { MapPanel } from "./mappanel.js";
import { Message } from "./message.js";
import { Metrics } from "./metrics.js";
import { listenForKeys } from "./shortcuts.js";
import { Side } from "./side.js";
import type { Target } from "./targets.js";
import { Theme, type ThemeChoice } from "./theme.js";
import { TimePanel } from "./timepanel.js";
import { Transport } from "./transport.js";
import { type Offer, welcome } from "./welcome.js";

/** Milliseconds between two looks at figures, and at curves. */
const NUMBERS_MS = 250;
const CURVES_MS = 100;
/** Pixels of height below which the map gets the room of what is less needed. */
const LOW = 720;

export interface InspectorViewOptions {
  readonly theme: ThemeChoice;
  /** What keys are listened for on. */
  readonly keys: EventTarget;
  /** Makes a session of a file's bytes. */
  readonly openFile: (bytes: Uint8Array, name: string) => Promise<Session>;
  readonly openDemo: () => Promise<Session>;
  /** The heaps that the page offers, which can be chosen while nothing is open. */
  readonly offers: readonly Offer[];
}

export class InspectorView {
  readonly #host: HTMLElement;
  readonly #options: InspectorViewOptions;
  readonly #root: HTMLElement;
  readonly #header: Header;
  readonly #metrics = new Metrics();
  readonly #map: MapPanel;
  readonly #time = new TimePanel((position) => this.#transport.seek(position));
  readonly #side: Side;
  readonly #transport = new Transport(
    () => this.#refresh(),
    (error) => this.#complain("This cannot be played", error),
  );
  readonly #theme: Theme;
  readonly #message = new Message();
  readonly #help = new Help();
  readonly #files: Files;
  readonly #welcome: HTMLElement;
  readonly #state = element("p", { class: "state", role: "status", hidden: true });
  readonly #numbersPace = new Pace(NUMBERS_MS);
  readonly #curvesPace = new Pace(CURVES_MS);
  readonly #ends: (() => void)[] = [];
  #session: Session | null = null;
  /** Grows with every file that is opened: of two, the one that was asked for last is shown. */
  #opening = 0;
  #isOver = false;

  constructor(parent: Element, options: InspectorViewOptions) {
    this.#options = options;
    this.#host = element("div", { class: "arenaria-inspector" });
    this.#host.style.height = "100%";
    const shadow = this.#host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(plotStyle + style);
    shadow.adoptedStyleSheets = [sheet];
    this.#theme = new Theme(this.#host, options.theme, () => this.#recolour());
    const { palette } = this.#theme;
    const open = () => this.#files.ask();
    const demo = () => void this.openDemo();
    this.#header = new Header({ onOpen: open, onDemo: demo, onHelp: () => this.#help.toggle() }, this.#theme.button);
    this.#map = new MapPanel(palette, (target) => this.#choose(target));
    this.#side = new Side(palette, {
      onObject: (address) => this.#chooseObject(address),
      onShow: (address) => {
        this.#map.map.show(address);
        this.#map.element.scrollIntoView({ block: "nearest" });
      },
      onError: (error) => this.#complain("This cannot be shown", error),
    });
    this.#welcome = welcome(options.offers, { onDemo: demo, onOpen: open });
    const panels = element("div", { class: "panels" }, this.#map.element, this.#time.element, this.#side.element);
    this.#root = element(
      "div",
      { class: "inspector", "data-empty": true },
      this.#header.element,
      this.#metrics.element,
      element("div", { class: "middle" }, panels, this.#welcome, this.#state),
      this.#transport.element,
      this.#message.element,
      this.#help.element,
    );
    this.#files = new Files(this.#root, (file) => void this.openData(file, file.name));
    this.#root.append(this.#files.input, this.#files.dropArea);
    shadow.append(this.#root);
    parent.append(this.#host);
    const sizes = new ResizeObserver(() => this.#root.toggleAttribute("data-low", this.#host.clientHeight < LOW));
    sizes.observe(this.#host);
    this.#ends.push(() => sizes.disconnect());
    this.#ends.push(
      listenForKeys(options.keys, {
        toggle: () => this.#transport.toggle(),
        step: (count) => this.#transport.step(count),
        toEnd: (end) => this.#transport.toEnd(end),
        openFile: open,
        focusMap: () => this.#map.map.surface.focus(),
        toggleTheme: () => this.#theme.button.click(),
        toggleHelp: () => this.#help.toggle(),
      }),
      runFrames((budget, now) => this.#frame(budget, now)),
    );
  }

  get session(): Session | null {
    return this.#session;
  }

  /** Shows another session, and closes the one before. Null shows how to begin. After the end it is closed at once. */
  show(session: Session | null): void {
    if (this.#isOver) {
      session?.close();
      return;
    }
    const before = this.#session;
    this.#opening++;
    this.#session = session;
    this.#header.show(session);
    this.#welcome.hidden = session !== null;
    this.#root.toggleAttribute("data-empty", session === null);
    this.#root.dataset.kind = session?.kind ?? "";
    this.#map.setSession(session);
    this.#side.setSession(session);
    this.#time.setSession(session, this.#theme.palette);
    this.#transport.setSession(session);
    this.#refresh();
    before?.close();
  }

  /** Opens a file's content. A bad one gives a message, and the session before stays. True if it was opened. */
  openData(data: Blob | Uint8Array, name: string): Promise<boolean> {
    return this.#open(name, async () => {
      const bytes = data instanceof Uint8Array ? data : new Uint8Array(await data.arrayBuffer());
      return this.#options.openFile(bytes, name);
    });
  }

  openDemo(): Promise<boolean> {
    return this.#open("the demo", () => this.#options.openDemo());
  }

  async #open(name: string, make: () => Promise<Session>): Promise<boolean> {
    this.#opening++;
    const opening = this.#opening;
    this.#message.hide();
    this.#header.showOpening(name);
    try {
      const session = await make();
      if (opening !== this.#opening) {
        session.close();
        return false;
      }
      this.show(session);
      if (session.player !== null) this.#transport.toggle();
      return true;
    } catch (error) {
      this.#header.show(this.#session);
      this.#complain("This file cannot be opened", error);
      return false;
    }
  }

  #complain(title: string, error: unknown): void {
    this.#message.show(title, error instanceof Error ? error.message : String(error));
  }

  /** A message for people, such as that a file was not found. */
  complain(title: string, text: string): void {
    this.#message.show(title, text);
  }

  #choose(target: Target | null): void {
    const session = this.#session;
    if (session !== null) this.#side.choose(target, objectAt(session, target));
  }

  #chooseObject(address: ObjectAddress): void {
    const target = this.#map.map.targets?.finest(address) ?? null;
    this.#map.map.choose(target);
    this.#side.choose(target, address);
  }

  #recolour(): void {
    const { palette } = this.#theme;
    this.#map.setPalette(palette);
    this.#time.setPalette(palette);
    this.#refresh();
  }

  /** Figures and curves are shown again in the next frame. */
  #refresh(): void {
    this.#numbersPace.reset();
    this.#curvesPace.reset();
  }

  #frame(budget: number, now: number): void {
    const session = this.#session;
    const { palette } = this.#theme;
    session?.frame(budget);
    this.#map.frame(now, palette);
    this.#transport.update();
    this.#side.frame(now, this.#map.map.chosen);
    if (this.#numbersPace.isDue(now)) {
      const numbers = this.#numbers();
      this.#metrics.update(numbers);
      this.#map.update(numbers);
      this.#side.update(numbers, palette);
      this.#time.update(numbers, palette);
      this.#showState();
    } else if (this.#curvesPace.isDue(now)) {
      this.#time.update(this.#numbers(), palette);
    }
  }

  #numbers(): Numbers | null {
    return this.#session?.numbers() ?? null;
  }

  #showState(): void {
    const text = this.#session?.stateText ?? "";
    this.#state.hidden = text === "";
    setText(this.#state, text);
  }

  /** Ends everything and takes it from the page. A heap of the program's stays as it is. */
  dispose(): void {
    // What is being opened is closed when it comes.
    this.#opening++;
    this.#isOver = true;
    for (const end of this.#ends) end();
    this.#ends.length = 0;
    this.#theme.dispose();
    this.#session?.close();
    this.#session = null;
    this.#time.dispose();
    this.#host.remove();
  }
}
