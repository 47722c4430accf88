// SVG as text: elements, attributes, and nothing that could break out of them.

export type Attributes = Readonly<Record<string, string | number>>;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
}

/** Coordinates to a hundredth of a pixel, without trailing zeros. */
function attribute(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : escapeText(value);
}

/** `<name …>children</name>`; children are SVG already. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const given = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${attribute(value)}"`)
    .join("");
  return children.length === 0 ? `<${name}${given}/>` : `<${name}${given}>${children.join("")}</${name}>`;
}

/** A line of text with its baseline at `y`. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeText(content));
}

export function rectangle(x: number, y: number, width: number, height: number, attributes: Attributes = {}): string {
  return element("rect", { x, y, width, height, ...attributes });
}

/** The tooltip of the element around it, and what a screen reader says. */
export function title(content: string): string {
  return element("title", {}, escapeText(content));
}
