// What is wrong with how a page looks, as far as that can be measured. These functions run in the page.

/** Controls that lie over each other, by their names. */
export function overlaps(): string[] {
  const root = document.querySelector(".arenaria-inspector")?.shadowRoot as ShadowRoot;
  const controls = [...root.querySelectorAll<HTMLElement>("button, input, select, .surface")].filter((control) =>
    control.checkVisibility(),
  );
  // What lies in a scrolled panel is seen as far as the panel is, and what floats over the page is meant to.
  const seenBox = (control: HTMLElement) => {
    const box = control.getBoundingClientRect();
    const clip = control.closest(".tab-panel, .crumbs, .tabs")?.getBoundingClientRect() ?? box;
    return {
      left: Math.max(box.left, clip.left),
      top: Math.max(box.top, clip.top),
      right: Math.min(box.right, clip.right),
      bottom: Math.min(box.bottom, clip.bottom),
      isFloating:
        control.closest(".transport") !== null &&
        getComputedStyle(control.closest(".transport") as Element).position === "fixed",
    };
  };
  const nameOf = (control: HTMLElement) => control.getAttribute("aria-label") ?? control.textContent ?? control.tagName;
  const found: string[] = [];
  controls.forEach((a, index) => {
    const first = seenBox(a);
    for (const b of controls.slice(index + 1)) {
      const second = seenBox(b);
      if (first.isFloating !== second.isFloating || a.contains(b) || b.contains(a)) continue;
      const width = Math.min(first.right, second.right) - Math.max(first.left, second.left);
      const height = Math.min(first.bottom, second.bottom) - Math.max(first.top, second.top);
      if (width > 0.5 && height > 0.5) found.push(`${nameOf(a)} and ${nameOf(b)}`);
    }
  });
  return found;
}

/** Texts whose colour is too close to what is behind them: less than 4.5 to 1. */
export function faintTexts(): string[] {
  const root = document.querySelector(".arenaria-inspector")?.shadowRoot as ShadowRoot;
  const luminance = (parts: readonly number[]) => {
    const [red = 0, green = 0, blue = 0] = parts.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const partsOf = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const groundOf = (element: Element | null): readonly number[] => {
    for (let at = element; at !== null; at = at.parentElement) {
      const parts = partsOf(getComputedStyle(at).backgroundColor);
      if (parts.length === 3) return parts;
    }
    return [255, 255, 255];
  };
  const found: string[] = [];
  for (const element of root.querySelectorAll<HTMLElement>("*")) {
    const own = [...element.childNodes].filter((node) => node.nodeType === 3 && node.textContent?.trim());
    if (own.length === 0 || !element.checkVisibility() || element.matches(":disabled, .visually-hidden, option"))
      continue;
    const ink = luminance(partsOf(getComputedStyle(element).color).slice(0, 3));
    const ground = luminance(groundOf(element));
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    if (contrast < 4.5) found.push(`${element.textContent}: ${contrast.toFixed(2)}`);
  }
  return found;
}

/** Controls that nobody who cannot see them knows: without a name. */
export function nameless(): string[] {
  const root = document.querySelector(".arenaria-inspector")?.shadowRoot as ShadowRoot;
  const controls = [...root.querySelectorAll<HTMLElement>("button, input, select, [tabindex], canvas")];
  return controls
    .filter((control) => control.checkVisibility() && control.closest("[aria-hidden=true], [role=img]") === null)
    .filter((control) => {
      const labelled = control.getAttribute("aria-label") ?? control.getAttribute("aria-labelledby");
      return !labelled && !control.textContent?.trim() && control.closest("label") === null;
    })
    .map((control) => control.outerHTML.slice(0, 80));
}
