/** The run, layer and epoch that the state selects, with their measures. */
import { computed } from "@preact/signals";
import type { Layer, Run, Series } from "../api/types";
import { findRun, runs } from "../data/runs";
import { series } from "../data/series";
import { lagging } from "../state/lagging";
import { part, view } from "../state/state";

const [chosenRun, chosenLayer] = [part("run"), part("layer")];
const chosenEpoch = part("epoch");

export const run = computed<Run | null>(() => {
  const wanted = chosenRun.value;
  return wanted === null ? (runs.value[0] ?? null) : findRun(wanted);
});

/** The deepest convolution, whose images show most; else the last layer. */
export function deepest(layers: Layer[]): Layer | null {
  const readable = layers.filter(({ fault }) => !fault);
  const convolutions = readable.filter(({ layer_type: type }) =>
    type?.includes("Conv"),
  );
  return convolutions.at(-1) ?? readable.at(-1) ?? layers[0] ?? null;
}

export const layer = computed<Layer | null>(() => {
  const layers = run.value?.layers ?? [];
  const wanted = chosenLayer.value;
  if (wanted === null) return deepest(layers);
  return layers.find((l) => l.tag === wanted) ?? null;
});

/** Epochs of the layer that is shown; empty until they are known. */
export const epochs = computed<number[]>(() => layer.value?.epochs ?? []);

/** The epoch that is shown: the chosen one, or the newest. */
export const epoch = computed<number | null>(() =>
  layer.value?.fault ? null : (chosenEpoch.value ?? layer.value?.last ?? null),
);

const followed = lagging(
  computed(() => ({ layer: layer.value, epoch: epoch.value })),
);

/**
 * The shown epoch for what is read: texts, marks, orders. Nobody reads them
 * while a slider moves, and hundreds of tiles take long to lay out and to
 * paint: they follow once the page has time, but another layer at once.
 */
export const epochToRead = computed<number | null>(() =>
  followed.value.layer === layer.value ? followed.value.epoch : epoch.value,
);

/** Measures of the layer that is shown. */
export const shownSeries = computed<Series | null>(() => {
  const of = run.value;
  const tag = layer.value;
  if (!of || !tag) return null;
  // The overview shows many layers, and of this one only its unit.
  const alone = view.value === "overview";
  return series(of, tag, epoch.value ?? tag.last, alone, alone).value;
});
