/** Selects the filters to show, and sorts them. */
import { computed } from "@preact/signals";
import type { Series } from "../api/types";
import { correlation } from "../render/correlation";
import { image } from "../data/images";
import { epochs, epochToRead, layer, run, shownSeries } from "./shown";
import {
  measureNames,
  MEASURES,
  settledSince,
  statusAt,
  valueAt,
} from "../data/measures";
import type { Pixels } from "../render/pixels";
import { matches, withoutUnfinished } from "./search";
import {
  isAbout,
  shownRelations,
  topClasses,
  twinsOf,
} from "./shown_relations";
import { folded } from "./stacks";
import { isPinned, part, view } from "../state/state";
import { inUnit } from "./step_unit";

const [chosenSort, reverse] = [part("sort"), part("reverse")];
const [search, chosenAnchor, filter] = [
  part("search"),
  part("anchor"),
  part("filter"),
];

/** Orders other than by a measure. */
export const ORDERS: Record<string, string> = {
  index: "Filter number",
  twins: "Twins first",
  class: "Class of exemplars",
  map: "Map of responses",
  classes: "Table of classes",
  previous: "Change since the previous epoch",
  first: "Change since the first epoch",
  similar: "Like the selected image",
  settling: "Settled epoch",
};

/** Arrangements that are pictures of a layer at one epoch. */
const PICTURES = new Set(["map", "classes"]);

/** Whether the view that is shown can be arranged in this way. */
export function isArrangeable(order: string): boolean {
  return view.value === "grid" || !PICTURES.has(order);
}

/** Orders that have no direction. */
export const ARRANGEMENTS = new Set(["twins", "class", "map", "classes"]);

/** Orders that ascend unless reversed. */
const RISING = new Set(["index", "settling", "rank"]);

export function isRising(sort: string, reverse: boolean): boolean {
  return RISING.has(sort) !== reverse;
}

/** Says why a sort is not available; `null` if it is. */
export function sortBlocked(
  sort: string,
  series: Series | null,
): string | null {
  if (sort === "index") return null;
  if (!series) return "The measures are still loading.";
  if (sort === "twins" || sort === "map") {
    return shownRelations.value?.reason ?? null;
  }
  if (sort === "class" || sort === "classes") {
    return series.values["entropy"]
      ? null
      : "Not in this log: the probe had no labels.";
  }
  if (sort === "similar") {
    return anchor() === null ? "Select a filter first." : null;
  }
  if (sort === "settling") {
    return series.values["settled"]
      ? null
      : "Not in this log: the training had no probe.";
  }
  if (sort in ORDERS) {
    return epochs.value.length > 1 ? null : inUnit("Only one epoch is logged.");
  }
  if (series.values[sort]) return null;
  const why = MEASURES[sort]?.lacking;
  return why ? `Not in this log: ${why}.` : "Not in this log.";
}

/** The filter that others are compared with; selecting another keeps it. */
function anchor(): string | null {
  return chosenAnchor.value ?? filter.value;
}

function pixelsOf(key: string, at: number | null): Pixels | null {
  if (!run.value || !layer.value || at === null) return null;
  const found = image(run.value.run, layer.value.tag, at, key).value;
  return found.kind === "ready" ? found.pixels : null;
}

/** Twins stand together, the largest group first. */
function twinRank(key: string): number | null {
  const groups = shownRelations.value?.groups ?? [];
  const place = groups.findIndex((group) => group.includes(key));
  return place < 0 ? null : -place;
}

/** Ranks by class, and within a class by the number of its exemplars. */
function classRank(key: string): number | null {
  const top = topClasses.value.get(key);
  return top ? -(top.number + 1 - top.count / (top.of + 1)) : null;
}

