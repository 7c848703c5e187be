/** Exemplars: one sprite of patches of real inputs for each layer and epoch. */
import { fetchImages } from "../api/client";
import type { FilterExemplars } from "../api/event_header";
import { hasManyChannels, isSignal } from "../render/rendering";
import { answerOfEvent } from "./store";

/** An image of many patches, its cells, in rows. */
export interface Sprite {
  picture: ImageBitmap;
  /** Pixels of a cell. */
  width: number;
  height: number;
  columns: number;
  /** Pixels of a cell that an input fills; the rest is outside of it. */
  inside: { width: number; height: number };
  /** Pixels of a patch in the network's input. */
  field: { width: number; height: number };
  /** Whether the patches were larger than their cells. */
  shrunk: boolean;
  /** Whether the patches are of signals, a row of pixels for each channel. */
  signal: boolean;
  /** Whether channels are drawn as their mean. */
  averaged: boolean;
  /** When the event that holds it was written. */
  wallTime: number;
}

/**
 * Returns the sprite of a layer at an epoch; `null` if it is missing or still
 * loading.
 *
 * @param wallTime When the event was written whose cells are shown.
 */
export function sprite(
  run: string,
  tag: string,
  epoch: number,
  wallTime: number,
): Sprite | null {
  const request = () => fetchSprite(run, tag, epoch);
  return answerOfEvent("sprite", [run, tag], epoch, wallTime, request, bytesOf);
}

function bytesOf(found: Sprite | null): number {
  return found ? found.picture.width * found.picture.height * 4 : 0;
}

/** Fetches the sprite of a layer at an epoch; `null` if it has none. */
export async function fetchSprite(
  run: string,
  tag: string,
  epoch: number,
): Promise<Sprite | null> {
  const answer = await fetchImages(run, tag, [epoch], null, true);
  const event = answer.events[0];
  const about = event?.header.exemplars;
  const blob = about ? event?.extra[about.extra] : undefined;
  if (!event || !about || !(blob instanceof Blob)) return null;
  const picture = await createImageBitmap(blob);
  const { columns } = about;
  const rows = Math.ceil(about.count / columns);
  const [width, height] = [picture.width / columns, picture.height / rows];
  const { header } = event;
  const signal = isSignal(header);
  // A field larger than the input has the input somewhere in it.
  const share = (all: number, of = all) => Math.min(all / of, 1);
  const inside = {
    width: Math.max(Math.round(width * share(header.width, about.width)), 1),
    height: Math.max(
      Math.round(height * share(header.height, about.height)),
      1,
    ),
  };
  return {
    picture,
    width,
    height,
    columns,
    inside,
    field: { width: about.width ?? width, height: about.height ?? height },
    shrunk: (about.width ?? width) > width,
    signal,
    averaged: signal ? header.channels > height : hasManyChannels(header),
    wallTime: event.wall_time,
  };
}

function numbers(value: unknown): number[] {
  return Array.isArray(value)
    ? value.filter((n): n is number => typeof n === "number")
    : [];
}

/** The exemplars of an entry, as far as they are valid; `null` if none are. */
export function readExemplars(about: unknown): FilterExemplars | null {
  if (typeof about !== "object" || about === null) return null;
  const { inputs, values, cells, classes, places } = about as Record<
    string,
    unknown
  >;
  const found: FilterExemplars = {
    inputs: numbers(inputs),
    values: numbers(values),
    cells: numbers(cells),
  };
  if (Array.isArray(classes)) found.classes = numbers(classes);
  if (Array.isArray(places)) found.places = numbers(places.flat());
  return found.cells.length ? found : null;
}
