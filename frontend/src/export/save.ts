/** Saves images as files with their settings in the metadata. */
import { runLabel } from "../selection/inspected";
import { shownKeys } from "../selection/order";
import { layer, shownSeries } from "../selection/shown";
import { runs } from "../data/runs";
import type { Pair } from "../selection/comparison";
import type { Place } from "../state/schema";
import { state } from "../state/state";
import { plural, stepUnit } from "../selection/step_unit";
import { animate } from "./apng";
import { drawImage, drawSheet, loaded } from "./drawing";
import { readPng, withTexts, writePng, type Chunk } from "./png";

const FRAME = 400; // milliseconds of a frame
const LAST = 1200; // milliseconds of the last frame

/** Makes a file name of run, layer, filter, epoch and normalization. */
export function fileName(parts: (string | number)[], norm: string): string {
  const name = [...parts, norm].join("_");
  return `${name.replace(/[^\w.+-]+/g, "-").slice(0, 150)}.png`;
}

/** Describes how an image was made and how it is displayed. */
export function description(place: Place, more: object): object {
  const series = shownSeries.value;
  const about = series?.layer[series.epochs.indexOf(place.epoch)];
  const { norm, channel, slice, smooth } = state.value;
  return {
    run: runLabel(place.run, runs.value),
    layer: place.tag,
    ...more,
    normalization: norm,
    ...(channel ? { channel } : {}),
    ...(slice === null ? {} : { slice }),
    smooth,
    value_range: about?.value_range,
    receptive_field: about?.receptive_field,
    made_with: about?.settings,
  };
}

async function chunksOf(canvas: OffscreenCanvas): Promise<Chunk[]> {
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return readPng(new Uint8Array(await blob.arrayBuffer()));
}

function offer(
  chunks: Chunk[],
  title: string,
  about: object,
  name: string,
): void {
  const texts = {
    Title: title,
    Software: "tb_actmax",
    Description: JSON.stringify(about),
  };
  const file = writePng(withTexts(chunks, texts));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file], { type: "image/png" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function titleOf(place: Place, ...more: string[]): string {
  return [runLabel(place.run, runs.value), place.tag, ...more].join(" · ");
}

function nameOf(place: Place, ...more: (string | number)[]): string {
  const label = runLabel(place.run, runs.value);
  return fileName([label, place.tag, ...more], state.value.norm);
}

/** Saves one image, pixel for pixel. */
export async function saveImage(place: Place): Promise<void> {
  const found = await loaded(place);
  if (!found) return;
  const { key, epoch } = place;
  const { unit } = stepUnit.value;
  offer(
    await chunksOf(drawImage(place, found)),
    titleOf(place, `filter ${key}`, `${unit} ${epoch}`),
    description(place, { filter: key, [unit]: epoch }),
    nameOf(place, `filter-${key}`, `${unit}-${epoch}`),
  );
}

/** Saves two images beside each other. */
export async function saveComparison({ a, b }: Pair): Promise<void> {
  const { unit } = stepUnit.value;
  const items = [a, b].map((place) => ({
    place,
    caption: titleOf(place, `filter ${place.key}`, `${unit} ${place.epoch}`),
  }));
  const title = items.map(({ caption }) => caption).join("  |  ");
  const about = [a, b].map((place) =>
    description(place, { filter: place.key, [unit]: place.epoch }),
  );
  offer(
    await chunksOf(await drawSheet(items, 2, "Comparison", 480)),
    title,
    about,
    nameOf(a, `filter-${a.key}`, "compared"),
  );
}

function overEpochs(place: Place) {
  return (layer.value?.epochs ?? []).map((epoch) => ({
    place: { ...place, epoch },
    caption: `${stepUnit.value.unit} ${epoch}`,
  }));
}

/** Saves a filter over epochs, in rows of twelve. */
export async function saveStrip(place: Place): Promise<void> {
  const items = overEpochs(place);
  const title = titleOf(place, `filter ${place.key}`);
  const epochs = items.map((item) => item.place.epoch);
  offer(
    await chunksOf(await drawSheet(items, 12, title)),
    title,
    description(place, { filter: place.key, [plural()]: epochs }),
    nameOf(place, `filter-${place.key}`, plural()),
  );
}

function wholeLayer(place: Place) {
  return shownKeys.value.map((key) => ({
    place: { ...place, key },
    caption: key,
  }));
}

/** Saves the shown filters of the layer at one epoch. */
export async function saveSheet(place: Place): Promise<void> {
  const { unit } = stepUnit.value;
  const title = titleOf(place, `${unit} ${place.epoch}`);
  const items = wholeLayer(place);
  offer(
    await chunksOf(await drawSheet(items, columns(items.length), title)),
    title,
    description(place, { filters: shownKeys.value, [unit]: place.epoch }),
    nameOf(place, `${unit}-${place.epoch}`),
  );
}

function columns(count: number): number {
  return Math.max(4, Math.ceil(Math.sqrt(count)));
}

/** Saves one filter, or all shown filters, as an animation over epochs. */
export async function saveAnimation(place: Place, all: boolean): Promise<void> {
  const over = overEpochs(place);
  const frames: Chunk[][] = [];
  for (const { place: at, caption } of over) {
    const items = all ? wholeLayer(at) : [{ place: at, caption: "" }];
    const title = all ? titleOf(at, caption) : `filter ${at.key}, ${caption}`;
    const size = all ? 96 : 324;
    const sheet = drawSheet(items, columns(items.length), title, size);
    frames.push(await chunksOf(await sheet));
  }
  const delays = frames.map((_, i) => (i + 1 < frames.length ? FRAME : LAST));
  const epochs = over.map((item) => item.place.epoch);
  const what = all ? { filters: shownKeys.value } : { filter: place.key };
  offer(
    animate(frames, delays),
    titleOf(place, ...(all ? [] : [`filter ${place.key}`]), `over ${plural()}`),
    description(place, { ...what, [plural()]: epochs }),
    nameOf(place, ...(all ? [] : [`filter-${place.key}`]), "animation"),
  );
}
