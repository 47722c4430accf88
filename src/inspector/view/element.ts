// Elements of the page, made without markup: nothing of a heap can become markup, and a strict policy for scripts and styles holds.

export type Child = Node | string;

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** An element with attributes (true: present, false: absent) and children. `class` and `aria-…` are attributes as well. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

export function setAttributes(target: Element, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false) target.removeAttribute(key);
    else target.setAttribute(key, value === true ? "" : String(value));
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of 16 × 16 out of one path that is stroked in the colour of the text. */
export function icon(path: string): SVGSVGElement {
  const image = document.createElementNS(SVG, "svg");
  setAttributes(image, { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true", focusable: "false" });
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  image.append(line);
  return image;
}

/** A button that only has an icon; `label` is what it is called and what its tooltip says. */
export function iconButton(path: string, label: string, onClick: () => void, key?: string): HTMLButtonElement {
  const title = key === undefined ? label : `${label} (${key})`;
  const button = element("button", { type: "button", class: "tool", "aria-label": label, title }, icon(path));
  button.addEventListener("click", onClick);
  return button;
}

/** A button with words. */
export function textButton(label: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const button = element("button", { type: "button", class: "button", ...attributes }, label);
  button.addEventListener("click", onClick);
  return button;
}

/** Sets the text if it is another: what has not changed is neither laid out nor read out again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

let made = 0;

/** An id that nothing else on the page has. */
export function uniqueId(name: string): string {
  made++;
  return `arenaria-${name}-${made}`;
}
