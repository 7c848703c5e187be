/** The runs and layers that are logged, polled while the tab is visible. */
import { computed, signal } from "@preact/signals";
import { failure, fetchRuns } from "../api/client";
import type { Layer, Listed, Run } from "../api/types";
import { loggedEpochs } from "./epochs";
import { keepListed, retryFailed, type LayerName } from "./store";

export type Listing =
  | { kind: "loading" }
  | { kind: "ready"; runs: Run[] }
  | { kind: "error"; message: string };

export const listing = signal<Listing>({ kind: "loading" });

const POLL = 3000; // milliseconds between two polls
const NONE: number[] = [];

export const runs = computed<Run[]>(() =>
  listing.value.kind === "ready" ? listing.value.runs : [],
);

/** Returns the run of a name in the log. */
export function runOf(name: string): Run | undefined {
  return runs.value.find(({ run }) => run === name);
}

/** Returns the layer of a run by their names in the log. */
export function layerOf(run: string, tag: string): Layer | undefined {
  return runOf(run)?.layers.find((layer) => layer.tag === tag);
}

/** Returns the short name of a run: "…rate_0.01…". */
export function runName(run: string): string {
  return runOf(run)?.name ?? run;
}

/** Returns the label of a run: "dropout". */
export function runLabel(run: string): string {
  return runOf(run)?.label ?? run;
}

/** Finds a run by its name in the log, its label or its short name. */
export function findRun(name: string): Run | null {
  return (
    runOf(name) ??
    runs.value.find(({ label }) => label === name) ??
    runs.value.find((one) => one.name === name) ??
    null
  );
}

/** Whether a layer is logged at an epoch; `null` until that is known. */
export function isLogged(layer: Layer, at: number): boolean | null {
  if (at === layer.last) return true;
  return layer.epochs.length ? layer.epochs.includes(at) : null;
}

function withEpochs(run: string, listed: Listed): Layer {
  return {
    ...listed,
    get epochs() {
      return loggedEpochs(run, listed)?.epochs ?? NONE;
    },
  };
}

let listed: Run<Listed>[] = [];

/** Fetches the listing, and refreshes what is stored if it has changed. */
export async function refresh(): Promise<void> {
  let found: Run<Listed>[];
  try {
    found = await fetchRuns();
  } catch (error) {
    // A later failure leaves the screen as it is.
    if (listing.value.kind === "ready") return;
    const message = error instanceof Error ? error.message : String(error);
    listing.value = { kind: "error", message };
    return;
  }
  const same = JSON.stringify(listed) === JSON.stringify(found);
  if (same && failure.value === null && listing.value.kind === "ready") return;
  const changed = rewritten(listed, found);
  listed = found;
  keepListed(
    found.flatMap(({ run, layers }) =>
      layers.map(({ tag }): LayerName => [run, tag]),
    ),
  );
  retryFailed();
  listing.value = {
    kind: "ready",
    runs: found.map((run) => ({
      ...run,
      layers: run.layers.map((layer) => withEpochs(run.run, layer)),
    })),
  };
  failure.value = null;
  for (const [run, layer] of changed) loggedEpochs(run, layer);
}

/** Layers that changed without a later epoch: their log was rewritten. */
export function rewritten(
  before: Run<Listed>[],
  after: Run<Listed>[],
): [string, Listed][] {
  const all = (of: Run<Listed>[]) =>
    of.flatMap(({ run, layers }) =>
      layers.map((layer): [string, Listed] => [run, layer]),
    );
  const old = new Map(
    all(before).map(([run, layer]) => [run + "\0" + layer.tag, layer]),
  );
  return all(after).filter(([run, { tag, stamp, last }]) => {
    const was = old.get(run + "\0" + tag);
    return was && was.stamp !== stamp && last <= was.last;
  });
}

/** Polls while the tab is visible; returns a function that stops it. */
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
