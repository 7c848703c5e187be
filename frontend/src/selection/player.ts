/** Moves through the logged epochs, also by playing them. */
import { effect, signal, untracked } from "@preact/signals";
import { slots } from "./comparison";
import { epoch, epochs, layer, run } from "./shown";
import { layerOf } from "../data/runs";
import type { State } from "../state/schema";
import { state, update } from "../state/state";

export const playing = signal(false);
export const SPEEDS = [1, 2, 4, 8, 16]; // epochs a second
export const speed = signal(4);

/** Returns the change that shows an epoch; the newest one is followed. */
export function epochChange(at: number): Pick<State, "epoch"> {
  return { epoch: at === layer.value?.last ? null : at };
}

/**
 * Calls `go` once the logged epochs are known, so that no early key press is
 * lost. Does nothing if another layer is selected meanwhile.
 */
function onceKnown(go: () => void): void {
  const shown = () => JSON.stringify([run.value?.run, layer.value?.tag]);
  const asked = shown();
  let done = false;
  const stop = effect(() => {
    const same = shown() === asked;
    if (done || (same && !epochs.value.length)) return;
    done = true;
    if (same) untracked(go);
    queueMicrotask(() => stop());
  });
}

/** Goes to a logged epoch by index; `Infinity` is the newest. */
export function goTo(index: number): void {
  onceKnown(() => {
    const all = epochs.value;
    const at = all[Math.min(Math.max(index, 0), all.length - 1)];
    if (at !== undefined) update(epochChange(at));
  });
}

/** Moves by some logged epochs; in a comparison, moves image B. */
export function move(by: number): void {
  if (state.value.view === "compare") moveSlot(by);
  else onceKnown(() => goTo(position() + by));
}

function moveSlot(by: number): void {
  const pair = slots();
  if (!pair) return;
  const { run, tag, epoch: at } = pair.b;
  const all = layerOf(run, tag)?.epochs ?? [];
  const next = all[all.indexOf(at) + by];
  if (next !== undefined) update({ ...pair, b: { ...pair.b, epoch: next } });
}

/** Returns the index of the shown epoch, or of the last logged one before. */
export function position(): number {
  const at = epoch.value ?? 0;
  const index = epochs.value.indexOf(at);
  return index >= 0 ? index : epochs.value.filter((e) => e < at).length - 1;
}

/** Returns the index of the logged epoch nearest to a number. */
export function nearest(wanted: number): number {
  const all = epochs.value;
  const distance = (at: number) => Math.abs(at - wanted);
  return all.reduce(
    (best, at, i) => (distance(at) < distance(all[best] ?? at) ? i : best),
    0,
  );
}

export function togglePlay(): void {
  const ended =
    epochs.value.length > 0 && position() >= epochs.value.length - 1;
  if (!playing.value && ended) goTo(0);
  playing.value = !playing.value;
}

/** Plays while `playing` is set; returns a function that stops. */
export function keepPlaying(): () => void {
  return effect(() => {
    if (!playing.value) return undefined;
    const timer = setInterval(() => {
      if (!epochs.value.length) return;
      if (position() >= epochs.value.length - 1) playing.value = false;
      else move(1);
    }, 1000 / speed.value);
    return () => clearInterval(timer);
  });
}
