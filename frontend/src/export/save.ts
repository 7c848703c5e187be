/** Saves images as files with their settings in the metadata. */
import { shownKeys, shownStacks, stackName } from "../selection/order";
import { layer, shownSeries } from "../selection/shown";
import { runLabel, runName } from "../data/runs";
import type { Pair } from "../selection/comparison";
import type { Place } from "../state/schema";
import { state } from "../state/state";
import { filterName } from "../selection/shown_relations";
import { plural, stepUnit } from "../selection/step_unit";
import { animate } from "./apng";
import { composed, type Figure, type Item } from "./figure";
import { offerDrawing, offerPng, rastered, type About } from "./files";
import { options } from "./options";
import { drawImage, gather, PLOT, sizeOf } from "./pictures";
import type { Chunk } from "./png";

/** A layer of a run at an epoch. */
export type LayerAt = Omit<Place, "key">;

const FRAME = 400; // milliseconds of a frame
const LAST = 1200; // milliseconds of the last frame

/** Makes a file name of run, layer, filter, epoch and normalization. */
export function fileName(parts: (string | number)[], norm: string): string {
  const name = [...parts, norm].join("_");
  return name.replace(/[^\w.+-]+/g, "-").slice(0, 150);
}

/** Describes how an image was made and how it is displayed. */
export function description(place: LayerAt, more: object): object {
  const series = shownSeries.value;
  const about = series?.layer[series.epochs.indexOf(place.epoch)];
  const { norm, channel, slice, smooth } = state.value;
  return {
    run: runLabel(place.run),
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

function titleOf(place: LayerAt, ...more: string[]): string {
  return [runLabel(place.run), place.tag, ...more].join(" · ");
}

/** Returns the caption of an image, with the short name of its run. */
function captionOf(place: Place): string {
  const of = runName(place.run);
  const { key, tag, epoch } = place;
  return [of, tag, `filter ${key}`, `${stepUnit.value.unit} ${epoch}`].join(
    " · ",
  );
}

function nameOf(place: LayerAt, ...more: (string | number)[]): string {
  const label = runLabel(place.run);
  return fileName([label, place.tag, ...more], state.value.norm);
}

const LARGE = 512; // pixels that an image has at least, unless chosen
const USUAL = 2; // scale of a figure, unless chosen

/** Offers a figure in the chosen format, at the chosen scale. */
async function offerFigure(
  figure: Pick<Figure, "titles" | "sections" | "columns" | "least">,
  about: About,
): Promise<void> {
  const { captions, patches, scale } = options.value;
  const { plan, draw } = await composed({ ...figure, captions, patches });
  const drawing = { ...plan, draw };
  await offerDrawing(drawing, options.value, scale ?? USUAL, about);
}

/** Saves one image; without captions and patches, nothing but the image. */
export async function saveImage(place: Place): Promise<void> {
  const { key, epoch } = place;
  const { unit } = stepUnit.value;
  const about = {
    title: titleOf(place, `filter ${key}`, `${unit} ${epoch}`),
    settings: description(place, { filter: key, [unit]: epoch }),
    name: nameOf(place, `filter-${key}`, `${unit}-${epoch}`),
  };
  const { captions, patches, scale } = options.value;
  if (captions || patches) {
    const item = { places: [place], caption: captionOf(place) };
    const sections = [{ heading: "", items: [item] }];
    const figure = { titles: [], sections, columns: 1, least: 324 };
    await offerFigure(figure, about);
    return;
  }
  const [shown] = (await gather([[place]], false))[0] ?? [];
  if (!shown?.found) return;
  const size = sizeOf(shown.found) ?? PLOT;
  const usual = Math.ceil(LARGE / Math.max(size.width, size.height));
  await offerDrawing(
    { ...size, draw: (pen) => drawImage(pen, shown, size) },
    options.value,
    scale ?? usual,
    about,
  );
}

/**
 * Says what two images have in common and how they differ: "digits · conv2 ·
 * filter 9: epoch 0 | epoch 8".
 */
export function comparedIn({ a, b }: Pair): string {
  const parts = ({ run, tag, key, epoch }: Place) => [
    runName(run),
    tag,
    `filter ${key}`,
    `${stepUnit.value.unit} ${epoch}`,
  ];
  const [first, second] = [parts(a), parts(b)];
  const shared = first.filter((part, i) => part === second[i]).join(" · ");
  const own = (of: string[], other: string[]) =>
    of.filter((part, i) => part !== other[i]).join(" · ");
  const sides = [own(first, second), own(second, first)];
  const differing = sides[0] === "" ? "" : sides.join(" | ");
  return [shared, differing].filter((part) => part !== "").join(": ");
}

/** Saves two images beside each other, or their difference. */
export async function saveComparison(pair: Pair): Promise<void> {
  const { a, b } = pair;
  const { unit } = stepUnit.value;
  const items: Item[] = [a, b].map((place) => ({
    places: [place],
    caption: captionOf(place),
  }));
  const title = [a, b]
    .map((place) =>
      titleOf(place, `filter ${place.key}`, `${unit} ${place.epoch}`),
    )
    .join("  |  ");
  if (state.value.compare === "difference") {
    items.push({ places: [a, b], caption: "A - B", difference: true });
  }
  const sections = [{ heading: "", items }];
  await offerFigure(
    { titles: [comparedIn(pair)], sections, columns: items.length, least: 324 },
    {
      title,
      settings: [a, b].map((place) =>
        description(place, { filter: place.key, [unit]: place.epoch }),
      ),
      name: nameOf(a, `filter-${a.key}`, "compared"),
    },
  );
}

/** What a ledger shows of a layer. */
export interface LedgerFigure {
  /** What is compared, and how much of it there is. */
  titles: string[];
  bands: { heading: string; items: Item[] }[];
  before: Place;
  after: Place;
}

/** Saves the filters of two runs, or two epochs, in bands. */
export async function saveLedger(ledger: LedgerFigure): Promise<void> {
  const { titles, bands, before, after } = ledger;
  const { unit } = stepUnit.value;
  const of = ({ run, epoch }: Place) => ({
    run: runLabel(run),
    [unit]: epoch,
  });
  await offerFigure(
    { titles, sections: bands, columns: 4, least: 96 },
    {
      title: titles.join(" · "),
      settings: {
        layer: after.tag,
        before: of(before),
        after: of(after),
        normalization: state.value.norm,
      },
      name: nameOf(
        after,
        "changed-since",
        runLabel(before.run),
        `${unit}-${before.epoch}`,
      ),
    },
  );
}

function overEpochs(place: Place): Item[] {
  return (layer.value?.epochs ?? []).map((epoch) => ({
    places: [{ ...place, epoch }],
    caption: `${stepUnit.value.unit} ${epoch}`,
  }));
}

/** Saves a filter over epochs, in rows of twelve. */
export async function saveStrip(place: Place): Promise<void> {
  const items = overEpochs(place);
  const title = titleOf(place, `filter ${place.key}`);
  const epochs = items.flatMap(({ places }) => places.map((at) => at.epoch));
  const sections = [{ heading: "", items }];
  await offerFigure(
    { titles: [title], sections, columns: 12, least: 96 },
    {
      title,
      settings: description(place, { filter: place.key, [plural()]: epochs }),
      name: nameOf(place, `filter-${place.key}`, plural()),
    },
  );
}

function wholeLayer(place: LayerAt): Item[] {
  return shownKeys.value.map((key) => ({
    places: [{ ...place, key }],
    caption: stackName(key) ?? filterName(key),
  }));
}

/**
 * Says which filters are shown, if not all: "class 4: 6 of 32 filters", "20 of
 * 32 filters (twins are stacked)".
 */
export function selected(): string[] {
  const logged = shownSeries.value?.keys.length ?? 0;
  const shown = shownKeys.value.length;
  if (shown >= logged) return [];
  const { search } = state.value;
  const stacked = shownStacks.value.size ? " (twins are stacked)" : "";
  const number = `${shown} of ${logged} filters${stacked}`;
  return [search ? `${search}: ${number}` : number];
}

/** The shown filters, and the search that found them. */
function selection(): object {
  const { search } = state.value;
  return { filters: shownKeys.value, ...(search ? { search } : {}) };
}

/** Saves the shown filters of the layer at one epoch. */
export async function saveSheet(place: LayerAt): Promise<void> {
  const { unit } = stepUnit.value;
  const title = titleOf(place, `${unit} ${place.epoch}`, ...selected());
  const items = wholeLayer(place);
  const sections = [{ heading: "", items }];
  await offerFigure(
    { titles: [title], sections, columns: columns(items.length), least: 96 },
    {
      title,
      settings: description(place, { ...selection(), [unit]: place.epoch }),
      name: nameOf(place, `${unit}-${place.epoch}`),
    },
  );
}

function columns(count: number): number {
  return Math.max(4, Math.ceil(Math.sqrt(count)));
}

/** Saves one filter, or all shown filters, as an animation over epochs. */
export async function saveAnimation(place: Place, all: boolean): Promise<void> {
  const over = (layer.value?.epochs ?? []).map((epoch) => ({
    ...place,
    epoch,
  }));
  const frames: Chunk[][] = [];
  for (const at of over) {
    const caption = `${stepUnit.value.unit} ${at.epoch}`;
    const items = all ? wholeLayer(at) : [{ places: [at], caption: "" }];
    const { plan, draw } = await composed({
      titles: [
        all
          ? titleOf(at, caption, ...selected())
          : `filter ${at.key}, ${caption}`,
      ],
      sections: [{ heading: "", items }],
      columns: columns(items.length),
      least: all ? 96 : 324,
      captions: true,
      patches: options.value.patches,
    });
    frames.push(await rastered({ ...plan, draw }, options.value.scale ?? 1));
  }
  const delays = frames.map((_, i) => (i + 1 < frames.length ? FRAME : LAST));
  const what = all ? selection() : { filter: place.key };
  const name = all ? [] : [`filter-${place.key}`];
  offerPng(animate(frames, delays), {
    title: titleOf(
      place,
      ...(all ? selected() : [`filter ${place.key}`]),
      `over ${plural()}`,
    ),
    settings: description(place, {
      ...what,
      [plural()]: over.map(({ epoch }) => epoch),
    }),
    name: nameOf(place, ...name, "animation"),
  });
}
