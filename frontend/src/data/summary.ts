/** A summary of a layer at one epoch. */
import type { Counts, Series } from "../api/types";

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const NONE: Counts = {
  logged: 0,
  dead: 0,
  weak: 0,
  flat: 0,
  plain: 0,
  settled: 0,
  changing: 0,
};

function countsIn(series: Series, column: number): Counts {
  const found: Counts = { ...NONE };
  series.status.forEach((row, filter) => {
    const status = row[column] ?? null;
    if (status === null) return;
    found.logged++;
    if (
      status === "dead" ||
      status === "weak" ||
      status === "flat" ||
      status === "plain"
    ) {
      found[status]++;
      return;
    }
    const settled = series.values["settled"]?.[filter]?.[column];
    if (settled === 1) found.settled++;
    else if (settled === 0) found.changing++;
  });
  return found;
}

/** Counts the filters of a layer at one epoch by their state. */
export function health(series: Series, at: number): Counts {
  return countsIn(series, series.epochs.indexOf(at));
}

function medianLift(series: Series, at: number): number | null {
  const column = series.epochs.indexOf(at);
  const lifts = (series.values["lift"] ?? [])
    .map((row) => row[column] ?? null)
    .filter((value): value is number => value !== null);
  return lifts.length ? median(lifts) : null;
}

/**
 * Returns how many filters are in which state. The numbers add up to those of
 * the filters that are logged.
 */
export function partsOf(counts: Counts): [name: string, count: number][] {
  const { logged, dead, weak, flat, plain, settled, changing } = counts;
  const compared = settled + changing;
  const others = logged - dead - weak - flat - plain - compared;
  const parts: [string, number][] = [
    ["dead", dead],
    ["weak", weak],
    ["flat", flat],
    ["plain", plain],
    ["still changing", changing],
    ["settled", settled],
    [compared ? "not compared yet" : "alive", others],
  ];
  return parts.filter(([, count]) => count > 0);
}

/** "15 dead, 1 settled". */
export function spoken(counts: Counts): string {
  return partsOf(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

/**
 * Says how many filters are shown, and of all that are logged, how they are:
 * "2 of 64 filters · of all: 2 dead, 1 weak, 61 settled".
 *
 * @param shown Filters on the screen, by default all.
 * @param whole Filters of the layer, if not all are logged.
 */
export function summary(
  series: Series,
  at: number,
  shown: number | null = null,
  whole: number | null = null,
): string {
  const found = health(series, at);
  const { logged } = found;
  const lift = medianLift(series, at);
  const some = shown !== null && shown !== logged;
  const parts = [
    some ? `${shown} of ${counted(logged)}` : counted(logged, whole),
  ];
  if (partsOf(found).some(([name]) => name !== "alive")) {
    parts.push((some ? "of all: " : "") + spoken(found));
  }
  if (lift !== null) {
    parts.push(`median lift ${lift.toPrecision(2)} (best real input: 1)`);
  }
  return parts.join(" · ");
}

// Made once: toLocaleString makes one at each call, which a slider would feel.
const grouped = new Intl.NumberFormat("en");

/** "1 filter", "64 filters", "12 of 1,280 filters". */
export function filtersOf(logged: number, whole: number | null): string {
  const number = Math.max(logged, whole ?? 0);
  const some = number > logged ? `${grouped.format(logged)} of ` : "";
  const noun = number === 1 ? "filter" : "filters";
  return `${some}${grouped.format(number)} ${noun}`;
}

/** "1 filter", "64 filters", "12 of the layer's 1,280 filters". */
function counted(logged: number, whole: number | null = null): string {
  if (whole !== null && whole > logged) {
    return `${logged} of the layer’s ${grouped.format(whole)} filters`;
  }
  return filtersOf(logged, null);
}

type Shares = Record<string, (number | null)[]>;

const known = new WeakMap<Series, Shares>();

/**
 * Returns the shares of settled, dead and weak filters over epochs, of all
 * filters that are logged, without those that are not logged or never occur.
 * A slider asks for them at each epoch: they are found once.
 */
export function shares(series: Series): Shares {
  const found = known.get(series) ?? sharesOf(series);
  known.set(series, found);
  return found;
}

function sharesOf(series: Series): Shares {
  const all = series.epochs.map((_, column) => countsIn(series, column));
  const share = (which: "settled" | "dead" | "weak") =>
    all.map((counts) => (counts.logged ? counts[which] / counts.logged : null));
  const found: Shares = {};
  const settled = series.values["settled"];
  if (settled) {
    // Nothing is compared at the first update.
    const compared = (column: number) =>
      settled.some((values) => (values[column] ?? null) !== null);
    found["settled"] = share("settled").map((value, column) =>
      compared(column) ? value : null,
    );
  }
  for (const which of ["dead", "weak"] as const) {
    if (all.some((counts) => counts[which])) found[which] = share(which);
  }
  return found;
}
