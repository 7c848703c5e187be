/** The two images of a comparison. */
import { inspectedPlace } from "./inspected";
import { epoch, epochs, layer, run, shownSeries } from "./shown";
import { runs } from "../data/runs";
import { missingPlace } from "./missing";
import { LEAST_CORRELATION, matching } from "../data/matches";
import type { Place } from "../state/schema";
import { state } from "../state/state";
import { inUnit } from "./step_unit";

export interface Pair {
  a: Place;
  b: Place;
}

/** Returns the inspected filter, or else the first of the layer. */
function start(): Place | null {
  const key = shownSeries.value?.keys[0];
  if (!run.value || !layer.value || epoch.value === null || !key) return null;
  return (
    inspectedPlace() ?? {
      run: run.value.run,
      tag: layer.value.tag,
      epoch: epoch.value,
      key,
    }
  );
}

/** Pairs a filter's first and newest epoch. */
export function overTime(here: Place): Pair | null {
  const of = runs.value.find((one) => one.run === here.run);
  const all = of?.layers.find((one) => one.tag === here.tag)?.epochs ?? [];
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined || first === last) return null;
  return { a: { ...here, epoch: first }, b: { ...here, epoch: last } };
}

/** Pairs two neighbouring filters at one epoch. */
export function twoFilters(here: Place): Pair | null {
  const keys = shownSeries.value?.keys ?? [];
  const next = keys[(keys.indexOf(here.key) + 1) % Math.max(keys.length, 1)];
  if (next === undefined || next === here.key) return null;
  return { a: here, b: { ...here, key: next } };
}

/** Pairs a filter with its match, or else its number, in another run. */
export function twoRuns(here: Place): Pair | null {
  const other = runs.value.find(
    (one) =>
      one.run !== here.run && one.layers.some(({ tag }) => tag === here.tag),
  );
  const there = other?.layers.find(({ tag }) => tag === here.tag);
  const last = there?.epochs.filter((one) => one <= here.epoch).at(-1);
  if (!other || !there || last === undefined) return null;
  const own = runs.value
    .find((one) => one.run === here.run)
    ?.layers.find(({ tag }) => tag === here.tag);
  const found = matching(
    { run: here.run, tag: here.tag, step: here.epoch, stamp: own?.stamp ?? "" },
    { run: other.run, tag: here.tag, step: last, stamp: there.stamp },
  ).value;
  const match = found?.pairs.find(({ key }) => key === here.key);
  const key = match && match.r >= LEAST_CORRELATION ? match.other : here.key;
  return { a: here, b: { ...here, run: other.run, epoch: last, key } };
}

export interface Preset {
  name: string;
  pair: Pair | null;
  /** Why there is no such pair. */
  lacking: string;
}

/** Returns the usual comparisons. */
export function presets(): Preset[] {
  const { a } = state.value;
  const here = a && !missingPlace(a) ? a : start();
  return [
    {
      name: inUnit("First and newest epoch"),
      pair: here && overTime(here),
      lacking: inUnit("Only one epoch is logged."),
    },
    {
      name: "Two filters",
      pair: here && twoFilters(here),
      lacking: "The layer has only one filter.",
    },
    {
      name: "Two runs",
      pair: here && twoRuns(here),
      lacking: "No other run has this layer.",
    },
  ];
}

/** Returns what is compared; empty slots are filled with a suggestion. */
export function slots(): Pair | null {
  const { a, b } = state.value;
  const here = start();
  if (a && b) return { a, b };
  if (!here) return null;
  const over = overTime(a ?? b ?? here);
  const otherwise = epochs.value[0] ?? here.epoch;
  return {
    a: a ?? over?.a ?? { ...here, epoch: otherwise },
    b: b ?? over?.b ?? here,
  };
}
