/** The unit of a log, epochs or batches. */
import { computed } from "@preact/signals";
import type { Series } from "../api/types";
import { epoch, epochs, shownSeries } from "./shown";

export type Unit = "epoch" | "batch";

interface StepUnit {
  unit: Unit;
  /**
   * What else is known of the step: the other count ("epoch 3", "batch 1,500"),
   * "before training", "unchanged since epoch 3".
   */
  also: string | null;
}

const PLURALS: Record<Unit, string> = { epoch: "epochs", batch: "batches" };

/** Returns what the steps of a layer count. */
export function unitOf(series: Series | null): Unit {
  const counts = series?.layer.some(
    (header, i) => header.batches === series.epochs[i] && "epoch" in header,
  );
  return counts ? "batch" : "epoch";
}

export function stepUnitAt(
  series: Series | null,
  at: number | null,
  // The only epoch of a saved model is not before its training.
  several = (series?.epochs.length ?? 0) > 1,
): StepUnit {
  const header = series?.layer[series.epochs.indexOf(at ?? -1)];
  const batches = header?.batches;
  let unit = unitOf(series);
  const also: string[] = [];
  if (at === 0) {
    if (several) also.push("before training");
  } else if (typeof batches === "number") {
    unit = batches === at ? "batch" : "epoch";
    also.push(
      batches === at
        ? `epoch ${String(header?.epoch)}`
        : `batch ${batches.toLocaleString("en")}`,
    );
  }
  const since = header?.unchanged_since;
  if (typeof since === "number") {
    also.push(`unchanged since ${unit} ${since}`);
  }
  return { unit, also: also.join(", ") || null };
}

/** The unit at the shown epoch of the shown layer. */
export const stepUnit = computed(() =>
  stepUnitAt(shownSeries.value, epoch.value, epochs.value.length > 1),
);

/** That unit alone, which no epoch changes. */
export const shownUnit = computed(() => stepUnit.value.unit);

/** "epochs", "batches". */
export function plural(unit: Unit = stepUnit.value.unit): string {
  return PLURALS[unit];
}

/** "Epoch", "Batch": the beginning of a label. */
export function capitalized(unit: Unit = stepUnit.value.unit): string {
  return unit === "epoch" ? "Epoch" : "Batch";
}

/** Replaces "epoch" in a text by the unit of the shown layer. */
export function inUnit(text: string, unit: Unit = stepUnit.value.unit): string {
  return text.replaceAll("epochs", PLURALS[unit]).replaceAll("epoch", unit);
}

/** "epoch 3", "batch 500 (epoch 1)". */
export function stepLabel(at: number, { unit, also }: StepUnit): string {
  return `${unit} ${at}${also ? ` (${also})` : ""}`;
}

/** "6 of 11 epochs": how many of the training's epochs are logged. */
export function loggedShare(all: number[], unit: Unit): string {
  if (unit === "batch") {
    return `${all.length} ${all.length === 1 ? "update" : "updates"}`;
  }
  const last = all.at(-1) ?? 0;
  const first = all[0] ?? 0;
  return `${all.length} of ${last - first + 1} epochs`;
}
