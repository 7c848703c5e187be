/** Selects the epoch: by playing, by a slider, by its number. */
import { useEffect } from "preact/hooks";
import { Icon } from "../components/icons";
import { fetchAhead, onScreen } from "../data/images";
import { epoch, epochs, layer, run } from "../selection/shown";
import {
  goTo,
  keepPlaying,
  nearest,
  playing,
  position,
  speed,
  SPEEDS,
  togglePlay,
} from "../selection/player";
import { state } from "../state/state";
import {
  inUnit,
  loggedShare,
  stepUnit,
  capitalized,
} from "../selection/step_unit";

/** Prefetches the neighbouring epochs of a grid. */
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
  useEffect(keepPlaying, []);
  if (!all.length) return null;
  const { unit, also } = stepUnit.value;
  const play = playing.value ? "Pause" : inUnit("Play through epochs");
  return (
    <div class="scrubber">
      <button
        type="button"
        class="icon"
        onClick={togglePlay}
        aria-label={play}
        title={`${play} (Space)`}
      >
        <Icon name={playing.value ? "pause" : "play"} />
      </button>
      <label class="grows">
        {capitalized()}
        <input
          type="range"
          data-testid="epoch"
          list="epochs"
          min={0}
          max={Math.max(all.length - 1, 0)}
          value={position()}
          aria-valuetext={`${unit} ${at}${also ? `, ${also}` : ""}`}
          onInput={(event) => goTo(Number(event.currentTarget.value))}
        />
      </label>
      {all.length <= 40 && (
        <datalist id="epochs">
          {all.map((one, i) => (
            <option key={one} value={i} />
          ))}
        </datalist>
      )}
      <input
        type="number"
        class="number"
        aria-label={`${capitalized()} number`}
        value={at ?? 0}
        onChange={(event) => {
          goTo(nearest(Number(event.currentTarget.value)));
          event.currentTarget.value = String(epoch.value ?? 0);
        }}
      />
      {also && (
        <span class="meta" data-testid="batches">
          {also}
        </span>
      )}
      <select
        aria-label="Speed"
        title={inUnit("Epochs per second while playing")}
        value={speed.value}
        onChange={(event) => (speed.value = Number(event.currentTarget.value))}
      >
        {SPEEDS.map((s) => (
          <option key={s} value={s}>
            {s} / s
          </option>
        ))}
      </select>
      <span
        class="meta kept"
        data-testid="kept"
        title={inUnit(
          unit === "epoch"
            ? "Epochs that are logged, of all epochs of the training"
            : "Updates that are logged",
        )}
      >
        {loggedShare(all, unit)}
      </span>
    </div>
  );
}
