/** Compares two runs, or two epochs, and puts their filters in bands. */
import { computed } from "@preact/signals";
import type { Correlated, Layer, Match, Run, Series } from "../api/types";
import { LEAST_CORRELATION, matching } from "../data/matches";
import { statusAt } from "../data/measures";
import { findRun } from "../data/runs";
import { series } from "../data/series";
import { state } from "../state/state";
import { related } from "./networks";
import { upTo } from "./shown_cells";
import { otherRun, runBefore } from "./other_run";
import { layer, run } from "./shown";
import { inUnit } from "./step_unit";

/** The filter of the other side that responds most like a lost or new one. */
export interface NearestFilter {
  key: string;
  r: number;
  /** The filter that it is paired with instead; `null` for none. */
  partner: string | null;
}

/** A filter before, its match after, and the correlation of the two. */
export interface Change {
  before: string | null;
  after: string | null;
  /** `null` for a lost or a new filter. */
  r: number | null;
  /** Of a lost or a new filter with responses. */
  nearest: NearestFilter | null;
  /** What is known of both, as "dead". */
  status: Record<"before" | "after", string | null>;
}

/** Numbers of dead filters. */
interface Deaths {
  before: number;
  after: number;
  /** Pairs that are dead before and after. */
  both: number;
  /** Matches of which only the second is dead. */
  died: number;
}

export const BANDS = {
  lost: "Lost",
  new: "New",
  changed: "Changed",
  kept: "Kept",
} as const;
export type Band = keyof typeof BANDS;

export interface Bands extends Record<Band, Change[]> {
  dead: Deaths;
}

export const KEPT = 0.9; // correlation of a filter that has hardly changed

/** Returns the nearest filter of each one, with the partners of the nearest. */
function nearestOf(
  nearest: Correlated[],
  partners: Map<string, string>,
): Map<string, NearestFilter> {
  return new Map(
    nearest.map(({ key, other, r }) => [
      key,
      { key: other, r, partner: partners.get(other) ?? null },
    ]),
  );
}

/** Returns the filters of a layer in bands, each in order of r. */
export function bandsOf(
  { pairs, nearest, other_nearest }: Match,
  before: [Series, number],
  after: [Series, number],
): Bands {
  const filters = ([of]: [Series, number]) =>
    of.keys.filter(
      (_, i) => of.filters[i] !== null && of.filters[i] !== undefined,
    );
  const statusOf = ([of, at]: [Series, number], key: string | null) =>
    key === null ? null : statusAt(of, key, at);
  const dead = (of: [Series, number], key: string) =>
    statusOf(of, key) === "dead";
  const count = (of: [Series, number]) =>
    filters(of).filter((key) => dead(of, key)).length;
  const change = (
    first: string | null,
    second: string | null,
    more: Pick<Change, "r" | "nearest">,
  ): Change => ({
    before: first,
    after: second,
    ...more,
    status: {
      before: statusOf(before, first),
      after: statusOf(after, second),
    },
  });
  const found: Bands = {
    lost: [],
    new: [],
    changed: [],
    kept: [],
    dead: { before: count(before), after: count(after), both: 0, died: 0 },
  };
  const [first, second] = [
    new Map<string, string>(),
    new Map<string, string>(),
  ];
  for (const { key, other, r } of [...pairs].sort((a, b) => a.r - b.r)) {
    if (r >= LEAST_CORRELATION) {
      first.set(key, other);
      second.set(other, key);
      const pair = change(key, other, { r, nearest: null });
      (r >= KEPT ? found.kept : found.changed).push(pair);
    }
    if (!dead(after, other)) continue;
    if (dead(before, key)) found.dead.both++;
    else if (r >= LEAST_CORRELATION) found.dead.died++;
  }
  const alone = (of: [Series, number], paired: Map<string, string>) =>
    filters(of).filter((key) => !paired.has(key) && !dead(of, key));
  const [there, back] = [
    nearestOf(nearest, second),
    nearestOf(other_nearest, first),
  ];
  found.lost = alone(before, first).map((key) =>
    change(key, null, { r: null, nearest: there.get(key) ?? null }),
  );
  found.new = alone(after, second).map((key) =>
    change(null, key, { r: null, nearest: back.get(key) ?? null }),
  );
  for (const band of [found.lost, found.new]) {
    band.sort((a, b) => (a.nearest?.r ?? -1) - (b.nearest?.r ?? -1));
  }
  return found;
}

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
 * Returns the two sides: by default the run before it, or else its own first
 * epoch. A run of a single epoch has only another run.
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
  const other = epochs.length === 1 ? otherRun(own) : runBefore(own);
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
    const alone = second.epochs.length < 2 && !otherRun(after.run);
    return {
      ...none,
      reason: alone
        ? inUnit(
            "Only one epoch of one run of this network is logged, so there is nothing to compare it with: choose “Two images” to compare two filters.",
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
  const bands = bandsOf(found, [known, steps[0]], [now, steps[1]]);
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

/** "41 kept, 12 changed, 7 lost, 9 new", and "dead 2 → 5: 1 died". */
export function counts(bands: Bands): string {
  const parts = (["kept", "changed", "lost", "new"] as const).map(
    (band) => `${bands[band].length} ${band}`,
  );
  const { before, after, both, died } = bands.dead;
  if (!before && !after) return parts.join(", ");
  const how = [
    ...(died ? [`${died} died`] : []),
    ...(both ? [`${both} dead in both`] : []),
  ].join(", ");
  const number = `dead ${before} → ${after}`;
  return `${parts.join(", ")} · ${how ? `${number}: ${how}` : number}`;
}
