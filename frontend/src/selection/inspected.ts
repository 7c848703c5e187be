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

/** Returns the short name of a run: "…rate_0.01…". */
export function runName(run: string, of: { run: string; name: string }[]) {
  return of.find((one) => one.run === run)?.name ?? run;
}

/** Returns the label of a run: "dropout". */
export function runLabel(run: string, of: { run: string; label: string }[]) {
  return of.find((one) => one.run === run)?.label ?? run;
}
