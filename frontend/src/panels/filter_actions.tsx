/** Buttons that pin, compare, save and link a filter. */
import { CopyLink } from "../components/copy_link";
import { Icon } from "../components/icons";
import { SaveMenu } from "../export/menu";
import { isFilterLogged } from "../data/measures";
import { epochs, shownSeries } from "../selection/shown";
import { filterName } from "../selection/shown_relations";
import { stepUnit } from "../selection/step_unit";
import { isSame, type Place } from "../state/schema";
import { isPinned, state, togglePin, update } from "../state/state";

export function FilterActions({ here }: { here: Place }) {
  const { tag, key } = here;
  const series = shownSeries.value;
  // Not every epoch logs every filter.
  const logged = epochs.value.filter(
    (one) => !series?.epochs.includes(one) || isFilterLogged(series, key, one),
  );
  const first = logged[0] ?? here.epoch;
  const newest = logged.at(-1) ?? here.epoch;
  const other = here.epoch === first ? newest : first;
  const pinned = isPinned(tag, key);
  const { a, b } = state.value;
  const only = a && b ? null : (a ?? b); // the one that is set
  return (
    <div class="actions">
      <button
        type="button"
        aria-pressed={pinned}
        title="Keep this filter visible in every view (p)"
        onClick={() => togglePin(tag, key)}
      >
        <Icon name={pinned ? "pinned" : "pin"} size={14} />
        {pinned ? "Pinned" : "Pin"}
      </button>
      <button
        type="button"
        aria-pressed={a !== null && isSame(a, here)}
        title="Use as image A of the comparison (a)"
        onClick={() => update({ a: here })}
      >
        Set A
      </button>
      <button
        type="button"
        aria-pressed={b !== null && isSame(b, here)}
        title="Use as image B of the comparison (b)"
        onClick={() => update({ b: here })}
      >
        Set B
      </button>
      {a && b && (
        <button
          type="button"
          class="wide"
          title="Compare the two images (c)"
          onClick={() => update({ view: "compare" })}
        >
          Compare A and B
        </button>
      )}
      {only &&
        (isSame(only, here) ? (
          <p class="meta wide" role="status">
            {a ? "A" : "B"} is set. Select another image to compare it with.
          </p>
        ) : (
          <button
            type="button"
            class="wide"
            onClick={() =>
              update({ a: a ?? here, b: b ?? here, view: "compare" })
            }
          >
            Compare with {a ? "A" : "B"} (filter {filterName(only.key)})
          </button>
        ))}
      {other !== here.epoch && (
        <button
          type="button"
          class="wide"
          onClick={() =>
            update({ a: { ...here, epoch: other }, b: here, view: "compare" })
          }
        >
          Compare with {stepUnit.value.unit} {other}
        </button>
      )}
      <SaveMenu here={here} />
      <CopyLink />
    </div>
  );
}
