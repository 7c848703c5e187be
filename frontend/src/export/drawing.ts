/** Draws images for export, as they are displayed. */
import { drawCurves } from "../render/signal_plot";
import { image } from "../data/images";
import type { ImageState } from "../data/image_state";
import { isSignal, toCurves, toPicture } from "../render/rendering";
import type { Place } from "../state/schema";
import { state } from "../state/state";
import { appearanceOf } from "../components/filter_image";

type Ready = Extract<ImageState, { kind: "ready" }>;

/** Exports are light, also in dark mode. */
const INKS = {
  line: "#1976d2",
  axis: "#bdbdbd",
  text: "#616161",
  paper: "#ffffff",
};

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

export interface Size {
  width: number;
  height: number;
}

/** Draws an image pixel for pixel, or a signal as a plot. */
export function drawImage(
  place: Place,
  { pixels, header }: Ready,
  plot: Size = { width: 480, height: 260 },
): OffscreenCanvas {
  const appearance = appearanceOf(place.run, place.tag, place.epoch, header);
  if (isSignal(header)) {
    const canvas = new OffscreenCanvas(plot.width, plot.height);
    const context = canvas.getContext("2d");
    const curves = toCurves(pixels, header, appearance);
    if (context) drawCurves(context, curves, plot.width, plot.height, INKS);
    return canvas;
  }
  const { width, height, rgba } = toPicture(pixels, header, appearance);
  const canvas = new OffscreenCanvas(width, height);
  canvas
    .getContext("2d")
    ?.putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}

export interface Item {
  place: Place;
  caption: string;
}

const MARGIN = 8;
const TITLE = 40;
const CAPTION = 16;

/** Computes the layout of a sheet of images. */
export function layOut(
  count: number,
  columns: number,
  largest: number,
  least: number,
): { tile: number; columns: number; width: number; height: number } {
  const zoom = Math.max(1, Math.round(least / Math.max(largest, 1)));
  const tile = largest * zoom;
  const across = Math.max(1, Math.min(columns, count));
  const down = Math.ceil(count / across);
  return {
    tile,
    columns: across,
    width: Math.max(across * (tile + MARGIN) + MARGIN, 340),
    height: TITLE + down * (tile + CAPTION + MARGIN),
  };
}

/** Draws images in rows under a title, each with a caption. */
export async function drawSheet(
  items: Item[],
  columns: number,
  title: string,
  least = 96,
): Promise<OffscreenCanvas> {
  const found = await Promise.all(items.map(({ place }) => loaded(place)));
  const widest = found.map((one) =>
    one && !isSignal(one.header) ? one.pixels.width : one ? least : 0,
  );
  const plan = layOut(items.length, columns, Math.max(...widest, 1), least);
  const canvas = new OffscreenCanvas(plan.width, plan.height);
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  context.fillStyle = INKS.paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#212121";
  context.imageSmoothingEnabled = state.value.smooth;
  context.font = "14px Roboto, sans-serif";
  context.fillText(title, MARGIN, 24, plan.width - 2 * MARGIN);
  context.font = "11px Roboto, sans-serif";
  items.forEach(({ place, caption }, i) => {
    const x = MARGIN + (i % plan.columns) * (plan.tile + MARGIN);
    const y =
      TITLE + Math.floor(i / plan.columns) * (plan.tile + CAPTION + MARGIN);
    const one = found[i];
    if (one) {
      const size = { width: plan.tile, height: plan.tile };
      const picture = drawImage(place, one, size);
      const scale = plan.tile / Math.max(picture.width, picture.height);
      const [width, height] = [picture.width * scale, picture.height * scale];
      const left = x + (plan.tile - width) / 2;
      const top = y + (plan.tile - height) / 2;
      context.drawImage(picture, left, top, width, height);
    }
    const text = one ? caption : `${caption}: not logged`;
    context.fillText(text, x, y + plan.tile + 12, plan.tile);
  });
  return canvas;
}
