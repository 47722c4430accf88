// Mouse, wheel and fingers on the map.

import type { Camera } from "./camera.js";

/** What gestures lead to. */
export interface GestureListener {
  /** The view has been moved or zoomed by hand. */
  onMove(): void;
  /** The pointer is here, in pixels; null when it has left. */
  onPoint(place: { readonly x: number; readonly y: number } | null): void;
  onClick(x: number, y: number): void;
  onDoubleClick(x: number, y: number): void;
}

/** Pixels that a pointer may move and still click. */
const CLICK_SLACK = 5;
/** Milliseconds between the taps of a double tap. */
const DOUBLE_TAP = 320;
/** Zoom of a notch of a wheel is 2 to the power of its pixels times this. */
const WHEEL_RATE = 1 / 280;

export class Gestures {
  readonly #surface: HTMLElement;
  readonly #camera: Camera;
  readonly #listener: GestureListener;
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #moved = false;
  #lastTap = { time: 0, x: 0, y: 0 };

  constructor(surface: HTMLElement, camera: Camera, listener: GestureListener) {
    this.#surface = surface;
    this.#camera = camera;
    this.#listener = listener;
    surface.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    surface.addEventListener("pointerdown", (event) => this.#onDown(event));
    surface.addEventListener("pointermove", (event) => this.#onPointerMove(event));
    surface.addEventListener("pointerup", (event) => this.#onUp(event));
    surface.addEventListener("pointercancel", (event) => this.#forget(event));
    surface.addEventListener("pointerleave", () => listener.onPoint(null));
  }

  #placeOf(event: MouseEvent): { x: number; y: number } {
    const box = this.#surface.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #onWheel(event: WheelEvent): void {
    event.preventDefault();
    const { x, y } = this.#placeOf(event);
    const unit = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 400 : 1;
    // Browsers report a pinch on a touchpad as a wheel with Ctrl, in small steps.
    const rate = event.ctrlKey ? WHEEL_RATE * 6 : WHEEL_RATE;
    if (event.shiftKey) this.#camera.panBy(event.deltaY * unit, 0);
    else this.#camera.zoomAt(x, y, 2 ** (-event.deltaY * unit * rate));
    this.#listener.onMove();
    this.#listener.onPoint({ x, y });
  }

  #onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#surface.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#placeOf(event));
    if (this.#pointers.size === 1) this.#moved = false;
    else this.#moved = true;
  }

  #onPointerMove(event: PointerEvent): void {
    const now = this.#placeOf(event);
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) {
      this.#listener.onPoint(now);
      return;
    }
    if (!this.#moved && Math.hypot(now.x - before.x, now.y - before.y) < CLICK_SLACK) return;
    this.#moved = true;
    this.#surface.toggleAttribute("data-dragging", true);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) {
      this.#camera.panBy(before.x - now.x, before.y - now.y);
    } else {
      // Two fingers: the middle moves the view, their distance zooms.
      const distance = Math.hypot(before.x - other.x, before.y - other.y);
      const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(distance, 1);
      this.#camera.panBy((before.x - now.x) / 2, (before.y - now.y) / 2);
      this.#camera.zoomAt((now.x + other.x) / 2, (now.y + other.y) / 2, factor);
    }
    this.#pointers.set(event.pointerId, now);
    this.#listener.onPoint(null);
    this.#listener.onMove();
  }

  #onUp(event: PointerEvent): void {
    const wasDown = this.#pointers.has(event.pointerId);
    this.#forget(event);
    if (!wasDown || this.#moved) return;
    const { x, y } = this.#placeOf(event);
    const last = this.#lastTap;
    const isDouble = event.timeStamp - last.time < DOUBLE_TAP && Math.hypot(x - last.x, y - last.y) < 24;
    this.#lastTap = { time: isDouble ? 0 : event.timeStamp, x, y };
    if (isDouble) this.#listener.onDoubleClick(x, y);
    else this.#listener.onClick(x, y);
  }

  #forget(event: PointerEvent): void {
    this.#pointers.delete(event.pointerId);
    if (this.#pointers.size === 0) this.#surface.toggleAttribute("data-dragging", false);
  }
}
