/** Selects and orders the filters that are listed. */
import { Icon } from "../components/icons";
import { Picked } from "../components/picked";
import { labelOf, measureNames } from "../data/measures";
import {
  ARRANGEMENTS,
  isRising,
  ORDERS,
  sortBlocked,
  sortNames,
} from "../selection/order";
import { shownSeries } from "../selection/shown";
import { endTyping, typing } from "../selection/tile_count";
import { inUnit } from "../selection/step_unit";
import { state, update } from "../state/state";

export function Search() {
  return (
    <input
      type="search"
      id="search"
      aria-label="Filters"
      value={state.value.search}
      placeholder="3, dead, lift < 0.5"
      title="Numbers, ranges, dead, weak, settled, class 4, lift < 0.5 … (/)"
      onInput={(event) => {
        typing.value = true;
        update({ search: event.currentTarget.value });
      }}
      onBlur={endTyping}
    />
  );
}

/** The filter that an order by similarity refers to. */
function anchorFor(sort: string): string | null {
  return sort === "similar" ? (state.value.filter ?? null) : null;
}

export function Arrangement() {
  const { sort: wanted, reverse } = state.value;
  // A link may name a measure of another log.
  const sort = sortNames().includes(wanted) ? wanted : "index";
  const rising = isRising(sort, reverse);
  const said = rising ? "Smallest first" : "Largest first";
  return (
    <span class="joined">
      <Picked shown={inUnit(ORDERS[sort] ?? labelOf(sort))}>
        <select
          value={sort}
          data-testid="sort"
          aria-label="Sort by"
          title={`How the filters are arranged: ${inUnit(ORDERS[sort] ?? labelOf(sort))}`}
          onChange={({ currentTarget: { value } }) =>
            update({ sort: value, anchor: anchorFor(value), reverse: false })
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
      </Picked>
      {!ARRANGEMENTS.has(sort) && (
        <button
          type="button"
          class="icon"
          aria-label={said}
          title={said}
          onClick={() => update({ reverse: !reverse })}
        >
          <Icon name={rising ? "up" : "down"} size={16} />
        </button>
      )}
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
