/** Selects the view, the run, the layer and the epoch, in one row. */
import { Icon } from "../components/icons";
import { Picked } from "../components/picked";
import { Segmented } from "../components/segmented";
import { helpShown } from "./keyboard";
import { layer, run } from "../selection/shown";
import { runs } from "../data/runs";
import { Scrubber } from "./scrubber";
import { Arrangement, Search } from "./arrangement";
import { DisplayMenu } from "./display_options";
import { SlicePlayer } from "./slice_options";
import { VIEWS, viewOf, type View } from "../state/schema";
import { update, view } from "../state/state";

/** The views that show one layer of one run. */
const OF_A_LAYER = new Set<View>(["grid", "time", "filter", "across"]);
/** The views that list filters in an order. */
const LISTS = new Set<View>(["grid", "time"]);
/** The views that show each of their images at an epoch of its own. */
const TIMELESS = new Set<View>(["runs", "compare"]);

export function Toolbar() {
  const shown = view.value;
  return (
    <header class="toolbar" aria-label="View and data">
      <Segmented
        label="View"
        choices={VIEWS}
        chosen={viewOf(shown)}
        name="view"
        choose={(name) => update({ view: name })}
      />
      {OF_A_LAYER.has(shown) && <Where />}
      {TIMELESS.has(shown) ? <span class="grows" /> : <Scrubber />}
      {shown !== "overview" && <SlicePlayer />}
      {LISTS.has(shown) && <Search />}
      {LISTS.has(shown) && <Arrangement />}
      <DisplayMenu />
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

function Where() {
  return (
    <>
      <Picked shown={run.value?.name ?? ""}>
        <select
          data-testid="run"
          aria-label="Run"
          title={`Run ${run.value?.label ?? ""}`}
          value={run.value?.run ?? ""}
          onChange={(event) => update({ run: event.currentTarget.value })}
        >
          {runs.value.map((of) => (
            <option key={of.run} value={of.run} title={of.label}>
              {of.name}
            </option>
          ))}
        </select>
      </Picked>
      <Picked shown={layer.value?.tag ?? ""}>
        <select
          data-testid="layer"
          aria-label="Layer"
          title={`Layer ${layer.value?.tag ?? ""}`}
          value={layer.value?.tag ?? ""}
          onChange={(event) =>
            update({
              layer: event.currentTarget.value,
              filter: null,
              anchor: null,
            })
          }
        >
          {run.value?.layers.map(({ tag }) => (
            <option key={tag} value={tag}>
              {tag}
            </option>
          ))}
        </select>
      </Picked>
    </>
  );
}
