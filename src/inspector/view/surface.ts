// Canvases that are as fine as the screen.

/** A canvas of its element's size, with one unit a CSS pixel. */
export class Surface {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  width = 0;
  height = 0;
  ratio = 1;

  constructor(canvas: HTMLCanvasElement, options: CanvasRenderingContext2DSettings = {}) {
    this.canvas = canvas;
    const context = canvas.getContext("2d", options);
    if (context === null) throw new Error("The inspector draws on canvases, and this browser makes none.");
    this.context = context;
  }

  /** Takes the size that the element has by now. True if it is another; what was drawn is gone then. */
  measure(): boolean {
    const { clientWidth, clientHeight } = this.canvas;
    const ratio = globalThis.devicePixelRatio || 1;
    if (clientWidth === this.width && clientHeight === this.height && ratio === this.ratio) return false;
    this.width = clientWidth;
    this.height = clientHeight;
    this.ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    return true;
  }

  /** Wipes everything, and begins a drawing in CSS pixels. */
  begin(fill?: string): CanvasRenderingContext2D {
    const { context } = this;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    if (fill === undefined) {
      context.clearRect(0, 0, this.width, this.height);
    } else {
      context.fillStyle = fill;
      context.fillRect(0, 0, this.width, this.height);
    }
    return context;
  }
}

/** A canvas that stands beside words which say what it is, such as a swatch of a legend. */
export function fixedCanvas(width: number, height: number): Surface {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const surface = new Surface(canvas);
  const ratio = Math.max(2, globalThis.devicePixelRatio || 1);
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  surface.width = width;
  surface.height = height;
  surface.ratio = ratio;
  return surface;
}
