// Files that are chosen, or dropped onto the page.

import { element } from "./element.js";

export class Files {
  /** Lies over everything while a file is dragged over the page. */
  readonly dropArea = element("div", { class: "drop", hidden: true }, "Drop a trace or an image of a heap here");
  readonly input = element("input", {
    type: "file",
    hidden: true,
    "aria-label": "Open a trace or an image of a heap",
  });
  /** Elements inside each other tell of a drag over each of them. */
  #depth = 0;

  constructor(target: HTMLElement, onFile: (file: File) => void) {
    this.input.addEventListener("change", () => {
      const file = this.input.files?.[0];
      // The same file again is a change as well.
      this.input.value = "";
      if (file !== undefined) onFile(file);
    });
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
    target.addEventListener("dragenter", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.#depth++;
      this.dropArea.hidden = false;
    });
    target.addEventListener("dragover", (event) => {
      if (hasFiles(event)) event.preventDefault();
    });
    target.addEventListener("dragleave", () => {
      this.#depth = Math.max(0, this.#depth - 1);
      this.dropArea.hidden = this.#depth === 0;
    });
    target.addEventListener("drop", (event) => {
      this.#depth = 0;
      this.dropArea.hidden = true;
      const file = event.dataTransfer?.files[0];
      if (file === undefined) return;
      event.preventDefault();
      onFile(file);
    });
  }

  ask(): void {
    this.input.click();
  }
}
