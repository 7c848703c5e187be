/** The filter that is inspected. */
import { epoch, layer, run } from "./shown";
import type { Place } from "../state/schema";
import { state } from "../state/state";

export function inspectedPlace(): Place | null {
  const key = state.value.filter;
  if (!run.value || !layer.value || epoch.value === null || key === null) {
    return null;
  }
  return { run: run.value.run, tag: layer.value.tag, epoch: epoch.value, key };
}
