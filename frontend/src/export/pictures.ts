/** The images of a figure, with their patches: fetched, and drawn. */
import { appearanceOf } from "../components/filter_image";
import { fetchSprite, readExemplars, type Sprite } from "../data/exemplars";
import type { ImageState } from "../data/image_state";
import { image } from "../data/images";
import { depthOf } from "../render/channels";
import { difference } from "../render/difference";
import type { Pen } from "../render/pen";
import { isSignal, toCurves, toPicture, type Drawn } from "../render/rendering";
import { drawCurves } from "../render/signal_plot";
import { LIGHT } from "../render/theme";
import type { Place } from "../state/schema";
import { state } from "../state/state";

export type Ready = Extract<ImageState, { kind: "ready" }>;
type Patches = { from: Sprite; cells: number[] } | null;

/** An image with its patches, if it is logged. */
export interface Shown {
  place: Place;
  found: Ready | null;
  patches: Patches;
}

/** Waits for an image; returns `null` if there is none. */
export function loaded(place: Place): Promise<Ready | null> {
  const { run, tag, epoch, key } = place;
  const found = image(run, tag, epoch, key);
  return new Promise((resolve) => {
    const stop = found.subscribe((value) => {
      if (value.kind === "loading") return;
      resolve(value.kind === "ready" ? value : null);
      queueMicrotask(() => stop());
    });
  });
}

/** Waits for all images of a figure, in groups as they are named. */
export async function gather(
  groups: Place[][],
  patches: boolean,
): Promise<Shown[][]> {
  const sprites = new Map<string, Promise<Sprite | null>>();
  const spriteOf = ({ run, tag, epoch }: Place) => {
    const name = JSON.stringify([run, tag, epoch]);
    const known = sprites.get(name) ?? fetchSprite(run, tag, epoch);
    sprites.set(name, known);
    return known;
  };
  const show = async (place: Place): Promise<Shown> => {
    const found = await loaded(place);
    const about = patches && found && readExemplars(found.entry.exemplars);
    const from = about ? await spriteOf(place) : null;
    const cells = about ? about.cells : [];
    return { place, found, patches: from && { from, cells } };
  };
  return Promise.all(groups.map((places) => Promise.all(places.map(show))));
}

export interface Size {
  width: number;
  height: number;
}

/** A signal is saved as a plot of this size. */
export const PLOT: Size = { width: 480, height: 260 };

/** Pixels of an image; `null` for a signal, which has no size of its own. */
export function sizeOf({ header, pixels }: Ready): Size | null {
  if (isSignal(header)) return null;
  const { width, height } = pixels;
  return { width, height: Math.floor(height / depthOf(header)) };
}

function pictureOf({ place, found }: Shown): Drawn | null {
  if (!found || isSignal(found.header)) return null;
  const { run, tag, epoch } = place;
  const appearance = appearanceOf(run, tag, epoch, found.header);
  return toPicture(found.pixels, found.header, appearance);
}

function canvasOf({ width, height, rgba }: Drawn): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const data = new ImageData(rgba, width, height);
  canvas.getContext("2d")?.putImageData(data, 0, 0);
  return canvas;
}

function put(pen: Pen, drawn: Drawn, box: Size): void {
  const { width, height } = drawn;
  const scale = Math.min(box.width / width, box.height / height);
  const [across, down] = [width * scale, height * scale];
  const [left, top] = [(box.width - across) / 2, (box.height - down) / 2];
  pen.imageSmoothingEnabled = state.value.smooth || scale < 1;
  pen.drawImage(canvasOf(drawn), left, top, across, down);
}

/** Draws an image into a box at the origin: pixels, or curves with axes. */
export function drawImage(pen: Pen, shown: Shown, box: Size): void {
  const { place, found } = shown;
  const picture = pictureOf(shown);
  if (picture) put(pen, picture, box);
  if (picture || !found) return;
  const { run, tag, epoch } = place;
  const appearance = appearanceOf(run, tag, epoch, found.header);
  const curves = toCurves(found.pixels, found.header, appearance);
  drawCurves(pen, curves, box.width, box.height, LIGHT);
}

/** Draws the difference of two images into a box at the origin. */
export function drawDifference(pen: Pen, both: Shown[], box: Size): void {
  const [a, b] = both.map(pictureOf);
  if (a && b && a.width === b.width && a.height === b.height) {
    put(pen, difference(a, b), box);
  }
}
