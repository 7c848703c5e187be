/** Chooses the epoch: play, a slider over those that are logged, a number. */
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
import { inUnit, kept, moment, title } from "../selection/step_unit";

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
  useEffect(keepPlaying, []);
  if (!all.length) return null;
  const { unit, also } = moment.value;
  const play = playing.value ? "Pause" : inUnit("Play over epochs");
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
        {title()}
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
        aria-label={`${title()} number`}
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
        title={inUnit("How many epochs a second, while playing")}
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
            ? "The epochs that were kept, of those that the training made"
            : "How many looks at the training were kept",
        )}
      >
        {kept(all, unit)}
      </span>
    </div>
  );
}
