/** How images are displayed: brightness, size, exemplars, speed. */
import { Menu } from "../components/menu";
import { SPEEDS, speed } from "../selection/player";
import { imageSize } from "../selection/image_size";
import { epochs, layer } from "../selection/shown";
import { inUnit, loggedShare, stepUnit } from "../selection/step_unit";
import { NORMALIZATIONS, SIZES, type Normalization } from "../state/schema";
import { part, update, view } from "../state/state";
import { ChannelChoice } from "./slice_options";

const [norm, smooth] = [part("norm"), part("smooth")];
const [exemplars, chosenSize] = [part("exemplars"), part("size")];

export function DisplayMenu() {
  const shown = view.value;
  return (
    <Menu label="Display" name="display" title="Brightness, size, exemplars">
      <div class="display">
        <Brightness />
        <label class="check" title="Interpolates the pixels of small images">
          <input
            type="checkbox"
            checked={smooth.value}
            onChange={(event) =>
              update({ smooth: event.currentTarget.checked })
            }
          />
          Smooth
        </label>
        {shown !== "compare" && <Overlay />}
        <ChannelChoice />
        {shown !== "compare" && shown !== "filter" && <Size />}
        {epochs.value.length > 1 && <Speed />}
        {layer.value && epochs.value.length > 0 && <Kept />}
      </div>
    </Menu>
  );
}

function Brightness() {
  return (
    <label>
      Brightness
      <select
        value={norm.value}
        aria-label="Normalization for display"
        onChange={(event) =>
          update({ norm: event.currentTarget.value as Normalization })
        }
      >
        {(Object.keys(NORMALIZATIONS) as Normalization[]).map((name) => (
          <option key={name} value={name}>
            {NORMALIZATIONS[name]}
          </option>
        ))}
      </select>
    </label>
  );
}

function Overlay() {
  return (
    <label
      class="check"
      title="Patches of real inputs with the largest response of each filter (e)"
    >
      <input
        type="checkbox"
        data-testid="exemplar-overlay"
        checked={exemplars.value}
        onChange={(event) => update({ exemplars: event.currentTarget.checked })}
      />
      Exemplars
    </label>
  );
}

function Size() {
  const size = chosenSize.value;
  const now = size ?? imageSize.value;
  return (
    <span class="joined">
      <label>
        Size
        <input
          type="range"
          class="short"
          min={SIZES.least}
          max={SIZES.most}
          step={8}
          value={now}
          aria-valuetext={`${now} pixels`}
          onInput={(event) =>
            update({ size: Number(event.currentTarget.value) })
          }
        />
      </label>
      <button
        type="button"
        aria-pressed={size === null}
        title="The size at which the images fit the window"
        onClick={() => update({ size: size === null ? now : null })}
      >
        Fit
      </button>
    </span>
  );
}

function Speed() {
  return (
    <label>
      Speed
      <select
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
    </label>
  );
}

function Kept() {
  const { unit } = stepUnit.value;
  return (
    <p class="meta">
      Logged:{" "}
      <span
        data-testid="kept"
        title={inUnit(
          unit === "epoch"
            ? "Epochs that are logged, of all epochs of the training"
            : "Updates that are logged",
        )}
      >
        {loggedShare(epochs.value, unit)}
      </span>
    </p>
  );
}