/** Returns the value that a filter is sorted by; `null` goes last. */
export function rank(sort: string, key: string, series: Series): number | null {
  if (sort === "settling") return settledSince(series, key, epochs.value);
  if (!(sort in ORDERS)) return valueAt(series, sort, key, epochToRead.value);
  if (sort === "twins") return twinRank(key);
  if (sort === "class" || sort === "classes") return classRank(key);
  if (sort === "map") return null;
  const now = pixelsOf(key, epochToRead.value);
  if (sort === "similar") {
    const focused = pixelsOf(anchor() ?? "", epochToRead.value);
    return now && focused ? correlation(now, focused) : null;
  }
  const logged = epochs.value;
  const column = logged.indexOf(epochToRead.value ?? -1);
  const before = logged[sort === "first" ? 0 : column - 1];
  const then = pixelsOf(key, before ?? null);
  return now && then ? 1 - correlation(now, then) : null;
}

/** The values that filters are sorted by, also for their captions. */
export const ranks = computed<Map<string, number | null>>(() => {
  const series = shownSeries.value;
  const sort = chosenSort.value;
  if (!series || sort === "index" || sortBlocked(sort, series)) {
    return new Map();
  }
  return new Map(series.keys.map((key) => [key, rank(sort, key, series)]));
});

/** Sorts keys by value; those without one go last in either order. */
export function inOrder(
  keys: string[],
  values: Map<string, number | null>,
  rising: boolean,
): string[] {
  return [...keys].sort((a, b) => {
    const x = values.get(a) ?? null;
    const y = values.get(b) ?? null;
    if (x === null || y === null)
      return Number(x === null) - Number(y === null);
    return rising ? x - y : y - x;
  });
}

/** The keys that the search finds, in the order of the log. */
const foundKeys = computed<string[]>(() => {
  const series = shownSeries.value;
  const tag = layer.value?.tag;
  if (!series || tag === undefined) return [];
  const at = epochToRead.value;
  const find = (what: string) =>
    series.keys.filter((key) =>
      matches(what, {
        key,
        status: statusAt(series, key, at),
        settled: valueAt(series, "settled", key, at),
        pinned: isPinned(tag, key),
        twin: () => twinsOf.value.has(key),
        about: (name) => isAbout(key, name),
        measure: (name) => valueAt(series, name, key, at),
      }),
    );
  const wanted = search.value;
  if (!wanted) return series.keys;
  const found = find(wanted);
  if (found.length) return found;
  // A half-typed word finds nothing: ignore it.
  const finished = withoutUnfinished(wanted, measureNames(series));
  return finished === wanted ? found : find(finished);
});

/** The keys that the search finds, sorted. */
export const sortedKeys = computed<string[]>(() => {
  const keys = [...foundKeys.value];
  if (!ranks.value.size) return reverse.value ? keys.reverse() : keys;
  return inOrder(keys, ranks.value, isRising(chosenSort.value, reverse.value));
});

/** The twins behind each tile that stands for several. */
export const shownStacks = computed<Map<string, string[]>>(() =>
  folded(sortedKeys.value),
);

/** Names a filter before its twins, "4 + 2 twins"; `null` if none are there. */
export function stackName(key: string): string | null {
  const behind = shownStacks.value.get(key)?.length ?? 0;
  return behind ? `${key} + ${behind} ${behind > 1 ? "twins" : "twin"}` : null;
}

let lastShown: string[] = [];

/**
 * The keys of the tiles to show: of a folded stack, the first. The array stays
 * the same while they do, from epoch to epoch.
 */
export const shownKeys = computed<string[]>(() => {
  const behind = new Set([...shownStacks.value.values()].flat());
  const keys = sortedKeys.value.filter((key) => !behind.has(key));
  const same =
    keys.length === lastShown.length &&
    keys.every((key, i) => key === lastShown[i]);
  if (!same) lastShown = keys;
  return lastShown;
});

/** Returns all sorts; the log's own measures come last. */
export function sortNames(): string[] {
  return [...Object.keys(ORDERS), ...measureNames(shownSeries.value)];
}
