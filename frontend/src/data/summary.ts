/** A summary of a layer at one epoch. */
import type { Counts, Series } from "../api/types";

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export interface Health extends Counts {
  medianLift: number | null;
}

/** Counts the filters of a layer at one epoch by their state. */
export function health(series: Series, at: number): Health {
  const column = series.epochs.indexOf(at);
  const status = series.status.map((row) => row[column] ?? null);
  const count = (which: string) => status.filter((one) => one === which).length;
  const lives = (row: number) => status[row] !== "dead" && status[row] !== null;
  const settled = (series.values["settled"] ?? [])
    .filter((_, row) => lives(row))
    .map((row) => row[column] ?? null)
    .filter((value): value is number => value !== null);
  const lifts = (series.values["lift"] ?? [])
    .map((row) => row[column] ?? null)
    .filter((value): value is number => value !== null);
  return {
    logged: status.filter((one) => one !== null).length,
    dead: count("dead"),
    weak: count("weak"),
    flat: count("flat"),
    settled: settled.filter((value) => value === 1).length,
    known: settled.length,
    medianLift: lifts.length ? median(lifts) : null,
  };
}

/**
 * Says how many filters are shown, and of all that are logged, how they are:
 * "2 of 64 filters · of all: 2 dead, 1 weak · 80 % of the others settled".
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
  const { logged, dead, weak, flat, ...found } = health(series, at);
  const some = shown !== null && shown !== logged;
  const parts = [
    some ? `${shown} of ${counted(logged)}` : counted(logged, whole),
  ];
  const marked = Object.entries({ dead, weak, flat })
    .filter(([, number]) => number)
    .map(([which, number]) => `${number} ${which}`);
  if (marked.length) parts.push((some ? "of all: " : "") + marked.join(", "));
  if (found.known) {
    const share = Math.round((100 * found.settled) / found.known);
    parts.push(`${share} %${dead ? " of the others" : ""} settled`);
  }
  if (found.medianLift !== null) {
    parts.push(`median lift ${found.medianLift.toPrecision(2)}`);
  }
  return parts.join(" · ");
}

/** "1 filter", "64 filters", "12 of the layer's 1,280 filters". */
function counted(logged: number, whole: number | null = null): string {
  if (whole !== null && whole > logged) {
    return `${logged} of the layer’s ${whole.toLocaleString("en")} filters`;
  }
  return `${logged.toLocaleString("en")} ${logged === 1 ? "filter" : "filters"}`;
}

type Shares = Record<string, (number | null)[]>;

const known = new WeakMap<Series, Shares>();

/**
 * Returns the shares of settled, dead and weak filters over epochs, without
 * those that are not logged or never occur. Dead filters are not asked whether
 * they settled. A slider asks for them at each epoch: they are found once.
 */
export function shares(series: Series): Shares {
  const found = known.get(series) ?? sharesOf(series);
  known.set(series, found);
  return found;
}

function sharesOf(series: Series): Shares {
  const found: Shares = {};
  const share = (of: (boolean | null)[]) => {
    const known = of.filter((one) => one !== null);
    return known.length ? known.filter(Boolean).length / known.length : null;
  };
  const settled = series.values["settled"];
  if (settled) {
    found["settled"] = series.epochs.map((_, column) =>
      share(
        settled.map((values, row) => {
          const value = values[column] ?? null;
          const dead = series.status[row]?.[column] === "dead";
          return value === null || dead ? null : value === 1;
        }),
      ),
    );
  }
  for (const which of ["dead", "weak"]) {
    if (!series.status.some((row) => row.includes(which))) continue;
    found[which] = series.epochs.map((_, column) =>
      share(
        series.status.map((row) => {
          const status = row[column] ?? null;
          return status === null ? null : status === which;
        }),
      ),
    );
  }
  return found;
}
