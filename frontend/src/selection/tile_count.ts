/** How many tiles of a layer are to fill the page. */
import { computed, signal } from "@preact/signals";
import { part } from "../state/state";
import { shownKeys } from "./order";
import { layer, run, shownSeries } from "./shown";

const search = part("search");

/** Milliseconds without a change after which tiles may change their size. */
const PAUSE = 1000;

/** Whether a search is being typed, so that tiles keep their size. */
export const typing = signal(false);

const pauses = signal(0);

/** Lets tiles take their new size. */
export function endTyping(): void {
  typing.value = false;
  pauses.value += 1;
}

/**
 * Waits for a pause in typing, and in a slider's way through the epochs, at
 * each of which a search for marks finds other filters. For an effect: returns
 * a function that stops.
 */
export function awaitPause(): (() => void) | undefined {
  // A change of either begins the pause anew.
  if (!search.value || !shownKeys.value.length) return undefined;
  const timer = setTimeout(endTyping, PAUSE);
  return () => clearTimeout(timer);
}

let held = { of: "", count: 0 };

/** How many filters of the layer are logged. */
export function loggedFilters(): number {
  return shownSeries.value?.keys.length ?? layer.value?.layer_filters ?? 16;
}

/**
 * All logged filters of the layer, or as many as the search found when it
 * paused. Folding twins moves nothing.
 */
export const tileCount = computed<number>(() => {
  if (!search.value) {
    held = { of: "", count: 0 };
    return loggedFilters();
  }
  const of = JSON.stringify([
    run.value?.run,
    layer.value?.tag,
    search.value,
    pauses.value,
  ]);
  const count = shownKeys.value.length;
  if (count && !typing.value && (held.of !== of || !held.count)) {
    held = { of, count };
  }
  return held.count || loggedFilters();
});
