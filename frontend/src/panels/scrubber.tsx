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
  togglePlay,
} from "../selection/player";
import { state } from "../state/state";
import {
  capitalized,
  inUnit,
  stepLabel,
  stepUnit,
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
  if (!all.length) return <span class="grows" />;
  const { unit, also } = stepUnit.value;
  if (all.length === 1 && at === all[0]) {
    return (
      <span class="grows meta" data-testid="only-epoch">
        {stepLabel(at, stepUnit.value)}
      </span>
    );
  }
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
        <span class="wide-only">{capitalized()}</span>
        <input
          type="range"
          data-testid="epoch"
          aria-label={capitalized()}
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
    </div>
  );
}
