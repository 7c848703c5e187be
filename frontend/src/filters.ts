/** Which filters are shown, and in what order. */
import { computed } from "@preact/signals";
import type { Series } from "./api";
import { image } from "./images";
import { epoch, layer, run, shownSeries } from "./logs";
import type { Pixels } from "./pixels";
import { SORTS, state, type Sort } from "./state";

/** Words that a search understands beside numbers. */
const STATUSES = ["ok", "dead", "weak", "flat"];

/** Sorts by a measure, and why a log may lack it. */
const MEASURES: Partial<Record<Sort, string>> = {
  score: "",
  data_max: "the training was given no probe",
  lift: "the training was given no probe",
  lift_t: "the training was given no probe",
  drift: "nothing is logged before",
  entropy: "the probe had no labels",
};

/**
 * Whether a filter is meant by a search: numbers and ranges ("3, 10-20"),
 * statuses ("dead") and parts of labels, separated by commas.
 */
export function matches(
  search: string,
  key: string,
  status: string | null,
  settled: number | null = null,
): boolean {
  const parts = search
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter(Boolean);
  if (!parts.length) return true;
  return parts.some((part) => {
    const range = /^(\d+)\s*-\s*(\d+)$/.exec(part);
    if (range) {
      const number = Number(key);
      return number >= Number(range[1]) && number <= Number(range[2]);
    }
    if (part === "settled") return settled === 1;
    if (part === "unsettled") return settled === 0;
    if (STATUSES.includes(part)) return status === part;
    if (/^\d+$/.test(part)) return key === part || key.startsWith(`${part}.`);
    return key.toLowerCase().includes(part);
  });
}

/** Why a sort cannot be used here, or `null` if it can. */
export function sortBlocked(sort: Sort, series: Series | null): string | null {
  if (sort === "index") return null;
  if (!series) return "The measures are still loading.";
  const why = MEASURES[sort];
  if (why !== undefined) {
    if (series.values[sort]) return null;
    return why ? `Not in this log: ${why}.` : "Not in this log.";
  }
  if (sort === "similar") {
    return state.value.filter === null ? "Choose a filter first." : null;
  }
  return series.epochs.length > 1 ? null : "Only one epoch is logged.";
}

/** Correlation of two images, -1 to 1; 0 where one is flat. */
export function correlation(a: Pixels, b: Pixels): number {
  const count = Math.min(a.data.length, b.data.length);
  let sumA = 0;
  let sumB = 0;
  for (let i = 0; i < count; i++) {
    sumA += a.data[i] ?? 0;
    sumB += b.data[i] ?? 0;
  }
  let both = 0;
  let powerA = 0;
  let powerB = 0;
  for (let i = 0; i < count; i++) {
    const x = (a.data[i] ?? 0) - sumA / count;
    const y = (b.data[i] ?? 0) - sumB / count;
    both += x * y;
    powerA += x * x;
    powerB += y * y;
  }
  const scale = Math.sqrt(powerA * powerB);
  return scale > 0 ? both / scale : 0;
}

function pixelsOf(key: string, at: number | null): Pixels | null {
  if (!run.value || !layer.value || at === null) return null;
  const found = image(run.value.run, layer.value.tag, at, key).value;
  return found.kind === "ready" ? found.pixels : null;
}

/** What a filter is sorted by, largest first; `null` goes last. */
function rank(sort: Sort, key: string, series: Series): number | null {
  const column = series.epochs.indexOf(epoch.value ?? -1);
  if (MEASURES[sort] !== undefined) {
    const row = series.keys.indexOf(key);
    return series.values[sort]?.[row]?.[column] ?? null;
  }
  const now = pixelsOf(key, epoch.value);
  if (sort === "similar") {
    const focused = pixelsOf(state.value.filter ?? "", epoch.value);
    return now && focused ? correlation(now, focused) : null;
  }
  const before =
    sort === "first" ? series.epochs[0] : series.epochs[column - 1];
  const then = pixelsOf(key, before ?? null);
  return now && then ? 1 - correlation(now, then) : null;
}

/** Keys of the filters to show, in order. */
export const shownKeys = computed<string[]>(() => {
  const series = shownSeries.value;
  if (!series) return [];
  const { sort, search } = state.value;
  const column = series.epochs.indexOf(epoch.value ?? -1);
  const keys = series.keys.filter((key, row) =>
    matches(
      search,
      key,
      series.status[row]?.[column] ?? null,
      series.values["settled"]?.[row]?.[column] ?? null,
    ),
  );
  if (sort === "index" || sortBlocked(sort, series)) return keys;
  const ranks = new Map(keys.map((key) => [key, rank(sort, key, series)]));
  return [...keys].sort((a, b) => {
    const x = ranks.get(a) ?? null;
    const y = ranks.get(b) ?? null;
    if (x === null || y === null)
      return Number(x === null) - Number(y === null);
    return y - x;
  });
});

export const sortNames = Object.keys(SORTS) as Sort[];
