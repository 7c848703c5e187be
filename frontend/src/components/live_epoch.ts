/**
 * An epoch that changes without a rendering: what is bound to it follows a
 * slider, and hundreds of tiles need not be rendered again.
 */
import { computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { whenIdle } from "./when_idle";

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

function lagging(epoch: ReadonlySignal<number>): ReadonlySignal<number> {
  let stop: (() => void) | undefined;
  const behind = signal(epoch.peek(), {
    watched() {
      behind.value = epoch.peek();
      stop = effect(() => {
        const { value } = epoch;
        whenIdle(behind, () => {
          behind.value = value;
        });
      });
    },
    unwatched() {
      stop?.();
    },
  });
  return behind;
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
