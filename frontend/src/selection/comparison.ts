/** The two images of a comparison. */
import { decimals } from "../render/format";
import { inspected } from "./inspected";
import { epoch, layer, run, shownSeries } from "./shown";
import { layerOf, runOf } from "../data/runs";
import { missingPlace } from "./missing";
import {
  LEAST_CORRELATION,
  matching,
  nearestTo,
  type Stamped,
} from "../data/matches";
import { otherRun } from "./other_run";
import { isSame, type Place } from "../state/schema";
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
    inspected.value ?? {
      run: run.value.run,
      tag: layer.value.tag,
      epoch: epoch.value,
      key,
    }
  );
}

/** The epochs of a layer; none until they are known. */
function loggedEpochs({ run, tag }: Place): number[] {
  return layerOf(run, tag)?.epochs ?? [];
}

function hasOneEpoch(here: Place): boolean {
  return loggedEpochs(here).length === 1;
}

/** Pairs a filter's first and newest epoch. */
export function overTime(here: Place): Pair | null {
  const all = loggedEpochs(here);
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

/** A filter in another run, or why there is none. */
interface Elsewhere {
  pair: Pair | null;
  note: string;
  /** Whether another run has the layer, but not the filter. */
  lacking?: boolean;
}

function stamped({ run, tag, epoch }: Place): Stamped {
  return { run, tag, step: epoch, stamp: layerOf(run, tag)?.stamp ?? "" };
}

/** Pairs a filter with the one that responds most like it in another run. */
export function twoRuns(here: Place): Elsewhere {
  const own = runOf(here.run);
  const other = own && otherRun(own);
  const there = other?.layers.find(({ tag }) => tag === here.tag);
  const last = there?.epochs.filter((one) => one <= here.epoch).at(-1);
  if (!other || !there || last === undefined) {
    return { pair: null, note: "No other run of this network has this layer." };
  }
  const pairWith = (key: string): Pair => ({
    a: here,
    b: { ...here, run: other.run, epoch: last, key },
  });
  const same = pairWith(here.key);
  const found = matching(stamped(here), stamped(same.b)).value;
  if (!found) return { pair: null, note: "The matches are still loading." };
  if (found.reason !== null) {
    const gone = missingPlace(same.b);
    return gone
      ? { pair: null, note: gone, lacking: true }
      : { pair: same, note: byNumber(found.reason) };
  }
  const match = nearestTo(found, here.key);
  if (!match || match.r < LEAST_CORRELATION) {
    const closest = match
      ? ` (the nearest, ${match.key}, has r ${decimals(match.r)})`
      : "";
    return {
      pair: null,
      note: `Filter ${here.key} has no counterpart in ${other.name}${closest}.`,
      lacking: true,
    };
  }
  return { pair: pairWith(match.key), note: "" };
}

function byNumber(reason: string): string {
  return `Paired by number: ${reason}`;
}

/** Says why two images of different runs are only paired by their number. */
export function pairedByNumber({ a, b }: Pair): string | null {
  if (a.run === b.run || a.tag !== b.tag || a.key !== b.key) return null;
  if (missingPlace(a) || missingPlace(b)) return null;
  const reason = matching(stamped(a), stamped(b)).value?.reason ?? null;
  return reason === null ? null : byNumber(reason);
}

export interface Preset {
  name: string;
  pair: Pair | null;
  /** Why there is no such pair, or what to know about it. */
  note: string;
  /** Whether the note is about the filter rather than about the logs. */
  lacking?: boolean;
}

/** Returns image A, at the later epoch of the two if both are of one run. */
function origin(): Place | null {
  const { a, b } = state.value;
  const [first, second] = [a, b].map((one) =>
    one && !missingPlace(one) ? one : null,
  );
  const here = first ?? second ?? start();
  if (!here || !second || second.run !== here.run) return here;
  return { ...here, epoch: Math.max(here.epoch, second.epoch) };
}

/** Returns the usual comparisons. */
export function presets(): Preset[] {
  const here = origin();
  const elsewhere = here && twoRuns(here);
  return [
    {
      name: inUnit("First and newest epoch"),
      pair: here && overTime(here),
      note: inUnit(
        here && !loggedEpochs(here).length
          ? "The epochs are still loading."
          : "Only one epoch is logged.",
      ),
    },
    {
      name: "Two filters",
      pair: here && twoFilters(here),
      note: "The layer has only one filter.",
    },
    {
      name: "Two runs",
      pair: elsewhere?.pair ?? null,
      note: elsewhere?.note ?? "",
      lacking: elsewhere?.lacking ?? false,
    },
  ];
}

/**
 * Returns what is compared. Empty slots are filled with a suggestion: the first
 * and the newest epoch or, if there is only one, two filters.
 */
export function slots(): Pair | null {
  const { a, b } = state.value;
  const here = start();
  if (a && b) return { a, b };
  if (!here) return null;
  const given = a ?? b ?? here;
  const over = overTime(given);
  if (over) return { a: a ?? over.a, b: b ?? over.b };
  const other = (hasOneEpoch(given) && twoFilters(given)?.b) || given;
  return { a: a ?? (b ? other : given), b: b ?? other };
}

/** Says why two images are no comparison, or why they are of two filters. */
export function noComparison({ a, b }: Pair): string | null {
  const alone = hasOneEpoch(a);
  if (isSame(a, b)) {
    if (!loggedEpochs(a).length) return null; // not known yet
    return inUnit(
      alone
        ? "A and B are the same image, and only one epoch is logged: choose another filter."
        : "A and B are the same image: choose another filter, epoch or run.",
    );
  }
  const chosen = state.value.a ?? state.value.b;
  return alone && !chosen
    ? inUnit(
        "Only one epoch is logged, so these are two filters: choose any other.",
      )
    : null;
}
