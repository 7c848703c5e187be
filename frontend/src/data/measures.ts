/** The measures of a filter: their names, and why a log may lack them. */
import type { Series } from "../api/types";

export interface Measure {
  label: string;
  /** What it says, in a sentence for a tooltip. */
  about: string;
  /** Why it may not be logged; empty where it always is. */
  lacking: string;
  /** Whether the inspector draws its curve. */
  curve: boolean;
}

const NO_PROBE = "the training was given no probe";
const NO_BEFORE = "nothing is logged before";

export const MEASURES: Record<string, Measure> = {
  score: {
    label: "Score",
    about: "Response to the image, before the activation",
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
    about: "99 % of the responses to the probe are smaller",
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
    about: "Share of positions of the probe with a response above zero",
    lacking: NO_PROBE,
    curve: true,
  },
  lift: {
    label: "Lift",
    about: "0: no better than the data's mean; 1: as the best real input",
    lacking: NO_PROBE,
    curve: true,
  },
  lift_t: {
    label: "Lift after transforms",
    about: "Lift that remains when the image is moved, blurred, compressed",
    lacking: NO_PROBE,
    curve: true,
  },
  rank: {
    label: "Rank of the own filter",
    about: "1: the image excites its own filter most of all in the layer",
    lacking: NO_PROBE,
    curve: false,
  },
  drift: {
    label: "Drift",
    about: "1 - correlation with the image of the last look",
    lacking: NO_BEFORE,
    curve: true,
  },
  steadiness: {
    label: "Steadiness",
    about: "Correlation of the responses with those of the last look",
    lacking: NO_BEFORE,
    curve: true,
  },
  overlap: {
    label: "Overlap of real patches",
    about: "Share of the exemplars that were so at the last look",
    lacking: NO_BEFORE,
    curve: false,
  },
  entropy: {
    label: "Class entropy",
    about: "Of the exemplars' classes, in bits; 0: all of one class",
    lacking: "the probe had no labels",
    curve: false,
  },
};

/** Names under which a log may hold what has a row of its own elsewhere. */
const NOT_SORTED = new Set(["settled", "ncc"]);

/** All measures that can be sorted and searched by, those of the log added. */
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

/** Row of a filter among the series' keys, -1 if it has none. */
export function rowOf(series: Series, key: string): number {
  let found = rows.get(series);
  if (!found) {
    found = new Map(series.keys.map((one, row) => [one, row]));
    rows.set(series, found);
  }
  return found.get(key) ?? -1;
}

/** A measure of a filter at an epoch; `null` where it is not logged. */
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

/** The epoch from which on a filter has been settled; `null` if it is not. */
export function settledSince(series: Series, key: string): number | null {
  const values = series.values["settled"]?.[rowOf(series, key)];
  if (!values) return null;
  let since: number | null = null;
  values.forEach((value, column) => {
    if (value === 1) since ??= series.epochs[column] ?? null;
    else if (value === 0) since = null;
  });
  return since;
}
