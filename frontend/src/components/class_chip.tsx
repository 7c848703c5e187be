/** The class that a filter is about, as a link to all filters about it. */
import {
  filterName,
  isMostly,
  topClasses,
  type TopClass,
} from "../selection/shown_relations";
import { part, update } from "../state/state";

const sort = part("sort");

// Pixels of a tile with a chip beside a number of up to two digits, and of each
// further digit.
const LEAST = { alone: 72, beside: 128 };
const DIGIT = 10;

/** Shows the filters of the layer that are about a class. */
export function showClass({ name }: { name: string }): void {
  update({ view: "grid", sort: "class", search: `class ${name}` });
}

/** "class 4", or its name alone. */
export function labelOf({ name }: { name: string }): string {
  return isNumber(name) ? `class ${name}` : name;
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

/**
 * Returns the class that stands at a tile, if it fits: that of more than half
 * of the exemplars, or in the order of classes the most frequent one.
 *
 * @param size Pixels of the tile.
 * @param beside Whether a value stands beside the number of the filter.
 */
export function chipOf(
  key: string,
  size: number,
  beside: boolean,
): TopClass | null {
  const top = topClasses.value.get(key);
  const further = Math.max(key.length - 2, 0) * DIGIT;
  const least = (beside ? LEAST.beside : LEAST.alone) + further;
  if (!top || size < least) return null;
  if (filterName(key) !== key) return null; // it stands for a class itself
  return isMostly(top) || sort.value === "class" ? top : null;
}

export function ClassChip(props: { top: TopClass; tabbable: boolean }) {
  const { top, tabbable } = props;
  const label = labelOf(top);
  return (
    <button
      type="button"
      class={isMostly(top) ? "chip tile-chip" : "chip tile-chip minor"}
      data-testid="tile-chip"
      tabIndex={tabbable ? 0 : -1}
      title={`${label}: ${top.count} of the ${top.of} real inputs that excite it most. Show all filters about it`}
      onClick={() => showClass(top)}
    >
      {isNumber(top.name) ? (
        <>
          <span>class </span>
          <b>{top.name}</b>
        </>
      ) : (
        <span>{label}</span>
      )}
    </button>
  );
}
