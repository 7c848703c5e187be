/** Chooses what is shown, and how. */
import { sortBlocked, sortNames } from "./filters";
import { layer, run, runs, shownSeries } from "./logs";
import { NORMALIZATIONS, type Normalization } from "./pixels";
import { Scrubber } from "./scrubber";
import {
  SIZES,
  SORTS,
  state,
  update,
  VIEWS,
  type Sort,
  type View,
} from "./state";

export function Toolbar() {
  return (
    <header class="toolbar">
      <div class="segmented" role="group" aria-label="View">
        {(Object.keys(VIEWS) as View[]).map((name) => (
          <button
            key={name}
            type="button"
            data-testid={`view-${name}`}
            aria-pressed={state.value.view === name}
            onClick={() => update({ view: name })}
          >
            {VIEWS[name]}
          </button>
        ))}
      </div>
      <label>
        Run
        <select
          data-testid="run"
          value={run.value?.run ?? ""}
          onChange={(event) => update({ run: event.currentTarget.value })}
        >
          {runs.value.map((of) => (
            <option key={of.run} value={of.run}>
              {of.label}
            </option>
          ))}
        </select>
      </label>
      <label>
        Layer
        <select
          data-testid="layer"
          value={layer.value?.tag ?? ""}
          onChange={(event) =>
            update({ layer: event.currentTarget.value, filter: null })
          }
        >
          {run.value?.layers.map(({ tag }) => (
            <option key={tag} value={tag}>
              {tag}
            </option>
          ))}
        </select>
      </label>
      <Scrubber />
    </header>
  );
}

export function Options() {
  const { sort, search, size, norm, smooth } = state.value;
  return (
    <div class="options">
      <label>
        Sort
        <select
          value={sort}
          onChange={(event) =>
            update({ sort: event.currentTarget.value as Sort })
          }
        >
          {sortNames.map((name) => {
            const blocked = sortBlocked(name, shownSeries.value);
            return (
              <option
                key={name}
                value={name}
                disabled={blocked !== null}
                title={blocked ?? ""}
              >
                {SORTS[name]}
                {blocked ? ` (${blocked})` : ""}
              </option>
            );
          })}
        </select>
      </label>
      <label>
        Filters
        <input
          type="search"
          id="search"
          value={search}
          placeholder="3, 10-20, unsettled"
          onInput={(event) => update({ search: event.currentTarget.value })}
        />
      </label>
      <label>
        Show
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
      <label class="check">
        <input
          type="checkbox"
          checked={smooth}
          onChange={(event) => update({ smooth: event.currentTarget.checked })}
        />
        Smooth
      </label>
      <label
        class="check"
        title="The real patches that excite each filter most"
      >
        <input
          type="checkbox"
          data-testid="patches-over"
          checked={state.value.patches}
          onChange={(event) => update({ patches: event.currentTarget.checked })}
        />
        Real patches
      </label>
      <label>
        Size
        <input
          type="range"
          min={SIZES.least}
          max={SIZES.most}
          step={8}
          value={size}
          onInput={(event) =>
            update({ size: Number(event.currentTarget.value) })
          }
        />
      </label>
    </div>
  );
}
