/**
 * An epoch that changes without a rendering: what is bound to it follows a
 * slider, and hundreds of tiles need not be rendered again.
 */
import { computed, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";

export type LiveEpoch = number | ReadonlySignal<number>;

export function now(epoch: LiveEpoch): number {
  return typeof epoch === "object" ? epoch.value : epoch;
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
