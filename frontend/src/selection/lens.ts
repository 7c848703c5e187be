/** Zoom and pan, shared by all images of a comparison. */
import { signal } from "@preact/signals";

export interface Lensing {
  zoom: number;
  x: number;
  y: number;
}

export const lens = signal<Lensing>({ zoom: 1, x: 0, y: 0 });

/** Width and height of each image, in pixels. */
export const lensSize = signal(360);

const MOST = 16;

export function resetLens(): void {
  lens.value = { zoom: 1, x: 0, y: 0 };
}

/**
 * Zooms by a factor around a point.
 *
 * @param px The point, in pixels from the middle of the image.
 */
export function zoomed(
  { zoom, x, y }: Lensing,
  factor: number,
  px = 0,
  py = 0,
): Lensing {
  const next = Math.min(Math.max(zoom * factor, 1), MOST);
  if (next === 1) return { zoom: 1, x: 0, y: 0 };
  const by = next / zoom;
  return { zoom: next, x: px - (px - x) * by, y: py - (py - y) * by };
}

/** Pans the image within its frame. */
export function panned(
  { zoom, x, y }: Lensing,
  dx: number,
  dy: number,
): Lensing {
  const most = ((zoom - 1) * lensSize.value) / 2;
  const within = (value: number) => Math.min(Math.max(value, -most), most);
  return { zoom, x: within(x + dx), y: within(y + dy) };
}
