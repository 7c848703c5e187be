/** From a logged image and how it is to be seen to what is drawn. */
import type { Header } from "../api/types";
import { channelOf, depthOf, meanOf, project, sliceOf } from "./channels";
import type { Basis } from "./pca";
import { bounds, scaling, toRgba, type Bounds, type Pixels } from "./pixels";
import { type Normalization } from "../state/schema";

export interface Look {
  norm: Normalization;
  channel: string;
  slice: number | null;
  /** Bounds over the layer, where the normalization asks for them. */
  shared: Bounds | null;
  /** Principal components of the layer, where it has many channels. */
  basis: Basis | null;
}

/** An image of height 1 is a signal, and drawn as curves. */
export function isSignal(header: Partial<Header>): boolean {
  return header.height === 1 && depthOf(header) === 1;
}

/** Whether colours cannot show all channels. */
export function hasManyChannels(header: Pick<Header, "channels">): boolean {
  return header.channels !== 1 && header.channels !== 3;
}

/** Brightness that stands for the value 0 of the network's input. */
export function zeroOf(header: Pick<Header, "value_range">): number {
  const [low, high] = header.value_range;
  return Math.min(Math.max((-low / (high - low || 1)) * 255, 0), 255);
}

/** The channels as one or three, all slices. */
function flattened(pixels: Pixels, header: Header, look: Look): Pixels {
  if (!hasManyChannels(header)) return pixels;
  if (/^\d+$/.test(look.channel))
    return channelOf(pixels, Number(look.channel));
  if (look.channel !== "mean" && look.basis) return project(pixels, look.basis);
  return meanOf(pixels);
}

export interface Drawn {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** An image as a picture: one slice, its channels as grey or colours. */
export function toPicture(pixels: Pixels, header: Header, look: Look): Drawn {
  const depth = depthOf(header);
  const flat = flattened(pixels, header, look);
  const components = flat.channels === 3 && hasManyChannels(header);
  const how = scaling(
    // All slices are stretched alike.
    flat,
    look.norm,
    components ? 127.5 : zeroOf(header),
    components ? bounds([flat]) : look.shared,
  );
  const at = look.slice ?? Math.floor(depth / 2);
  const slice = sliceOf(flat, depth, at);
  return {
    width: slice.width,
    height: slice.height,
    rgba: toRgba(slice, how),
  };
}

export interface Curves {
  /** Values of the network's input, one list for each curve. */
  lines: number[][];
  /** The values at the bottom and the top of the plot. */
  low: number;
  high: number;
}

/** An image of height 1 as curves: all channels, or the one that is chosen. */
export function toCurves(pixels: Pixels, header: Header, look: Look): Curves {
  const chosen =
    look.channel === "mean"
      ? meanOf(pixels)
      : /^\d+$/.test(look.channel) && pixels.channels > 1
        ? channelOf(pixels, Number(look.channel))
        : pixels;
  const { offset, gain, base } = scaling(
    chosen,
    look.norm,
    zeroOf(header),
    look.shared,
  );
  const [least, most] = header.value_range;
  const value = (byte: number) => least + (byte / 255) * (most - least);
  const lines = Array.from({ length: chosen.channels }, (_, channel) =>
    [...channelOf(chosen, channel).data].map(value),
  );
  // What brightness 0 and 255 stand for are the ends of the plot.
  return {
    lines,
    low: value(offset + (0 - base) / gain),
    high: value(offset + (255 - base) / gain),
  };
}
