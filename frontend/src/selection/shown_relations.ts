/** Twins and classes of the shown layer, for the search and the orders. */
import { computed } from "@preact/signals";
import type { Classes, Relations } from "../api/types";
import { statusAt } from "../data/measures";
import { classes, countsOf, relations } from "../data/relations";
import { epoch, layer, run, shownSeries } from "./shown";

/** Which filters respond alike at the shown epoch; `null` until known. */
export const shownRelations = computed<Relations | null>(() => {
  const at = epoch.value;
  return run.value && layer.value && at !== null
    ? relations(run.value, layer.value, at)
    : null;
});

/** The classes of the exemplars at the shown epoch; `null` until known. */
export const shownClasses = computed<Classes | null>(() => {
  const at = epoch.value;
  return run.value && layer.value && at !== null
    ? classes(run.value, layer.value, at)
    : null;
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
  return series !== null && statusAt(series, key, epoch.value) === "dead";
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

/** Whether a class is the one of most exemplars of a filter. */
export function isAbout(key: string, wanted: string): boolean {
  const top = topClasses.value.get(key);
  if (!top || top.count * 2 <= top.of) return false;
  return (
    String(top.number) === wanted || top.name.toLowerCase().includes(wanted)
  );
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
