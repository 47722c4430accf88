// The inspector as a part of a page: what the package exports as "arenaria/inspector".

import { show } from "../arguments.js";
import type { Heap } from "../heap.js";
import { requireNames } from "../options.js";
import { heapsOfPage, openDemo, openFile, openHeap } from "./model/open.js";
import type { Session } from "./model/session.js";
import { InspectorView } from "./view/inspector.js";

export { OpenError } from "./model/open.js";
export type {
  CollectionRecord,
  Collections,
  CollectorNumbers,
  Numbers,
  Player,
  Series,
  SeriesColumns,
  Session,
  SessionKind,
  SessionState,
  TypeNumbers,
} from "./model/session.js";

export interface InspectorOptions {
  /**
   * A heap of this program to look at. It goes on as it does; the inspector only reads. Without it the inspector offers those of
   * `globalThis.arenaria_heaps`, such as `{ cache: heap }`, the demo, and files.
   */
  readonly heap?: Heap;
  /** What the heap is called on the page: "heap". */
  readonly name?: string;
  /** "system", which is the default, follows prefers-color-scheme. */
  readonly theme?: "light" | "dark" | "system";
  /** Where keys are listened for: while the focus is in the inspector, which is the default, or on the whole page. */
  readonly keys?: "inspector" | "page";
}

/** An inspector on a page. */
export interface Inspector {
  /** What is shown; null while nothing is open. */
  readonly session: Session | null;
  /**
   * Opens a recorded trace (.atrc, .atrc.gz) or an image of a heap. A bad file gives a message on the page, and what was open stays: false then.
   * `name` is what it is called on the page.
   */
  open(file: Blob | Uint8Array, name?: string): Promise<boolean>;
  /** Shows the demo, a small program of objects. */
  openDemo(): Promise<boolean>;
  /** Shows a heap of this program. */
  attach(heap: Heap, name?: string): void;
  /** Shows a message in a corner of the inspector. */
  tell(title: string, text: string): void;
  /** Ends the inspector and takes it from the page. */
  dispose(): void;
}

/**
 * Puts an inspector into `element`, which has to have a height; there may be several on a page. Everything lies in a shadow root with its own
 * style sheet: nothing of the page's style reaches it, and a policy for styles and scripts may be strict.
 *
 * @throws TypeError no element, not a heap, or options that are none; HeapError `HEAP_DISPOSED`
 */
export function mountInspector(element: Element, options: InspectorOptions = {}): Inspector {
  requireNames("mountInspector", "option", options, ["heap", "name", "theme", "keys"]);
  const { heap, name, theme = "system", keys = "inspector" } = options;
  requireOneOf("theme", theme, ["light", "dark", "system"]);
  requireOneOf("keys", keys, ["inspector", "page"]);
  if (!(element instanceof Element)) throw new TypeError(`mountInspector: wants an element, not ${show(element)}`);
  const session = heap === undefined ? null : openHeap(heap, name);
  const offers = heapsOfPage().map((offered) => ({
    name: offered.name,
    open: () => view.show(openHeap(offered.heap, offered.name)),
  }));
  const view: InspectorView = new InspectorView(element, {
    theme,
    keys: keys === "page" ? document : element,
    openFile,
    openDemo,
    offers,
  });
  if (session !== null) view.show(session);
  return {
    get session() {
      return view.session;
    },
    open: (file, fileName = file instanceof File ? file.name : "file") => view.openData(file, fileName),
    openDemo: () => view.openDemo(),
    attach: (other, otherName) => view.show(openHeap(other, otherName)),
    tell: (title, text) => view.complain(title, text),
    dispose: () => view.dispose(),
  };
}

function requireOneOf(option: string, given: unknown, allowed: readonly string[]): void {
  if (allowed.includes(given as string)) return;
  throw new TypeError(`mountInspector: ${option} must be one of ${allowed.join(", ")}, not ${show(given)}`);
}
