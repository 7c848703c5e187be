/** Signals for what can wait while a slider moves. */
import { effect, signal, type ReadonlySignal } from "@preact/signals";
import { whenIdle } from "./when_idle";

/** Returns a signal that follows another once the page has time. */
export function lagging<T>(ahead: ReadonlySignal<T>): ReadonlySignal<T> {
  let stop: (() => void) | undefined;
  const behind = signal(ahead.peek(), {
    watched() {
      behind.value = ahead.peek();
      stop = effect(() => {
        const { value } = ahead;
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
