/** The space for images on the page, and the size at which they fill it. */
import { signal } from "@preact/signals";
import { SIZES } from "../state/schema";

export interface Size {
  width: number;
  height: number;
}

/** Pixels inside the main part of the page. */
export const availableSpace = signal<Size>({ width: 960, height: 640 });

const WIDE = 1800; // pixels of a window with room beside the page

/** Whether the window has room for a wide inspector. */
export const isWide = signal(false);

/** Observes an element; returns a function that stops. */
export function measureSpace(element: HTMLElement): () => void {
  const measure = () => {
    const { clientWidth: width, clientHeight: height } = element;
    const now = availableSpace.peek();
    isWide.value = window.innerWidth >= WIDE;
    if (!width || !height) return; // the tab is hidden
    if (width !== now.width || height !== now.height) {
      availableSpace.value = { width, height };
    }
  };
  const observer = new ResizeObserver(measure);
  observer.observe(element);
  measure();
  return () => observer.disconnect();
}

/**
 * Returns the largest size at which images fit the space, or if they
 * are too many, the least.
 *
 * @param gap Pixels between tiles.
 * @param caption Pixels above and below the image of a tile.
 * @param images Images beside each other in a tile.
 * @param beside Pixels beside and between these.
 */
export function fitting(
  count: number,
  { width, height }: Size,
  {
    gap = 12,
    caption = 20,
    images = 1,
    beside = 0,
    least = 72,
    most = 320,
  } = {},
): number {
  const fits = (size: number) => {
    const across = Math.floor((width + gap) / (images * size + beside + gap));
    const down = Math.floor((height + gap) / (size + caption + gap));
    return across * down >= count;
  };
  let size = most;
  while (size > least && !fits(size)) size -= 4;
  return Math.max(size, Math.min(least, SIZES.most));
}
