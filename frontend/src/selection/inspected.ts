/** The filter that is inspected. */
import { computed } from "@preact/signals";
import { epoch, layer, run } from "./shown";
import type { Place } from "../state/schema";
import { part } from "../state/state";

const filter = part("filter");

export const inspected = computed<Place | null>(() => {
  const key = filter.value;
  if (!run.value || !layer.value || epoch.value === null || key === null) {
    return null;
  }
  return { run: run.value.run, tag: layer.value.tag, epoch: epoch.value, key };
});
