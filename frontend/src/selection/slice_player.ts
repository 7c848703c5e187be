/** Plays the slices of a volume in a loop, like a video. */
import { effect, signal } from "@preact/signals";
import { speed } from "./player";
import { moveSlice, shownShape, sliceShown } from "./slices";
import { update } from "../state/state";

export const slicing = signal(false);

const SLOW = 1; // slices a second with reduced motion

function reducedMotion(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

export function toggleSlicing(): void {
  const { depth } = shownShape();
  if (depth < 2) return;
  const atEnd = sliceShown(depth) >= depth - 1;
  if (!slicing.value && atEnd) update({ slice: 0 });
  slicing.value = !slicing.value;
}

/** Shows the next slice, then the first again unless motion is reduced. */
function step(still: boolean): void {
  const { depth } = shownShape();
  if (depth < 2) slicing.value = false;
  else if (sliceShown(depth) < depth - 1) moveSlice(1);
  else if (still) slicing.value = false;
  else update({ slice: 0 });
}

/**
 * Plays while `slicing` is set; returns a function that stops. With reduced
 * motion, the slices play slowly and only once.
 */
export function keepSlicing(): () => void {
  const stop = effect(() => {
    if (!slicing.value) return undefined;
    const still = reducedMotion();
    const rate = still ? SLOW : speed.value;
    const timer = setInterval(() => step(still), 1000 / rate);
    return () => clearInterval(timer);
  });
  return () => {
    stop();
    slicing.value = false;
  };
}
