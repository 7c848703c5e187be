/** What is logged, kept up to date, and what of it is shown. */
import { computed, signal } from "@preact/signals";
import { failure, fetchRuns } from "../api/client";
import type { Layer, Listed, Run } from "../api/types";
import { keepEpochs, loggedEpochs, onEpochs } from "./epochs";
import { keepImages, retryFailed } from "./images";
import { keepSeries } from "./series";

export type Listing =
  | { kind: "loading" }
  | { kind: "ready"; runs: Run[] }
  | { kind: "error"; message: string };

export const listing = signal<Listing>({ kind: "loading" });

const POLL = 3000; // milliseconds between looks for new epochs

export const runs = computed<Run[]>(() =>
  listing.value.kind === "ready" ? listing.value.runs : [],
);

/** Whether a layer is logged at an epoch; `null` until that is known. */
export function isLogged(tag: Layer, at: number): boolean | null {
  if (at === tag.last) return true;
  return tag.epochs.length ? tag.epochs.includes(at) : null;
}

/** What was read of a layer is true only while its events are the same. */
onEpochs((of, tag, found) => {
  const times = new Map(
    found.epochs.map((at, i): [number, number] => [
      at,
      found.wall_times[i] ?? 0,
    ]),
  );
  keepSeries(of, tag, times);
  keepImages(of, tag, times);
});

function withEpochs(of: string, listed: Listed): Layer {
  return {
    ...listed,
    get epochs() {
      return loggedEpochs(of, listed);
    },
  };
}

let listed: Run<Listed>[] = [];

export async function refresh(): Promise<void> {
  try {
    const found = await fetchRuns();
    const before = listing.value;
    if (
      failure.value !== null ||
      before.kind !== "ready" ||
      JSON.stringify(listed) !== JSON.stringify(found)
    ) {
      const rewritten = writtenAnew(listed, found);
      listed = found;
      retryFailed();
      const names = found.flatMap(({ run: of, layers }) =>
        layers.map(({ tag }) => JSON.stringify([of, tag])),
      );
      keepEpochs(new Set(names));
      listing.value = {
        kind: "ready",
        runs: found.map((of) => ({
          ...of,
          layers: of.layers.map((one) => withEpochs(of.run, one)),
        })),
      };
      failure.value = null;
      for (const [of, one] of rewritten) loggedEpochs(of, one);
    }
  } catch (error) {
    // What is on the screen stays; only a first failure takes its place.
    if (listing.value.kind === "ready") return;
    const message = error instanceof Error ? error.message : String(error);
    listing.value = { kind: "error", message };
  }
}

/** Layers that changed without a later epoch: their log was written anew. */
export function writtenAnew(
  before: Run<Listed>[],
  after: Run<Listed>[],
): [string, Listed][] {
  const old = new Map(
    before.flatMap(({ run: of, layers }) =>
      layers.map((one): [string, Listed] => [
        JSON.stringify([of, one.tag]),
        one,
      ]),
    ),
  );
  return after.flatMap(({ run: of, layers }) =>
    layers.flatMap((one): [string, Listed][] => {
      const was = old.get(JSON.stringify([of, one.tag]));
      const changed = was && was.stamp !== one.stamp;
      return changed && one.last <= was.last ? [[of, one]] : [];
    }),
  );
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
