/** What is logged: runs, layers, epochs and measures; kept up to date. */
import { computed, signal, type Signal } from "@preact/signals";
import {
  failure,
  fetchRuns,
  fetchSeries,
  type Layer,
  type Run,
  type Series,
} from "./api";
import { retryFailed } from "./images";
import { state } from "./state";

export type Listing =
  | { kind: "loading" }
  | { kind: "ready"; runs: Run[] }
  | { kind: "error"; message: string };

export const listing = signal<Listing>({ kind: "loading" });

const POLL = 3000; // milliseconds between looks for new epochs

export const runs = computed<Run[]>(() =>
  listing.value.kind === "ready" ? listing.value.runs : [],
);

export const run = computed<Run | null>(() => {
  const wanted = state.value.run;
  if (wanted === null) return runs.value[0] ?? null;
  return runs.value.find((r) => r.run === wanted) ?? null;
});

export const layer = computed<Layer | null>(() => {
  const layers = run.value?.layers ?? [];
  const wanted = state.value.layer;
  if (wanted === null) return layers[0] ?? null;
  return layers.find((l) => l.tag === wanted) ?? null;
});

export const epochs = computed<number[]>(() => layer.value?.epochs ?? []);

/** The epoch that is shown: the chosen one, or the newest. */
export const epoch = computed<number | null>(
  () => state.value.epoch ?? epochs.value.at(-1) ?? null,
);

export async function refresh(): Promise<void> {
  try {
    const found = await fetchRuns();
    const before = listing.value;
    if (
      failure.value !== null ||
      before.kind !== "ready" ||
      JSON.stringify(before.runs) !== JSON.stringify(found)
    ) {
      retryFailed();
      listing.value = { kind: "ready", runs: [...found] };
      failure.value = null;
    }
  } catch (error) {
    // What is on the screen stays; only a first failure takes its place.
    if (listing.value.kind === "ready") return;
    const message = error instanceof Error ? error.message : String(error);
    listing.value = { kind: "error", message };
  }
}

/** Looks for new epochs while the tab is visible. */
export function keepFresh(): () => void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const visible = () => !document.hidden && window.innerHeight > 0;
  const again = async (): Promise<void> => {
    if (visible() || listing.value.kind === "loading") await refresh();
    if (!stopped) waiting = setTimeout(() => void again(), POLL);
  };
  void again();
  return () => {
    stopped = true;
    clearTimeout(waiting);
  };
}

const known = new Map<
  string,
  { stamp: string; value: Signal<Series | null> }
>();

/** Measures of a layer over epochs; `null` until they are there. */
export function series(of: Run, tag: Layer): Signal<Series | null> {
  const name = JSON.stringify([of.run, tag.tag]);
  const stamp = tag.epochs.join();
  let entry = known.get(name);
  if (!entry) {
    entry = { stamp: "", value: signal<Series | null>(null) };
    known.set(name, entry);
  }
  if (entry.stamp !== stamp) {
    entry.stamp = stamp;
    const { value } = entry;
    fetchSeries(of.run, tag.tag).then(
      (found) => (value.value = found),
      () => known.delete(name),
    );
  }
  return entry.value;
}

/** Measures of the layer that is shown. */
export const shownSeries = computed<Series | null>(() => {
  const of = run.value;
  const tag = layer.value;
  return of && tag ? series(of, tag).value : null;
});
