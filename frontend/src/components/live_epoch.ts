/**
 * An epoch that changes without a rendering: what is bound to it follows a
 * slider, and hundreds of tiles need not be rendered again.
 */
import { computed, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { epoch, layer, run } from "../selection/shown";
import { lagging } from "../state/lagging";

export type LiveEpoch = number | ReadonlySignal<number>;

export function now(epoch: LiveEpoch): number {
  return typeof epoch === "object" ? epoch.value : epoch;
}

const laggards = new WeakMap<ReadonlySignal<number>, ReadonlySignal<number>>();

/**
 * Returns the epoch for what nobody sees: it follows once the page has time.
 * To name hundreds of tiles again takes as long as to draw their images.
 */
export function unseen(epoch: LiveEpoch): LiveEpoch {
  if (typeof epoch === "number") return epoch;
  let found = laggards.get(epoch);
  if (!found) {
    found = lagging(epoch);
    laggards.set(epoch, found);
  }
  return found;
}

/** Returns the shown epoch of a layer; once another is shown, the last one. */
export function useShownEpoch(
  ofRun: string,
  tag: string,
): ReadonlySignal<number> {
  return useMemo(() => {
    let last = 0;
    return computed(() => {
      const shown = run.value?.run === ofRun && layer.value?.tag === tag;
      if (shown) last = epoch.value ?? last;
      return last;
    });
  }, [ofRun, tag]);
}

/**
 * Returns a text about an epoch: a signal if the epoch is one.
 *
 * @param inputs What the text depends on beside the epoch.
 */
export function useText(
  epoch: LiveEpoch,
  text: (epoch: number) => string,
  inputs: unknown[],
): string | ReadonlySignal<string> {
  return useMemo(
    () =>
      typeof epoch === "object"
        ? computed(() => text(epoch.value))
        : text(epoch),
    [epoch, ...inputs],
  );
}
