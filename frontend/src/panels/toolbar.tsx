/** Selects the view, the run, the layer and the epoch. */
import { Icon } from "../components/icons";
import { helpShown } from "./keyboard";
import { layer, run } from "../selection/shown";
import { runs } from "../data/runs";
import { Scrubber } from "./scrubber";
import { VIEWS, type View } from "../state/schema";
import { state, update } from "../state/state";

export function Toolbar() {
  return (
    <header class="toolbar">
      <div class="segmented views" role="group" aria-label="View">
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
      {state.value.view === "compare" ? <span class="grows" /> : <Where />}
      <button
        type="button"
        class="icon plain"
        aria-label="Help: keys, marks and search"
        title="Keys, marks and search (?)"
        onClick={() => (helpShown.value = true)}
      >
        <Icon name="help" size={20} />
      </button>
    </header>
  );
}

/** Not for comparisons: each of their images has its own. */
function Where() {
  return (
    <>
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
    </>
  );
}
