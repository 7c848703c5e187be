/** The filter that is inspected. */
import { computed } from "@preact/signals";
import { epoch, epochToRead, layer, run } from "./shown";
import type { Place } from "../state/schema";
import { part } from "../state/state";

const filter = part("filter");

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
