/** Compares the layers of two runs, or of two epochs. */
import { computed } from "@preact/signals";
import type { Layer, Run } from "../api/types";
import { matching } from "../data/matches";
import { findRun } from "../data/runs";
import { series } from "../data/series";
import { state } from "../state/state";
import { bandsOf, type Bands } from "./bands";
import { related } from "./networks";
import { upTo } from "./shown_cells";
import { comparableRun, otherRun } from "./other_run";
import { layer, run } from "./shown";
import { inUnit } from "./step_unit";

/** A run at an epoch; `null` for its newest. */
export interface Version {
  run: Run;
  epoch: number | null;
}

export interface Versions {
  before: Version;
  after: Version;
}

/**
 * Returns the two sides: by default another run, that above it if there is one,
 * or else its own first epoch. A run of a single epoch has only another run.
 */
export function versions(): Versions | null {
  const own = run.value;
  if (!own) return null;
  const after = { run: own, epoch: state.value.epoch };
  const { against } = state.value;
  const named = against && findRun(against.run);
  if (against && named) {
    return { before: { run: named, epoch: against.epoch }, after };
  }
  const epochs = layer.value?.epochs ?? [];
  const other = epochs.length === 1 ? otherRun(own) : comparableRun(own);
  if (other) return { before: { run: other, epoch: null }, after };
  return { before: { run: own, epoch: epochs[0] ?? 0 }, after };
}

/** Returns the side before once another run is chosen to be after it. */
export function keptBefore({ before, after }: Versions, chosen: string) {
  const { against } = state.value;
  if (against) return against;
  const fits = related(before.run).some(({ run }) => run === chosen);
  return fits && ![after.run.run, chosen].includes(before.run.run)
    ? { run: before.run.run, epoch: before.epoch }
    : null;
}

/** A layer as it is in both versions. */
export interface Compared {
  tag: string;
  steps: [before: number, after: number];
  bands: Bands | null;
  /** Similarity of the layers as a whole. */
  cka: number | null;
  /** Why the layers cannot be compared; `null` if they can. */
  reason: string | null;
  /** Filters that are logged, of the side that has more of them. */
  filters: number;
  /** Whether real inputs stand beside the images. */
  exemplars: boolean;
}

function layerOf({ run: of }: Version, tag: string): Layer | undefined {
  return of.layers.find((one) => one.tag === tag && !one.fault);
}

/** Whether a run has a single epoch, and no other run is of its network. */
export function isAlone({ run: of }: Version): boolean {
  const epochs = of.layers.map((one) => one.epochs.length);
  return Math.max(...epochs) < 2 && !otherRun(of);
}

/** Compares a layer; without bands until they are known. */
export function compared(
  before: Version,
  after: Version,
  tag: string,
): Compared | null {
  const [first, second] = [layerOf(before, tag), layerOf(after, tag)];
  if (!first || !second) return null;
  const steps: Compared["steps"] = [
    upTo(first, before.epoch),
    upTo(second, after.epoch),
  ];
  const none = {
    tag,
    steps,
    bands: null,
    cka: null,
    reason: null,
    filters: 0,
    exemplars: false,
  };
  if (before.run === after.run && steps[0] === steps[1]) {
    if (!second.epochs.length) return none; // not known yet
    return {
      ...none,
      reason: isAlone(after)
        ? inUnit(
            "Only one epoch of one run of this network is logged, so there is nothing to compare it with.",
          )
        : inUnit("Both sides are the same: choose another epoch or run."),
    };
  }
  const side = ({ run: of }: Version, { stamp }: Layer, step: number) => ({
    run: of.run,
    tag,
    step,
    stamp,
  });
  const found = matching(
    side(before, first, steps[0]),
    side(after, second, steps[1]),
  ).value;
  const known = series(before.run, first, steps[0], true).value;
  const now = series(after.run, second, steps[1], true).value;
  if (!found) return none;
  if (found.reason !== null) return { ...none, reason: found.reason };
  if (!known?.epochs.includes(steps[0]) || !now?.epochs.includes(steps[1])) {
    return none;
  }
  const sides = [
    [known, steps[0]],
    [now, steps[1]],
  ] as const;
  const bands = bandsOf(found, ...sides, before.run === after.run);
  return {
    ...none,
    bands,
    cka: found.cka,
    filters: Math.max(known.keys.length, now.keys.length),
    exemplars: [...known.layer, ...now.layer].some(
      ({ exemplars }) => exemplars,
    ),
  };
}

export interface Ledger extends Versions {
  /** The layers that both sides have. */
  all: Compared[];
  /** The layer whose filters are shown; `undefined` until it is decided. */
  chosen: Compared | undefined;
}

function isKnown({ bands, reason }: Compared): boolean {
  return bands !== null || reason !== null;
}

/**
 * Returns the layer in which most filters changed, were lost or died.
 *
 * Their number decides, since these are what there is to see; in a layer of few
 * filters, chance alone may change them all. Their share decides between equals.
 */
function mostChanged(all: Compared[]): Compared | undefined {
  const number = ({ bands }: Compared) =>
    bands ? bands.changed.length + bands.lost.length + bands.dead.died : -1;
  const share = (one: Compared) => number(one) / Math.max(one.filters, 1);
  return [...all].sort(
    (a, b) => number(b) - number(a) || share(b) - share(a),
  )[0];
}

/**
 * Returns the layer that is named, or else the one that is shown already, or
 * else the most changed one, once all are compared: none takes the place of
 * another before a person's eyes.
 */
export function chosenOf(
  all: Compared[],
  named: string | null,
  shown: string | null,
): Compared | undefined {
  const find = (of: string | null) => all.find(({ tag }) => tag === of);
  return (
    find(named) ??
    find(shown) ??
    (all.every(isKnown) ? mostChanged(all) : undefined)
  );
}

let shown: string | null = null;

/** Lets the next visit choose a layer anew. */
export function leaveLedger(): void {
  shown = null;
}

/** The two sides and their common layers. */
export const ledger = computed<Ledger | null>(() => {
  const both = versions();
  if (!both) return null;
  const { before, after } = both;
  const all = after.run.layers
    .map(({ tag }) => compared(before, after, tag))
    .filter((one) => one !== null);
  const chosen = chosenOf(all, state.value.layer, shown);
  shown = chosen?.tag ?? shown;
  return { before, after, all, chosen };
});

/** How many layers are compared. */
export function knownLayers({ all }: Ledger): number {
  return all.filter(isKnown).length;
}

/** Why no layer can be compared, if that is the same for all. */
export function commonReason({ all }: Ledger): string | null {
  const reason = all[0]?.reason ?? null;
  return all.every((one) => one.reason === reason) ? reason : null;
}
