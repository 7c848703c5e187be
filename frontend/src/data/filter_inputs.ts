/** The filters of an earlier layer that a filter is built from, with weights. */
import { fetchImages } from "../api/client";
import type { EventHeader, FilterEntry } from "../api/event_header";
import { decode, type Pixels } from "../render/pixels";
import { answerOfEvent, type LayerName } from "./store";

/** A filter of the earlier layer. */
export interface Input {
  key: string;
  /** Sum of its weights: it excites above zero, and inhibits below. */
  weight: number;
  /** Position of its picture in the row of the filter. */
  index: number;
}

/** Returns the inputs of a filter, the strongest first, in two groups. */
export function readInputs(
  entry: FilterEntry,
): { excited: Input[]; inhibited: Input[] } | null {
  const { inputs } = entry;
  if (!inputs?.filters.length) return null;
  const all = inputs.filters.map((filter, index) => ({
    key: String(filter),
    weight: inputs.weights[index] ?? 0,
    index,
  }));
  return {
    excited: all.filter(({ weight }) => weight > 0),
    inhibited: all.filter(({ weight }) => weight < 0),
  };
}

/** The pictures of the weights of a layer's filters at an epoch. */
export interface WeightPictures {
  pixels: Pixels;
  /** When the event that holds them was written. */
  wallTime: number;
}

/** Returns the pictures; `null` if they are missing or still loading. */
export function weightPictures(
  run: string,
  tag: string,
  epoch: number,
  wallTime: number,
): Pixels | null {
  const request = () => load(run, tag, epoch);
  const bytesOf = (found: WeightPictures | null) =>
    found?.pixels.data.length ?? 0;
  const layer: LayerName = [run, tag];
  const found = answerOfEvent(
    "filter inputs",
    layer,
    epoch,
    wallTime,
    request,
    bytesOf,
  );
  return found?.pixels ?? null;
}

async function load(
  run: string,
  tag: string,
  epoch: number,
): Promise<WeightPictures | null> {
  const answer = await fetchImages(run, tag, [epoch], null, true);
  const event = answer.events[0];
  const about = event?.header.inputs;
  const blob = about ? event?.extra[about.extra] : undefined;
  if (!event || !(blob instanceof Blob)) return null;
  return { pixels: await decode(blob, 1), wallTime: event.wall_time };
}

/** Weights in rows: -1 inhibits, 1 excites, 0 is none. */
export interface Picture {
  width: number;
  height: number;
  weights: number[];
}

/** Cuts a picture out; the slices of a volume are below each other. */
export function pictureOf(
  pixels: Pixels,
  header: EventHeader,
  row: number,
  index: number,
): Picture | null {
  const size = header.inputs?.size ?? [];
  const width = size.at(-1) ?? 1;
  const area = size.reduce((product, length) => product * length, 1);
  const start = row * pixels.width + index * area;
  const fits = area >= 1 && row >= 0 && (index + 1) * area <= pixels.width;
  if (!fits || start + area > pixels.data.length) return null;
  const weights = Array.from(
    { length: area },
    (_, i) => ((pixels.data[start + i] ?? 128) - 128) / 127,
  );
  return { width, height: area / width, weights };
}
