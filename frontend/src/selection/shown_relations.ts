/** Twins and classes of the shown layer, for the search and the orders. */
import { computed } from "@preact/signals";
import type { Classes, Relations } from "../api/types";
import { statusAt } from "../data/measures";
import { classes, countsOf, relations } from "../data/relations";
import { epochToRead, layer, run, shownSeries } from "./shown";

/** Which filters respond alike at the shown epoch; `null` until known. */
export const shownRelations = computed<Relations | null>(() => {
  const at = epochToRead.value;
  return run.value && layer.value && at !== null
    ? relations(run.value, layer.value, at)
    : null;
});

let latest: { of: string; classes: Classes } | null = null;

/**
 * The classes of the exemplars at the shown epoch; until they are known, those
 * of the epoch before it, so that nothing flickers from epoch to epoch.
 */
export const shownClasses = computed<Classes | null>(() => {
  const at = epochToRead.value;
  if (!run.value || !layer.value || at === null) return null;
  const of = JSON.stringify([run.value.run, layer.value.tag]);
  const found = classes(run.value, layer.value, at);
  if (found) latest = { of, classes: found };
  return found ?? (latest?.of === of ? latest.classes : null);
});

/** Returns the name of a class: "pelican", or "144" where it has none. */
export function className(number: number): string {
  return shownClasses.value?.names[String(number)] ?? String(number);
}

/** Returns the name of a filter: its number, or the class that it stands for. */
export function filterName(key: string): string {
  const about = shownSeries.value?.layer.at(-1);
  const name = about?.class_layer ? about.class_names?.[key] : undefined;
  return name ?? key;
}

/** Whether the data never excites a filter at the shown epoch. */
export function isDead(key: string): boolean {
  const series = shownSeries.value;
  return series !== null && statusAt(series, key, epochToRead.value) === "dead";
}

export interface TopClass {
  number: number;
  name: string;
  count: number;
  of: number;
}

/** The most frequent class of each filter's exemplars. */
export const topClasses = computed<Map<string, TopClass>>(() => {
  const found = new Map<string, TopClass>();
  const known = shownClasses.value;
  known?.keys.forEach((key, i) => {
    const all = isDead(key) ? [] : (known.classes[i] ?? []);
    const [most] = countsOf(all);
    if (!most) return;
    const [number, count] = most;
    const name = className(number);
    found.set(key, { number, name, count, of: all.length });
  });
  return found;
});

const wholeNames = computed<Set<string>>(
  () =>
    new Set(
      [...topClasses.value.values()].map(({ name }) => name.toLowerCase()),
    ),
);

/** Whether more than half of the exemplars are of the class. */
export function isMostly({ count, of }: TopClass): boolean {
  return count * 2 > of;
}

/** Whether a class is the one of most exemplars of a filter. */
export function isAbout(key: string, wanted: string): boolean {
  const top = topClasses.value.get(key);
  if (!top || !isMostly(top)) return false;
  const name = top.name.toLowerCase();
  if (String(top.number) === wanted || name === wanted) return true;
  return !wholeNames.value.has(wanted) && name.includes(wanted);
}

/** The group of twins of each filter that has some. */
export const twinsOf = computed<Map<string, string[]>>(() => {
  const found = new Map<string, string[]>();
  for (const group of shownRelations.value?.groups ?? []) {
    for (const key of group) found.set(key, group);
  }
  return found;
});

/** "redundant: 7 of 64"; empty where there is no twin. */
export function redundancy(): string {
  const known = shownRelations.value;
  if (!known?.groups.length) return "";
  const extra = known.groups.reduce((sum, { length }) => sum + length - 1, 0);
  return `redundant: ${extra} of ${known.keys.length}`;
}
