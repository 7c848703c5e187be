/** The filter that is inspected. */
import { computed } from "@preact/signals";
import { epoch, epochToRead, layer, run } from "./shown";
import type { Place, View } from "../state/schema";
import { part, view } from "../state/state";

const filter = part("filter");
const inspector = part("inspector");

/** The views with the inspector beside them. */
const BESIDE = new Set<View>(["grid", "time", "across"]);

/** Whether the inspector stands beside the view. */
export function hasInspector(): boolean {
  return inspector.value && BESIDE.has(view.value);
}

function filterAt(at: number | null): Place | null {
  const key = filter.value;
  if (!run.value || !layer.value || at === null || key === null) return null;
  return { run: run.value.run, tag: layer.value.tag, epoch: at, key };
}

export const inspected = computed<Place | null>(() => filterAt(epoch.value));

/** The same for what is read of it. */
export const inspectedToRead = computed<Place | null>(() =>
  filterAt(epochToRead.value),
);
