/** The measures of a filter, and why a log may lack them. */
import type { Series } from "../api/types";

export interface Measure {
  label: string;
  /** Its meaning, for a tooltip. */
  about: string;
  /** Why a log may lack it; empty if none does. */
  lacking: string;
  /** Whether the inspector draws its curve. */
  curve: boolean;
}

const NO_PROBE = "the training had no probe";
const NO_BEFORE = "there is no earlier update";

export const MEASURES: Record<string, Measure> = {
  score: {
    label: "Score",
    about: "Pre-activation response to the image",
    lacking: "",
    curve: true,
  },
  data_max: {
    label: "Data maximum",
    about: "Largest response to the probe",
    lacking: NO_PROBE,
    curve: true,
  },
  data_p99: {
    label: "Data, 99th percentile",
    about: "99th percentile of the responses to the probe",
    lacking: NO_PROBE,
    curve: false,
  },
  data_mean: {
    label: "Data mean",
    about: "Mean response to the probe",
    lacking: NO_PROBE,
    curve: false,
  },
  share: {
    label: "Share active",
    about: "Share of positions in the probe with a response above zero",
    lacking: NO_PROBE,
    curve: true,
  },
  lift: {
    label: "Lift",
    about:
      "0: no better than the mean of the data; 1: as good as the best input",
    lacking: NO_PROBE,
    curve: true,
  },
  lift_t: {
    label: "Lift after transforms",
    about: "Lift that remains after the image is moved, blurred and compressed",
    lacking: NO_PROBE,
    curve: true,
  },
  rank: {
    label: "Rank",
    about: "1: of all filters of the layer, the image excites its own most",
    lacking: NO_PROBE,
    curve: false,
  },
  drift: {
    label: "Drift",
    about: "1 - correlation with the image of the previous update",
    lacking: NO_BEFORE,
    curve: true,
  },
  steadiness: {
    label: "Steadiness",
    about: "Correlation of the responses with those of the previous update",
    lacking: NO_BEFORE,
    curve: true,
  },
  overlap: {
    label: "Exemplar overlap",
    about: "Share of the exemplars that are also those of the previous update",
    lacking: NO_BEFORE,
    curve: false,
  },
  entropy: {
    label: "Class entropy",
    about: "Entropy of the exemplars' classes, in bits; 0: all of one class",
    lacking: "the probe had no labels",
    curve: false,
  },
};

/** Measures without an order of their own: they are shown elsewhere. */
const NOT_SORTED = new Set(["settled", "ncc"]);

/** Returns the measures to sort and search by, then unknown ones in the log. */
export function measureNames(series: Series | null): string[] {
  const logged = Object.keys(series?.values ?? {});
  const others = logged.filter(
    (name) => !(name in MEASURES) && !NOT_SORTED.has(name),
  );
  return [...Object.keys(MEASURES), ...others];
}

export function labelOf(name: string): string {
  return MEASURES[name]?.label ?? name.replaceAll("_", " ");
}

const rows = new WeakMap<Series, Map<string, number>>();

/** Returns the row of a filter in a series; -1 if it has none. */
export function rowOf(series: Series, key: string): number {
  let found = rows.get(series);
  if (!found) {
    found = new Map(series.keys.map((one, row) => [one, row]));
    rows.set(series, found);
  }
  return found.get(key) ?? -1;
}

/** Returns a measure of a filter at an epoch; `null` if it is not logged. */
export function valueAt(
  series: Series,
  name: string,
  key: string,
  epoch: number | null,
): number | null {
  const column = series.epochs.indexOf(epoch ?? -1);
  return series.values[name]?.[rowOf(series, key)]?.[column] ?? null;
}

export function statusAt(
  series: Series,
  key: string,
  epoch: number | null,
): string | null {
  const column = series.epochs.indexOf(epoch ?? -1);
  return series.status[rowOf(series, key)]?.[column] ?? null;
}

/** Whether a filter is logged at an epoch. */
export function isFilterLogged(
  series: Series,
  key: string,
  epoch: number,
): boolean {
  return (
    statusAt(series, key, epoch) !== null ||
    Object.keys(series.values).some(
      (name) => valueAt(series, name, key, epoch) !== null,
    )
  );
}

/** Whether all logged epochs have been read, as far as they can be. */
export function isWhole(
  { epochs, errors, missing }: Series,
  logged: readonly number[],
): boolean {
  return epochs.length + errors.length + missing.length >= logged.length;
}

/**
 * Returns the epoch since which a filter is settled; `null` if it is not, or
 * while it may have settled at an epoch that has not been read.
 */
export function settledSince(
  series: Series,
  key: string,
  logged: readonly number[],
): number | null {
  const values = series.values["settled"]?.[rowOf(series, key)];
  if (!values || !isWhole(series, logged)) return null;
  let since: number | null = null;
  values.forEach((value, column) => {
    if (value === 1) since ??= series.epochs[column] ?? null;
    else if (value === 0) since = null;
  });
  return since;
}
