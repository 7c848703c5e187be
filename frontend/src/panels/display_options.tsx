/** Options of the display: order, search, normalization, size. */
import { isRising, ORDERS, sortBlocked } from "../selection/order";
import { Icon } from "../components/icons";
import { shownSeries } from "../selection/shown";
import { labelOf, measureNames } from "../data/measures";
import { NORMALIZATIONS, type Normalization } from "../state/schema";
import { SIZES } from "../state/schema";
import { SliceOptions } from "./slice_options";
import { state, update } from "../state/state";
import { inUnit } from "../selection/step_unit";

export function DisplayOptions() {
  const { view } = state.value;
  const lists = view === "grid" || view === "time";
  return (
    <section class="options" aria-label="Display options">
      {lists && <Sorting />}
      {lists && (
        <label>
          Filters
          <input
            type="search"
            id="search"
            value={state.value.search}
            placeholder="3, 10-20, lift < 0.5"
            title="Numbers, ranges, dead, weak, settled, lift < 0.5 … (/)"
            onInput={(event) => update({ search: event.currentTarget.value })}
          />
        </label>
      )}
      <Display />
      <SliceOptions />
      {view !== "compare" && (
        <label>
          Size
          <input
            type="range"
            class="short"
            min={SIZES.least}
            max={SIZES.most}
            step={8}
            value={state.value.size}
            aria-valuetext={`${state.value.size} pixels`}
            onInput={(event) =>
              update({ size: Number(event.currentTarget.value) })
            }
          />
        </label>
      )}
    </section>
  );
}

function Sorting() {
  const { sort, reverse } = state.value;
  const rising = isRising(sort, reverse);
  const said = rising ? "Smallest first" : "Largest first";
  return (
    <span class="joined">
      <label>
        Sort by
        <select
          value={sort}
          data-testid="sort"
          onChange={(event) =>
            update({ sort: event.currentTarget.value, reverse: false })
          }
        >
          <optgroup label="Order">
            {Object.entries(ORDERS).map(([name, label]) => (
              <Choice key={name} name={name} label={inUnit(label)} />
            ))}
          </optgroup>
          <optgroup label="Measures">
            {measureNames(shownSeries.value).map((name) => (
              <Choice key={name} name={name} label={labelOf(name)} />
            ))}
          </optgroup>
        </select>
      </label>
      <button
        type="button"
        class="icon"
        aria-label={said}
        title={said}
        onClick={() => update({ reverse: !reverse })}
      >
        <Icon name={rising ? "up" : "down"} size={16} />
      </button>
    </span>
  );
}

function Choice({ name, label }: { name: string; label: string }) {
  const blocked = sortBlocked(name, shownSeries.value);
  return (
    <option value={name} disabled={blocked !== null} title={blocked ?? ""}>
      {label}
      {blocked ? ` (${blocked})` : ""}
    </option>
  );
}

function Display() {
  const { norm, smooth, exemplars, view } = state.value;
  return (
    <>
      <label>
        Brightness
        <select
          value={norm}
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
      <label class="check" title="Interpolates the pixels of small images">
        <input
          type="checkbox"
          checked={smooth}
          onChange={(event) => update({ smooth: event.currentTarget.checked })}
        />
        Smooth
      </label>
      {view !== "compare" && (
        <label
          class="check"
          title="Patches of real inputs with the largest response of each filter"
        >
          <input
            type="checkbox"
            data-testid="exemplar-overlay"
            checked={exemplars}
            onChange={(event) =>
              update({ exemplars: event.currentTarget.checked })
            }
          />
          Exemplars
        </label>
      )}
    </>
  );
}
