/** What the steps of a log count: epochs, or batches of few long epochs. */
import { computed } from "@preact/signals";
import type { Series } from "../api/types";
import { epoch, shownSeries } from "./shown";

export type Unit = "epoch" | "batch";

interface Moment {
  unit: Unit;
  /** The other count, where the log tells it: "epoch 3", "batch 1,500". */
  also: string | null;
}

const MANY: Record<Unit, string> = { epoch: "epochs", batch: "batches" };

/** What the steps of a layer count. */
export function unitOf(series: Series | null): Unit {
  const counts = series?.layer.some(
    (about, i) =>
      (about as { batches?: unknown }).batches === series.epochs[i] &&
      "epoch" in about,
  );
  return counts ? "batch" : "epoch";
}

export function momentAt(series: Series | null, at: number | null): Moment {
  const about = series?.layer[series.epochs.indexOf(at ?? -1)] as
    { batches?: unknown; epoch?: unknown } | undefined;
  const done = about?.batches;
  if (typeof done !== "number") return { unit: unitOf(series), also: null };
  // A training that is looked at every so many batches counts those.
  return done === at
    ? { unit: "batch", also: `epoch ${String(about?.epoch)}` }
    : { unit: "epoch", also: `batch ${done.toLocaleString("en")}` };
}

/** Of what is shown. */
export const moment = computed(() => momentAt(shownSeries.value, epoch.value));

export function many(unit: Unit = moment.value.unit): string {
  return MANY[unit];
}

/** "Epoch", "Batch": the beginning of a label. */
export function title(unit: Unit = moment.value.unit): string {
  return unit === "epoch" ? "Epoch" : "Batch";
}

/** A text about epochs, as it is said of what is shown. */
export function inUnit(text: string, unit: Unit = moment.value.unit): string {
  return text.replaceAll("epochs", MANY[unit]).replaceAll("epoch", unit);
}

/** "epoch 3", "batch 500 (epoch 1)". */
export function said(at: number, { unit, also }: Moment): string {
  return `${unit} ${at}${also ? ` (${also})` : ""}`;
}

/** "6 of 11 epochs": what was kept of what the training made. */
export function kept(all: number[], unit: Unit): string {
  if (unit === "batch") return `${all.length} looks`; // no batch was left out
  const last = all.at(-1) ?? 0;
  const first = all[0] ?? 0;
  return `${all.length} of ${last - first + 1} epochs`;
}
