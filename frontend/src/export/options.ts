/** How files are saved; kept while the tab is open. */
import { signal } from "@preact/signals";

export const FORMATS = { png: "PNG", svg: "SVG" } as const;
export type Format = keyof typeof FORMATS;

/** Pixels of a PNG for each pixel of an image, or of a sheet at scale 1. */
export const SCALES = [1, 2, 4, 8, 16];

export interface Options {
  format: Format;
  /** `null` for a scale that makes images large enough to print. */
  scale: number | null;
  captions: boolean;
  /** Whether patches of real inputs stand beside each image. */
  patches: boolean;
}

export const options = signal<Options>({
  format: "png",
  scale: null,
  captions: true,
  patches: false,
});

export function choose(change: Partial<Options>): void {
  options.value = { ...options.value, ...change };
}
