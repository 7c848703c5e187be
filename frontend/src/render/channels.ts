/**
 * Reduces images that a screen cannot show: to a slice of a volume, to one
 * channel, or to three principal components as red, green and blue.
 */
import type { EventHeader } from "../api/event_header";
import type { Pixels } from "./pixels";
import type { Basis } from "./pca";

/** Returns one slice of a volume, whose slices are stacked vertically. */
export function sliceOf(pixels: Pixels, depth: number, at: number): Pixels {
  if (depth <= 1) return pixels;
  const height = Math.floor(pixels.height / depth);
  const size = height * pixels.width * pixels.channels;
  const from = Math.min(Math.max(at, 0), depth - 1) * size;
  return { ...pixels, height, data: pixels.data.subarray(from, from + size) };
}

/** Returns one channel, counted from 0. */
export function channelOf(pixels: Pixels, channel: number): Pixels {
  const { channels, data } = pixels;
  const at = Math.min(Math.max(channel, 0), channels - 1);
  const one = new Uint8ClampedArray(data.length / channels);
  for (let i = 0; i < one.length; i++) one[i] = data[i * channels + at] ?? 0;
  return { ...pixels, channels: 1, data: one };
}

/** Returns the mean of all channels. */
export function meanOf(pixels: Pixels): Pixels {
  const { channels, data } = pixels;
  const one = new Uint8ClampedArray(data.length / channels);
  for (let i = 0; i < one.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[i * channels + c] ?? 0;
    one[i] = sum / channels;
  }
  return { ...pixels, channels: 1, data: one };
}

/** Projects onto axes: the mean is grey, three deviations fill the range. */
export function project(pixels: Pixels, basis: Basis): Pixels {
  const { channels, data } = pixels;
  const count = data.length / channels;
  const out = new Uint8ClampedArray(count * 3).fill(127.5);
  const gain = 127.5 / (3 * basis.spread);
  for (let i = 0; i < count; i++) {
    basis.axes.forEach((axis, n) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) {
        sum +=
          ((data[i * channels + c] ?? 0) - (basis.mean[c] ?? 0)) *
          (axis[c] ?? 0);
      }
      out[i * 3 + n] = 127.5 + sum * gain;
    });
  }
  return { ...pixels, channels: 3, data: out };
}

/** Returns the number of slices; 1 for images and signals. */
export function depthOf(header: Partial<EventHeader>): number {
  const { depth } = header;
  return typeof depth === "number" && depth >= 1 ? Math.floor(depth) : 1;
}
