/** Selects and orders the filters that are listed. */
import { computed } from "@preact/signals";
import { Icon } from "../components/icons";
import { Picked } from "../components/picked";
import { labelOf, measureNames } from "../data/measures";
import {
  ARRANGEMENTS,
  isArrangeable,
  isRising,
  ORDERS,
  sortBlocked,
  sortNames,
} from "../selection/order";
import { shownSeries } from "../selection/shown";
import { topClasses } from "../selection/shown_relations";
import { endTyping, typing } from "../selection/tile_count";
import { inUnit } from "../selection/step_unit";
import { part, update } from "../state/state";

const [search, sort, reverse] = [part("search"), part("sort"), part("reverse")];
const filter = part("filter");

const SHORT = 9; // letters of a class that the box has room for

/** Examples of searches: of a class, if there are any. */
const examples = computed<string>(() => {
  const [first] = topClasses.value.values();
  if (!first) return "3, dead, lift < 0.5";
  const { name, number } = first;
  return `dead, class ${name.length > SHORT ? number : name}`;
});

export function Search() {
  return (
    <input
      type="search"
      id="search"
      aria-label="Filters"
      value={search.value}
      placeholder={examples.value}
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
function anchorFor(order: string): string | null {
  return order === "similar" ? filter.value : null;
}

export function Arrangement() {
  // A link may name a measure of another log.
  const known = sortNames().includes(sort.value) && isArrangeable(sort.value);
  const order = known ? sort.value : "index";
  const rising = isRising(order, reverse.value);
  const said = rising ? "Smallest first" : "Largest first";
  return (
    <span class="joined">
      <Picked shown={inUnit(ORDERS[order] ?? labelOf(order))}>
        <select
          value={order}
          data-testid="sort"
          aria-label="Sort by"
          title={`How the filters are arranged: ${inUnit(ORDERS[order] ?? labelOf(order))}`}
          onChange={({ currentTarget: { value } }) =>
            update({ sort: value, anchor: anchorFor(value), reverse: false })
          }
        >
          <optgroup label="Order">
            {Object.entries(ORDERS)
              .filter(([name]) => isArrangeable(name))
              .map(([name, label]) => (
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
      {!ARRANGEMENTS.has(order) && (
        <button
          type="button"
          class="icon"
          aria-label={said}
          title={said}
          onClick={() => update({ reverse: !reverse.value })}
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
