/** Stacks of twins: one tile for several filters, until it is unfolded. */
import { signal } from "@preact/signals";
import { part, view } from "../state/state";
import { twinsOf } from "./shown_relations";

const sort = part("sort");

/** Whether all stacks are unfolded, and else which, by their first filter. */
export const unfolded = signal<{ all: boolean; stacks: Set<string> }>({
  all: false,
  stacks: new Set(),
});

export function unfold(first: string): void {
  const { all, stacks } = unfolded.value;
  unfolded.value = { all, stacks: new Set([...stacks, first]) };
}

/** Unfolds all stacks, or folds all. */
export function unfoldAll(all: boolean): void {
  unfolded.value = { all, stacks: new Set() };
}

/** Whether the filters are arranged in stacks, which a click unfolds. */
export function stacking(): boolean {
  return sort.value === "twins" && view.value === "grid";
}

/** Returns, of keys in their order, those that stand behind each first one. */
export function stacksOf(
  keys: string[],
  groups: Map<string, string[]>,
): Map<string, string[]> {
  const firsts = new Map<string[], string>();
  const found = new Map<string, string[]>();
  for (const key of keys) {
    const group = groups.get(key);
    if (!group) continue;
    const first = firsts.get(group);
    if (first === undefined) firsts.set(group, key);
    else found.set(first, [...(found.get(first) ?? []), key]);
  }
  return found;
}

/** Returns the folded stacks of keys in their order, by their first filter. */
export function folded(keys: string[]): Map<string, string[]> {
  if (!stacking() || unfolded.value.all) return new Map();
  const found = stacksOf(keys, twinsOf.value);
  for (const first of unfolded.value.stacks) found.delete(first);
  return found;
}
