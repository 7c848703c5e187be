/** Moves over the epochs that are logged. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { fetchAhead, onScreen } from "./images";
import { epoch, epochs, layer, run } from "./logs";
import { state, update } from "./state";

export const playing = signal(false);
const speed = signal(3); // epochs a second

/** Goes to a logged epoch by its place; the last one is followed. */
export function goTo(index: number): void {
  const all = epochs.value;
  const last = all.length - 1;
  const at = Math.min(Math.max(index, 0), last);
  update({ epoch: at === last ? null : (all[at] ?? null) });
}

export function move(by: number): void {
  goTo(position() + by);
}

/** Place of the shown epoch among the logged ones, or of the one before. */
export function position(): number {
  const at = epoch.value ?? 0;
  const index = epochs.value.indexOf(at);
  return index >= 0 ? index : epochs.value.filter((e) => e < at).length - 1;
}

/** Neighbouring epochs of a grid are fetched before they are asked for. */
function fetchNeighbours(): void {
  const of = run.value;
  const tag = layer.value?.tag;
  if (state.value.view !== "grid" || !of || !tag) return;
  const index = position();
  const steps = [index + 1, index - 1].flatMap((i) => epochs.value[i] ?? []);
  const at = epoch.value ?? 0;
  fetchAhead(of.run, tag, steps, onScreen(of.run, tag, at));
}

export function Scrubber() {
  const all = epochs.value;
  const at = epoch.value;
  useEffect(() => {
    const timer = setTimeout(fetchNeighbours, 150);
    return () => clearTimeout(timer);
  }, [at, layer.value?.tag, run.value?.run]);
  useEffect(() => {
    if (!playing.value) return undefined;
    const timer = setInterval(() => {
      if (position() >= epochs.value.length - 1) playing.value = false;
      else move(1);
    }, 1000 / speed.value);
    return () => clearInterval(timer);
  }, [playing.value, speed.value]);
  if (!all.length) return null;
  const play = () => {
    if (!playing.value && position() >= all.length - 1) goTo(0);
    playing.value = !playing.value;
  };
  return (
    <div class="scrubber">
      <button
        type="button"
        class="icon"
        onClick={play}
        aria-label={playing.value ? "Pause" : "Play over epochs"}
      >
        {playing.value ? "❚❚" : "▶"}
      </button>
      <label>
        Epoch
        <input
          type="range"
          data-testid="epoch"
          min={0}
          max={Math.max(all.length - 1, 0)}
          value={position()}
          aria-valuetext={`epoch ${at}`}
          onInput={(event) => goTo(Number(event.currentTarget.value))}
        />
      </label>
      <input
        type="number"
        class="number"
        aria-label="Epoch number"
        value={at ?? 0}
        onChange={(event) => {
          const wanted = Number(event.currentTarget.value);
          const near = [...all].sort(
            (a, b) => Math.abs(a - wanted) - Math.abs(b - wanted),
          )[0];
          goTo(all.indexOf(near ?? 0));
          event.currentTarget.value = String(epoch.value ?? 0);
        }}
      />
      <select
        aria-label="Speed"
        value={speed.value}
        onChange={(event) => (speed.value = Number(event.currentTarget.value))}
      >
        {[1, 3, 10].map((s) => (
          <option key={s} value={s}>
            {s}/s
          </option>
        ))}
      </select>
      <span class="meta" data-testid="kept">
        {kept(all)}
      </span>
    </div>
  );
}

/** "6 of 6 epochs": what was logged of what the training made. */
export function kept(all: number[]): string {
  const last = all.at(-1) ?? 0;
  const first = all[0] ?? 0;
  return `${all.length} of ${last - first + 1} epochs`;
}
