/** Links to the filters of the same class, and to those that respond alike. */
import { labelOf, showClass } from "../components/class_chip";
import { isMostly, topClasses, twinsOf } from "../selection/shown_relations";
import type { Place } from "../state/schema";
import { update } from "../state/state";

const MOST_TWINS = 5; // twins of a filter that are named

/** The most frequent class of the exemplars, and the twins, as links. */
export function ClassAndTwins({ here }: { here: Place }) {
  const top = topClasses.value.get(here.key);
  const group = twinsOf.value.get(here.key) ?? [];
  const twins = group.filter((key) => key !== here.key);
  const shown = twins.length > MOST_TWINS ? MOST_TWINS - 1 : twins.length;
  return (
    <p class="class-and-twins">
      {top && !isMostly(top) && (
        <span
          class="chip minor"
          data-testid="class-chip"
          title="The most frequent class of the real inputs, though not of most"
        >
          {labelOf(top)}
          <span class="meta">
            {top.count} of {top.of}
          </span>
        </span>
      )}
      {top && isMostly(top) && (
        <button
          type="button"
          class="chip"
          data-testid="class-chip"
          title={`Filters about ${labelOf(top)}`}
          onClick={() => showClass(top)}
        >
          {labelOf(top)}
          <span class="meta">
            {top.count} of {top.of}
          </span>
        </button>
      )}
      {twins.slice(0, shown).map((key) => (
        <button
          key={key}
          type="button"
          class="chip"
          title="It responds like this filter"
          onClick={() => update({ filter: key })}
        >
          twin {key}
        </button>
      ))}
      {shown < twins.length && (
        <button
          type="button"
          class="chip"
          title="All filters that respond like another one"
          onClick={() =>
            update({ view: "grid", sort: "twins", search: "twins" })
          }
        >
          {twins.length - shown} more
        </button>
      )}
    </p>
  );
}
