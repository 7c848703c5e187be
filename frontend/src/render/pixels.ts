/** Decoded images, and how their values become brightness. */

import type { Normalization } from "../state/schema";

export interface Pixels {
  width: number;
  height: number;
  channels: number;
  /** Values 0 to 255, row by row, the channels of a pixel side by side. */
  data: Uint8ClampedArray;
}

// Hundreds of images are decoded at once, and a canvas for each takes longer.
let context: OffscreenCanvasRenderingContext2D | null = null;

function paper(width: number, height: number) {
  context ??= new OffscreenCanvas(width, height).getContext("2d", {
    willReadFrequently: true,
  });
  if (!context) throw new Error("This browser cannot draw images.");
  const { canvas } = context;
  if (canvas.width < width || canvas.height < height) {
    canvas.width = Math.max(canvas.width, width);
    canvas.height = Math.max(canvas.height, height);
  } else {
    context.clearRect(0, 0, width, height);
  }
  return context;
}

export async function decode(blob: Blob, channels: number): Promise<Pixels> {
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  const context = paper(width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgba = context.getImageData(0, 0, width, height).data;
  return unpack(rgba, width, height, channels);
}

/**
 * Returns the pixels of a decoded file. Unless there are three channels, they
 * are stacked vertically in a grey image.
 */
export function unpack(
  rgba: Uint8ClampedArray,
  width: number,
  rows: number,
  channels: number,
): Pixels {
  const height = channels === 3 ? rows : Math.floor(rows / channels);
  const data = new Uint8ClampedArray(width * height * channels);
  const area = width * height;
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < channels; c++) {
      const from = channels === 3 ? i * 4 + c : (c * area + i) * 4;
      data[i * channels + c] = rgba[from] ?? 0;
    }
  }
  return { width, height, channels, data };
}

export interface Bounds {
  low: number;
  high: number;
}

export function bounds(images: Pixels[]): Bounds {
  let low = 255;
  let high = 0;
  for (const { data } of images) {
    for (const value of data) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { low, high };
}

/**
 * Returns how values become brightness: (value - offset) * gain + base.
 *
 * @param zero The brightness that stands for the value 0 of the network's
 *     input range.
 * @param layer Bounds over the layer's images, for "layer".
 */
export function scaling(
  pixels: Pixels,
  normalization: Normalization,
  zero: number,
  layer: Bounds | null,
): { offset: number; gain: number; base: number } {
  const stretch = ({ low, high }: Bounds) => ({
    offset: low,
    gain: 255 / Math.max(high - low, 1),
    base: 0,
  });
  switch (normalization) {
    case "each":
      return stretch(bounds([pixels]));
    case "layer":
      return stretch(layer ?? bounds([pixels]));
    case "standardize": {
      const { data } = pixels;
      let sum = 0;
      let squares = 0;
      for (const value of data) {
        sum += value;
        squares += value * value;
      }
      const mean = sum / data.length;
      const variance = Math.max(squares / data.length - mean * mean, 1);
      // Three deviations to each side fill the range.
      return {
        offset: mean,
        gain: 127.5 / (3 * Math.sqrt(variance)),
        base: 127.5,
      };
    }
    case "positive":
      return { offset: zero, gain: 255 / Math.max(255 - zero, 1), base: 0 };
    default:
      return { offset: 0, gain: 1, base: 0 };
  }
}

/** Converts pixels to RGBA; unless there are three channels, to grey. */
export function toRgba(
  pixels: Pixels,
  how: { offset: number; gain: number; base: number },
): Uint8ClampedArray<ArrayBuffer> {
  const { width, height, channels, data } = pixels;
  const rgba = new Uint8ClampedArray(width * height * 4);
  const colour = channels === 3;
  for (let i = 0; i < width * height; i++) {
    let mean = 0;
    if (!colour) {
      for (let c = 0; c < channels; c++) mean += data[i * channels + c] ?? 0;
      mean /= channels;
    }
    for (let c = 0; c < 3; c++) {
      const value = colour ? (data[i * 3 + c] ?? 0) : mean;
      rgba[i * 4 + c] = (value - how.offset) * how.gain + how.base;
    }
    rgba[i * 4 + 3] = 255;
  }
  return rgba;
}
