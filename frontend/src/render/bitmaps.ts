/** Images as the browser draws them fastest. */
import type { EventHeader } from "../api/event_header";
import type { Bounds, Pixels } from "./pixels";
import { toPicture, type Appearance, type Drawn } from "./rendering";

interface Made {
  appearance: Appearance;
  image: ImageBitmap;
}

const MOST_PIXELS = 24 << 20; // of all images that are kept

/** The last ones that were asked for are at the end. */
const kept = new Map<Pixels, Made>();
let total = 0; // pixels
let paper: OffscreenCanvas | null = null;

/** Returns a bitmap of what is drawn on a canvas. */
export function bitmapOf(draw: (paper: OffscreenCanvas) => void): ImageBitmap {
  // One canvas for all: to make hundreds would take longer than to draw them.
  paper ??= new OffscreenCanvas(1, 1);
  draw(paper);
  return paper.transferToImageBitmap();
}

function fromPixels({ width, height, rgba }: Drawn): ImageBitmap {
  return bitmapOf((paper) => {
    if (paper.width !== width) paper.width = width;
    if (paper.height !== height) paper.height = height;
    const data = new ImageData(rgba, width, height);
    paper.getContext("2d")?.putImageData(data, 0, 0);
  });
}

/** Returns an image in an appearance if it is kept. */
export function keptPicture(
  pixels: Pixels,
  appearance: Appearance,
): ImageBitmap | null {
  const made = kept.get(pixels);
  if (!made || !isSame(made.appearance, appearance)) return null;
  kept.delete(pixels);
  kept.set(pixels, made);
  return made.image;
}

/** Returns an image in an appearance, and keeps it. */
export function makePicture(
  pixels: Pixels,
  header: EventHeader,
  appearance: Appearance,
): ImageBitmap {
  forget(pixels);
  const image = fromPixels(toPicture(pixels, header, appearance));
  kept.set(pixels, { appearance, image });
  total += image.width * image.height;
  for (const oldest of kept.keys()) {
    if (total <= MOST_PIXELS) break;
    forget(oldest);
  }
  return image;
}

function forget(pixels: Pixels): void {
  const made = kept.get(pixels);
  if (!made) return;
  kept.delete(pixels);
  total -= made.image.width * made.image.height;
}

function isSame(a: Appearance, b: Appearance): boolean {
  const alike = (one: Bounds | null, other: Bounds | null) =>
    one?.low === other?.low && one?.high === other?.high;
  return (
    a.norm === b.norm &&
    a.channel === b.channel &&
    a.slice === b.slice &&
    a.basis === b.basis &&
    alike(a.shared, b.shared)
  );
}
