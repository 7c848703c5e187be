/** Turns logged images into what is drawn. */
import type { EventHeader } from "../api/event_header";
import { channelOf, depthOf, meanOf, project, sliceOf } from "./channels";
import type { Basis } from "./pca";
import { bounds, scaling, toRgba, type Bounds, type Pixels } from "./pixels";
import { type Normalization } from "../state/schema";

export interface Appearance {
  norm: Normalization;
  channel: string;
  slice: number | null;
  /** Bounds over the layer, if the normalization needs them. */
  shared: Bounds | null;
  /** Principal components of the layer, if it has many channels. */
  basis: Basis | null;
}

/** Whether an image is a signal, of height 1, to be drawn as curves. */
export function isSignal(header: Partial<EventHeader>): boolean {
  return header.height === 1 && depthOf(header) === 1;
}

/** Whether there are more channels than colours can show. */
export function hasManyChannels(
  header: Pick<EventHeader, "channels">,
): boolean {
  return header.channels !== 1 && header.channels !== 3;
}

/** Returns the brightness of the value 0 of the network's input. */
export function zeroOf(header: Pick<EventHeader, "value_range">): number {
  const [low, high] = header.value_range;
  return Math.min(Math.max((-low / (high - low || 1)) * 255, 0), 255);
}

/** Reduces the channels to one or three, in all slices. */
function flattened(
  pixels: Pixels,
  header: EventHeader,
  appearance: Appearance,
): Pixels {
  if (!hasManyChannels(header)) return pixels;
  if (/^\d+$/.test(appearance.channel))
    return channelOf(pixels, Number(appearance.channel));
  if (appearance.channel !== "mean" && appearance.basis)
    return project(pixels, appearance.basis);
  return meanOf(pixels);
}

export interface Drawn {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** Renders one slice of an image, in grey or in colours. */
export function toPicture(
  pixels: Pixels,
  header: EventHeader,
  appearance: Appearance,
): Drawn {
  const depth = depthOf(header);
  const flat = flattened(pixels, header, appearance);
  const components = flat.channels === 3 && hasManyChannels(header);
  const how = scaling(
    // Over all slices, so that they are stretched alike.
    flat,
    appearance.norm,
    components ? 127.5 : zeroOf(header),
    components ? bounds([flat]) : appearance.shared,
  );
  const at = appearance.slice ?? Math.floor(depth / 2);
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

/** Returns the curves of a signal: of all channels, or of the chosen one. */
export function toCurves(
  pixels: Pixels,
  header: EventHeader,
  appearance: Appearance,
): Curves {
  const chosen =
    appearance.channel === "mean"
      ? meanOf(pixels)
      : /^\d+$/.test(appearance.channel) && pixels.channels > 1
        ? channelOf(pixels, Number(appearance.channel))
        : pixels;
  const { offset, gain, base } = scaling(
    chosen,
    appearance.norm,
    zeroOf(header),
    appearance.shared,
  );
  const [least, most] = header.value_range;
  const value = (byte: number) => least + (byte / 255) * (most - least);
  const lines = Array.from({ length: chosen.channels }, (_, channel) =>
    [...channelOf(chosen, channel).data].map(value),
  );
  // The plot ends at the values that have brightness 0 and 255.
  return {
    lines,
    low: value(offset + (0 - base) / gain),
    high: value(offset + (255 - base) / gain),
  };
}
